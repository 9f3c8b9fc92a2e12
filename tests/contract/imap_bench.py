"""Dovecot as the server behind the IMAP driver: mailboxes that open to tokens or a password."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count

from tests.conformance import dovecot_server
from tests.conformance.dovecot_server import MailServer
from tests.contract.pretend import ANNA, HELP, SUPPORT, Tokens
from tests.sandbox.visitor import OIDC, Visitor

from postdesk.drivers.open import ImapServer, Security, open_inbox
from postdesk_sandbox.server import Sandbox

PASSWORD = "p\u00e4ss-word"
_NUMBERINGS = count(4711)
SCOPE = f"https://outlook.office.com/IMAP.AccessAsUser.All {OIDC}"


class ImapDesk:
    """A tenant and a Dovecot that asks it."""

    def __init__(self, sandbox: Sandbox, visitor: Visitor, server: MailServer) -> None:
        self.sandbox, self.visitor, self.server = sandbox, visitor, server

    def tokens_of(self, person: str) -> Tokens:
        """Sign a person in and return tokens that renew themselves."""
        refresh_token = self.visitor.tokens(person, SCOPE)["refresh_token"]

        def renew() -> str:
            answer = self.visitor.refresh(refresh_token, scope=SCOPE)
            return str(answer.json()["access_token"])

        return Tokens(renew=renew)


@contextmanager
def open_imap_desk() -> Iterator[ImapDesk]:
    """Start both; nothing is relayed."""
    dovecot_server.require_dovecot()
    with Sandbox(port=0) as sandbox, closing(Visitor(sandbox)) as visitor:
        server = MailServer(
            tenant_url=sandbox.url,
            tenant="contoso.test",
            mailboxes=[SUPPORT, ANNA, HELP],
            relay_port=dovecot_server.free_ports(1)[0],
            password=PASSWORD,
        )
        with closing(server):
            yield ImapDesk(sandbox, visitor, server)


class ImapBench:
    """One mailbox of Dovecot for the suite that every inbox must pass."""

    ids_last = False
    control = b"\x07"  # no literal of IMAP holds a NUL

    def __init__(self, desk: ImapDesk, *, mailbox: str, password: str = "") -> None:
        self.desk, self.mailbox = desk, mailbox
        desk.visitor.control("reset")
        self._clean()
        place = ImapServer(
            host="127.0.0.1",
            port=desk.server.imap_port,
            security=Security.NONE,
            username=mailbox,
            password=password,
            address=mailbox,
        )
        self.tokens = None if password else desk.tokens_of(mailbox)
        self.inbox = open_inbox(place, bearer=self.tokens)

    def deliver(self, octets: bytes) -> None:
        self.desk.server.save(self.mailbox, octets)

    def messages(self) -> list[dict[str, object]]:
        """Return what the server has, each with folder and is_read."""
        told = self._ask("-f", "tab", "fetch", fields=("mailbox flags", "all"))
        lines = [line.split("\t") for line in told.splitlines()[1:]]
        return [
            {"folder": folder.replace("INBOX", "Inbox"), "is_read": "\\Seen" in flags}
            for folder, flags in lines
        ]

    def forget_cursor(self) -> None:
        """Let the server number everything anew."""
        self._ask("mailbox", "update", fields=("--uid-validity", str(next(_NUMBERINGS)), "INBOX"))

    def lose_line(self) -> None:
        self.desk.server.administer("kick", self.mailbox)

    def end_token(self) -> None:
        """Servers do not end the lines of tokens that ended; the next line needs a new one."""
        self.desk.visitor.control("clock", advance_seconds=3 * 3600)
        self.inbox.close()

    def remove_mailbox(self) -> None:
        self.desk.visitor.control("users", address=self.mailbox, mailbox=False)
        self.inbox.close()

    def forget_folders(self) -> None:
        self.inbox._folders.forget()

    def close(self) -> None:
        self.inbox.close()
        assert self.desk.visitor.look("unimplemented") == []

    def _clean(self) -> None:
        for folder in self._ask("mailbox", "list").split("\n"):
            if folder in {"INBOX", "Processed", "Sent"}:
                self.desk.server.remove_all(self.mailbox, folder)
            elif folder:
                self._ask("mailbox", "delete", fields=("-r", folder))

    def _ask(self, *words: str, fields: tuple[str, ...] = ()) -> str:
        return self.desk.server.administer(*words, "-u", self.mailbox, *fields)
