"""A line to an SMTP server: connecting, signing in, and replies of bounded length.

smtplib's own ``getreply`` waits for the end of a reply for ever, takes half a line for a whole
one, and its ``login`` cannot send a password outside ASCII.
"""

import re
import smtplib
import socket
from dataclasses import dataclass

from postdesk.drivers.endpoints import Security, SmtpServer
from postdesk.drivers.trust import make_tls_context
from postdesk.drivers.xoauth2 import choose_opening, encode

CONNECT_SECONDS = 20.0
COMMAND_SECONDS = 60.0
_MOST_LINES = 100
_LONGEST_LINE = 8192
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")
_LONGEST_TEXT = 500
_LONGEST_COMMAND = 512  # octets with CR LF, RFC 5321 section 4.5.3.1.4; RFC 4954 section 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A reply; ``code`` is -1 when it is no SMTP. ``text`` is one printable line."""

    code: int
    text: str

    @property
    def is_good(self) -> bool:
        """Say whether the command was done."""
        return 200 <= self.code < 300

    @property
    def is_passing(self) -> bool:
        """Say whether the same command may succeed later (RFC 5321 section 4.2.1)."""
        return 400 <= self.code < 500

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class ReplyRefused(Exception):
    """The server answered a command in a way that ends the conversation."""

    def __init__(self, reply: Reply, *, signing_in: bool = False) -> None:
        super().__init__(str(reply))
        self.reply = reply
        self.signing_in = signing_in


class SmtpLine(smtplib.SMTP):
    """An unencrypted line, on which STARTTLS may follow."""

    def getreply(self) -> tuple[int, bytes]:
        """Return code and text; raises SMTPServerDisconnected for anything but a whole reply."""
        if self.file is None:
            assert self.sock is not None  # noqa: S101  smtplib asks only when connected
            self.file = self.sock.makefile("rb")
        lines: list[bytes] = []
        for _ in range(_MOST_LINES):
            line = self._read_line()
            lines.append(line[4:].strip())
            code = int(line[:3]) if line[:3].isdigit() else -1
            if code < 0 or line[3:4] != b"-":
                return code, b"\n".join(lines)
        self.close()
        raise smtplib.SMTPServerDisconnected("The reply has no end.")

    def ask(self, command: str, arguments: str = "") -> Reply:
        """Send a command and return its reply."""
        self.putcmd(command, arguments)
        return self.read_reply()

    def read_reply(self) -> Reply:
        """Wait for a reply."""
        return as_reply(*self.getreply())

    def set_timeout(self, seconds: float) -> None:
        """Wait so long for each further reply."""
        if self.sock is not None:
            self.sock.settimeout(seconds)

    def _read_line(self) -> bytes:
        assert self.file is not None  # noqa: S101  getreply made it
        try:
            line: bytes = self.file.readline(_LONGEST_LINE)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error
        if not line.endswith(b"\n"):
            self.close()
            raise smtplib.SMTPServerDisconnected("The line was closed within a reply.")
        return line


class TlsSmtpLine(SmtpLine, smtplib.SMTP_SSL):
    """A line that is encrypted from the start."""


def as_reply(code: int, text: bytes) -> Reply:
    """Return a reply fit for logs and pages."""
    plain = _UNPRINTABLE.sub(" ", text.decode("ascii", "replace"))
    return Reply(code=code, text=" ".join(plain.split())[:_LONGEST_TEXT])


def open_line(server: SmtpServer, *, token: str = "") -> SmtpLine:
    """Connect, encrypt and sign in: with ``token``, an access token, or else with the password.

    Raises OSError and smtplib's errors for the line, ReplyRefused for what the server refused.
    """
    line = _connect(server)
    try:
        line.set_timeout(COMMAND_SECONDS)
        line.ehlo_or_helo_if_needed()
        if server.security == Security.STARTTLS:
            line.starttls(context=make_tls_context(server.ca_pem))
            line.ehlo_or_helo_if_needed()
        if token:
            _sign_in_by_token(line, server, token)
        elif server.username:
            _sign_in(line, server)
    except BaseException:
        line.close()
        raise
    return line


def _connect(server: SmtpServer) -> SmtpLine:
    name = socket.gethostname() or "localhost"
    if server.security != Security.TLS:
        return SmtpLine(server.host, server.port, local_hostname=name, timeout=CONNECT_SECONDS)
    return TlsSmtpLine(
        server.host,
        server.port,
        local_hostname=name,
        timeout=CONNECT_SECONDS,
        context=make_tls_context(server.ca_pem),
    )


def _sign_in(line: SmtpLine, server: SmtpServer) -> None:
    offered = _offered(line)
    if "PLAIN" in offered:  # RFC 4616
        plain = f"\0{server.username}\0{server.password}"
        reply = line.ask("AUTH", f"PLAIN {encode(plain.encode())}")
    elif "LOGIN" in offered:
        reply = line.ask("AUTH", "LOGIN")
        for answer in (server.username, server.password):
            if reply.code == 334:
                reply = line.ask(encode(answer.encode()))
    else:
        reply = Reply(code=504, text="5.5.4 The server offers no sign-in by password")
    if reply.code != 235:
        raise ReplyRefused(reply, signing_in=True)


def _sign_in_by_token(line: SmtpLine, server: SmtpServer, token: str) -> None:
    """Sign in by XOAUTH2 or OAUTHBEARER.

    Tokens are long: where the whole command would be longer than SMTP allows, the token waits for
    the server's go-ahead, as Dovecot answers ``500 5.5.2 Line too long`` otherwise.
    """
    opening = choose_opening(
        _offered(line), user=server.username, token=token, host=server.host, port=server.port
    )
    if opening is None:
        reply = Reply(code=504, text="5.5.4 The server offers no sign-in by OAuth")
        raise ReplyRefused(reply, signing_in=True)
    first = encode(opening.first)
    arguments = f"{opening.mechanism} {first}"
    if len(f"AUTH {arguments}\r\n") <= _LONGEST_COMMAND:
        reply = line.ask("AUTH", arguments)
    else:
        reply = line.ask("AUTH", opening.mechanism)
        if reply.code == 334:
            reply = line.ask(first)
    if reply.code == 334:  # why it refuses, in JSON; the refusal itself follows the next line
        reply = line.ask(encode(opening.after_refusal))
    if reply.code != 235:
        raise ReplyRefused(reply, signing_in=True)


def _offered(line: SmtpLine) -> list[str]:
    return line.esmtp_features.get("auth", "").upper().split()
