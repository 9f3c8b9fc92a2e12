"""From ticket events to mails in the outbox: who is told, and in which words."""
