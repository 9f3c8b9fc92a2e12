"""The Mailer Daemon: loops and their schedule."""
