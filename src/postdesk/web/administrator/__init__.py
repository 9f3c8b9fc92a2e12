"""The page that somebody without an account here opens by a one-time link."""
