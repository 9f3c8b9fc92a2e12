"""Listeners: HTTP/1.1 with keep-alive, a thread for each connection."""

from __future__ import annotations

import io
import socket
import ssl
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from werkzeug.exceptions import InternalServerError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIApplication

    from postdesk_sandbox.certificates import Certificates

MAX_BODY_BYTES = 200 * 1024 * 1024
IDLE_SECONDS = 75
HANDSHAKE_SECONDS = 10
# What a connection remembers between its requests: NTLM signs in a line, not a request.
LINE_MEMORY = "postdesk.line_memory"
_NO_BODY = (204, 304)


class KeepAliveHandler(WSGIRequestHandler):
    """Werkzeug's handler, but the connection stays open for the next request.

    Werkzeug closes after each answer because unread octets would become the next
    request line; here the whole body is read before the application runs.
    """

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def setup(self) -> None:
        """Shake hands where the listener is secure, and register the connection."""
        if self.server.ssl_context is not None:
            # Here and not in accept, so that a silent caller keeps nobody else waiting.
            self.request.settimeout(HANDSHAKE_SECONDS)
            self.request = self.server.ssl_context.wrap_socket(self.request, server_side=True)
        super().setup()
        self.memory: dict[str, object] = {}
        self.server.open_lines.add(self.connection)

    def finish(self) -> None:
        """Close the connection and forget it."""
        self.server.open_lines.discard(self.connection)
        super().finish()
        self.connection.close()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- name is inherited
        """Say nothing: the journal has it."""

    def run_wsgi(self) -> None:
        """Answer one request and leave the line ready for the next."""
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ = self.make_environ()
        body = environ["wsgi.input"].read(self._body_length(environ))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ[LINE_MEMORY] = self.memory
        try:
            status, headers, chunks = _begin(self.server.app, environ)
            if ("Transfer-Encoding", "chunked") in headers:
                self._write_chunks(status, headers, chunks)
                return
            content = _collect(chunks)
        except ConnectionError:
            self.close_connection = True
            return
        except Exception:  # noqa: BLE001 -- the last line of a server: report and answer 500
            sys.excepthook(*sys.exc_info())
            status, headers, chunks = _begin(InternalServerError(), environ)
            content = _collect(chunks)
        self._write(status, headers, content)

    def _body_length(self, environ: dict[str, Any]) -> int:
        if environ.get("wsgi.input_terminated"):
            return MAX_BODY_BYTES
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return 0
        return int(length)

    def _write(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        code = self._write_head(status, headers)
        if code not in _NO_BODY:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and code not in _NO_BODY:
            self.wfile.write(content)

    def _write_chunks(
        self, status: str, headers: list[tuple[str, str]], chunks: Iterable[bytes]
    ) -> None:
        """Send each piece as soon as it is there; a line that breaks ends it unfinished."""
        self._write_head(status, headers)
        self.end_headers()
        try:
            for chunk in chunks:
                if chunk:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True
        except Exception:  # noqa: BLE001 -- too late for a 500: report and hang up
            sys.excepthook(*sys.exc_info())
            self.close_connection = True
        finally:
            _close(chunks)

    def _write_head(self, status: str, headers: list[tuple[str, str]]) -> int:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() not in {"content-length", "connection", "date", "server"}:
                self.send_header(name, value)
        return int(code)


def _begin(
    app: WSGIApplication, environ: dict[str, Any]
) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    """Run a WSGI application until it has said what it answers."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> Any:
        begun.append((status, headers))

    chunks = app(environ, cast("Any", start_response))
    status, headers = begun[-1]
    return status, headers, chunks


def _collect(chunks: Iterable[bytes]) -> bytes:
    """Return the whole body of an answer."""
    try:
        return b"".join(chunks)
    finally:
        _close(chunks)


def _close(chunks: Iterable[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


class Server(ThreadedWSGIServer):
    """Werkzeug's threaded server that knows its open connections."""

    def __init__(
        self, app: WSGIApplication, line: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        host, port = line.getsockname()[:2]
        super().__init__(host, port, app, KeepAliveHandler, fd=line.fileno())
        self.ssl_context = context
        self.open_lines: set[socket.socket] = set()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 -- inherited
        """Stay silent about callers that hang up or cannot do TLS; report the rest."""
        if not isinstance(sys.exception(), OSError):
            sys.excepthook(*sys.exc_info())


class Listener:
    """One address that answers, in a thread of its own. Raises OSError when it is taken."""

    def __init__(
        self, app: WSGIApplication, *, host: str, port: int, certificates: Certificates | None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=128) as line:
            context = _ssl_context(certificates) if certificates else None
            self._server = Server(app, line, context)
        scheme = "https" if certificates else "http"
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 -- only shown
        shown = f"[{shown}]" if ":" in shown else shown
        self.url = f"{scheme}://{shown}:{self._server.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and cut the connections that are still open."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        for line in list(self._server.open_lines):
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                # The other side was quicker.
                continue


def _ssl_context(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_bytes(certificates.chain_pem)
        key.write_bytes(certificates.key_pem)
        context.load_cert_chain(chain, key)
    return context
