"""A tenant, a Dovecot that asks it about tokens, and a server that takes what is sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from postdesk_sandbox.server import Sandbox
from tests.conformance import dovecot_server
from tests.conformance.dovecot_server import MailServer
from tests.conformance.mail_clients import CLIENTS, Key, Reader, Sender
from tests.conformance.steps import Steps
from tests.sandbox.visitor import GRAPH, OIDC, Visitor

TENANT = "contoso.test"
SUPPORT, ANNA, HELP = "support@contoso.test", "anna@contoso.test", "help@contoso.test"
OUTLOOK = "https://outlook.office.com"
PERMISSIONS = {"IMAP": "IMAP.AccessAsUser.All", "POP": "POP.AccessAsUser.All", "SMTP": "SMTP.Send"}
# A mailbox whose mails the sink will not have.
UNWANTED = "full@fabrikam.example"
PRINTER = "<printer@fabrikam.example>"
CLARA = "clara@fabrikam.example"
ANSWER = (
    b"From: support@contoso.test\r\nTo: clara@fabrikam.example\r\nSubject: Re: Printer\r\n"
    b"Message-ID: <answer@contoso.test>\r\nIn-Reply-To: <printer@fabrikam.example>\r\n"
    b"X-Desk: 1\r\n\r\nPour water.\r\n..two dots\r\n"
)


def mail_for(mailbox: str, message_id: str = PRINTER) -> bytes:
    """Compose a mail whose octets a careless server would change."""
    head = (
        f"From: Clara <clara@fabrikam.example>\r\nTo: {mailbox}\r\nSubject: Printer\r\n"
        f"Message-ID: {message_id}\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n"
    )
    return f"{head}X-Odd:   three  blanks\r\n\r\nIt burns.\r\n..two dots\r\n".encode()


class Sink:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, to: str, options: list[str]
    ) -> str:
        if to == UNWANTED:
            return "552 5.2.2 Mailbox full"
        envelope.rcpt_tos.append(to)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.envelopes.append(envelope)
        return "250 2.0.0 OK <given@mail.test> [Hostname=MAIL]"


class Desk:
    """Everything that a mail program meets, and what happens behind its back."""

    def __init__(self, visitor: Visitor, server: MailServer, sink: Sink) -> None:
        self.visitor, self.server, self.sink = visitor, server, sink

    def token(self, protocol: str, account: str = SUPPORT) -> str:
        """Return an access token of a person for one protocol."""
        return self.token_for(f"{OUTLOOK}/{PERMISSIONS[protocol]}", account)

    def token_for(self, scope: str, account: str = SUPPORT) -> str:
        return str(self.visitor.tokens(account, scope)["access_token"])

    def key(self, protocol: str, mailbox: str = SUPPORT, account: str = "") -> Key:
        """Return a good key, for another mailbox than the own one on demand."""
        return Key(mailbox=mailbox, token=self.token(protocol, account or mailbox))

    def key_of_application(self, mailbox: str) -> Key:
        answer = self.visitor.post_token(
            grant_type="client_credentials", scope=f"{OUTLOOK}/.default"
        )
        return Key(mailbox=mailbox, token=answer.json()["access_token"])


def ended(desk: Desk, protocol: str) -> Key:
    """Return a token that was good until an hour went by."""
    key = desk.key(protocol)
    desk.visitor.control("clock", advance_seconds=3600)
    return key


def revoked(desk: Desk, protocol: str) -> Key:
    """Return a token whose person's sessions were ended."""
    key = desk.key(protocol)
    desk.visitor.control("revoke", address=SUPPORT)
    return key


def of_somebody_disabled(desk: Desk, protocol: str) -> Key:
    key = desk.key(protocol)
    desk.visitor.control("users", address=SUPPORT, disabled=True)
    return key


def of_somebody_else(desk: Desk, protocol: str) -> Key:
    return desk.key(protocol, SUPPORT, account=ANNA)


def for_graph(desk: Desk, protocol: str) -> Key:
    """Return a good token with the wrong audience."""
    return Key(mailbox=SUPPORT, token=desk.token_for(f"{GRAPH}/Mail.ReadWrite"))


def for_another_protocol(desk: Desk, protocol: str) -> Key:
    """Return a good token with the right audience that lacks the permission."""
    return Key(mailbox=SUPPORT, token=desk.token("IMAP" if protocol == "SMTP" else "SMTP"))


def that_is_an_id_token(desk: Desk, protocol: str) -> Key:
    scope = f"{OUTLOOK}/{PERMISSIONS[protocol]} {OIDC}"
    return Key(mailbox=SUPPORT, token=desk.visitor.tokens(SUPPORT, scope)["id_token"])


def with_another_signature(desk: Desk, protocol: str) -> Key:
    """Return a token in which the first character of the signature was changed."""
    head, claims, signature = desk.token(protocol).split(".")
    first = "B" if signature[0] == "A" else "A"
    return Key(mailbox=SUPPORT, token=f"{head}.{claims}.{first}{signature[1:]}")


TROUBLES: list[Callable[[Desk, str], Key]] = [
    ended,
    revoked,
    of_somebody_disabled,
    of_somebody_else,
    for_graph,
    for_another_protocol,
    that_is_an_id_token,
    with_another_signature,
]


@contextmanager
def open_desk() -> Iterator[Desk]:
    """Start all three, with one mail in the inbox of each mailbox."""
    sink = Sink()
    controller = Controller(
        sink, hostname="127.0.0.1", port=dovecot_server.free_ports(1)[0], decode_data=False
    )
    controller.start()
    try:
        with Sandbox(port=0) as sandbox:
            visitor = Visitor(sandbox)
            server = MailServer(
                tenant_url=sandbox.url,
                tenant=TENANT,
                mailboxes=[SUPPORT, ANNA, HELP],
                relay_port=controller.port,
            )
            try:
                for mailbox in (SUPPORT, ANNA, HELP):
                    server.save(mailbox, mail_for(mailbox))
                yield Desk(visitor, server, sink)
            finally:
                server.close()
                visitor.close()
    finally:
        controller.stop()


class Table:
    """The steps of all clients, one row for each client and mechanism."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, str], Steps] = {}

    def row(self, client: Reader | Sender) -> Steps:
        """Return where the steps of a client are written."""
        how = f"{client.protocol} of Dovecot {dovecot_server.version()}, {client.mechanism}"
        key = (client.name, client.version, how)
        return self._rows.setdefault(key, Steps(*key))

    def row_of(self, name: str) -> Steps:
        """Return the row of a client by name, protocol and mechanism."""
        return self.row(CLIENTS[name])

    def write(self) -> None:
        for steps in self._rows.values():
            steps.write()
