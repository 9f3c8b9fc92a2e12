"""``postdesk serve``: the web pages alone, for installations on several machines."""

import argparse

from postdesk.cli.binding import add_binding_arguments, read_binding
from postdesk.cli.preparing import check_start, collect_static, migrate
from postdesk.cli.serving import serve_pages
from postdesk.cli.telling import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the binding."""
    add_binding_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop."""
    check_start()
    migrate()
    binding = read_binding(arguments)
    collect_static()
    tell(f"Serving pages at {binding.base_url}")
    serve_pages(binding)
    return 0
