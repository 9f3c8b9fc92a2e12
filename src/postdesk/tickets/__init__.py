"""What the desk does: tickets, their entries and events. Knows nothing of how mail travels."""
