"""Google's sign-in: consent, tokens, service accounts, and what mail servers are told."""
