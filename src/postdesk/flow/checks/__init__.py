"""The checks of "Check everything": each answers one line about an account."""
