"""What a mail goes through between two mailboxes."""
