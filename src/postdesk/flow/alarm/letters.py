"""The words of an alarm, for mail and for the webhook; never a secret among them."""

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime

from django.template.loader import render_to_string

from postdesk.base.ids import new_token
from postdesk.connections.queries import explanation
from postdesk.drivers.base import Envelope
from postdesk.flow.alarm.watching import read_subject
from postdesk.mail.models import OutgoingMessage, SpooledMessage
from postdesk.message.compose import Letter, compose_mail
from postdesk.message.parsed import Address
from postdesk.site.alarms import Kind
from postdesk.site.models import Alarm
from postdesk.site.options import public_url, read_options

_SUBJECTS = {
    Kind.WARNING: "Postdesk warning: {names}: {text}",
    Kind.ALARM: "Postdesk ALARM: mail of {names} has stopped",
    Kind.RECOVERY: "Postdesk: {names} is well again",
}
_ENDING = "Postdesk ALARM: {names}: {text}"
_LONGEST_SUBJECT = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Mail that waits: ``outbox`` to leave, ``inside`` to be looked at here."""

    outbox: int
    inside: int


def waiting_for(alarm: Alarm) -> Waiting:
    """Count the mail that waits for the accounts that an alarm is about."""
    kind, number = read_subject(alarm.subject)
    outgoing = {"connection": "account__connection_id", "outgoing": "account_id"}.get(kind)
    incoming = {"connection": "account__connection_id", "incoming": "account_id"}.get(kind)
    outbox = OutgoingMessage.objects.filter(state__in=["queued", "sending"])
    spool = SpooledMessage.objects.filter(state__in=["waiting", "held"])
    return Waiting(
        outbox=outbox.filter(**{outgoing: number}).count() if outgoing else 0,
        inside=spool.filter(**{incoming: number}).count() if incoming else 0,
    )


def subject_of(alarm: Alarm) -> str:
    """Return the subject of a mail, also the webhook's title: which mailbox, and what."""
    is_end_ahead = alarm.kind == Kind.ALARM and not alarm.topic.startswith("state:")
    pattern = _ENDING if is_end_ahead else _SUBJECTS[Kind(alarm.kind)]
    text = pattern.format(names=alarm.names, text=alarm.text)
    return text if len(text) <= _LONGEST_SUBJECT else f"{text[: _LONGEST_SUBJECT - 1]}…"


def context_of(alarm: Alarm, *, now: datetime) -> dict[str, object]:
    """Return what the templates show."""
    options = read_options()
    zone = zoneinfo.ZoneInfo(options.time_zone)
    return {
        "alarm": alarm,
        "since": _in_words(alarm.since, zone),
        "now": _in_words(now, zone),
        "waiting": waiting_for(alarm),
        "who_acts": _who_acts(alarm),
        "link": f"{public_url(options)}{alarm.page}",
        "is_about_sending": alarm.subject.startswith("outgoing:"),
        "is_repeated": alarm.times_told > 1,
    }


def write_mail(alarm: Alarm, *, sender: Address, recipient: str, now: datetime) -> Envelope:
    """Return the mail of an alarm; automatic, with the null return path (RFC 3834 section 3.3)."""
    context = context_of(alarm, now=now)
    return envelope_of(
        sender=sender,
        recipient=recipient,
        subject=subject_of(alarm),
        text=render_to_string("mail/alarm/body.txt", context).strip() + "\n",
        html=render_to_string("mail/alarm/body.html", context),
        mark=f"{alarm.kind}-{alarm.pk}",
        now=now,
    )


def envelope_of(
    *,
    sender: Address,
    recipient: str,
    subject: str,
    text: str,
    html: str = "",
    mark: str,
    now: datetime,
) -> Envelope:
    """Return an automatic mail with its envelope."""
    domain = sender.email.rpartition("@")[2]
    octets = compose_mail(
        Letter(
            from_=sender,
            to=(Address(name="", email=recipient),),
            subject=" ".join(subject.split()),
            date=now,
            message_id=f"<alarm.{new_token(12)}@{domain}>",
            text=text,
            html=html,
            automatic="auto-generated",
            extra={"X-Postdesk-Alarm": mark},
        )
    )
    return Envelope(octets=octets, sender="", recipients=(recipient,))


def message_of(alarm: Alarm, *, now: datetime) -> dict[str, object]:
    """Return the webhook's JSON object; its names are part of docs/admin/alarms.md."""
    waiting = waiting_for(alarm)
    return {
        "event": alarm.kind,
        "id": alarm.pk,
        "telling": alarm.times_told,
        "title": subject_of(alarm),
        "subject": alarm.subject,
        "mailboxes": alarm.names.split(", ") if alarm.names else [],
        "text": alarm.text,
        "remedy": alarm.remedy,
        "who_acts": _who_acts(alarm),
        "code": alarm.code,
        "days_left": alarm.day,
        "since": alarm.since.astimezone(UTC).isoformat(),
        "sent_at": now.astimezone(UTC).isoformat(),
        "waiting": {"outbox": waiting.outbox, "received": waiting.inside},
        "link": f"{public_url()}{alarm.page}",
    }


def _who_acts(alarm: Alarm) -> str:
    told = explanation(alarm.code) if alarm.remedy else None
    return str(told.who_acts) if told else ""


def _in_words(moment: datetime, zone: zoneinfo.ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%-d %B %Y, %H:%M %Z}"
