"""All that the sandbox knows, under one lock, and its snapshots."""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postdesk_sandbox.clock import VirtualClock
from postdesk_sandbox.concurrency import Concurrency
from postdesk_sandbox.faults import FaultList
from postdesk_sandbox.google_directory import GoogleWorld, fresh_google
from postdesk_sandbox.journal import Journal
from postdesk_sandbox.limits import Limits, Traffic
from postdesk_sandbox.mailboxes import Mailbox
from postdesk_sandbox.tenant import Tenant, fresh_tenant
from postdesk_sandbox.tokens import Grants
from postdesk_sandbox.webhooks import Deliveries

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from postdesk_sandbox.listeners import Listener
    from postdesk_sandbox.subscriptions import Subscription
    from postdesk_sandbox.upload_sessions import UploadSession

MAX_SNAPSHOTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One mail that left a mailbox, as the world received it."""

    sender: str
    mailbox: str
    recipients: tuple[str, ...]
    outside: tuple[str, ...]
    mime: bytes
    message_id: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReport:
    """A non-delivery report on its way to the mailbox that sent."""

    due_at: datetime
    mailbox: str
    mime: bytes


@dataclass(slots=True)
class World:
    """What a snapshot holds."""

    tenant: Tenant = field(default_factory=fresh_tenant)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    outside: dict[str, Mailbox] = field(default_factory=dict)
    grants: Grants = field(default_factory=Grants)
    google: GoogleWorld = field(default_factory=fresh_google)
    faults: FaultList = field(default_factory=FaultList)
    limits: Limits = field(default_factory=Limits)
    submissions: list[Submission] = field(default_factory=list)
    upload_sessions: dict[str, UploadSession] = field(default_factory=dict)
    uploads_begun: int = 0
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    subscriptions_made: int = 0
    # Delivery reports that are still on their way.
    reports: list[PendingReport] = field(default_factory=list)
    # Message-ID -> Thread-Index of every mail that was on its way.
    threads: dict[str, str] = field(default_factory=dict)

    def mailbox(self, address: str) -> Mailbox | None:
        """Return the mailbox that an address inside the tenant reaches, or None."""
        person = self.tenant.owner_of(address)
        if person is None or not person.mailbox:
            return None
        return self.mailboxes.setdefault(person.address, Mailbox(person.address))

    def outside_mailbox(self, address: str) -> Mailbox:
        """Return the inbox of somebody outside the tenant."""
        return self.outside.setdefault(address.lower(), Mailbox(address.lower()))

    def any_mailbox(self, address: str) -> Mailbox | None:
        """Return a mailbox inside, or one outside that has received something."""
        return self.mailbox(address) or self.outside.get(address.lower())


class State:
    """One running sandbox. Hold `lock` while reading or changing `world`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clock = VirtualClock()
        self.journal = Journal()
        self.traffic = Traffic()
        self.ews_requests = Concurrency()
        self.ews_streams = Concurrency()
        self.listeners: dict[str, Listener] = {}
        self.webhooks = Deliveries()
        self.world = World()
        self._snapshots: dict[str, tuple[World, timedelta]] = {}

    def reset(self) -> None:
        """Begin again: fresh tenant, real time, empty journal and mailboxes."""
        with self.lock:
            self.webhooks.clear()
            self.world = World()
            self.clock = VirtualClock()
            self.journal = Journal()
            self.traffic = Traffic()
            self.listeners = {}

    def take_snapshot(self, name: str) -> None:
        """Keep the present world under a name; the oldest goes beyond twenty."""
        with self.lock:
            self._snapshots.pop(name, None)
            self._snapshots[name] = (copy.deepcopy(self.world), self.clock.offset)
            if len(self._snapshots) > MAX_SNAPSHOTS:
                del self._snapshots[next(iter(self._snapshots))]

    def restore_snapshot(self, name: str) -> None:
        """Go back to a kept world. Raises KeyError when there is none of this name."""
        with self.lock:
            world, offset = self._snapshots[name]
            self.world = copy.deepcopy(world)
            self.clock = VirtualClock(offset=offset)

    @property
    def snapshot_names(self) -> list[str]:
        """The names that can be restored."""
        return list(self._snapshots)
