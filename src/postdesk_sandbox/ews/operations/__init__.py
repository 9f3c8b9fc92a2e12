"""One module for each operation, or for two that are twins."""
