"""The rules in their order. The first that speaks decides; when none does, the mail passes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from postdesk.message.rules import auto_reply, delivery_report, own_mail, receipt
from postdesk.message.rules.verdict import Disposition, Verdict

if TYPE_CHECKING:
    from postdesk.message.parsed import ParsedMessage
    from postdesk.message.rules.verdict import Circumstances

ORDER: tuple[Callable[["ParsedMessage", "Circumstances"], Verdict | None], ...] = (
    own_mail.judge,  # first: whatever else our own mail says, answering it would never end
    delivery_report.judge,  # before auto_reply, which it is too: only here it has a recipient
    receipt.judge,  # the same
    auto_reply.judge,  # last: the only one that an account can switch off
)
NO_RULE = "none"


def judge(parsed: "ParsedMessage", circumstances: "Circumstances") -> Verdict:
    """Return the verdict of the first rule that speaks, else PASS with the rule ``none``."""
    for rule in ORDER:
        verdict = rule(parsed, circumstances)
        if verdict is not None:
            return verdict
    return Verdict(rule=NO_RULE, disposition=Disposition.PASS, reason="No rule objects.")
