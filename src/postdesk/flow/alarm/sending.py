"""From the queue of deliveries to the ways out; no network call inside a transaction."""

import logging
from datetime import datetime, timedelta

from postdesk.base import clock
from postdesk.base.errors import CarriesDecision, ThisMessage, TryLater
from postdesk.flow.alarm.letters import message_of, write_mail
from postdesk.flow.alarm.ways import MailWay, ways_for
from postdesk.flow.alarm.webhook import host_of, post_webhook
from postdesk.message.compose import CannotCompose
from postdesk.site import alarms
from postdesk.site.models import AlarmDelivery, AlarmSettings

log = logging.getLogger(__name__)
BATCH = 20
_WEBHOOK = "webhook"
# A connection that comes and goes all day must not fill anybody's mailbox; the banner stays.
MOST_AN_HOUR = 20
NO_WAY = (
    "There is no way out that does not use the mailbox in trouble. Add another Outgoing Mail "
    "Account, or a fallback SMTP account or a webhook in Setup > E-Mail > Alarms."
)


def send_due(*, now: datetime, limit: int = BATCH) -> int:
    """Send what is due; returns how many deliveries were claimed. Trouble ends in rows."""
    claimed = alarms.claim(limit, now=now)
    settings = alarms.read_alarm_settings()
    sender = AlarmSender(settings)
    # The webhook first: it is fast, and no mail server that hangs may keep it waiting.
    for delivery in sorted(claimed, key=lambda each: bool(each.recipient)):
        _send_or_keep(sender, delivery)
    return len(claimed)


def _send_or_keep(sender: "AlarmSender", delivery: AlarmDelivery) -> None:
    """Send one delivery; a bug costs this one turn and is seen in the row."""
    try:
        sender.send(delivery)
    except Exception as error:  # the others must still be told
        log.exception("The alarm delivery %s could not be sent", delivery.pk)
        problem = f"Sending it failed: {type(error).__name__}."
        alarms.settle_later(delivery, problem=problem, now=clock.now())


class AlarmSender:
    """Sends deliveries, and remembers for its short life which way out did not work."""

    def __init__(self, settings: AlarmSettings) -> None:
        self._settings = settings
        self._tired: dict[str, str] = {}

    def send(self, delivery: AlarmDelivery) -> None:
        """Send one delivery and settle it."""
        if delivery.recipient:
            self._mail(delivery)
        else:
            self._post(delivery)

    def _post(self, delivery: AlarmDelivery) -> None:
        now = clock.now()
        if not self._settings.webhook_url:
            alarms.settle_failed(delivery, problem="The webhook was removed.")
            return
        try:
            self._refuse_tired(_WEBHOOK)
            post_webhook(self._settings, message_of(delivery.alarm, now=now), now=now)
        except CarriesDecision as error:
            log.warning("An alarm could not be posted: %s", error)
            self._tired[_WEBHOOK] = str(error)
            wait = error.retry_after if isinstance(error, TryLater) else None
            alarms.settle_later(
                delivery,
                problem=str(error),
                wait=timedelta(seconds=wait) if wait else None,
                now=clock.now(),
            )
        else:
            way = f"Webhook at {host_of(self._settings.webhook_url)}"
            alarms.settle_sent(delivery, way=way, now=clock.now())

    def _mail(self, delivery: AlarmDelivery) -> None:
        now = clock.now()
        hour = timedelta(hours=1)
        if alarms.sent_lately(delivery.recipient, since=now - hour) >= MOST_AN_HOUR:
            problem = f"{delivery.recipient} got {MOST_AN_HOUR} mails within an hour."
            alarms.settle_later(delivery, problem=problem, wait=hour, now=now)
            return
        problems = []
        refusals = 0
        ways = ways_for(delivery.alarm, self._settings)
        for way in ways:
            try:
                self._try(way, delivery)
            except (ThisMessage, CannotCompose) as error:
                refusals += 1
                problems.append(f"{way.name}: {error}")
            except CarriesDecision as error:
                log.warning("An alarm could not leave by %s: %s", way.name, error)
                self._tired[way.name] = str(error)
                problems.append(f"{way.name}: {error}")
            else:
                alarms.settle_sent(delivery, way=way.name, now=clock.now())
                return
        problem = "\n".join(problems) or NO_WAY
        if ways and refusals == len(ways):
            alarms.settle_failed(delivery, problem=problem)
        else:
            alarms.settle_later(delivery, problem=problem, now=clock.now())

    def _try(self, way: MailWay, delivery: AlarmDelivery) -> None:
        """Send by one way; an outcome that is unknown counts as none: better twice than never."""
        self._refuse_tired(way.name)
        envelope = write_mail(
            delivery.alarm, sender=way.sender, recipient=delivery.recipient, now=clock.now()
        )
        with way.open() as outgoing:
            outgoing.dispatch(outgoing.prepare(envelope), envelope)

    def _refuse_tired(self, name: str) -> None:
        """Ask no server again, for as long as this sender lives, that did not take the last."""
        if name in self._tired:
            raise TryLater(self._tired[name])
