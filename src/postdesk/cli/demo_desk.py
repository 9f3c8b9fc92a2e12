"""What the demo begins with: people, request types, a connected mailbox, and a few mails."""

import base64
import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from urllib.parse import parse_qsl, urlsplit

from postdesk.base import clock
from postdesk.base.ids import new_token
from postdesk.connections import authorize
from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration
from postdesk.directory.groups import add_group
from postdesk.directory.models import Person, Priority, RequestType, Tech, TechGroup
from postdesk.directory.request_types import add_request_type
from postdesk.directory.techs import add_tech
from postdesk.drivers.session import HttpSession, open_session
from postdesk.mail.accounts import save_incoming
from postdesk.mail.models import AfterProcessing, IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.ways_out import save_outgoing
from postdesk.site.options import finish_setup

MAILBOX = "support@contoso.test"
REGISTRATION = Registration(
    cloud="pretend",
    tenant_id="contoso.test",
    client_id="client-1",
    client_secret="s3cret",  # noqa: S106  of the pretend tenant, printed in its own help
)
# Sender's name and address, subject, text.
MAILS = (
    (
        "Wilhelmina Achterberg",
        "w.achterberg@nordhafen.example",
        "Outlook asks for the password every few minutes",
        "Good morning,\n\nsince the weekend Outlook on TS-HH-04 keeps asking for my password, "
        "about every five minutes.\nIf I cancel, the mailbox works until the next prompt.\n\n"
        "Kind regards\nW. Achterberg\n",
    ),
    (
        "佐藤 健太郎",
        "k.sato@osaka.example",
        "会議室Bのプロジェクターが映りません",
        "本日15時から取締役会があります。至急ご確認ください。\n\n佐藤\n",
    ),
    (
        "Jonas Weidenfeller",
        "jonas@nordhafen.example",
        "VPN bricht nach dem Update alle zehn Minuten ab",
        "Hallo,\n\nseit heute früh kann niemand im Büro länger als zehn Minuten arbeiten.\n\n"
        "Viele Grüße\nJonas\n",
    ),
)


def make_desk(sandbox_url: str) -> list[tuple[str, str]]:
    """Fill an empty data directory; returns e-mail address and one-time password of each tech."""
    now = clock.now()
    doors = [("ada@desk.example", new_token(12)), ("tim@desk.example", new_token(12))]
    ada = _tech("Ada Admin", doors[0], is_administrator=True, now=now)
    tim = _tech("Tim Tech", doors[1], is_administrator=False, now=now)
    finish_setup(now=now)
    group = add_group(name="Service Desk", manager=ada, members=[ada, tim])
    mailbox_type = _request_types(group)
    session = open_session()
    try:
        _connect(session, sandbox_url, ada.person, group=group, request_type=mailbox_type)
        for mail in MAILS:
            _inject(session, sandbox_url, mail, now=now)
    finally:
        session.close()
    return doors


def _tech(name: str, door: tuple[str, str], *, is_administrator: bool, now: datetime) -> Tech:
    email, password = door
    return add_tech(
        name=name, email=email, password=password, is_administrator=is_administrator, now=now
    )


def _request_types(group: TechGroup) -> RequestType:
    mail = add_request_type(name="E-mail & Calendar", tech_group=group)
    add_request_type(name="Network & VPN", tech_group=group, default_priority=Priority.HIGH)
    hardware = add_request_type(name="Hardware", tech_group=group)
    add_request_type(name="Printers", parent=hardware)
    return mail


def _connect(
    session: HttpSession,
    sandbox_url: str,
    person: Person,
    *,
    group: TechGroup,
    request_type: RequestType,
) -> None:
    """Register, sign in as the mailbox through the ordinary way, and switch on both accounts."""
    now = clock.now()
    outgoing = save_outgoing(
        OutgoingMailAccount(
            email_address=MAILBOX,
            display_name="Contoso Service Desk",
            kind=OutgoingMailAccount.Kind.MICROSOFT_365,
        ),
        registration=REGISTRATION,
        now=now,
    )
    account = save_incoming(
        IncomingMailAccount(
            email_address=MAILBOX,
            connection=outgoing.connection,
            outgoing_account=outgoing,
            tech_group=group,
            request_type=request_type,
            after_processing=AfterProcessing.MARK_READ,
        ),
        by=person,
        now=now,
    )
    if outgoing.connection is not None:
        _sign_in(session, sandbox_url, outgoing.connection, person)
    account.refresh_from_db()
    account.is_enabled = True
    save_incoming(account, by=person, now=clock.now())


def _sign_in(
    session: HttpSession, sandbox_url: str, connection: Connection, person: Person
) -> None:
    """Play the browser: the pretend tenant signs the mailbox in without asking, once."""
    key = secrets.token_hex(8)
    now = clock.now()
    attempt = authorize.start(
        connection, mailbox=MAILBOX, person=person, session_key=key, return_to="/", now=now
    )
    _control(session, sandbox_url, "tenant", {"auto_sign_in": MAILBOX})
    answer = session.get(attempt.authorize_url)
    _control(session, sandbox_url, "tenant", {"auto_sign_in": ""})
    query = dict(parse_qsl(urlsplit(answer.headers.get("location", "")).query))
    handle = authorize.store_answer(query, now=now)
    finished = authorize.finish(handle or "", person=person, session_key=key, now=now)
    if not finished.succeeded:
        raise RuntimeError(f"{finished.message} {finished.remedy}")


def _inject(session: HttpSession, sandbox_url: str, mail: Sequence[str], *, now: datetime) -> None:
    name, address, subject, text = mail
    message = EmailMessage()
    message["From"] = f'"{name}" <{address}>'
    message["To"] = MAILBOX
    message["Subject"] = subject
    message["Date"] = now
    message["Message-ID"] = f"<{secrets.token_hex(8)}@{address.rpartition('@')[2]}>"
    message.set_content(text)
    octets = base64.b64encode(message.as_bytes()).decode("ascii")
    _control(session, sandbox_url, "inject", {"mailbox": MAILBOX, "mime": octets})


def _control(session: HttpSession, sandbox_url: str, call: str, body: dict[str, str]) -> None:
    answer = session.request(
        "POST",
        f"{sandbox_url}/_sandbox/{call}",
        headers={"Content-Type": "application/json"},
        content=json.dumps(body).encode(),
    )
    if answer.status_code >= 300:
        raise RuntimeError(f"The pretend tenant refused {call}: {answer.text[:300]}")
