"""The floor: what the same octets cost when nothing is done but read them roughly and keep them.

No desk can be faster, and none that is honest comes near: no ledger, no rules, no sanitising, no
answer. The reading is the standard library's, with its old and quick policy; the table is one of
``sqlite3``, as durable as the desk's own (WAL, synchronous FULL, batches of 50).
"""

import email
import sqlite3
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from bench.corpus import find_messages, read_in_batches
from bench.cost import Meter
from bench.table import Row

BATCH = 50
Rough = tuple[str, str, str, str]
_SCHEMA = (
    "CREATE TABLE message (id INTEGER PRIMARY KEY, message_id TEXT, sender TEXT, subject TEXT, "
    "text TEXT, raw BLOB)"
)
_INSERT = "INSERT INTO message (message_id, sender, subject, text, raw) VALUES (?, ?, ?, ?, ?)"


def measure(corpus: str) -> list[Row]:
    """Read and keep every message of ``corpus``, a folder."""
    messages = find_messages(Path(corpus))
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(_open(Path(folder) / "floor.sqlite3")) as database,
    ):
        meter = Meter()
        keep(database, read_in_batches(messages, BATCH))
        cost = meter.read()
        [kept] = database.execute("SELECT count(*) FROM message").fetchone()
    assert kept == len(messages), f"The floor kept {kept} of {len(messages)} messages."
    return [{"messages": kept, **asdict(cost)}]


def read_roughly(octets: bytes) -> Rough:
    """Return Message-ID, sender, subject and the first text, as undecoded as they come."""
    message = email.message_from_bytes(octets)
    text = ""
    for part in message.walk():
        content = b"" if part.is_multipart() else part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_content_type() == "text/plain" and not text:
            text = content.decode(part.get_content_charset("utf-8"), "replace")
    sender, subject = str(message["From"] or ""), str(message["Subject"] or "")
    return str(message["Message-ID"] or ""), sender, subject, text


def keep(database: sqlite3.Connection, batches: Iterable[Sequence[bytes]]) -> None:
    """Write each batch in one transaction."""
    for batch in batches:
        with database:
            database.executemany(_INSERT, [(*read_roughly(octets), octets) for octets in batch])


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(_SCHEMA)
    database.execute("CREATE INDEX by_message_id ON message (message_id)")
    return database
