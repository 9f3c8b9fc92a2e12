"""Attachments: names that are readable and safe, and never lost."""

import mimetypes
import re
import unicodedata

from postdesk.base.ids import sha256_hex
from postdesk.message.charsets import clean_text
from postdesk.message.parsed import Attachment

_LONGEST_NAME = 150  # characters; with four octets each still within what file systems take
_LONGEST_OCTETS = 240
_LONGEST_SUFFIX = 20
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
# Invisible, and able to show "exe.pdf" for a name that ends in ".exe".
_DIRECTION = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\|/|\.\.[\\/]|~/")
_SEPARATORS = re.compile(r"[\\/]+")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
# What a part without a name is called, where its type says what it is.
_NAMES = {
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "receipt.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "text/calendar": "invitation.ics",
    "text/rfc822-headers": "returned-headers.txt",
}
# mimetypes depends on the machine; what mail is full of must not.
_SUFFIXES = {
    "application/ics": ".ics",
    "application/ms-tnef": ".dat",
    "application/octet-stream": ".bin",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "image/jpeg": ".jpg",
    "message/feedback-report": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
}


def make_attachment(
    content: bytes,
    *,
    name: str,
    media_type: str,
    number: int,
    content_id: str = "",
    is_inline: bool = False,
) -> Attachment:
    """Return an attachment. ``number`` counts from 1 and names those that have no name."""
    fallback = _NAMES.get(media_type) or f"attachment-{number}{find_suffix(media_type)}"
    return Attachment(
        name=make_safe_name(name) or fallback,
        media_type=media_type,
        content=content,
        sha256=sha256_hex(content),
        content_id=content_id,
        is_inline=is_inline,
    )


def make_safe_name(name: str) -> str:
    """Return ``name`` as a file name that is safe on every system, or "" when nothing is left.

    The folders of a path are dropped; a slash inside a title becomes an underscore.
    """
    text = _DIRECTION.sub("", clean_text(unicodedata.normalize("NFC", name)))
    text = text.replace("\n", " ").replace("\t", " ").replace("\r", " ").strip()
    if _PATH.match(text):
        text = _SEPARATORS.split(text.rstrip("\\/"))[-1]
    text = _FORBIDDEN.sub("_", _SEPARATORS.sub("_", text)).strip(". ")
    text = re.sub(r"\s+", " ", text)
    if not text.strip("_"):
        return ""
    if _RESERVED.fullmatch(text):
        text = "_" + text
    return _shorten(text)


def find_suffix(media_type: str) -> str:
    """Return the usual suffix of a media type with its dot; ".bin" for unknown ones."""
    return _SUFFIXES.get(media_type) or mimetypes.guess_extension(media_type) or ".bin"


def _shorten(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    stem = stem[: _LONGEST_NAME - len(dot + suffix)]
    while len((stem + dot + suffix).encode()) > _LONGEST_OCTETS:
        stem = stem[:-1]
    return (stem.rstrip() + dot + suffix) if stem else suffix
