"""Alarms: opened, told, acknowledged, closed, and their deliveries. The only writer of the tables.

::

    delivery: QUEUED --claim--> (leased) --settle--> SENT | FAILED
                 ^---- no way out took it ----/          QUEUED --overtaken--> DROPPED
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from postdesk.base.ids import new_token
from postdesk.base.retry import backoff
from postdesk.base.storable import storable
from postdesk.site.alarm_models import Alarm, AlarmDelivery, AlarmSettings

Kind = Alarm.Kind
State = AlarmDelivery.State
LEASE = timedelta(minutes=10)
# Deciding happens each minute; a longer gap means that the desk was off, and saw nothing.
ASLEEP_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What is to be told. ``day`` is a warning's level, ``page`` the path where it is mended."""

    subject: str
    topic: str
    names: str
    text: str
    remedy: str
    page: str
    since: datetime
    code: str = ""
    day: int | None = None


def read_alarm_settings() -> AlarmSettings:
    """Return the only row, made with its defaults when absent."""
    return AlarmSettings.objects.get_or_create(pk=1)[0]


@transaction.atomic
def change_alarm_settings(**values: object) -> AlarmSettings:
    """Store new values; they are checked by whoever asks."""
    settings = AlarmSettings.objects.select_for_update().get_or_create(pk=1)[0]
    for name, value in values.items():
        setattr(settings, name, value)
    settings.save(update_fields=list(values))
    return settings


def take_turn(*, now: datetime) -> AlarmSettings:
    """Lock the settings for this transaction, so that one worker decides at a time.

    ``awake_since`` begins anew when nobody decided for a while: the desk was off, and silence of
    mailboxes in that time is no news.
    """
    read_alarm_settings()
    settings = AlarmSettings.objects.select_for_update().get(pk=1)
    last = settings.decided_at
    if (
        last is None
        or settings.awake_since is None
        or not -ASLEEP_AFTER < now - last < ASLEEP_AFTER
    ):
        settings.awake_since = now
    settings.decided_at = now
    settings.save(update_fields=["decided_at", "awake_since"])
    return settings


def open_alarms() -> QuerySet[Alarm]:
    """Return the alarms that last, oldest first."""
    return Alarm.objects.filter(kind=Kind.ALARM, closed_at=None).order_by("opened_at", "id")


def open_warnings() -> QuerySet[Alarm]:
    """Return the warnings whose end is still ahead, most urgent first."""
    return Alarm.objects.filter(kind=Kind.WARNING, closed_at=None).order_by("day", "id")


def untold_deliveries() -> QuerySet[AlarmDelivery]:
    """Return the deliveries that were tried and that no way out took."""
    return AlarmDelivery.objects.filter(state=State.QUEUED, attempts__gt=0)


