"""``postdesk deliver-mail``: one raw message into the pipeline, as an MTA's pipe would."""

import argparse
import os
import sys
from pathlib import Path

from django.db import DatabaseError

from postdesk.base.clock import now
from postdesk.cli.telling import tell
from postdesk.flow.feeding import UnknownAccount, feed_message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the account and the message."""
    parser.add_argument("--account", required=True, metavar="ADDRESS", help="whose mail it is")
    parser.add_argument("file", metavar="FILE", help="the raw message, - for standard input")


def run(arguments: argparse.Namespace) -> int:
    """Store the message, then deliver it; status 75 asks the MTA to try again later."""
    try:
        octets = (
            sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()
        )
    except OSError as error:
        tell(f"postdesk: {arguments.file}: {error.strerror}")
        return os.EX_NOINPUT
    try:
        feed_message(octets, account_address=arguments.account, now=now())
    except UnknownAccount as error:
        tell(f"postdesk: {error}")
        return os.EX_NOUSER
    except (DatabaseError, OSError) as error:
        tell(f"postdesk: try again later, nothing is lost: {error}")
        return os.EX_TEMPFAIL
    return 0
