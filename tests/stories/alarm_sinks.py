"""Where alarms arrive in the stories: an SMTP server and a webhook's receiver, on loopback."""

import email
import email.policy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.desk_process import free_port


@dataclass
class Postbox:
    """Keeps what an SMTP server took; ``refuses`` makes it answer 451 to every mail."""

    port: int
    refuses: bool = False
    envelopes: list[Any] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  aiosmtpd's name
        """Take a mail."""
        if self.refuses:
            return "451 4.3.0 Try again later"
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was taken, oldest first."""
        return [
            email.message_from_bytes(envelope.content, policy=email.policy.default)  # type: ignore[misc]
            for envelope in self.envelopes
        ]

    @property
    def subjects(self) -> list[str]:
        """The subjects of what was taken."""
        return [str(mail["Subject"]) for mail in self.mails]

    def text(self, number: int = -1) -> str:
        """The words of one mail on one line."""
        body = self.mails[number].get_body(("plain",))
        assert body is not None
        return " ".join(body.get_content().split())


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    """Run an SMTP server that keeps what it takes."""
    box = Postbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Hook:
    """Keeps what was posted to a webhook; ``status`` is its answer."""

    url: str
    status: int = 204
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The objects that were posted."""
        return [json.loads(body) for _headers, body in self.posts]


@contextmanager
def open_hook() -> Iterator[Hook]:
    """Run a receiver of posts."""
    hook = Hook(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hook.posts.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(hook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_port}/hook/very-secret-path"
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
