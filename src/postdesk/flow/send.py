"""From the outbox to the server: claim, begin, prepare, dispatch, settle. Never a blind resend."""

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from postdesk.base import clock
from postdesk.base.errors import NeedsPerson, OutcomeUnknown, ThisMessage, TryLater
from postdesk.drivers.base import Envelope, Outgoing, Prepared, Receipt, Whereabouts
from postdesk.flow.opening import outgoing_of
from postdesk.flow.stage import run_or_tell
from postdesk.mail import outbox, sending
from postdesk.mail.models import OutgoingMailAccount, OutgoingMessage
from postdesk.mail.octets import read_octets

log = logging.getLogger(__name__)
BATCH = 10
# One mail may be put off for its recipient's sake; after so many in a row it is the server.
MOST_PUT_OFF = 3
_CHECK_FIRST = "Check with the recipient or in the Sent folder, then send it again if needed."


def send_due(*, now: datetime, limit: int = BATCH, account_id: int | None = None) -> int:
    """Send one batch, of one account or of all; returns how many mails were claimed.

    Trouble ends in rows, not upwards.
    """
    claims = outbox.claim(limit, account_id=account_id, now=now)
    claims.sort(key=lambda claim: claim.message.account_id)
    for _account_id, group in groupby(claims, key=lambda claim: claim.message.account_id):
        batch = list(group)
        _send_batch(batch[0].message.account, batch)
    return len(claims)


def _send_batch(account: OutgoingMailAccount, batch: Sequence[outbox.Claim]) -> None:
    """Send in order until the account or its server is in trouble; give back what is left."""
    try:
        with outgoing_of(account) as outgoing:
            _send_each(batch, outgoing)
        sending.note_working(account)
    except NeedsPerson as error:
        log.warning("Sending through %s needs a person: %s", account, error.what)
        sending.note_trouble(account, error, now=clock.now())
        _give_back(batch, error.what)
    except TryLater as error:
        _give_back(batch, error.what, retry_after=error.retry_after)


def _send_each(batch: Sequence[outbox.Claim], outgoing: Outgoing) -> None:
    """Send each mail; raises TryLater when it is the server, not one mail, that has to wait."""
    put_off = 0
    for claim in batch:
        try:
            _send_or_tell(claim, outgoing)
        except TryLater as error:
            put_off += 1
            _give_back([claim], error.what, retry_after=error.retry_after)
            if error.retry_after is not None or put_off == MOST_PUT_OFF:
                raise
        else:
            put_off = 0


def _give_back(
    batch: Sequence[outbox.Claim], problem: str, *, retry_after: float | None = None
) -> None:
    for claim in batch:
        outbox.give_back(claim, problem=problem, retry_after=retry_after, now=clock.now())


def _send_or_tell(claim: outbox.Claim, outgoing: Outgoing) -> None:
    """Send one mail; one that breaks the stage is put before a person, and the next goes on."""

    def tell(reason: str) -> None:
        outbox.settle_unknown(claim.message, problem=reason, remedy=_CHECK_FIRST)

    name = f"Outgoing message {claim.message.pk}"
    run_or_tell(lambda: _send_one(claim, outgoing), tell=tell, name=name)


def _send_one(claim: outbox.Claim, outgoing: Outgoing) -> None:
    """Send one mail and settle it; NeedsPerson and TryLater go on upwards besides."""
    message = claim.message
    if claim.was_interrupted and _settle_interrupted(message, outgoing):
        return
    if not outbox.begin(message, now=clock.now()):
        return
    try:
        _dispatch(message, outgoing)
    except (NeedsPerson, TryLater) as error:
        wait = error.retry_after if isinstance(error, TryLater) else None
        outbox.settle_later(message, problem=error.what, retry_after=wait, now=clock.now())
        raise


def _dispatch(message: OutgoingMessage, outgoing: Outgoing) -> None:
    try:
        envelope = _envelope(message)
    except OSError as error:
        outbox.settle_failed(
            message,
            problem=f"The stored mail cannot be read: {error.strerror}.",
            remedy="Restore the folder octets from your backup, then send it again.",
        )
        return
    try:
        prepared = _prepared(message, envelope, outgoing)
        if prepared is None:
            return
        receipt = outgoing.dispatch(prepared, envelope)
    except OutcomeUnknown as error:
        _ask(message, outgoing, what=error.what)
    except ThisMessage as error:
        outbox.settle_failed(
            message, problem=error.what, remedy=error.remedy or "Correct it and send it again."
        )
    else:
        _settle_accepted(message, receipt)


def _envelope(message: OutgoingMessage) -> Envelope:
    return Envelope(
        octets=read_octets(message.octets),
        sender=message.envelope_sender,
        recipients=tuple(message.recipients),
    )


def _prepared(message: OutgoingMessage, envelope: Envelope, outgoing: Outgoing) -> Prepared | None:
    """Return what was prepared before a crash, or prepare now and commit its ids first.

    None when the lease was lost meanwhile: another worker has the mail, and it must leave once.
    """
    if message.remote_id:
        return _known(message)
    prepared = outgoing.prepare(envelope)
    is_ours = outbox.note_prepared(
        message, remote_id=prepared.remote_id, message_ids=prepared.message_ids
    )
    return prepared if is_ours else None


def _settle_interrupted(message: OutgoingMessage, outgoing: Outgoing) -> bool:
    """Ask the server what became of a mail whose sender died; False when it did not leave."""
    whereabouts = outgoing.find(_known(message))
    if whereabouts is Whereabouts.NOT_SENT:
        return False
    _settle_found(message, whereabouts, what="Sending it was interrupted.")
    return True


def _ask(message: OutgoingMessage, outgoing: Outgoing, *, what: str) -> None:
    """Ask what became of a mail that may have left; when nobody answers, ask again later."""
    try:
        whereabouts = outgoing.find(_known(message))
    except (NeedsPerson, TryLater):
        outbox.ask_later(message, now=clock.now())
        raise
    if whereabouts is Whereabouts.NOT_SENT:
        outbox.settle_later(message, problem=what, retry_after=None, now=clock.now())
    else:
        _settle_found(message, whereabouts, what=what)


def _settle_found(message: OutgoingMessage, whereabouts: Whereabouts, *, what: str) -> None:
    if whereabouts is Whereabouts.SENT:
        outbox.settle_sent(message, message_ids=(), now=clock.now())
        return
    outbox.settle_unknown(
        message, problem=f"{what} The server cannot say whether it left.", remedy=_CHECK_FIRST
    )


def _settle_accepted(message: OutgoingMessage, receipt: Receipt) -> None:
    problem = "; ".join(f"Refused for {who}: {why}" for who, why in receipt.refused)
    outbox.settle_sent(message, message_ids=receipt.message_ids, problem=problem, now=clock.now())


def _known(message: OutgoingMessage) -> Prepared:
    ids = tuple(message.message_ids.order_by("id").values_list("message_id", flat=True))
    return Prepared(remote_id=message.remote_id, message_ids=ids)
