"""Which messages become tickets: asks the rules, and says what must be known for them."""

from dataclasses import dataclass
from datetime import timedelta

from postdesk.flow.checks.probe_mail import is_probe_mail
from postdesk.mail.models import SpooledMessage
from postdesk.mail.queries import ticket_of_own_mail
from postdesk.message.parsed import ParsedMessage
from postdesk.message.rules.answerable import why_not_to_answer
from postdesk.message.rules.auto_reply import why_automatic
from postdesk.message.rules.order import judge
from postdesk.message.rules.verdict import Circumstances, Disposition, Verdict

# Whoever connects a mailbox full of old mail wants tickets of it, not a thousand answers to it.
OLD_BEFORE_FIRST_LOOK = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """The verdict on a message.

    ``is_automatic`` says that a machine wrote it, whether or not the account lets it pass.
    ``no_answer_because`` is "" when it may be acknowledged.
    """

    verdict: Verdict
    is_automatic: bool
    no_answer_because: str
    circumstances: Circumstances


def sift(
    message: SpooledMessage, parsed: ParsedMessage, *, own_addresses: frozenset[str]
) -> Sifted:
    """Ask the rules about one message; ``own_addresses`` are those of ``mail.queries``."""
    ours = ticket_of_own_mail([parsed.message_id, *parsed.alias_message_ids])
    circumstances = Circumstances(
        own_addresses=own_addresses,
        is_sent_by_us=bool(ours),
        allow_auto_submitted=message.account.allow_auto_submitted,
    )
    return Sifted(
        verdict=_judge_probe(message, parsed) or judge(parsed, circumstances),
        is_automatic=why_automatic(parsed) is not None,
        no_answer_because=why_not_to_answer(parsed, circumstances) or _why_too_old(message),
        circumstances=circumstances,
    )


def _judge_probe(message: SpooledMessage, parsed: ParsedMessage) -> Verdict | None:
    """Record our own probe mail, whoever a relay on the way made its sender."""
    if not is_probe_mail(parsed.subject, now=message.spooled_at):
        return None
    reason = "This desk has sent this mail itself, to check that mail comes in."
    return Verdict(rule="probe_mail", disposition=Disposition.RECORD, reason=reason)


def _why_too_old(message: SpooledMessage) -> str:
    first_look, received = message.account.first_read_at, message.received_at
    if first_look is None or received is None or received > first_look - OLD_BEFORE_FIRST_LOOK:
        return ""
    return "It lay in the mailbox long before this desk was connected to it."
