"""A test alarm through every way out, each a line with a tick or with what to do."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage
from postdesk.flow.alarm.letters import envelope_of
from postdesk.flow.alarm.recipients import recipients_of
from postdesk.flow.alarm.ways import MailWay, fallback_ways, way_of
from postdesk.flow.alarm.webhook import host_of, post_webhook
from postdesk.flow.probe import CheckLine, CheckReport
from postdesk.mail.models import OutgoingMailAccount
from postdesk.message.compose import CannotCompose
from postdesk.site.alarms import Kind, read_alarm_settings
from postdesk.site.models import AlarmSettings
from postdesk.site.options import public_url

_PERHAPS_PASSING = "Check the server's name and port. If they are right, try again in a minute."
_ONE_WAY = (
    "Add another Outgoing Mail Account that does not share its connection, a fallback SMTP account "
    "or a webhook: when this one breaks, nobody would hear of it."
)


def try_every_way(*, now: datetime) -> CheckReport:
    """Send a test alarm by each way out, to everybody who is told of alarms."""
    settings = read_alarm_settings()
    recipients = recipients_of(settings, Kind.ALARM)
    accounts = OutgoingMailAccount.objects.filter(is_active=True).select_related("connection")
    ways = [*map(way_of, accounts.order_by("id")), *fallback_ways(settings)]
    lines = [_try(way.name, partial(_mail, way, recipients, now)) for way in ways]
    if settings.webhook_url:
        name = f"Webhook at {host_of(settings.webhook_url)}"
        lines.append(_try(name, partial(_post, settings, now)))
    return CheckReport(lines=(*lines, *_too_few(len(lines))))


def _mail(way: MailWay, recipients: list[str], now: datetime) -> str:
    if not recipients:
        raise NeedsPerson(
            "Nobody is told of alarms.", remedy="Choose a tech or enter an address, and save."
        )
    with way.open() as outgoing:
        for recipient in recipients:
            envelope = envelope_of(
                sender=way.sender,
                recipient=recipient,
                subject="Postdesk: this is a test alarm",
                text=_test_words(way),
                mark="test",
                now=now,
            )
            outgoing.dispatch(outgoing.prepare(envelope), envelope)
    return f"accepted for {', '.join(recipients)}"


def _test_words(way: MailWay) -> str:
    return (
        "Somebody pressed “Send a test alarm”. Nothing is wrong.\n\n"
        f"This mail left by: {way.name}\n"
        f"The desk: {public_url()}\n"
    )


def _post(settings: AlarmSettings, now: datetime) -> str:
    message: dict[str, object] = {
        "event": "test",
        "title": "Postdesk: this is a test alarm",
        "text": "Somebody pressed “Send a test alarm”. Nothing is wrong.",
        "sent_at": now.isoformat(),
        "link": str(public_url()),
    }
    return post_webhook(settings, message, now=now)


def _try(name: str, send: Callable[[], str]) -> CheckLine:
    try:
        return CheckLine(title=name, why=send())
    except (CarriesDecision, CannotCompose) as error:
        remedy, code = _PERHAPS_PASSING, ""
        if isinstance(error, NeedsPerson | ThisMessage):
            remedy, code = error.remedy, error.code
        return CheckLine(title=name, why=str(error), state="bad", remedy=remedy, code=code)


def _too_few(ways: int) -> Iterator[CheckLine]:
    if ways == 0:
        yield CheckLine(
            title="No way out",
            why="No mail and no webhook can leave.",
            state="bad",
            remedy=_ONE_WAY,
        )
    elif ways == 1:
        yield CheckLine(title="Only one way out", why=_ONE_WAY, state="skip")
