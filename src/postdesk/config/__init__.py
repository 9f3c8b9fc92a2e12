"""Composition root: settings, addresses of pages, the WSGI application, system checks."""
