"""Delivery reports (RFC 3464): recorded with the mail that they are about, never answered."""

from typing import TYPE_CHECKING

from postdesk.message.rules.verdict import Disposition, Verdict

if TYPE_CHECKING:
    from postdesk.message.parsed import ParsedMessage
    from postdesk.message.rules.verdict import Circumstances

RULE = "delivery_report"


def judge(parsed: "ParsedMessage", circumstances: "Circumstances") -> Verdict | None:  # noqa: ARG001  one shape for all rules
    """Record what says that a mail was not, or was, delivered; None for all other."""
    if parsed.bounce is not None:
        return _record(_tell(parsed))
    if is_report(parsed, "delivery-status") and not parsed.return_path:
        return _record("A mail server reports about a delivery, without saying whose.")
    return None


def is_report(parsed: "ParsedMessage", kind: str) -> bool:
    """Tell whether a message is a ``multipart/report`` of that report-type (RFC 6522)."""
    value = "".join(parsed.header("Content-Type").lower().replace('"', "").split())
    return value.startswith("multipart/report") and f"report-type={kind}" in value


def _record(reason: str) -> Verdict:
    return Verdict(rule=RULE, disposition=Disposition.RECORD, reason=reason)


def _tell(parsed: "ParsedMessage") -> str:
    recipients = parsed.bounce.recipients if parsed.bounce else ()
    first = recipients[0]
    others = f" and {len(recipients) - 1} more" if len(recipients) > 1 else ""
    status = f" ({first.status})" if first.status else ""
    return f"A mail server reports about a mail to {first.address}{others}: {first.action}{status}."
