"""``postdesk run``: web pages and Mailer Daemon in one command.

One parent loads the application and forks two children; sockets, threads and database
connections are opened after the fork. A child that dies is started again.
"""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable

from django.db import connections

from postdesk.cli.binding import Binding, add_binding_arguments, read_binding
from postdesk.cli.daemon import run_daemon
from postdesk.cli.preparing import (
    check_start,
    collect_static,
    follow_sandbox_clock,
    migrate,
    setup_address,
)
from postdesk.cli.serving import serve_pages
from postdesk.cli.telling import tell
from postdesk.site.options import public_url

STOP_SECONDS = 20.0
SHORTEST_LIFE_SECONDS = 2.0  # a child that dies sooner waits before it is started again


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the binding."""
    add_binding_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Start both children and keep them running until SIGTERM or SIGINT."""
    check_start()
    migrate()
    binding = read_binding(arguments)
    tell("Preparing the pages ...")
    collect_static()
    _announce(binding)
    connections.close_all()
    return Family({"web": lambda: _web(binding), "Mailer Daemon": _daemon}).keep()


def _announce(binding: Binding) -> None:
    tell(f"Postdesk: {binding.base_url}  (public URL: {public_url()})")
    address = setup_address(binding.base_url)
    if address:
        tell("")
        tell("No Administrator yet. Open this address once to make the first one:")
        tell(f"  {address}")
        tell("")


def _web(binding: Binding) -> int:
    serve_pages(binding)
    return 0


def _daemon() -> int:
    follow_sandbox_clock()
    return run_daemon()


class Family:
    """A parent and its children, one a task."""

    def __init__(self, tasks: dict[str, Callable[[], int]]) -> None:
        self._tasks = tasks
        self._children: dict[int, str] = {}
        self._born: dict[int, float] = {}
        self._stopping = False

    def keep(self) -> int:
        """Start every task, start again what dies, and stop all together."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for name in self._tasks:
            self._start(name)
        while self._children:
            self._bury_one()
        return 0

    def _start(self, name: str) -> None:
        pid = os.fork()
        if pid == 0:
            self._live(name)
        self._children[pid] = name
        self._born[pid] = time.monotonic()

    def _live(self, name: str) -> None:
        """Run the task in the child and never return."""
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            status = self._tasks[name]()
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else 1
        except BaseException as error:  # noqa: BLE001  a child must never become a second parent
            tell(f"postdesk: {name} failed: {error!r}")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _bury_one(self) -> None:
        pid, status = os.waitpid(-1, 0)
        name = self._children.pop(pid, "")
        lived = time.monotonic() - self._born.pop(pid, 0.0)
        if not name or self._stopping:
            return
        code = os.waitstatus_to_exitcode(status)
        tell(f"postdesk: {name} ended with status {code}; starting again")
        if lived < SHORTEST_LIFE_SECONDS:
            time.sleep(SHORTEST_LIFE_SECONDS)
        if not self._stopping:
            self._start(name)

    def _stop(self, *_: object) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._tell_children(signal.SIGTERM)
        signal.signal(signal.SIGALRM, self._kill)
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)

    def _kill(self, *_: object) -> None:
        self._tell_children(signal.SIGKILL)

    def _tell_children(self, number: signal.Signals) -> None:
        for pid in list(self._children):
            with contextlib.suppress(ProcessLookupError):  # it is being buried at this moment
                os.kill(pid, number)
