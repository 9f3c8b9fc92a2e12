"""``postdesk export-ledger``: what became of every message, one JSON object a line."""

import argparse
import json

from postdesk.cli.telling import answer
from postdesk.mail.ledger import LedgerLine, read_ledger
from postdesk.message.parse import parse_message


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  a command's shape
    """Print the ledger, oldest message first."""
    for line in read_ledger():
        answer(json.dumps(_describe(line), ensure_ascii=False))
    return 0


def _describe(line: LedgerLine) -> dict[str, object]:
    return {
        "mid": line.message_id,
        "account": line.account,
        "fate": line.fate,
        "reason": line.reason,
        "ticket": line.ticket_number,
        "text": _text_of(line.octets),
        "received_at": line.received_at.isoformat() if line.received_at else None,
    }


def _text_of(octets: bytes) -> str:
    """Return what the client wrote, whole; a message too large to read is given as it came."""
    try:
        return parse_message(octets).text
    except Exception:  # noqa: BLE001  a ledger must list even what cannot be read
        return octets.decode("utf-8", "replace")
