"""Mail that this desk has sent itself, or that claims one of its addresses: never a ticket.

Whatever the headers say, a desk that answers its own mail answers for ever.
"""

from typing import TYPE_CHECKING

from postdesk.message.rules.verdict import Disposition, Verdict

if TYPE_CHECKING:
    from postdesk.message.parsed import ParsedMessage
    from postdesk.message.rules.verdict import Circumstances

RULE = "own_mail"


def judge(parsed: "ParsedMessage", circumstances: "Circumstances") -> Verdict | None:
    """Record mail from an own address; None for all other."""
    address = find_own_address(parsed, circumstances)
    if not address:
        return None
    if circumstances.is_sent_by_us:
        reason = f"This desk has sent this mail itself, as {address}."
    else:
        reason = f"It comes from {address}, which is an address of this desk."
    return Verdict(rule=RULE, disposition=Disposition.RECORD, reason=reason)


def find_own_address(parsed: "ParsedMessage", circumstances: "Circumstances") -> str:
    """Return the address of this desk that the mail comes from, or "".

    From decides. Sender does as well when the mail is known to be ours: somebody may send on
    behalf of others through an address of the desk.
    """
    candidates = [parsed.from_.email]
    if circumstances.is_sent_by_us and parsed.sender:
        candidates.append(parsed.sender.email)
    for email in candidates:
        if email and not circumstances.own_addresses.isdisjoint(_forms(email)):
            return email
    return ""


def _forms(email: str) -> set[str]:
    """Return the address in lower case, with and without a +tag (RFC 5233)."""
    local, _, domain = email.lower().rpartition("@")
    return {f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"}
