"""Who is to be told what, decided anew from the state of things; speaks to nobody.

::

    trouble begins ------> alarm opened, told ---+--> told again every few hours
    trouble is over -----> alarm closed, "well again" to whoever was reached
    an end comes nearer -> warning of the tightest level reached, once
"""

from datetime import datetime, timedelta

from django.db import transaction

from postdesk.connections.changes import note_told, untold_changes
from postdesk.connections.expiry import expiries
from postdesk.connections.models import Connection
from postdesk.flow.alarm.recipients import recipients_of
from postdesk.flow.alarm.standing import Standing, what_became_of
from postdesk.flow.alarm.troubles import expiry_telling, find_troubles, topic_of
from postdesk.flow.alarm.watching import Watched, connection_subject, watched_connections
from postdesk.site import alarms
from postdesk.site.alarms import Kind, Telling
from postdesk.site.models import Alarm, AlarmSettings


@transaction.atomic
def decide(*, now: datetime) -> int:
    """Queue what has to be told by now; returns how many alarms, warnings and notices that were."""
    settings = alarms.take_turn(now=now)
    changes = untold_changes()
    watched = watched_connections()
    troubles = find_troubles(watched, awake_since=settings.awake_since or now, now=now)
    broken_anew = {
        connection_subject(change.connection_id)
        for change in changes
        if change.after in Connection.NEEDING_A_PERSON
    }
    telling = Teller(settings, now=now)
    telling.keep_open(troubles, broken_anew=broken_anew)
    telling.close_finished(troubles)
    telling.warn([each for each in watched if each.subject not in troubles], watched)
    note_told(changes, now=now)
    return telling.told


class Teller:
    """One round of deciding, at one moment."""

    def __init__(self, settings: AlarmSettings, *, now: datetime) -> None:
        self._settings = settings
        self._now = now
        self.told = 0

    def keep_open(self, troubles: dict[str, Telling], *, broken_anew: set[str]) -> None:
        """Open an alarm for each trouble that has none, and repeat those that are due."""
        lasting = {alarm.subject: alarm for alarm in alarms.open_alarms()}
        for subject, trouble in troubles.items():
            alarm = lasting.get(subject)
            if alarm is None:
                self._tell(alarms.open_alarm(trouble, kind=Kind.ALARM, now=self._now))
                continue
            alarms.update_words(alarm, trouble)
            if alarm.acknowledged_at and subject in broken_anew:
                alarms.forget_acknowledgement(alarm, now=self._now)
        for alarm in lasting.values():
            if alarm.next_at is not None and alarm.next_at <= self._now:
                self._tell(alarm)

    def close_finished(self, troubles: dict[str, Telling]) -> None:
        """Close the alarms whose trouble is over, and tell whoever was told of it."""
        for alarm in alarms.open_alarms():
            if alarm.subject in troubles:
                continue
            standing = what_became_of(alarm, troubles)
            if standing is Standing.UNCLEAR:
                continue
            was_heard = alarms.close(alarm, now=self._now)
            if was_heard and standing is Standing.WELL:
                self._tell(alarms.open_alarm(_well_again(alarm), kind=Kind.RECOVERY, now=self._now))

    def warn(self, quiet: list[Watched], watched: list[Watched]) -> None:
        """Warn of ends of connections that are not in trouble already."""
        current = {
            (each.subject, topic_of(expiry))
            for each in watched
            for expiry in expiries(each.connection, now=self._now)
            if expiry.warning_day
        }
        for warning in alarms.open_warnings():
            if (warning.subject, warning.topic) not in current:
                alarms.close(warning, now=self._now)
        for each in quiet:
            for expiry in expiries(each.connection, now=self._now):
                if expiry.warning_day:
                    self._warn_once(expiry_telling(each, expiry, now=self._now))

    def _warn_once(self, telling: Telling) -> None:
        """Tell a level once, and the wider ones no more: also when the desk was off that day."""
        earlier = Alarm.objects.filter(
            kind=Kind.WARNING, subject=telling.subject, topic=telling.topic
        )
        if earlier.filter(day__lte=telling.day).exists():
            return
        for warning in earlier.filter(closed_at=None):
            alarms.close(warning, now=self._now)
        self._tell(alarms.open_alarm(telling, kind=Kind.WARNING, now=self._now))

    def _tell(self, alarm: Alarm) -> None:
        is_alarm = alarm.kind == Kind.ALARM
        alarms.tell(
            alarm,
            recipients=recipients_of(self._settings, alarm.kind),
            has_webhook=bool(self._settings.webhook_url),
            repeat=timedelta(hours=self._settings.repeat_hours) if is_alarm else None,
            now=self._now,
        )
        self.told += 1


def _well_again(alarm: Alarm) -> Telling:
    return Telling(
        subject=alarm.subject,
        topic=alarm.topic,
        names=alarm.names,
        text="It works again.",
        remedy="",
        page=alarm.page,
        since=alarm.since,
    )
