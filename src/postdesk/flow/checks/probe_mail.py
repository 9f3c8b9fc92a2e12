"""The probe mail: through the whole path, from the way out into the inbox, and never a ticket.

Providers strip headers and mint Message-IDs, so it is recognised by its ids and by a token in its
subject. The Mailer Daemon may take it first: then its row in the ledger proves that it arrived.
"""

import re
from datetime import datetime, timedelta

from postdesk.base.errors import CarriesDecision, OutcomeUnknown
from postdesk.base.explanations import Actor
from postdesk.base.ids import new_token
from postdesk.connections.models import SetupCheck
from postdesk.drivers.base import Envelope, FindsRecent, Settlement
from postdesk.flow.checks.line import from_error, skipped
from postdesk.flow.opening import inbox_of, outgoing_of
from postdesk.flow.probe import CheckLine
from postdesk.mail.ledger import has_arrived
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.message.compose import Letter, compose_mail
from postdesk.message.parsed import Address

PATIENCE = timedelta(minutes=3)
KNOWN_FOR = timedelta(days=2)  # a late one is recognised as long
_SUBJECT = re.compile(r"\[Postdesk check ([A-Za-z0-9_-]{16})\]", re.ASCII)
_SENT, _SEEN = "Probe mail sent", "Probe mail arrived"
_TOKEN_OCTETS = 12  # sixteen characters in the subject


def is_probe_mail(subject: str, *, now: datetime) -> bool:
    """Say whether a subject carries the token of a probe mail that this desk has sent."""
    found = _SUBJECT.search(subject)
    if found is None:
        return False
    rows = SetupCheck.objects.filter(probe_token=found[1])
    return rows.filter(started_at__gt=now - KNOWN_FOR).exists()


def send_probe(account: IncomingMailAccount, check: SetupCheck, *, now: datetime) -> CheckLine:
    """Send a mail from the way out to the mailbox; ``check``, which the caller saves, knows it."""
    way_out = account.outgoing_account
    if way_out is None or any(line["state"] == "bad" for line in check.lines[-2:]):
        return skipped(_SENT, "Mailbox and way out have to open first.")
    if all(line["state"] == "skip" for line in check.lines[-2:]):
        return skipped(_SENT, "Nobody has signed in yet.")
    token = new_token(_TOKEN_OCTETS)
    envelope = _compose(account, way_out, token=token, now=now)
    # The worker may see the mail before this step ends: it must be known as ours by then.
    check.probe_token, check.probe_sent_at = token, now
    check.save(update_fields=["probe_token", "probe_sent_at"])
    try:
        with outgoing_of(way_out) as outgoing:
            prepared = outgoing.prepare(envelope)
            receipt = outgoing.dispatch(prepared, envelope)
    except OutcomeUnknown as error:
        return CheckLine(title=_SENT, why=error.what, state="warn")
    except CarriesDecision as error:
        check.probe_sent_at = None
        return from_error(_SENT, error)
    check.probe_ids = list(receipt.message_ids)
    return CheckLine(title=_SENT, why=f"By {way_out} to {account.email_address}.")


def see_probe(
    account: IncomingMailAccount, check: SetupCheck, *, now: datetime
) -> CheckLine | None:
    """Look for the probe mail; None while it may still come."""
    if check.probe_sent_at is None:
        return skipped(_SEEN, "None was sent.")
    took = f"After {max(0, round((now - check.probe_sent_at).total_seconds()))} seconds"
    if has_arrived(account, message_ids=check.probe_ids, subject_part=check.probe_token):
        return CheckLine(title=_SEEN, why=f"{took}; the Mailer Daemon recorded it, as no ticket.")
    try:
        if _find_and_settle(account, check):
            return CheckLine(title=_SEEN, why=f"{took}, in the inbox.")
    except CarriesDecision as error:
        return from_error(_SEEN, error)
    if now - check.probe_sent_at < PATIENCE:
        return None
    return CheckLine(
        title=_SEEN,
        why=f"It was accepted, but did not come in within {PATIENCE.seconds // 60} minutes.",
        state="bad",
        remedy="Look into Junk and into the rules of the mailbox, then let Exchange trace the "
        "message. It may also be late: check once more in a while.",
        who=Actor.MICROSOFT_ADMIN.value,
    )


def _find_and_settle(account: IncomingMailAccount, check: SetupCheck) -> bool:
    """Look into the inbox by the subject's token; what is found is settled as other mail is."""
    with inbox_of(account) as inbox:
        if not isinstance(inbox, FindsRecent):
            return False
        remote_id = inbox.find_recent(check.probe_token)
        if remote_id is None:
            return False
        if not account.is_enabled:  # otherwise the Mailer Daemon reads it first, then settles it
            inbox.settle(remote_id, Settlement(account.after_processing), folder=account.folder)
    return True


def _compose(
    account: IncomingMailAccount, way_out: OutgoingMailAccount, *, token: str, now: datetime
) -> Envelope:
    domain = way_out.email_address.rpartition("@")[2]
    letter = Letter(
        from_=Address(name=way_out.display_name, email=way_out.email_address),
        to=(Address(name="", email=account.email_address),),
        subject=f"[Postdesk check {token}]",
        date=now,
        message_id=f"<check.{new_token(12)}@{domain}>",
        text="Postdesk sent this mail to itself, to see that mail comes in and goes out.\n"
        "It makes no ticket. Nobody has to answer it.\n",
        automatic="auto-generated",
    )
    return Envelope(
        octets=compose_mail(letter),
        sender=way_out.email_address,
        recipients=(account.email_address,),
    )
