"""Programs that nobody here wrote, each told to enter a mailbox with a token.

A reader returns the first mail of the inbox, a sender hands one over; both raise
RefusedError with the server's words when the door stays shut.
"""

import base64
import imaplib
import platform
import poplib
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import imapclient
from imapclient.exceptions import LoginError

HOST = "127.0.0.1"
SECONDS = 30
# curl: login denied.
DENIED = 67


class RefusedError(Exception):
    """The server did not let the holder of the token in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A token, and the mailbox that it is to open."""

    mailbox: str
    token: str

    def proof(self, mechanism: str, port: int) -> str:
        """Return what the client says first, by RFC 7628 or as Google once wrote it down."""
        if mechanism == "XOAUTH2":
            return f"user={self.mailbox}\1auth=Bearer {self.token}\1\1"
        place = f"n,a={self.mailbox},\1host={HOST}\1port={port}"
        return f"{place}\1auth=Bearer {self.token}\1\1"


@dataclass(slots=True)
class Dialogue:
    """Says the proof once; what is asked then is the server's complaint."""

    key: Key
    mechanism: str
    port: int
    complaint: bytes = b""
    _said: bool = False

    def answer(self, challenge: bytes | None = None) -> str:
        """Answer a challenge; a complaint is answered as its mechanism wants it."""
        if self._said:
            self.complaint = challenge or b""
            return "\1" if self.mechanism == "OAUTHBEARER" else ""
        self._said = True
        return self.key.proof(self.mechanism, self.port)


class Ports(Protocol):
    """Where a mail server listens."""

    imap_port: int
    pop_port: int
    smtp_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A program that reads: `fetch` does so with a mechanism."""

    name: str
    version: str
    protocol: str
    mechanism: str
    fetch: Callable[[Ports, Key, str], bytes]

    def read(self, ports: Ports, key: Key) -> bytes:
        """Return the first mail of the inbox. Raises RefusedError."""
        return self.fetch(ports, key, self.mechanism)

    def __str__(self) -> str:
        return f"{self.name} {self.protocol} {self.mechanism}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A program that sends: `submit` does so with a mechanism."""

    name: str
    version: str
    mechanism: str
    submit: Callable[[Ports, Key, str, str, bytes], None]
    protocol: str = "SMTP"

    def send(self, ports: Ports, key: Key, to: str, mime: bytes) -> None:
        """Hand a mail over. Raises RefusedError."""
        self.submit(ports, key, self.mechanism, to, mime)

    def __str__(self) -> str:
        return f"{self.name} {self.protocol} {self.mechanism}"


@contextmanager
def imap_of_python(ports: Ports, key: Key, mechanism: str) -> Iterator[imaplib.IMAP4]:
    """Sign in with imaplib. Raises RefusedError with the complaint."""
    with imaplib.IMAP4(HOST, ports.imap_port, timeout=SECONDS) as imap:
        sign_in_to_imap(imap, key, mechanism)
        yield imap


def sign_in_to_imap(imap: imaplib.IMAP4, key: Key, mechanism: str) -> None:
    """Authenticate an open line. Raises RefusedError with the complaint."""
    dialogue = Dialogue(key, mechanism, imap.port)
    try:
        imap.authenticate(mechanism, lambda asked: dialogue.answer(asked).encode())
    except imaplib.IMAP4.error as error:
        raise RefusedError(str(error), dialogue.complaint) from error


def _read_by_imaplib(ports: Ports, key: Key, mechanism: str) -> bytes:
    with imap_of_python(ports, key, mechanism) as imap:
        imap.select("INBOX", readonly=True)
        data: Any = imap.fetch("1", "(BODY.PEEK[])")[1]
        octets: bytes = data[0][1]
        return octets


@contextmanager
def imap_of_imapclient(ports: Ports, key: Key, mechanism: str) -> Iterator[Any]:
    """Sign in with IMAPClient. Raises RefusedError."""
    client = imapclient.IMAPClient(HOST, ports.imap_port, ssl=False, timeout=SECONDS)
    enter = client.oauth2_login if mechanism == "XOAUTH2" else client.oauthbearer_login
    try:
        enter(key.mailbox, key.token)
    except LoginError as error:
        client.shutdown()
        raise RefusedError(str(error)) from error
    with client:
        yield client


def _read_by_imapclient(ports: Ports, key: Key, mechanism: str) -> bytes:
    with imap_of_imapclient(ports, key, mechanism) as client:
        client.select_folder("INBOX", readonly=True)
        first = client.search()[0]
        octets: bytes = client.fetch([first], ["BODY.PEEK[]"])[first][b"BODY[]"]
        return octets


