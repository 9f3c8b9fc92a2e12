"""Transport: what becomes of a submitted mail, as Exchange Online treats it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime, formataddr
from typing import TYPE_CHECKING

from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.mime import Reading, change_headers, read_message
from postdesk_sandbox.state import PendingReport, Submission
from postdesk_sandbox.transport.mangling import mangle
from postdesk_sandbox.transport.reporting import (
    NO_SUCH_ACCOUNT,
    NOT_IN_TENANT,
    POSTMASTER,
    Reason,
    compose_report,
    wants_no_report,
)
from postdesk_sandbox.transport.stamping import Route, stamp
from postdesk_sandbox.transport.thread_index import answer_thread, begin_thread, thread_of, topic_of

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.mailboxes import Mailbox
    from postdesk_sandbox.state import State, World
    from postdesk_sandbox.tenant import Person

# Exchange Online drops this from everything that Graph sends, JSON and MIME alike.
_NEVER_SENT = frozenset({"auto-submitted", "return-path"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A mail ready for submission: from whom, by way of which mailbox, its octets."""

    sender: Person
    mailbox: Mailbox
    mime: bytes
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mail:
    """A mail on its way: as its writer sent it, and as the gateway let it through."""

    mime: bytes
    passed: bytes
    reading: Reading
    sender: str
    from_inside: bool
    # The mailbox of the writer, to which a report goes back.
    mailbox: Mailbox
    thread_index: str
    now: datetime


def prepare_mime(
    mime: bytes, *, sender: Person, number: int, now: datetime, mint_message_id: bool
) -> bytes:
    """Return the octets as Exchange keeps them.

    From carries the name of the directory, a missing Message-ID or Date is supplied,
    and a supplied Message-ID stays unless the tenant mints its own.
    """
    reading = read_message(mime)
    drop = set(_NEVER_SENT)
    add = {}
    drop.add("from")
    add["From"] = formataddr((sender.display_name, sender.address))
    if mint_message_id or not reading.message_id:
        drop.add("message-id")
        add["Message-ID"] = mint(sender.address, number)
    if reading.sent_at is None:
        drop.add("date")
        add["Date"] = format_datetime(now)
    return change_headers(mime, drop=drop.__contains__, add=add)


def mint(address: str, number: int) -> str:
    """Return a Message-ID in the manner of Exchange Online."""
    guid = object_guid("message", address, number).replace("-", "").upper()
    return f"<{guid[:12]}.{guid[12:]}@EURP190.PROD.OUTLOOK.COM>"


def submit(world: World, parcel: Parcel) -> Submission:
    """Deliver to everybody named and write the submission down.

    Inside the tenant a copy reaches the Inbox; everybody else has an inbox outside.
    A non-delivery report goes back where a fault has ordered one, and for addresses of the
    tenant's own domain that nobody has.
    """
    mail = _take(
        world, parcel.mime, sender=parcel.sender.address, mailbox=parcel.mailbox, now=parcel.now
    )
    for address in mail.reading.recipients:
        _bring(world, mail, address)
    submission = Submission(
        sender=parcel.sender.address,
        mailbox=parcel.mailbox.address,
        recipients=mail.reading.recipients,
        outside=tuple(one for one in mail.reading.recipients if _is_outside(world, one)),
        mime=mail.mime,
        message_id=mail.reading.message_id,
        sent_at=parcel.now,
    )
    world.submissions.append(submission)
    return submission


def post_letter(world: World, mime: bytes, *, sender: str, now: datetime) -> list[str]:
    """Bring a mail that a person wrote by hand to all it names, and keep the writer's copy.

    Returns the addresses inside the tenant that it reached.
    """
    writer = world.mailbox(sender) or world.outside_mailbox(sender)
    writer.add(mime, folder=writer.well_known("sentitems"), now=now, is_read=True)
    mail = _take(world, mime, sender=sender, mailbox=writer, now=now)
    found = [_bring(world, mail, address) for address in mail.reading.recipients]
    return [box.address for box in found if box is not None and box.address in world.mailboxes]


