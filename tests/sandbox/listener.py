"""A server of the client's own, to which Graph posts its notifications."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Posted:
    """One request that reached the listener."""

    path: str
    told: list[dict[str, Any]]


@dataclass
class Listener:
    """Echoes validation tokens and keeps what it is told; `status` is its answer."""

    status: int = 202
    echoes: bool = True
    kind: str = "text/plain"
    posted: list[Posted] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    during: Any = None

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        parts = urlsplit(request.path)
        token = parse_qs(parts.query).get("validationToken", [""])[0]
        if token:
            self._shake(request, token)
            return
        with self._arrived:
            self.posted.append(Posted(parts.path, json.loads(body)["value"]))
            self._arrived.notify_all()
        request.send_response(self.status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def _shake(self, request: BaseHTTPRequestHandler, token: str) -> None:
        self.tokens.append(token)
        if self.during is not None:
            self.during()
        octets = (token if self.echoes else "something else").encode()
        request.send_response(200)
        request.send_header("Content-Type", self.kind)
        request.send_header("Content-Length", str(len(octets)))
        request.end_headers()
        request.wfile.write(octets)

    def wait_for(self, count: int, seconds: float = 10) -> list[Posted]:
        """Return what was posted, as soon as there are so many."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.posted) >= count, seconds)
            return list(self.posted)
