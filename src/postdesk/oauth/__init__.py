"""OAuth 2.0 for mailboxes: clouds, authorization requests, tokens, and what the errors mean."""
