"""The loop of the Mailer Daemon.

The network waits in threads: one mailbox a thread, one way out a thread, so that a slow one delays
no other. Tickets and outbox are written by this thread alone, in batches.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

from django.db import close_old_connections, connections

from postdesk.base import clock
from postdesk.connections.states import note_expiry
from postdesk.connections.tokens import release_all as release_sign_ins
from postdesk.flow import alarm
from postdesk.flow.announce.events import announce_events
from postdesk.flow.deliver import deliver_waiting
from postdesk.flow.fetch import fetch_account
from postdesk.flow.renewing import renew_idle
from postdesk.flow.send import send_due
from postdesk.mail import outbox, reading
from postdesk.mail.models import IncomingMailAccount
from postdesk.site import alarms
from postdesk.site.options import note_worker_seen, read_options
from postdesk.worker.schedule import Pace, Timer

log = logging.getLogger(__name__)
# Threads of each kind; apart, so that mailboxes that hang cannot keep answers from leaving, and
# none of them an alarm: one thread decides, one tells.
THREADS = {"read": 8, "send": 4, "renew": 1, "alarm": 2}
_DECIDE, _TELL = 1, 2
BATCHES_A_ROUND = 20  # then fetching and sending have their turn again


class MailerDaemon:
    """One worker: reads mailboxes, delivers, announces and sends until it is told to stop."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._stop = threading.Event()
        self._heartbeat = Timer(self._pace.heartbeat_seconds)
        self._renewal = Timer(self._pace.renewal_seconds)
        self._deciding = Timer(self._pace.alarm_seconds)
        self._telling = Timer(self._pace.telling_seconds)
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._running: dict[tuple[str, int], Future[None]] = {}

    def stop(self) -> None:
        """Finish what is under way and return from ``run``."""
        self._stop.set()

    def free_leases(self) -> None:
        """Take over at once what a worker before this one left; only when it is the only one."""
        reading.release_all()
        outbox.release_all(now=clock.now())
        alarms.release_all()
        release_sign_ins(now=clock.now())

    def run(self) -> None:
        """Work until ``stop``."""
        read_options()
        with ExitStack() as stack:
            for kind, threads in THREADS.items():
                pool = ThreadPoolExecutor(threads, thread_name_prefix=kind)
                stack.callback(pool.shutdown, cancel_futures=True)
                self._pools[kind] = pool
            while not self._stop.is_set():
                if not self._round():
                    self._stop.wait(self._pace.look_seconds)
        connections.close_all()

    def _round(self) -> bool:
        """Do one round; True when there is more to do at once. A step in trouble stops no other."""
        is_busy = False
        for step in (self._beat, self._start_network, self._deliver, self._announce):
            is_busy = _outlive(step) or is_busy
        return is_busy

    def _beat(self) -> bool:
        now = clock.now()
        if self._heartbeat.is_due(now):
            note_worker_seen(now=now)
        return False

    def _start_network(self) -> bool:
        now = clock.now()
        for account in reading.due_accounts(now=now):
            self._start("read", account.pk, partial(_read, account))
        for number in outbox.accounts_with_due_mail(now=now):
            self._start("send", number, partial(self._send, number))
        if self._renewal.is_due(now):
            self._start("renew", 0, _renew)
        if self._deciding.is_due(now):
            self._start("alarm", _DECIDE, _decide)
        if self._telling.is_due(now):
            self._start("alarm", _TELL, self._tell)
        return False

    def _deliver(self) -> bool:
        decided = 0
        for _batch in range(BATCHES_A_ROUND):
            batch = deliver_waiting(now=clock.now())
            decided += batch
            if not batch or self._stop.is_set():
                break
        return bool(decided)

    def _announce(self) -> bool:
        return bool(announce_events(now=clock.now()))

    def _send(self, account_number: int) -> None:
        while not self._stop.is_set() and send_due(now=clock.now(), account_id=account_number):
            pass

    def _tell(self) -> None:
        while not self._stop.is_set() and alarm.send_due(now=clock.now()):
            pass

    def _start(self, kind: str, number: int, work: Callable[[], object]) -> None:
        """Run ``work`` in its pool unless the same is still under way."""
        under_way = self._running.get((kind, number))
        if under_way is None or under_way.done():
            name = f"{kind} {number}"
            self._running[kind, number] = self._pools[kind].submit(_guarded, name, work)


def _read(account: IncomingMailAccount) -> None:
    """Read a mailbox; the moment is that of its turn, which may come long after it was due."""
    fetch_account(account, now=clock.now())


def _renew() -> None:
    renew_idle(now=clock.now())


def _decide() -> None:
    """Look at what ends and what is wrong; queue who is told."""
    note_expiry(now=clock.now())
    alarm.decide(now=clock.now())


def _outlive(step: Callable[[], bool]) -> bool:
    """Do one step of the round; its trouble is logged and the next round tries again."""
    try:
        return step()
    except Exception:  # the loop must outlive the database and every bug
        log.exception("A step of the Mailer Daemon failed; the next round tries again")
        close_old_connections()
        return False


def _guarded(name: str, work: Callable[[], object]) -> None:
    """Run one task of the pool; its trouble is logged and costs only this turn."""
    try:
        work()
    except Exception:  # the loop must outlive every task
        log.exception("The task %r failed; it is tried again", name)
    finally:
        close_old_connections()
