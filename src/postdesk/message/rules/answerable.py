"""Whether automatic mail may go out in answer to a message (RFC 3834 section 2)."""

import re
from typing import TYPE_CHECKING

from postdesk.message.addresses import is_address
from postdesk.message.rules.auto_reply import why_automatic
from postdesk.message.rules.own_mail import find_own_address

if TYPE_CHECKING:
    from postdesk.message.parsed import ParsedMessage
    from postdesk.message.rules.verdict import Circumstances

_LIST_HEADERS = [
    "List-Id",
    "List-Post",
    "List-Help",
    "List-Subscribe",
    "List-Unsubscribe",
    "List-Owner",
    "List-Archive",
    "Mailing-List",
    "X-Mailing-List",
    "X-BeenThere",
    "Feedback-ID",
]
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_SUPPRESSING = frozenset({"all", "autoreply", "oof"})
_MACHINE = re.compile(
    r"(?:no|not|dont|donot|do-not|never)[-_.]?(?:reply|respond|answer)(?:[-_.+].*)?"
    r"|(?:.*[-_.])?(?:no-?reply|do-?not-?reply)(?:[-_.+].*)?|bounces?(?:[-_.+].*)?|.*-bounces?(?:\+.*)?"
    r"|mailer-?daemon|mail-?daemon|postmaster|daemon|root|nobody|notifications?|alerts?"
    r"|owner-.*|.*-owner|.*-request|listserv|majordomo|microsoftexchange[0-9a-f]{8,}",
    re.IGNORECASE,
)


def why_not_to_answer(parsed: "ParsedMessage", circumstances: "Circumstances") -> str | None:
    """Return why no automatic mail may go out in answer to this one, or None when one may.

    Stricter than the rules: mail that becomes a ticket may still be one that must not be answered
    by a program. ``allow_auto_submitted`` changes nothing here.
    """
    return (
        _why_not_this_sender(parsed, circumstances)
        or _why_not_this_mail(parsed)
        or _why_not_by_headers(parsed)
    )


def _why_not_this_sender(parsed: "ParsedMessage", circumstances: "Circumstances") -> str | None:
    email = parsed.from_.email
    if not is_address(email):
        return "It has no address to answer to."
    if find_own_address(parsed, circumstances) or circumstances.is_sent_by_us:
        return "It comes from this desk itself."
    answers_to = [address.email for address in parsed.reply_to if address.email] or [email]
    if any(address.lower() in circumstances.own_addresses for address in answers_to):
        return "An answer would come back to this desk itself."
    for address in (email, *answers_to):
        if _MACHINE.fullmatch(address.rpartition("@")[0]):
            return f"Nobody reads what is sent to {address}."
    return None


def _why_not_this_mail(parsed: "ParsedMessage") -> str | None:
    if parsed.return_path == "":
        return "Its envelope has no sender, so that it must not be answered (RFC 5321)."
    if parsed.bounce is not None or parsed.header("Content-Type").lower().startswith(
        "multipart/report"
    ):
        return "It is a report of a mail server or program."
    return why_automatic(parsed)


def _why_not_by_headers(parsed: "ParsedMessage") -> str | None:
    for name in _LIST_HEADERS:
        if parsed.header(name):
            return f"It was sent to a list or to many ({name})."
    precedence = parsed.header("Precedence").strip().lower()
    if precedence in _BULK:
        return f"It was sent to many (Precedence: {precedence})."
    suppressed = {
        word.strip().lower() for word in parsed.header("X-Auto-Response-Suppress").split(",")
    }
    if suppressed & _SUPPRESSING:
        return "Its sender asks for no automatic answers (X-Auto-Response-Suppress)."
    return None
