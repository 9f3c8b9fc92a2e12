"""Keys of the REST API: ``pdk_<id of 8>_<secret of 43>``, shown once, stored as a hash.

The secret is 32 random octets, so SHA-256 suffices: there is nothing to guess.
"""

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet

from postdesk.base.ids import hash_token, new_token
from postdesk.site import audit
from postdesk.site.audit_models import Action, ApiKey, Scope

USUAL_LIFE = timedelta(days=365)
LONGEST_LIFE = timedelta(days=3 * 365)
USE_IS_NOTED_EVERY = timedelta(minutes=1)  # a write for each request would be too many
_FORM = re.compile(r"pdk_([a-z0-9]{8})_([A-Za-z0-9_-]{43})", re.ASCII)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_NO_HASH = "0" * 64


class KeyRefused(Exception):
    """The key opens nothing; the message says why, and nothing that a guesser could use."""


class KeySettingsRefused(ValueError):
    """A key cannot be made like this; ``field`` says where."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key just made. ``text`` is all of it, and this is the only time that anybody sees it."""

    row: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"NewKey({self.row.prefix})"


@transaction.atomic
def make_key(
    *,
    name: str,
    scopes: Collection[str],
    expires_at: datetime,
    by: AbstractBaseUser,
    now: datetime,
) -> NewKey:
    """Make a key that works until ``expires_at``. Raises KeySettingsRefused."""
    wanted = _checked_scopes(scopes)
    _check_end(expires_at, now=now)
    tidy = " ".join(name.split())
    if not tidy:
        raise KeySettingsRefused("Name what the key is for.", field="name")
    secret = new_token(32)
    row = ApiKey.objects.create(
        name=tidy,
        key_id="".join(secrets.choice(_ALPHABET) for _ in range(8)),
        secret_hash=hash_token(secret),
        scopes=wanted,
        created_by_id=by.pk,
        created_at=now,
        expires_at=expires_at,
    )
    detail = f"May {', '.join(wanted)} until {expires_at:%Y-%m-%d}"
    audit.record(Action.API_KEY_MADE, actor=by, target=row, detail=detail, now=now)
    return NewKey(row=row, text=f"{row.prefix}_{secret}")


@transaction.atomic
def revoke_key(key: ApiKey, *, by: AbstractBaseUser, now: datetime) -> bool:
    """End a key at once and for good; returns False when it was revoked before."""
    if not ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
        return False
    audit.record(Action.API_KEY_REVOKED, actor=by, target=key, now=now)
    return True


def find_key(text: str, *, now: datetime) -> ApiKey:
    """Return the key that ``text`` is, and note its use. Raises KeyRefused.

    That a key has ended or was revoked is told only to who knows its secret.
    """
    parts = _FORM.fullmatch(text)
    if parts is None:
        raise KeyRefused("This is no key of Postdesk; one looks like pdk_ab12cd34_ and more.")
    row = ApiKey.objects.filter(key_id=parts[1]).first()
    stored = row.secret_hash if row else _NO_HASH
    if not hmac.compare_digest(stored, hash_token(parts[2])) or row is None:
        raise KeyRefused("This key is unknown. Make one under Setup > General > API Keys.")
    if row.revoked_at is not None:
        raise KeyRefused(f"The key {row.prefix} was revoked. Make a new one.")
    if row.expires_at <= now:
        raise KeyRefused(
            f"The key {row.prefix} ended on {row.expires_at:%Y-%m-%d}. Make a new one."
        )
    _note_use(row, now=now)
    return row


def api_keys() -> QuerySet[ApiKey]:
    """Return all keys, newest first."""
    return ApiKey.objects.select_related("created_by").order_by("-id")


def _note_use(row: ApiKey, *, now: datetime) -> None:
    before = now - USE_IS_NOTED_EVERY
    if row.last_used_at is not None and row.last_used_at > before:
        return
    due = Q(last_used_at=None) | Q(last_used_at__lte=before)
    ApiKey.objects.filter(due, pk=row.pk).update(last_used_at=now)


def _checked_scopes(scopes: Collection[str]) -> list[str]:
    wanted = [scope.value for scope in Scope if scope.value in set(scopes)]
    if len(wanted) != len(set(scopes)) or not wanted:
        raise KeySettingsRefused("Choose what the key may do.", field="scopes")
    return wanted


def _check_end(expires_at: datetime, *, now: datetime) -> None:
    if expires_at <= now:
        raise KeySettingsRefused("Choose an end in the future.", field="ends_on")
    if expires_at > now + LONGEST_LIFE:
        raise KeySettingsRefused("A key lives three years at most.", field="ends_on")