@contextmanager
def pop_of_python(ports: Ports, key: Key, mechanism: str) -> Iterator[poplib.POP3]:
    """Sign in with poplib, in the two lines that Exchange wants. Raises RefusedError."""
    pop = poplib.POP3(HOST, ports.pop_port, timeout=SECONDS)
    dialogue = Dialogue(key, mechanism, ports.pop_port)
    # The library has no command for it.
    say: Callable[[str], bytes] = vars(poplib.POP3)["_shortcmd"].__get__(pop)
    try:
        told = say(f"AUTH {mechanism}")
        while told.startswith(b"+ "):
            answer = dialogue.answer(base64.b64decode(told[2:]))
            told = say(base64.b64encode(answer.encode()).decode())
        yield pop
        pop.quit()
    except poplib.error_proto as error:
        raise RefusedError(str(error)) from error
    finally:
        pop.close()


def _read_by_poplib(ports: Ports, key: Key, mechanism: str) -> bytes:
    with pop_of_python(ports, key, mechanism) as pop:
        return b"".join(line + b"\r\n" for line in pop.retr(1)[1])


@contextmanager
def smtp_of_python(ports: Ports, key: Key, mechanism: str) -> Iterator[smtplib.SMTP]:
    """Sign in with smtplib, the proof in a line of its own. Raises RefusedError."""
    with smtplib.SMTP(HOST, ports.smtp_port, "desk.contoso.test", timeout=SECONDS) as smtp:
        smtp.ehlo()
        dialogue = Dialogue(key, mechanism, ports.smtp_port)
        try:
            smtp.auth(mechanism, dialogue.answer, initial_response_ok=False)
        except smtplib.SMTPAuthenticationError as error:
            words = f"{error.smtp_code} {_text(error.smtp_error)}"
            raise RefusedError(words, dialogue.complaint) from error
        yield smtp


def _text(said: bytes | str) -> str:
    return said.decode() if isinstance(said, bytes) else said


def _send_by_smtplib(ports: Ports, key: Key, mechanism: str, to: str, mime: bytes) -> None:
    with smtp_of_python(ports, key, mechanism) as smtp:
        assert smtp.sendmail(key.mailbox, [to], mime) == {}


def curl(key: Key, mechanism: str, url: str, *options: str) -> bytes:
    """Run curl with a token and return what it printed. Raises RefusedError."""
    settings = (
        f'user = "{key.mailbox}"\noauth2-bearer = "{key.token}"\nurl = "{url}"\n'
        f'login-options = "AUTH={mechanism}"\nnoproxy = "*"\nmax-time = {SECONDS}\n'
    )
    # The person's own settings are not read, and the token is in no list of processes.
    command = ["curl", "-q", "--silent", "--verbose", "--config", "-", *options]
    done = subprocess.run(command, input=settings.encode(), capture_output=True, check=False)
    if done.returncode == DENIED:
        raise RefusedError(done.stderr.decode())
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _read_by_curl_from_imap(ports: Ports, key: Key, mechanism: str) -> bytes:
    return curl(key, mechanism, f"imap://{HOST}:{ports.imap_port}/INBOX;MAILINDEX=1")


def _read_by_curl_from_pop(ports: Ports, key: Key, mechanism: str) -> bytes:
    return curl(key, mechanism, f"pop3://{HOST}:{ports.pop_port}/1")


def send_by_curl(
    ports: Ports, key: Key, mechanism: str, to: str, mime: bytes, *options: str
) -> None:
    """Hand a mail over with curl. Raises RefusedError."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(mime)
        file.flush()
        words = ("--mail-from", key.mailbox, "--mail-rcpt", to, "--upload-file", file.name)
        curl(key, mechanism, f"smtp://{HOST}:{ports.smtp_port}/desk.contoso.test", *words, *options)


def curl_version() -> str:
    """Return curl's version, empty where there is none."""
    if shutil.which("curl") is None:
        return ""
    said = subprocess.run(["curl", "--version"], check=True, capture_output=True, text=True)
    return said.stdout.split()[1]


MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
_PYTHON, _CURL = platform.python_version(), curl_version()
_READING = (
    ("imaplib", _PYTHON, "IMAP", _read_by_imaplib),
    ("IMAPClient", imapclient.__version__, "IMAP", _read_by_imapclient),
    ("curl", _CURL, "IMAP", _read_by_curl_from_imap),
    ("poplib", _PYTHON, "POP", _read_by_poplib),
    ("curl", _CURL, "POP", _read_by_curl_from_pop),
)
READERS = [
    Reader(name=name, version=version, protocol=protocol, mechanism=mechanism, fetch=fetch)
    for name, version, protocol, fetch in _READING
    for mechanism in MECHANISMS
]
SENDERS = [
    Sender(name=name, version=version, mechanism=mechanism, submit=submit)
    for name, version, submit in (
        ("smtplib", _PYTHON, _send_by_smtplib),
        ("curl", _CURL, send_by_curl),
    )
    for mechanism in MECHANISMS
]
_EVERY: list[Reader | Sender] = [*READERS, *SENDERS]
CLIENTS = {str(client): client for client in _EVERY}
