"""The tests of Postdesk: intent first, real parts, sentences for names."""
