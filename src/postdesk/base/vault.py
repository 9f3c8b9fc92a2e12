"""Secrets at rest: Fernet with a ring of keys that lives outside the database."""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class VaultError(Exception):
    """A stored secret cannot be read: the key that wrote it is not in the ring any more."""


class Vault:
    """Encrypts with the first key of the ring and decrypts with any."""

    def __init__(self, master_keys: list[str]) -> None:
        """Take the ring, newest first; each entry is any string of at least 32 characters."""
        if not master_keys or any(len(key) < 32 for key in master_keys):
            raise VaultError("Each secret key needs at least 32 characters.")
        self._ring = MultiFernet([Fernet(_fernet_key(key)) for key in master_keys])
        self._signing_key = hashlib.sha256(b"signing:" + master_keys[-1].encode()).digest()

    def lock(self, text: str) -> str:
        """Return ``text`` encrypted, as ASCII; the empty text stays empty."""
        return self._ring.encrypt(text.encode()).decode("ascii") if text else ""

    def unlock(self, locked: str) -> str:
        """Return the text behind ``locked``; raises VaultError when no key of the ring fits."""
        if not locked:
            return ""
        try:
            return self._ring.decrypt(locked.encode("ascii")).decode()
        except InvalidToken as error:
            raise VaultError(
                "A stored secret cannot be decrypted. Restore the file secret-key of the data "
                "directory from your backup, or enter the secret again."
            ) from error

    def signing_key(self, purpose: str) -> bytes:
        """Return a key of 32 octets for HMAC, different for each ``purpose``.

        It comes from the oldest key of the ring, so that rotating keys leaves old reply tokens
        valid.
        """
        return hmac.new(self._signing_key, purpose.encode(), hashlib.sha256).digest()


def read_or_make_secret_key(path: Path) -> str:
    """Return the key ring of ``path`` (newest first, one a line); make it, mode 0600, if absent.

    Of several commands that start on an empty data directory at once, all read the first one's.
    """
    if not path.exists():
        _make_secret_key(path)
    return path.read_text(encoding="ascii").strip()


def _make_secret_key(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)  # whole or not at all, and never over another one
    finally:
        draft.unlink()


def _fernet_key(master_key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"vault:" + master_key.encode()).digest())
