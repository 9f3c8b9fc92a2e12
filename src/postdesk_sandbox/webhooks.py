"""Posting to servers of this machine, at once or from a thread that waits for the due time."""

from __future__ import annotations

import heapq
import ipaddress
import ssl
import threading
import time
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

# Microsoft waits ten seconds for an answer.
ANSWER_SECONDS = 10.0
# Microsoft tries again for four hours; a test has no such patience.
RETRY_SECONDS = (1.0, 2.0, 4.0)
MAX_ANSWER_BYTES = 65_536


def is_loopback(url: str) -> bool:
    """Say whether an address leads to this machine; nothing else is ever posted to."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in {"http", "https"} or parts.username or (parts.port == 0):
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(url: str, body: bytes, *, content_type: str) -> tuple[int, bytes, str]:
    """Return status, body and media type of the answer. Raises OSError when there is none."""
    if not is_loopback(url):
        raise ConnectionRefusedError("the sandbox posts to this machine only")
    parts = urlsplit(url)
    line = _open_line(parts.scheme, parts.netloc)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.request("POST", target, body, {"Content-Type": content_type})
        answer = line.getresponse()
        kind = answer.headers.get_content_type()
        return answer.status, answer.read(MAX_ANSWER_BYTES), kind
    except (HTTPException, ValueError) as error:
        raise ConnectionError(f"no HTTP answer: {error}") from error
    finally:
        line.close()


def _open_line(scheme: str, netloc: str) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(netloc, timeout=ANSWER_SECONDS)
    # A server of this machine has a certificate that nobody else vouches for.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return HTTPSConnection(netloc, timeout=ANSWER_SECONDS, context=context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One body for one address; `give_up` is called when every attempt has failed."""

    url: str
    body: bytes
    give_up: Callable[[], None]
    attempts: int = 0


@dataclass(slots=True)
class Deliveries:
    """The bodies still to be posted, and the thread that posts them."""

    _condition: threading.Condition = field(default_factory=threading.Condition)
    _waiting: list[tuple[float, int, Delivery]] = field(default_factory=list)
    _number: int = 0
    _thread: threading.Thread | None = None
    _closed: bool = False

    def add(self, delivery: Delivery, *, delay_seconds: float = 0.0) -> None:
        """Post a body after a delay; what is due together goes out in the order given."""
        with self._condition:
            if self._closed:
                return
            self._number += 1
            due = time.monotonic() + delay_seconds
            heapq.heappush(self._waiting, (due, self._number, delivery))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
            self._condition.notify()

    def clear(self) -> None:
        """Forget what still waits."""
        with self._condition:
            self._waiting.clear()

    def close(self) -> None:
        """Forget what still waits and end the thread."""
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._condition.notify()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(ANSWER_SECONDS)

    def _run(self) -> None:
        while (delivery := self._next()) is not None:
            try:
                status, _, _ = post(delivery.url, delivery.body, content_type="application/json")
            except OSError:
                status = 0
            if not 200 <= status < 300:
                self._try_later(delivery)

    def _next(self) -> Delivery | None:
        """Wait for the next due delivery; None at the end."""
        with self._condition:
            while not self._closed:
                if self._waiting and self._waiting[0][0] <= time.monotonic():
                    return heapq.heappop(self._waiting)[2]
                until = self._waiting[0][0] - time.monotonic() if self._waiting else None
                self._condition.wait(until)
            return None

    def _try_later(self, delivery: Delivery) -> None:
        if delivery.attempts == len(RETRY_SECONDS):
            delivery.give_up()
            return
        wait_seconds = RETRY_SECONDS[delivery.attempts]
        self.add(replace(delivery, attempts=delivery.attempts + 1), delay_seconds=wait_seconds)
