"""Dovecot as a program of its own: IMAP, POP and submission in front, the tenant asked behind."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from string import Template
from urllib.parse import urlencode

import pytest

TEMPLATES = Path(__file__).parent / "dovecot"
PROGRAM = Path("/usr/sbin/dovecot")
LIBRARIES = Path("/usr/lib/dovecot")
NEEDED = ("imap-login", "pop3-login", "submission-login")
START_SECONDS = 30
# What Dovecot calls a protocol -> what the introspection calls it.
PROTOCOLS = {"imap": "imap", "pop3": "pop", "submission": "smtp"}


def require_dovecot() -> None:
    """Skip where Debian's packages, version 2.3 or the superuser are missing."""
    if not PROGRAM.exists() or not all((LIBRARIES / name).exists() for name in NEEDED):
        pytest.skip("needs Debian's packages dovecot-imapd, dovecot-pop3d, dovecot-submissiond")
    if not version().startswith("2.3."):
        pytest.skip(f"needs Dovecot 2.3; {version()} has other names for its settings")
    if shutil.which("curl") is None:
        pytest.skip("needs Debian's package curl, one of the clients")
    if os.geteuid() != 0:
        pytest.skip("Dovecot takes a superuser here; continuous integration has one")


def version() -> str:
    """Return the version that the program says it is."""
    said = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True)
    return said.stdout.split()[0]


class MailServer:
    """A running Dovecot with mailboxes that open to the tokens of one tenant.

    `tenant_url` is where the tenant answers, `relay_port` where submitted mail goes. With
    `password` that opens each mailbox as well.
    """

    def __init__(
        self,
        *,
        tenant_url: str,
        tenant: str,
        mailboxes: list[str],
        relay_port: int,
        password: str = "",
    ):
        # Not pytest's folder: other users than ours have to pass through.
        self.folder = Path(tempfile.mkdtemp(prefix="postdesk-dovecot-"))
        self.folder.chmod(0o755)
        self.imap_port, self.pop_port, self.smtp_port = free_ports(3)
        self._tenant_url, self._tenant = tenant_url, tenant
        self._settings = self.folder / "dovecot.conf"
        self._make_mailboxes(mailboxes)
        self._write_settings(mailboxes, relay_port, password)
        command = [str(PROGRAM), "-F", "-c", str(self._settings)]
        self._output = (self.folder / "output.log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._output, stderr=subprocess.STDOUT)
        self._wait_until_it_listens()

    def _make_mailboxes(self, mailboxes: list[str]) -> None:
        for home in ("", *mailboxes):
            folder = self.folder / "mail" / home
            folder.mkdir()
            shutil.chown(folder, "mail", "mail")

    def _write_settings(self, mailboxes: list[str], relay_port: int, password: str) -> None:
        server = _fill(
            "server.conf",
            folder=self.folder,
            imap_port=self.imap_port,
            pop_port=self.pop_port,
            smtp_port=self.smtp_port,
            relay_port=relay_port,
        )
        doors = [
            _fill("door.conf", protocol=protocol, mailbox=one, settings=self._door(protocol, one))
            for protocol in PROTOCOLS
            for one in mailboxes
        ]
        locks = [_fill("password.conf", password=password)] if password else []
        self._settings.write_text("\n".join((server, *doors, *locks)))

    def _door(self, protocol: str, mailbox: str) -> Path:
        """Write down what is asked about a token for one mailbox and protocol."""
        asked = urlencode({"protocol": PROTOCOLS[protocol], "mailbox": mailbox}, safe="@")
        file = self.folder / f"{protocol}-{mailbox}.conf"
        file.write_text(
            _fill(
                "introspection.conf",
                introspection_url=f"{self._tenant_url}/_sandbox/introspect?{asked}",
                discovery_url=self.discovery_url,
            )
        )
        return file

    @property
    def discovery_url(self) -> str:
        """Return where a refused client is sent to learn how to get a token."""
        return f"{self._tenant_url}/{self._tenant}/v2.0/.well-known/openid-configuration"

    def _wait_until_it_listens(self) -> None:
        ends = time.monotonic() + START_SECONDS
        for port in (self.imap_port, self.pop_port, self.smtp_port):
            while not _listens(port):
                if self._process.poll() is not None or time.monotonic() > ends:
                    said = self.said()
                    self.close()
                    pytest.fail(f"Dovecot does not listen:\n{said}")
                time.sleep(0.05)

    # Behind the curtain
    def save(self, mailbox: str, mime: bytes, *, folder: str = "INBOX") -> None:
        """Put a mail into a folder, without any client."""
        self._administer("save", "-u", mailbox, "-m", folder, octets=mime)

    def stored(self, mailbox: str, folder: str = "INBOX") -> dict[int, str]:
        """Return what lies in a folder: UID -> Message-ID."""
        fields = "uid hdr.message-id"
        told = self._administer("-f", "tab", "fetch", "-u", mailbox, fields, "mailbox", folder)
        lines = (line.split("\t") for line in told.splitlines()[1:])
        return {int(uid): message_id for uid, message_id in lines}

    def flags(self, mailbox: str, uid: int, folder: str = "INBOX") -> set[str]:
        """Return the flags of one mail."""
        query = ("mailbox", folder, "uid", str(uid))
        told = self._administer("-f", "tab", "fetch", "-u", mailbox, "flags", *query)
        return set(told.splitlines()[1].split())

    def remove_all(self, mailbox: str, folder: str) -> None:
        """Empty a folder."""
        self._administer("expunge", "-u", mailbox, "mailbox", folder, "all")

    def administer(self, *words: str) -> str:
        """Run a command of doveadm and return what it printed."""
        return self._administer(*words)

    def _administer(self, *words: str, octets: bytes = b"") -> str:
        command = ["doveadm", "-c", str(self._settings), *words]
        done = subprocess.run(command, input=octets, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def said(self) -> str:
        """Return what it printed and logged."""
        return "\n".join(one.read_text(errors="replace") for one in self.folder.glob("*.log"))

    def close(self) -> None:
        """End the program with all that it started, and remove its folder."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(15)
        self._output.close()
        shutil.rmtree(self.folder)


def _fill(template: str, **values: object) -> str:
    return Template((TEMPLATES / template).read_text()).substitute(values)


def free_ports(number: int) -> list[int]:
    """Return ports that nobody holds."""
    lines = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [line.getsockname()[1] for line in lines]
    for line in lines:
        line.close()
    return ports


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
