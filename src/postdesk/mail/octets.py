"""Where raw messages lie: small ones in their row, large ones in a file named by their hash."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from postdesk.base.ids import sha256_hex
from postdesk.mail.models import StoredOctets

LARGEST_ROW_BYTES = 128 * 1024  # beyond that SQLite's overflow pages cost more than a file


def keep_octets(messages: Iterable[bytes]) -> list[str]:
    """Store each message and return their hashes in order; equal octets are kept once.

    Call it inside the transaction that refers to them. A large message is on disk (file and
    folder synced) before its row is written, so a committed row always finds its file.
    """
    rows = {}
    hashes = []
    for octets in messages:
        sha256 = sha256_hex(octets)
        hashes.append(sha256)
        if sha256 in rows:
            continue
        is_small = len(octets) <= LARGEST_ROW_BYTES
        if not is_small:
            _write_file(sha256, octets)
        rows[sha256] = StoredOctets(
            sha256=sha256, size_bytes=len(octets), content=octets if is_small else None
        )
    # In one order for all: two transactions that insert the same rows must not wait in a ring.
    ordered = [rows[sha256] for sha256 in sorted(rows)]
    StoredOctets.objects.bulk_create(ordered, ignore_conflicts=True)
    return hashes


def read_octets(stored: StoredOctets) -> bytes:
    """Return the octets; raises FileNotFoundError when the file of a large one is missing."""
    if stored.content is not None:
        return bytes(stored.content)
    return _path_of(stored.sha256).read_bytes()


def _path_of(sha256: str) -> Path:
    return Path(settings.DATA_DIR) / "octets" / sha256[:2] / sha256


def _write_file(sha256: str, octets: bytes) -> None:
    path = _path_of(sha256)
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{sha256}.{os.getpid()}.{id(octets)}")
    with draft.open("wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    for folder in (path.parent, path.parent.parent):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