def with_latest_telling(alarms: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Add ``latest_telling``: the deliveries of the last time that each was told."""
    latest = AlarmDelivery.objects.filter(telling=F("alarm__times_told")).order_by("id")
    return alarms.prefetch_related(Prefetch("deliveries", latest, to_attr="latest_telling"))


def unheard_alarms() -> QuerySet[Alarm]:
    """Return the open alarms that were tried and that nobody got in any way."""
    sent = AlarmDelivery.objects.filter(alarm=OuterRef("pk"), state=State.SENT)
    tried = untold_deliveries().filter(alarm=OuterRef("pk"))
    return open_alarms().filter(Exists(tried), ~Exists(sent))


def open_alarm(telling: Telling, *, kind: Alarm.Kind, now: datetime) -> Alarm:
    """Write down something to tell; ``tell`` queues it. A recovery is closed from the start."""
    return Alarm.objects.create(
        kind=kind,
        opened_at=now,
        day=telling.day,
        since=telling.since,
        closed_at=now if kind == Kind.RECOVERY else None,
        subject=telling.subject,
        **_words(telling),
    )


def update_words(alarm: Alarm, telling: Telling) -> None:
    """Let an open alarm say what is true now."""
    words = _words(telling)
    if any(getattr(alarm, name) != value for name, value in words.items()):
        for name, value in words.items():
            setattr(alarm, name, value)
        alarm.save(update_fields=list(words))


def tell(
    alarm: Alarm,
    *,
    recipients: Iterable[str],
    has_webhook: bool,
    repeat: timedelta | None,
    now: datetime,
) -> None:
    """Queue one telling to everybody; what an earlier one left unsent is overtaken by it."""
    drop_queued(AlarmDelivery.objects.filter(alarm=alarm))
    alarm.times_told += 1
    alarm.last_told_at = now
    alarm.next_at = now + repeat if repeat else None
    alarm.save(update_fields=["times_told", "last_told_at", "next_at"])
    names = [*dict.fromkeys(recipients), *([""] if has_webhook else [])]
    AlarmDelivery.objects.bulk_create(
        AlarmDelivery(
            alarm=alarm, telling=alarm.times_told, recipient=name, queued_at=now, next_at=now
        )
        for name in names
    )


@transaction.atomic
def acknowledge(number: int, *, by: str, now: datetime) -> Alarm | None:
    """Stop the repetition of an open alarm; None when it is closed or acknowledged already."""
    alarm = open_alarms().select_for_update().filter(pk=number, acknowledged_at=None).first()
    if alarm is None:
        return None
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.next_at = now, by[:200], None
    alarm.save(update_fields=["acknowledged_at", "acknowledged_by", "next_at"])
    return alarm


def forget_acknowledgement(alarm: Alarm, *, now: datetime) -> None:
    """It became worse since somebody acknowledged it: tell again."""
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.next_at = None, "", now
    alarm.save(update_fields=["acknowledged_at", "acknowledged_by", "next_at"])


def close(alarm: Alarm, *, now: datetime) -> bool:
    """End an alarm or a warning; True when anybody was reached, who should hear of the end."""
    drop_queued(AlarmDelivery.objects.filter(alarm=alarm))
    alarm.closed_at, alarm.next_at = now, None
    alarm.save(update_fields=["closed_at", "next_at"])
    return alarm.deliveries.filter(state=State.SENT).exists()


def drop_queued(deliveries: QuerySet[AlarmDelivery]) -> None:
    """Forget deliveries that did not leave."""
    deliveries.filter(state=State.QUEUED).update(
        state=State.DROPPED, sending_until=None, sending_by=""
    )


@transaction.atomic
def claim(limit: int, *, now: datetime) -> list[AlarmDelivery]:
    """Take up to ``limit`` deliveries that are due, under a lease."""
    due = AlarmDelivery.objects.filter(state=State.QUEUED, next_at__lte=now)
    due = due.filter(Q(sending_until=None) | Q(sending_until__lte=now)).order_by("next_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    numbers = [delivery.pk for delivery in due[:limit]]
    lease = new_token()
    AlarmDelivery.objects.filter(pk__in=numbers).update(sending_by=lease, sending_until=now + LEASE)
    rows = AlarmDelivery.objects.filter(pk__in=numbers).select_related("alarm")
    return list(rows.order_by("next_at", "id"))


def settle_sent(delivery: AlarmDelivery, *, way: str, now: datetime) -> None:
    """Write down that a way out took it."""
    _mine(delivery).update(state=State.SENT, sent_at=now, way=way[:300], problem="", **_RELEASED)


def settle_later(
    delivery: AlarmDelivery, *, problem: str, now: datetime, wait: timedelta | None = None
) -> None:
    """Keep it until a way out takes it; without ``wait`` the usual backoff counts."""
    attempts = delivery.attempts + (0 if wait else 1)
    _mine(delivery).update(
        attempts=attempts,
        next_at=now + (wait or backoff(attempts)),
        problem=storable(problem, most=2000),
        **_RELEASED,
    )


def settle_failed(delivery: AlarmDelivery, *, problem: str) -> None:
    """Give up: no server takes this recipient."""
    _mine(delivery).update(state=State.FAILED, problem=storable(problem, most=2000), **_RELEASED)


def sent_lately(recipient: str, *, since: datetime) -> int:
    """Return how many tellings a recipient got since then."""
    return AlarmDelivery.objects.filter(recipient=recipient, sent_at__gt=since).count()


def release_all() -> None:
    """Let interrupted deliveries come back at once: for a worker that knows it is the only one."""
    AlarmDelivery.objects.filter(sending_until__isnull=False).update(**_RELEASED)


_RELEASED: dict[str, object] = {"sending_until": None, "sending_by": ""}


def _mine(delivery: AlarmDelivery) -> QuerySet[AlarmDelivery]:
    return AlarmDelivery.objects.filter(
        pk=delivery.pk, state=State.QUEUED, sending_by=delivery.sending_by
    )


def _words(telling: Telling) -> dict[str, str]:
    return {
        "topic": telling.topic,
        "names": telling.names,
        "text": storable(telling.text),
        "remedy": storable(telling.remedy),
        "code": storable(telling.code, most=40),
        "page": telling.page,
    }