def bring_due_reports(state: State, *, now: datetime) -> None:
    """Put the delivery reports into the inboxes whose time has come."""
    with state.lock:
        reports, state.world.reports = state.world.reports, []
        for report in reports:
            mailbox = state.world.any_mailbox(report.mailbox)
            if report.due_at > now:
                state.world.reports.append(report)
            elif mailbox is not None:
                mailbox.add(report.mime, folder=mailbox.well_known("inbox"), now=report.due_at)


def _take(world: World, mime: bytes, *, sender: str, mailbox: Mailbox, now: datetime) -> _Mail:
    """Take a mail over: without Bcc, in its thread, and past the tenant's gateway."""
    reading = read_message(mime)
    plain = change_headers(mime, drop={"bcc"}.__contains__, add={})
    from_inside = world.mailbox(sender) is not None
    how = world.tenant.switches.gateway
    passed = mangle(plain, how=how, from_outside=not from_inside) if how else plain
    return _Mail(
        mime=plain,
        passed=passed,
        reading=reading,
        sender=sender,
        from_inside=from_inside,
        mailbox=mailbox,
        thread_index=_find_thread(world, reading, now=now),
        now=now,
    )


def _find_thread(world: World, reading: Reading, *, now: datetime) -> str:
    """Return the mail's own Thread-Index, one below that of the answered mail, or a new one."""
    given = next((text for name, text in reading.headers if name.lower() == "thread-index"), "")
    parents = [*reading.in_reply_to.split(), *reversed(reading.references.split())]
    known = next((world.threads[one] for one in parents if one in world.threads), "")
    if thread_of(given):
        found = "".join(given.split())
    elif known:
        found = answer_thread(known, at=now)
    else:
        found = begin_thread(reading.message_id, at=now)
    if reading.message_id:
        world.threads[reading.message_id] = found
    return found


def _is_outside(world: World, address: str) -> bool:
    return world.mailbox(address) is None and not world.tenant.is_inside(address)


def _bring(world: World, mail: _Mail, address: str) -> Mailbox | None:
    """Put the mail into the inbox of one recipient; None after a report instead."""
    if world.faults.take_bounce(address) is not None:
        _bounce(world, mail, address, why=NO_SUCH_ACCOUNT)
        return None
    mailbox = world.mailbox(address)
    if mailbox is None and world.tenant.is_inside(address):
        if not wants_no_report(mail.mime):
            _bounce(world, mail, address, why=NOT_IN_TENANT)
        return None
    is_inside, mailbox = mailbox is not None, mailbox or world.outside_mailbox(address)
    # Between two addresses outside, the tenant's gateway never sees the mail.
    mime = mail.passed if mail.from_inside or is_inside else mail.mime
    route = _route(world, mail, address, to_inside=is_inside)
    mailbox.add(stamp(mime, route), folder=mailbox.well_known("inbox"), now=mail.now)
    return mailbox


def _route(world: World, mail: _Mail, address: str, *, to_inside: bool) -> Route:
    return Route(
        tenant_id=world.tenant.tenant_id,
        tenant_domain=world.tenant.domain,
        sender=mail.sender,
        recipient=address,
        from_inside=mail.from_inside,
        to_inside=to_inside,
        message_id=mail.reading.message_id,
        has_attachments=any(not one.is_inline for one in mail.reading.parts),
        thread_index=mail.thread_index,
        thread_topic=topic_of(mail.reading.subject),
        sent_at=mail.now,
    )


def _bounce(world: World, mail: _Mail, recipient: str, *, why: Reason) -> None:
    """Send a delivery report to the mailbox that sent; it may take its time."""
    delay = timedelta(seconds=world.tenant.switches.ndr_delay_seconds)
    due_at, mailbox = mail.now + delay, mail.mailbox
    report = compose_report(
        mail.mime,
        to=mailbox.address,
        recipient=recipient,
        reason=why,
        report_id=mint(POSTMASTER, mailbox.sequence),
        at=due_at,
    )
    if delay:
        pending = PendingReport(due_at=due_at, mailbox=mailbox.address, mime=report)
        world.reports.append(pending)
    else:
        mailbox.add(report, folder=mailbox.well_known("inbox"), now=due_at)
