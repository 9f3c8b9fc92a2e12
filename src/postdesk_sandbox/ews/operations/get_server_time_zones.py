"""GetServerTimeZones: a few time zones under the names of Windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.names import full_name
from postdesk_sandbox.ews.writing import add, make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """When a clock is moved each year: month, which Sunday, time of day."""

    month: int
    occurrence: int
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zone:
    """A zone: hours east of Greenwich in winter, and the turns to summer and back."""

    id: str
    name: str
    hours: int
    summer: tuple[_Turn, _Turn] | None = None


_AMERICA = (
    _Turn(month=3, occurrence=2, time="PT2H"),
    _Turn(month=11, occurrence=1, time="PT2H"),
)
# The last Sunday is written as -1.
_EUROPE = (
    _Turn(month=3, occurrence=-1, time="PT2H"),
    _Turn(month=10, occurrence=-1, time="PT3H"),
)
_BRITAIN = (
    _Turn(month=3, occurrence=-1, time="PT1H"),
    _Turn(month=10, occurrence=-1, time="PT2H"),
)
_ZONES = (
    _Zone(id="UTC", name="(UTC) Coordinated Universal Time", hours=0),
    _Zone(id="GMT Standard Time", name="(UTC+00:00) Dublin, Edinburgh, Lisbon, London", hours=0,
          summer=_BRITAIN),
    _Zone(id="W. Europe Standard Time", hours=1, summer=_EUROPE,
          name="(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"),
    _Zone(id="Romance Standard Time", hours=1, summer=_EUROPE,
          name="(UTC+01:00) Brussels, Copenhagen, Madrid, Paris"),
    _Zone(id="Eastern Standard Time", name="(UTC-05:00) Eastern Time (US & Canada)", hours=-5,
          summer=_AMERICA),
    _Zone(id="Central Standard Time", name="(UTC-06:00) Central Time (US & Canada)", hours=-6,
          summer=_AMERICA),
    _Zone(id="Pacific Standard Time", name="(UTC-08:00) Pacific Time (US & Canada)", hours=-8,
          summer=_AMERICA),
    _Zone(id="Tokyo Standard Time", name="(UTC+09:00) Osaka, Sapporo, Tokyo", hours=9),
)  # fmt: skip


def get_server_time_zones(operation: Operation) -> _Element:
    """Answer with the zones named, or with all; unknown ones are left out, as Exchange does."""
    ids = operation.child("Ids")
    wanted = None if ids is None else {one.text or "" for one in ids.iter(full_name("t:Id"))}
    in_full = operation.body.get("ReturnFullTimeZoneData", "true") in {"true", "1"}

    def write(_: None) -> list[_Element]:
        holder = make("m:TimeZoneDefinitions")
        for zone in _ZONES:
            if wanted is None or zone.id in wanted:
                _write_zone(holder, zone, in_full=in_full)
        return [holder]

    return answer_each("GetServerTimeZones", [None], write)


def _write_zone(parent: _Element, zone: _Zone, *, in_full: bool) -> None:
    element = add(parent, "t:TimeZoneDefinition", Id=zone.id, Name=zone.name)
    if not in_full:
        return
    periods = add(element, "t:Periods")
    add(periods, "t:Period", Bias=_bias(zone.hours), Name="Standard", Id=f"{zone.id}/Standard")
    if zone.summer:
        bias = _bias(zone.hours + 1)
        add(periods, "t:Period", Bias=bias, Name="Daylight", Id=f"{zone.id}/Daylight")
    group = add(add(element, "t:TransitionsGroups"), "t:TransitionsGroup", Id="0")
    if zone.summer:
        for turn, period in zip(zone.summer, ("Daylight", "Standard"), strict=True):
            _write_turn(group, turn, f"{zone.id}/{period}")
    else:
        add(add(group, "t:Transition"), "t:To", f"{zone.id}/Standard", Kind="Period")
    add(add(add(element, "t:Transitions"), "t:Transition"), "t:To", "0", Kind="Group")


def _write_turn(group: _Element, turn: _Turn, period: str) -> None:
    element = add(group, "t:RecurringDayTransition")
    add(element, "t:To", period, Kind="Period")
    add(element, "t:TimeOffset", turn.time)
    add(element, "t:Month", str(turn.month))
    add(element, "t:DayOfWeek", "Sunday")
    add(element, "t:Occurrence", str(turn.occurrence))


def _bias(hours: int) -> str:
    """Return what has to be added to local time for UTC, as a duration."""
    return f"-PT{hours}H" if hours > 0 else f"PT{-hours}H"
