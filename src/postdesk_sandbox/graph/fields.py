"""Properties of a message as posted in JSON, read strictly and turned into header fields."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from postdesk_sandbox.graph.errors import bad_request
from postdesk_sandbox.graph.reading import text_of

# JSON property -> header field.
RECIPIENT_FIELDS = {
    "toRecipients": "To",
    "ccRecipients": "Cc",
    "bccRecipients": "Bcc",
    "replyTo": "Reply-To",
}
_IMPORTANCES = ("low", "normal", "high")


def read_recipients(people: object) -> list[Address]:
    """Read a list of `recipient`. Raises 400 `ErrorInvalidRecipients`."""
    if not isinstance(people, list):
        raise bad_request("Recipients are a list.", code="ErrorInvalidRequest")
    return [_read_recipient(one) for one in people]


def _read_recipient(recipient: object) -> Address:
    inner = recipient.get("emailAddress") if isinstance(recipient, dict) else None
    if not isinstance(inner, dict):
        raise bad_request("A recipient needs an emailAddress.", code="ErrorInvalidRequest")
    try:
        name, address = inner.get("name") or "", inner.get("address")
        return Address(_one_line(str(name)), addr_spec=str(address))
    except (MessageError, ValueError, IndexError, AttributeError) as error:
        raise bad_request(
            "At least one recipient is not valid.", code="ErrorInvalidRecipients"
        ) from error


def read_body_content(body: object) -> tuple[str, bool]:
    """Read an `itemBody`: the content, and whether it is HTML. Raises 400."""
    if not isinstance(body, dict) or set(body) - {"contentType", "content", "@odata.type"}:
        raise bad_request(
            "The body needs contentType and content alone.", code="ErrorInvalidRequest"
        )
    kind = text_of(body, "contentType", default="text").lower()
    if kind not in {"text", "html"}:
        raise bad_request("contentType must be text or html.", code="ErrorInvalidRequest")
    return text_of(body, "content"), kind == "html"


def read_importance(message: dict[str, Any]) -> str:
    """Read `importance`: low, normal or high. Raises 400."""
    importance = text_of(message, "importance", default="normal").lower()
    if importance not in _IMPORTANCES:
        raise bad_request("importance must be low, normal or high.", code="ErrorInvalidRequest")
    return importance


def read_subject(message: dict[str, Any]) -> str:
    """Read `subject` as one line, empty when it is absent or null. Raises 400."""
    return _one_line(text_of({"subject": message.get("subject") or ""}, "subject"))


def read_marks(
    message: dict[str, Any], *, is_read: bool, categories: tuple[str, ...]
) -> tuple[bool, tuple[str, ...]]:
    """Read `isRead` and `categories`, with what holds when they are absent. Raises 400."""
    read, named = message.get("isRead", is_read), message.get("categories", list(categories))
    if not isinstance(read, bool):
        raise bad_request("isRead must be true or false.")
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        raise bad_request("categories must be a list of strings.")
    return read, tuple(named)


def field_text(name: str, value: str | list[Address]) -> str:
    """Return the value of a header field as it is written on the wire, folded."""
    mail = EmailMessage(policy=SMTP)
    mail[name] = value
    head, _, _ = mail.as_bytes().decode("ascii").partition("\r\n\r\n")
    return head.removeprefix(f"{name}:").strip()


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in " ".join(text.split()))
