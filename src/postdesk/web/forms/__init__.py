"""Forms of the pages: reading, checking and keeping what people type."""
