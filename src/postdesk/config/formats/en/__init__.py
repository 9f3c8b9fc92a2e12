"""English, with the clock that international teams read without thinking."""
