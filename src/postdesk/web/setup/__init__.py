"""Setup: what administrators change."""
