"""Exchange Web Services over the same mailboxes that Graph sees."""
