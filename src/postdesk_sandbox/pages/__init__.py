"""Pages for people who try the tenant out."""
