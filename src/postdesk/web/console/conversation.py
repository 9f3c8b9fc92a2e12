"""A ticket's conversation as its page shows it: days, messages, lines, what became of replies."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from postdesk.flow.originals import story_of
from postdesk.mail.models import OutgoingMessage, SpooledMessage
from postdesk.mail.queries import deliveries_of
from postdesk.tickets.models import Attachment, Entry, Ticket, TicketEvent
from postdesk.tickets.queries import conversation, unannounced_replies

KINDS = {
    Entry.Kind.CLIENT_MAIL: "client",
    Entry.Kind.TECH_REPLY: "tech",
    Entry.Kind.NOTE: "note",
}
EVENT_ICONS = {
    TicketEvent.Kind.OPENED: "ticket",
    TicketEvent.Kind.STATUS: "half",
    TicketEvent.Kind.TECH: "user",
    TicketEvent.Kind.REQUEST_TYPE: "tag",
    TicketEvent.Kind.PRIORITY: "flag",
    TicketEvent.Kind.MOVED: "append",
}
RECEIPTS = {
    OutgoingMessage.State.QUEUED: "Receipt to the client waits to be sent",
    OutgoingMessage.State.SENDING: "Receipt to the client is being sent",
    OutgoingMessage.State.SENT: "Receipt sent to the client, once for this ticket",
    OutgoingMessage.State.FAILED: "Receipt to the client was not sent",
    OutgoingMessage.State.UNKNOWN: "Receipt to the client was perhaps sent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody said. ``text`` is what they wrote, ``quoted`` the past that they repeated."""

    entry: Entry
    kind: str
    route: str
    text: str
    quoted: str
    deliveries: list[OutgoingMessage]
    is_waiting: bool
    is_fresh: bool
    loads_images: bool

    @property
    def at(self) -> datetime:
        """When it was said."""
        return self.entry.at

    @property
    def name(self) -> str:
        """Who said it."""
        return self.entry.author_name or str(self.entry.author or self.entry.author_address)

    @property
    def initials(self) -> str:
        """One or two characters for the small circle."""
        if self.entry.author is not None:
            return self.entry.author.initials
        return self.name[:2].upper()

    @property
    def is_lost(self) -> bool:
        """Say whether a reply became no mail: there was no way out for it."""
        is_reply = self.entry.kind == Entry.Kind.TECH_REPLY
        return is_reply and not self.deliveries and not self.is_waiting

    @property
    def files(self) -> list[Attachment]:
        """What was attached."""
        return [file for file in self.entry.attachments.all() if not file.is_inline]

    @property
    def inline_files(self) -> list[Attachment]:
        """What belongs into the text, mostly pictures of its HTML."""
        return [file for file in self.entry.attachments.all() if file.is_inline]

    @property
    def quoted_lines(self) -> int:
        """How long the folded part is."""
        return len(self.quoted.splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Something that changed, in one line. ``detail`` says what to do about it, or is ""."""

    icon: str
    text: str
    at: datetime
    actor: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """All of one day, in the reader's time zone."""

    date: date
    items: list[Message | Line] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a conversation is looked at: what is new, and whose remote images are loaded."""

    seen: int | None = None
    images_of: int | None = None


def read_conversation(ticket: Ticket, reading: Reading) -> list[Day]:
    """Return the conversation by days, oldest first."""
    deliveries = deliveries_of(ticket.number)
    waiting = unannounced_replies(ticket)
    items: list[Message | Line] = []
    receipts: list[Line] = []
    for happening in conversation(ticket):
        if happening.event is not None:
            items.append(line_of(happening.event))
        if happening.entry is not None:
            entry, sent = happening.entry, deliveries.get(happening.entry.pk, [])
            is_waiting = entry.pk in waiting
            items.append(_message_of(entry, sent, reading, is_waiting=is_waiting))
            receipts += _receipts_of(entry, sent)
    # Stable: what happened in one moment stays in this order, receipts after what caused them
    items = sorted([*items, *receipts], key=lambda item: item.at)
    return [
        Day(date=day, items=list(of_day))
        for day, of_day in groupby(items, key=lambda item: timezone.localdate(item.at))
    ]


def line_of(event: TicketEvent) -> Line:
    """Return the line of a change."""
    speaks_for_itself = event.kind in {TicketEvent.Kind.OPENED, TicketEvent.Kind.MOVED}
    return Line(
        icon=EVENT_ICONS[TicketEvent.Kind(event.kind)],
        text=event.text or event.get_kind_display(),
        at=event.at,
        actor="" if speaks_for_itself or event.actor is None else str(event.actor),
    )


def read_trace(ticket: Ticket) -> SpooledMessage | None:
    """Return the received mail that opened a ticket, with its trace, or None."""
    number = (
        ticket.entries.exclude(spooled_number=None)
        .order_by("at", "id")
        .values_list("spooled_number", flat=True)
        .first()
    )
    return story_of(number) if number else None


def split_quoted(entry: Entry) -> tuple[str, str]:
    """Return what is new in a text and the rest of it, so that together nothing is missing.

    When the new part is not the beginning (answers between quoted lines), the rest is the whole.
    """
    fresh, whole = entry.fresh_text.strip(), entry.text.strip()
    if not fresh or fresh == whole:
        return whole, ""
    if whole.startswith(fresh):
        return fresh, whole[len(fresh) :].strip("\n")
    return fresh, whole


def _message_of(
    entry: Entry, sent: list[OutgoingMessage], reading: Reading, *, is_waiting: bool
) -> Message:
    text, quoted = split_quoted(entry)
    replies = [mail for mail in sent if not _is_receipt(mail)]
    is_clients = entry.kind == Entry.Kind.CLIENT_MAIL
    return Message(
        entry=entry,
        kind=KINDS[Entry.Kind(entry.kind)],
        route=_route_of(entry, replies),
        text=text,
        quoted=quoted,
        deliveries=replies,
        is_waiting=is_waiting,
        is_fresh=is_clients and reading.seen is not None and entry.pk > reading.seen,
        loads_images=reading.images_of == entry.pk,
    )


def _route_of(entry: Entry, replies: list[OutgoingMessage]) -> str:
    """Return ``from a to b, cc c``; a note has no way."""
    if entry.kind == Entry.Kind.NOTE:
        return ""
    to = ", ".join(person["address"] for person in entry.to if person.get("address"))
    cc = ", ".join(person["address"] for person in entry.cc if person.get("address"))
    sender = replies[0].account.email_address if replies else ""
    parts = [f"from {sender}" if sender else "", f"to {to}" if to else ""]
    route = " ".join(part for part in parts if part)
    return f"{route}, cc {cc}" if cc else route


def _receipts_of(entry: Entry, sent: list[OutgoingMessage]) -> list[Line]:
    receipts = [_receipt_of(mail) for mail in sent if _is_receipt(mail)]
    if entry.no_answer_because and not receipts:
        text = f"No receipt was sent: {entry.no_answer_because}"
        receipts.append(Line(icon="auto", text=text, at=entry.at))
    return receipts


def _receipt_of(mail: OutgoingMessage) -> Line:
    is_lost = mail.state in {OutgoingMessage.State.FAILED, OutgoingMessage.State.UNKNOWN}
    return Line(
        icon="alert" if is_lost else "auto",
        text=RECEIPTS[OutgoingMessage.State(mail.state)],
        at=mail.sent_at or mail.queued_at,
        detail=f"{mail.problem} {mail.remedy}".strip() if is_lost else "",
    )


def _is_receipt(mail: OutgoingMessage) -> bool:
    return mail.kind == OutgoingMessage.Kind.ACKNOWLEDGEMENT
