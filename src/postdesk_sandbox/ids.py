"""Deterministic identifiers: the same history gives the same ids in every run."""

from __future__ import annotations

import hashlib
import re
import uuid
from base64 import urlsafe_b64encode

_STORE_ID = re.compile(r"A[A-Za-z0-9]{7}[A-Za-z0-9_-]{43}")
_NAMESPACE = uuid.UUID("6b1c5f0e-3a51-4d1e-9c4f-0d6f5f1e5a11")


def object_guid(*parts: object) -> str:
    """Return a GUID for a directory object, made from what names it."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogateescape")).digest()


def store_id(prefix: str, *parts: object) -> str:
    """Return an id in the manner of Exchange: a fixed prefix and base64url."""
    return prefix + urlsafe_b64encode(_digest(*parts)).decode().rstrip("=")


def change_key(*parts: object) -> str:
    """Return a short change key for a version of an item."""
    return "CQAAAB" + urlsafe_b64encode(_digest(*parts)[:9]).decode()


def is_store_id(text: str) -> bool:
    """Say whether a text has the shape of an id of the store, whatever it may name."""
    return _STORE_ID.fullmatch(text) is not None
