"""An SMTP server that misbehaves as told, on a free port of the loopback."""

import contextlib
import socket
import ssl
import tempfile
import threading
from pathlib import Path

from postdesk_sandbox.certificates import make_certificates

DROP = b""
"""Close the line instead of answering."""

_USUAL = {
    "GREETING": b"220 mail.test ESMTP\r\n",
    "EHLO": b"250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250-8BITMIME\r\n250 SIZE 100000\r\n",
    "HELO": b"250 mail.test\r\n",
    "STARTTLS": b"220 go ahead\r\n",
    "AUTH": b"235 2.7.0 welcome\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    "DOT": b"250 2.0.0 taken\r\n",
    "RSET": b"250 ok\r\n",
    "QUIT": b"221 bye\r\n",
}


class ScriptedSmtp:
    """Answers as ``replies`` say; a list of answers is used up one by one, the last repeats."""

    def __init__(
        self, *, tls: bool = False, host: str = "127.0.0.1", **replies: bytes | list[bytes]
    ) -> None:
        self.replies = {**_USUAL, **replies}
        self.commands: list[str] = []
        self.mails: list[bytes] = []
        self.connections = 0
        self._was_accepted = False
        self._tls = server_context() if tls or "STARTTLS" in replies else None
        self._tls_from_start = tls
        self._live = socket.socket()
        self._live.close()
        self._socket = socket.create_server((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listening in (self._socket, self._live):
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def verbs(self) -> list[str]:
        return [command.split(" ")[0] for command in self.commands]

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._live = connection
            with contextlib.suppress(OSError), connection:
                connection.settimeout(10)
                self._serve(connection)

    def _serve(self, connection):
        if self._tls_from_start:
            self._live = connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            if self._answer(connection, "GREETING"):
                self._converse(connection)

    def _converse(self, connection):
        lines = connection.makefile("rb")
        with lines:
            while line := lines.readline():
                command = line.decode("utf-8", "replace").rstrip("\r\n")
                verb = command.split(" ")[0].upper()
                self.commands.append(command)
                if not self._answer(connection, verb):
                    return
                if verb == "DATA" and self._was_accepted:
                    self.mails.append(_read_mail(lines))
                    if not self._answer(connection, "DOT"):
                        return
                if verb == "STARTTLS":
                    self._live = secure = self._tls.wrap_socket(connection, server_side=True)
                    with secure:
                        self._converse(secure)
                    return
                if verb == "QUIT":
                    return

    def _answer(self, connection, verb):
        reply = self.replies.get(verb, b"500 what?\r\n")
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if reply == DROP:
            return False
        self._was_accepted = reply.startswith(b"3")
        connection.sendall(reply)
        return True


def _read_mail(lines):
    octets = b""
    while (line := lines.readline()) not in {b".\r\n", b""}:
        octets += line
    return octets


def server_context() -> ssl.SSLContext:
    """Return the TLS side of each server here, as ``127.0.0.1``."""
    certificates = make_certificates("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain"), Path(folder, "key")
        chain.write_bytes(certificates.chain_pem)
        key.write_bytes(certificates.key_pem)
        context.load_cert_chain(chain, key)
    return context


def authority() -> str:
    """Return the PEM of the authority behind each TLS server here."""
    return make_certificates("127.0.0.1").ca_pem.decode()
