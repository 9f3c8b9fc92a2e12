"""Faults on demand: the next answers of a surface go wrong in a chosen way."""

from __future__ import annotations

from dataclasses import dataclass, field

SURFACES = (
    "token", "graph", "authorize", "ndr", "ews", "discovery", "keys", "devicecode", "devicelogin",
    "notification", "google_authorize", "google_token", "google_revoke", "google_discovery",
)  # fmt: skip
# Surfaces of Entra, whose codes are AADSTS numbers.
NUMBERED = ("token", "authorize", "discovery", "keys", "devicecode", "devicelogin")


@dataclass(slots=True, kw_only=True)
class Fault:
    """One order for failure, used up after `times` answers (-1 = until reset).

    `code` is an AADSTS number for token and authorize, a Graph code otherwise.
    `after_work` does the work first and loses only the answer. `malformed` sends half of it
    as if it were whole; `cut_body` resets the line in its middle. `back_off_milliseconds` goes
    with EWS's ErrorServerBusy.
    """

    surface: str
    times: int = 1
    path: str = ""
    method: str = ""
    status: int = 0
    code: int | str = 0
    error: str = ""
    suberror: str = ""
    claims: str = ""
    message: str = ""
    # The general AADSTS code that older answers put first.
    wrapper: int = 0
    retry_after: int | None = None
    html: bool = False
    drop: bool = False
    malformed: bool = False
    cut_body: bool = False
    back_off_milliseconds: int | None = None
    after_work: bool = False
    delay_seconds: float = 0.0
    recipient: str = ""
    # A change notification goes out a second time.
    twice: bool = False

    @property
    def spoils(self) -> bool:
        """Say whether the true answer goes out, but broken."""
        return self.malformed or self.cut_body

    @property
    def only_delays(self) -> bool:
        """Say whether the true answer goes out whole, only late."""
        harm = (self.status, self.code, self.error, self.html, self.drop, self.retry_after)
        return bool(self.delay_seconds) and not any(harm) and not self.spoils

    def fits(self, surface: str, *, path: str, method: str) -> bool:
        """Say whether this fault is meant for such a request."""
        return (
            self.surface == surface
            and self.times != 0
            and self.path.lower() in path.lower()
            and self.method.upper() in {"", method.upper()}
        )


@dataclass(slots=True)
class FaultList:
    """The faults still to come, in the order in which they were given."""

    pending: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Queue a fault behind those already waiting."""
        self.pending.append(fault)

    def take(self, surface: str, *, path: str, method: str) -> Fault | None:
        """Use up one turn of the first fault that fits, or return None."""
        for fault in self.pending:
            if fault.fits(surface, path=path, method=method):
                return self._use(fault)
        return None

    def take_bounce(self, recipient: str) -> Fault | None:
        """Use up one turn of a non-delivery report ordered for this address."""
        for fault in self.pending:
            if (
                fault.surface == "ndr"
                and fault.times != 0
                and fault.recipient.lower() == recipient.lower()
            ):
                return self._use(fault)
        return None

    def _use(self, fault: Fault) -> Fault:
        if fault.times > 0:
            fault.times -= 1
        self.pending = [one for one in self.pending if one.times != 0]
        return fault
