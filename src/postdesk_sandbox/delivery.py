"""Transport: what becomes of a submitted mail, as Exchange Online treats headers."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import format_datetime, formataddr
from typing import TYPE_CHECKING

from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.mime import change_headers, read_message
from postdesk_sandbox.state import Submission

if TYPE_CHECKING:
    from datetime import datetime

    from postdesk_sandbox.mailboxes import Mailbox
    from postdesk_sandbox.state import World
    from postdesk_sandbox.tenant import Person

# Exchange Online drops this from everything that Graph sends, JSON and MIME alike.
_NEVER_SENT = frozenset({"auto-submitted", "return-path"})

_POSTMASTER = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.test"
# A report as Exchange Online words it, in the shape of RFC 3464.
_REPORT = """\
From: Microsoft Outlook <{postmaster}>
To: {to}
Subject: Undeliverable: your message
Message-ID: {report_id}
In-Reply-To: {message_id}
References: {message_id}
Date: {date}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=us-ascii

Your message to {recipient} couldn't be delivered. The address wasn't found.
--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns;EURP190.PROD.OUTLOOK.COM

Final-Recipient: rfc822;{recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp;550 5.1.1 The account that you tried to reach does not exist

--{boundary}
Content-Type: text/rfc822-headers

{head}
--{boundary}--
""".replace("\n", "\r\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A mail ready for submission: from whom, by way of which mailbox, its octets."""

    sender: Person
    mailbox: Mailbox
    mime: bytes
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
    A non-delivery report goes back where a fault has ordered one.
    """
    reading = read_message(parcel.mime)
    delivered = change_headers(parcel.mime, drop={"bcc"}.__contains__, add={})
    outside = []
    for address in reading.recipients:
        if world.faults.take_bounce(address) is not None:
            _bounce(parcel, address, reading.message_id)
        elif (mailbox := world.mailbox(address)) is not None:
            mailbox.add(delivered, folder=mailbox.well_known("inbox"), now=parcel.now)
            continue
        else:
            mailbox = world.outside_mailbox(address)
            mailbox.add(delivered, folder=mailbox.well_known("inbox"), now=parcel.now)
        outside.append(address)
    submission = Submission(
        sender=parcel.sender.address,
        mailbox=parcel.mailbox.address,
        recipients=reading.recipients,
        outside=tuple(outside),
        mime=delivered,
        message_id=reading.message_id,
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
    reached = []
    for address in read_message(mime).recipients:
        mailbox = world.mailbox(address)
        if mailbox is not None:
            reached.append(address)
        else:
            mailbox = world.outside_mailbox(address)
        mailbox.add(mime, folder=mailbox.well_known("inbox"), now=now)
    return reached


def _bounce(parcel: Parcel, recipient: str, message_id: str) -> None:
    """Put a delivery report into the inbox of the mailbox that sent."""
    number = parcel.mailbox.sequence
    head, _, _ = parcel.mime.partition(b"\r\n\r\n")
    words = {
        "postmaster": _POSTMASTER,
        "to": parcel.mailbox.address,
        "report_id": mint(_POSTMASTER, number),
        "message_id": message_id,
        "date": format_datetime(parcel.now),
        "boundary": f"_{object_guid('report', recipient, number)}_",
        "recipient": recipient,
        "head": head.decode("utf-8", "surrogateescape"),
    }
    report = _REPORT.format_map(words).encode("utf-8", "surrogateescape")
    parcel.mailbox.add(report, folder=parcel.mailbox.well_known("inbox"), now=parcel.now)
