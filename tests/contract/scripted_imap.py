"""An IMAP server that misbehaves as told, on a free port of the loopback."""

import contextlib
import socket
import threading

from tests.contract.scripted_smtp import DROP, server_context

_USUAL = {
    "GREETING": b"* OK ready\r\n",
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2\r\nTAG OK done\r\n",
    "STARTTLS": b"TAG OK go on\r\n",
    "AUTHENTICATE": b"+ \r\n",
    "ANSWER": b"TAG OK welcome\r\n",
    "LOGIN": b"TAG OK welcome\r\n",
    "SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 2] ok\r\nTAG OK done\r\n",
    "SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    "FETCH": b'* 1 FETCH (UID 1 INTERNALDATE "23-Nov-2026 09:00:00 +0000")\r\nTAG OK done\r\n',
    "LOGOUT": b"* BYE\r\nTAG OK bye\r\n",
}


class ScriptedImap:
    """Answers as ``replies`` say, TAG standing for the command's tag.

    A list of answers is used up one by one, the last repeats. ANSWER is for what the client says
    after a challenge; COMPLAINT-like dialogues are lists of it.
    """

    def __init__(self, *, tls: bool = False, **replies: bytes | list[bytes]) -> None:
        self.replies = {**_USUAL, **replies}
        self.lines: list[str] = []
        self.connections = 0
        self._tls_from_start = tls
        self._tls = server_context() if tls or "STARTTLS" in replies else None
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for listening in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def commands(self) -> list[str]:
        """Return the commands without tags, in their order."""
        return [line.partition(" ")[2] for line in self.lines if " " in line]

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(10)
            with contextlib.suppress(OSError), connection:
                if self._tls_from_start:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
                with connection:
                    if self._say(connection, "GREETING", ""):
                        self._converse(connection)

    def _converse(self, connection):
        tag, is_asked = "", False
        with connection.makefile("rb") as lines:
            while octets := lines.readline():
                line = octets.decode("utf-8", "replace").rstrip("\r\n")
                self.lines.append(line)
                if is_asked:
                    verb = "ANSWER"
                else:
                    tag, verb = _read_command(line)
                said = self._say(connection, verb, tag)
                if not said:
                    return
                is_asked = said.startswith(b"+")
                if verb == "STARTTLS" and b" OK " in said:
                    secure = self._tls.wrap_socket(connection, server_side=True)
                    self._open.append(secure)
                    with secure:
                        self._converse(secure)
                    return

    def _say(self, connection, verb, tag):
        reply = self.replies.get(verb, b"TAG BAD what?\r\n")
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if reply == DROP:
            return b""
        said = reply.replace(b"TAG", tag.encode())
        connection.sendall(said)
        return said


def _read_command(line):
    tag, _, rest = line.partition(" ")
    verb, _, more = rest.partition(" ")
    return tag, (more.partition(" ")[0] if verb.upper() == "UID" else verb).upper()
