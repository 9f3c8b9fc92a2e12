"""Trying an account before it is trusted: each check is a line with a tick or what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage
from postdesk.base.ids import new_token
from postdesk.drivers.base import Envelope
from postdesk.flow.opening import inbox_of, outgoing_of
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.message.compose import Letter, compose_mail
from postdesk.message.parsed import Address

# While somebody sets an account up, a server that is away is more often one that does not exist.
_PERHAPS_MISTYPED = "Check the server's name and port. If they are right, try again in a minute."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check. ``state`` is ok, warn, bad or skip; ``remedy`` says what to do when it is bad.

    ``who`` must act, and ``button`` is what to press: a value of ``explanations.Button``.
    """

    title: str
    why: str = ""
    state: str = "ok"
    remedy: str = ""
    code: str = ""
    who: str = ""
    button: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The checks of one account, in their order."""

    lines: tuple[CheckLine, ...]

    @property
    def is_good(self) -> bool:
        """Say whether nothing failed."""
        return all(line.state != "bad" for line in self.lines)

    @property
    def failure(self) -> CheckLine | None:
        """The line that failed, or None."""
        return next((line for line in self.lines if line.state == "bad"), None)


def check_incoming(account: IncomingMailAccount) -> CheckReport:
    """Sign in and open the mailbox. ``account`` may be unsaved; its connection is saved."""
    return CheckReport(lines=tuple(_incoming_lines(account)))


def check_outgoing(account: OutgoingMailAccount, *, send_to: str, now: datetime) -> CheckReport:
    """Sign in, and really send a mail to ``send_to`` unless that is "". Account may be unsaved."""
    return CheckReport(lines=tuple(_outgoing_lines(account, send_to=send_to, now=now)))


def _incoming_lines(account: IncomingMailAccount) -> Iterator[CheckLine]:
    try:
        with inbox_of(account) as inbox:
            facts = inbox.probe()
    except CarriesDecision as error:
        yield _bad(f"Open the mailbox {account.email_address}", error)
        return
    yield CheckLine(title="Signed in", why=_signed_in_as(account))
    yield CheckLine(
        title="Mailbox opened", why=f"{facts.folder_name} holds {facts.message_count} messages"
    )


def _signed_in_as(account: IncomingMailAccount) -> str:
    if account.uses_connection:
        return str(account.connection)
    return account.imap_username or account.email_address


def _outgoing_lines(
    account: OutgoingMailAccount, *, send_to: str, now: datetime
) -> Iterator[CheckLine]:
    sending = f"Send a test mail to {send_to}"
    try:
        with outgoing_of(account) as outgoing:
            answer = outgoing.probe()
            yield CheckLine(title="Server reached and signed in", why=answer)
            if not send_to:
                return
            try:
                envelope = _test_mail(account, send_to, now=now)
                receipt = outgoing.dispatch(outgoing.prepare(envelope), envelope)
            except CarriesDecision as error:
                yield _bad(sending, error)
                return
    except CarriesDecision as error:
        yield _bad("Reach the server and sign in", error)
        if send_to:
            yield CheckLine(title=sending, why="not tried", state="skip")
        return
    ids = ", ".join(receipt.message_ids)
    yield CheckLine(title=f"Test mail to {send_to} accepted", why=f"Message-ID {ids}")


def _bad(title: str, error: CarriesDecision) -> CheckLine:
    remedy, code = _PERHAPS_MISTYPED, ""
    if isinstance(error, NeedsPerson | ThisMessage):
        remedy, code = error.remedy, error.code
    return CheckLine(title=title, why=str(error), state="bad", remedy=remedy, code=code)


def _test_mail(account: OutgoingMailAccount, send_to: str, *, now: datetime) -> Envelope:
    domain = account.email_address.rpartition("@")[2]
    octets = compose_mail(
        Letter(
            from_=Address(name=account.display_name, email=account.email_address),
            to=(Address(name="", email=send_to),),
            subject="Test mail from Postdesk",
            date=now,
            message_id=f"<test.{new_token(12)}@{domain}>",
            text=f"This mail was sent to try the account {account.email_address}.\n",
            automatic="auto-generated",
        )
    )
    return Envelope(octets=octets, sender=account.email_address, recipients=(send_to,))
