"""The words and headers of the mails that a ticket sends."""

from datetime import datetime

from django.template.loader import render_to_string

from postdesk.base.ids import ReplyToken, make_reply_message_id
from postdesk.flow.keys import reply_token_key
from postdesk.mail.models import OutgoingMailAccount, OutgoingMessage
from postdesk.mail.outbox import Draft
from postdesk.message.compose import Letter, compose_mail
from postdesk.message.parsed import Address
from postdesk.message.references import references_for_reply
from postdesk.message.subjects import reply_subject
from postdesk.tickets.models import Entry, Ticket, TicketEvent

Kind = OutgoingMessage.Kind


def cause_of(event: TicketEvent) -> str:
    """Return what makes the mail of an event unique for ever."""
    return f"event:{event.pk}"


def write_acknowledgement(
    event: TicketEvent, entry: Entry, account: OutgoingMailAccount, *, now: datetime
) -> Draft:
    """Return the mail that tells the client the ticket's number (RFC 3834: to the author only)."""
    recipient = Address(name=entry.author_name, email=entry.author_address)
    return _write(
        event,
        account,
        kind=Kind.ACKNOWLEDGEMENT,
        answers=entry,
        to=(recipient,),
        cc=(),
        context={"ticket": event.ticket, "entry": entry, "account": account},
        now=now,
    )


def write_reply(
    event: TicketEvent, entry: Entry, account: OutgoingMailAccount, *, now: datetime
) -> Draft:
    """Return the mail of a tech's reply, threaded under the client's newest mail."""
    return _write(
        event,
        account,
        kind=Kind.REPLY,
        answers=_newest_client_mail(event.ticket, before=entry),
        to=_addresses(entry.to),
        cc=_addresses(entry.cc),
        context={"ticket": event.ticket, "entry": entry, "account": account},
        now=now,
    )


def _write(
    event: TicketEvent,
    account: OutgoingMailAccount,
    *,
    kind: str,
    answers: Entry | None,
    to: tuple[Address, ...],
    cc: tuple[Address, ...],
    context: dict[str, object],
    now: datetime,
) -> Draft:
    ticket = event.ticket
    entry_number = event.entry_id or 0
    token = ReplyToken(ticket_number=ticket.number, message_number=entry_number)
    domain = account.email_address.rpartition("@")[2]
    message_id = make_reply_message_id(token, domain=domain, key=reply_token_key())
    is_automatic = kind == Kind.ACKNOWLEDGEMENT
    octets = compose_mail(
        Letter(
            from_=Address(name=account.display_name, email=account.email_address),
            to=to,
            cc=cc,
            subject=reply_subject(ticket.subject, ticket.number),
            date=now,
            message_id=message_id,
            in_reply_to=answers.message_id if answers else "",
            references=_references(answers),
            text=render_to_string(f"mail/{kind}/body.txt", context).strip() + "\n",
            html=render_to_string(f"mail/{kind}/body.html", context),
            automatic="auto-replied" if is_automatic else None,
            extra={
                "X-Postdesk-Ticket": str(ticket.number),
                "X-Postdesk-Msg": message_id.strip("<>"),
            },
        )
    )
    return Draft(
        cause=cause_of(event),
        kind=kind,
        ticket_number=ticket.number,
        entry_number=event.entry_id,
        envelope_sender="" if is_automatic else account.email_address,
        recipients=[address.email for address in (*to, *cc)],
        octets=octets,
        message_id=message_id,
    )


def _references(answers: Entry | None) -> tuple[str, ...]:
    if answers is None:
        return ()
    return references_for_reply(tuple(answers.references), answers.message_id)


def _newest_client_mail(ticket: Ticket, *, before: Entry) -> Entry | None:
    return (
        Entry.objects.filter(
            ticket=ticket, kind=Entry.Kind.CLIENT_MAIL, is_automatic=False, id__lt=before.pk
        )
        .exclude(message_id="")
        .order_by("-at", "-id")
        .first()
    )


def _addresses(people: list[dict[str, str]]) -> tuple[Address, ...]:
    return tuple(Address(name=who.get("name", ""), email=who["address"]) for who in people)
