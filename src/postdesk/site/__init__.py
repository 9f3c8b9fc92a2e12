"""What belongs to the installation as a whole: options, the vault, the cache table."""
