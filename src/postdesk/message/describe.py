"""One message as a JSON object: what ``postdesk read-message`` prints."""

from typing import TYPE_CHECKING, Any

from postdesk.message.limits import LIMITS, Limits, TooMuch
from postdesk.message.parse import parse_head, parse_message
from postdesk.message.references import find_message_ids
from postdesk.message.rules.order import judge
from postdesk.message.rules.verdict import Circumstances, Disposition

if TYPE_CHECKING:
    from postdesk.message.parsed import Address, Attachment, Bounce, ParsedMessage


def describe_message(octets: bytes, *, name: str, limits: Limits = LIMITS) -> dict[str, Any]:
    """Return the reading of ``octets``, made of what JSON knows. Any octets get an answer.

    ``name`` is the file's. A message beyond ``limits`` is described by its header. ``verdict`` is
    None when no rule speaks; no account is known here, so that rules about own addresses do not.
    """
    try:
        parsed = parse_message(octets, limits=limits)
    except TooMuch as too_much:
        parsed = parse_head(octets, problem=str(too_much), limits=limits)
    return {
        "file": name,
        "sha256": parsed.sha256,
        "subject": parsed.subject,
        "from": _address(parsed.from_),
        "sender": _address(parsed.sender) if parsed.sender else None,
        "reply_to": [_address(each) for each in parsed.reply_to],
        "to": [_address(each) for each in parsed.to],
        "cc": [_address(each) for each in parsed.cc],
        "date": parsed.date.isoformat() if parsed.date else None,
        "message_id": parsed.message_id,
        "in_reply_to": list(find_message_ids(parsed.header("In-Reply-To"))),
        "references": list(parsed.references),
        "text": parsed.text,
        "text_reply": parsed.text_reply,
        "html": parsed.html,
        "attachments": [_attachment(each) for each in parsed.attachments],
        "bounce": _bounce(parsed.bounce) if parsed.bounce else None,
        "verdict": _verdict(parsed),
        "problems": list(parsed.problems),
    }


def _address(address: "Address") -> dict[str, str]:
    return {"name": address.name, "address": address.email}


def _attachment(attachment: "Attachment") -> dict[str, Any]:
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size_bytes,
        "sha256": attachment.sha256,
        "content_id": attachment.content_id,
        "inline": attachment.is_inline,
    }


def _bounce(bounce: "Bounce") -> dict[str, Any]:
    return {
        "recipients": [
            {"address": each.address, "action": each.action, "status": each.status}
            for each in bounce.recipients
        ],
        "original_message_id": bounce.original_message_id,
    }


def _verdict(parsed: "ParsedMessage") -> dict[str, str] | None:
    verdict = judge(parsed, Circumstances())
    if verdict.disposition is Disposition.PASS:
        return None
    return {
        "rule": verdict.rule,
        "disposition": verdict.disposition.value,
        "reason": verdict.reason,
    }
