"""``postdesk read-message``: how messages are read, one JSON object a line. No database needed."""

import argparse
import json
import sys
from pathlib import Path

from postdesk.cli.telling import answer, tell
from postdesk.message.describe import describe_message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take files."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message, - for standard input")


def run(arguments: argparse.Namespace) -> int:
    """Print each message's reading; only a file that cannot be opened ends in status 1."""
    status = 0
    for name in arguments.files:
        try:
            octets = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            tell(f"postdesk: {name}: {error.strerror}")
            status = 1
            continue
        answer(json.dumps(describe_message(octets, name=name), ensure_ascii=False))
    return status
