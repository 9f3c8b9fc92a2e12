"""``postdesk migrate``."""

import argparse

from postdesk.cli.preparing import check_start, migrate
from postdesk.cli.telling import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  a command's shape
    """Bring the database up to date."""
    check_start()
    steps = migrate()
    tell(f"{steps} steps applied." if steps else "The database is up to date.")
    return 0
