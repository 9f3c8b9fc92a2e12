"""What an administrator registers at Microsoft, and scripts that do it; pure functions."""
