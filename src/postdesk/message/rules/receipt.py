"""Read receipts (RFC 8098): recorded, because nobody wrote them."""

from typing import TYPE_CHECKING

from postdesk.message.rules.delivery_report import is_report
from postdesk.message.rules.verdict import Disposition, Verdict

if TYPE_CHECKING:
    from postdesk.message.parsed import ParsedMessage
    from postdesk.message.rules.verdict import Circumstances

RULE = "receipt"


def judge(parsed: "ParsedMessage", circumstances: "Circumstances") -> Verdict | None:  # noqa: ARG001  one shape for all rules
    """Record a receipt that a mail was displayed or deleted; None for all other."""
    is_part = any(
        each.media_type == "message/disposition-notification" for each in parsed.attachments
    )
    if not is_report(parsed, "disposition-notification") and not (
        is_part and parsed.header("Content-Type").lower().startswith("multipart/report")
    ):
        return None
    return Verdict(
        rule=RULE,
        disposition=Disposition.RECORD,
        reason="It is a receipt: a mail was displayed or deleted.",
    )
