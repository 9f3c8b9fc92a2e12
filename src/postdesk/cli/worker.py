"""``postdesk worker``: the Mailer Daemon alone."""

import argparse

from postdesk.cli.daemon import run_daemon
from postdesk.cli.preparing import check_start, follow_sandbox_clock, migrate
from postdesk.cli.telling import tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  a command's shape
    """Work until told to stop."""
    check_start()
    migrate()
    follow_sandbox_clock()
    tell("The Mailer Daemon works.")
    return run_daemon()
