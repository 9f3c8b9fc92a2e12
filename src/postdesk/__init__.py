"""Postdesk: a self-hosted help desk whose e-mail channel can be trusted."""

__version__ = "0.1.0"
