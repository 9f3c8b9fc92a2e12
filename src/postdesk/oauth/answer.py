"""Reads the parts of a token answer, whatever was sent in their place."""

from collections.abc import Mapping, Sequence

from postdesk.oauth.grant import Identity, TokenSet

_USUAL_SECONDS = 3599
_LONGEST_SECONDS = 48 * 3600


def read_tokens(
    answer: Mapping[str, object], *, asked: Sequence[str], identity: Identity | None
) -> TokenSet:
    """Return the tokens of an answer that has an access token."""
    return TokenSet(
        access_token=text_of(answer.get("access_token")),
        expires_in=seconds_of(answer.get("expires_in")),
        refresh_token=text_of(answer.get("refresh_token")),
        # RFC 6749 section 5.1: an answer without scope grants what was asked.
        scopes=words_of(answer.get("scope")) or tuple(asked),
        identity=identity,
    )


def text_of(value: object) -> str:
    """Return text, "" for anything else."""
    return value if isinstance(value, str) else ""


def words_of(value: object) -> tuple[str, ...]:
    """Return the words of a text or of a list."""
    if isinstance(value, str):
        return tuple(value.split())
    if isinstance(value, list | tuple):
        return tuple(word for word in value if isinstance(word, str))
    return ()


def seconds_of(value: object) -> int:
    """Return a length of life; older tenants send it as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if not isinstance(value, int):
        return _USUAL_SECONDS
    return max(0, min(value, _LONGEST_SECONDS))
