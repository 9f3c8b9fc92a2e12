"""Some days of work on one desk, for pictures: the clock moves from one happening to the next.

Runs inside the desk's own environment, after ``django.setup()``, with the worker stopped.
"""

import base64
import secrets
from datetime import UTC, date, datetime
from email.message import EmailMessage

from postdesk.base import clock
from postdesk.cli.preparing import migrate
from postdesk.connections import authorize
from postdesk.connections.models import Connection
from postdesk.connections.registering import Registration
from postdesk.directory.groups import add_group
from postdesk.directory.models import Priority, RequestType, Tech
from postdesk.directory.queries import effective_group
from postdesk.directory.request_types import add_request_type
from postdesk.directory.techs import add_tech
from postdesk.flow.announce.events import announce_events
from postdesk.flow.deliver import deliver_waiting
from postdesk.flow.fetch import fetch_account
from postdesk.flow.send import send_due
from postdesk.mail.accounts import resume, save_incoming
from postdesk.mail.models import AfterProcessing, IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.ways_out import save_outgoing
from postdesk.site.options import finish_setup
from postdesk.tickets.assigning import assign
from postdesk.tickets.classifying import change_priority, change_request_type
from postdesk.tickets.closing import change_status
from postdesk.tickets.models import Ticket
from postdesk.tickets.queries import newest_client_mail
from postdesk.tickets.replying import add_note, add_reply
from tests.browser.clicking import ADMINISTRATOR, PASSWORD
from tests.sandbox_client import ANNA, HELP, SUPPORT, SandboxClient

# One grey pixel, as a stand-in for a photograph
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4efkBAATlAn2homMkAAAAAElFTkSuQmCC"
)
CLIENT = "Dr. Wilhelmina Papadopoulos-Achterberg <w.papadopoulos@nordhafen.example>"
OUTLOOK = (
    "Good morning,\n\nsince the weekend Outlook on TS-HH-04 keeps asking for my password, about "
    "every five minutes. If I cancel, the mailbox still works until the next prompt. The same "
    "happens to my colleague Karin Möller, but only when both of us are signed in.\n\n"
    "I have a call with the harbour authority at 11 and would rather not type my password in "
    "front of them twelve times.\n\nKind regards\nW. Papadopoulos\n"
)
ANSWER = (
    "Good morning Dr. Papadopoulos-Achterberg,\n\nthe terminal server kept an old sign-in token "
    "from Friday's maintenance. I have cleared it for your profile. Please sign out of TS-HH-04 "
    "once (Start, then Sign out, not just closing the window) and come back in. You should be "
    "asked for the password exactly once.\n\nBest regards\nAda Admin, Service Desk Hamburg"
)
THANKS = (
    "Thank you, the prompt is gone for me. But my colleague Frau Möller still has it.\n\n"
    "W. Papadopoulos\n\nOn Mon, 23 Nov 2026 at 08:34, Contoso Service Desk wrote:\n"
    "> Good morning Dr. Papadopoulos-Achterberg,\n>\n> the terminal server kept an old sign-in "
    "token\n> from Friday's maintenance.\n"
)


class Desk:
    """The people, request types and mailboxes, and what happens between them."""

    def __init__(self, tenant: SandboxClient) -> None:
        self.tenant = tenant
        self.techs: dict[str, Tech] = {}
        self.types: dict[str, RequestType] = {}

    def at(self, moment: str) -> None:
        """Move the clock of tenant and desk to that day and time of November 2026."""
        day, _, time = moment.partition(" ")
        then = datetime.fromisoformat(f"2026-11-{day}T{time}:11").replace(tzinfo=UTC)
        self.tenant.control("clock", now=then.isoformat())
        clock.shift_to(then)

    def mail(
        self,
        moment: str,
        sender: str,
        subject: str,
        text: str,
        *files: str,
        to: str = SUPPORT,
        **headers: str,
    ) -> Ticket:
        """Let a client's mail arrive; returns the ticket that it became or joined."""
        self.at(moment)
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Date"] = clock.now()
        message["Message-ID"] = f"<{secrets.token_hex(8)}@client.example>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        for name in files:
            kind = ("image", "png") if name.endswith(".png") else ("application", "pdf")
            message.add_attachment(PICTURE, *kind, filename=name)
        self.tenant.inject(message.as_bytes(), mailbox=to)
        fetch_account(IncomingMailAccount.objects.get(email_address=to), now=clock.now())
        deliver_waiting(now=clock.now())
        self.settle()
        return Ticket.objects.latest("last_activity_at")

    def answer(
        self, moment: str, ticket: Ticket, tech: str, text: str, *, status: str = "", cc: str = ""
    ) -> None:
        """Let a tech answer."""
        self.at(moment)
        author = self.techs[tech].person
        copies = [cc] if cc else []
        add_reply(
            ticket, author=author, text=text, cc=copies, status=status or None, now=clock.now()
        )
        self.settle()

    def note(self, moment: str, ticket: Ticket, tech: str, text: str) -> None:
        """Let a tech write an internal note."""
        self.at(moment)
        add_note(ticket, author=self.techs[tech].person, text=text, now=clock.now())

    def give(
        self, ticket: Ticket, tech: str, kind: str, priority: Priority = Priority.MEDIUM
    ) -> None:
        """Give a ticket to a tech and classify it."""
        actor = self.techs["ada"].person
        chosen = self.types[kind]
        group = effective_group(chosen)
        now = clock.now()
        change_request_type(ticket, request_type=chosen, tech_group=group, actor=actor, now=now)
        change_priority(ticket, priority=priority, actor=actor, now=now)
        if tech:
            assign(ticket, tech=self.techs[tech], actor=actor, now=now)

    def become(self, moment: str, ticket: Ticket, tech: str, status: str) -> None:
        """Change the status of a ticket."""
        self.at(moment)
        change_status(ticket, status=status, actor=self.techs[tech].person, now=clock.now())

    def settle(self) -> None:
        """Send what waits to be sent."""
        announce_events(now=clock.now())
        send_due(now=clock.now())


def fill(sandbox_url: str) -> None:
    """Fill an empty data directory."""
    migrate()
    desk = Desk(SandboxClient(sandbox_url))
    desk.at("16 08:00")
    _people(desk)
    _mailboxes(desk)
    _last_week(desk)
    _this_morning(desk)
    ticket = _the_long_ticket(desk)
    _just_now(desk)
    _client_answers(desk, ticket)
    desk.at("23 10:41")
    desk.tenant.control("revoke", address=ANNA)
    desk.tenant.close()


def _people(desk: Desk) -> None:
    people = [
        ("ada", "Ada Admin", ADMINISTRATOR, True),
        ("misaki", "山田 美咲", "misaki@desk.example", False),
        ("jonas", "Jonas Weidenfeller", "jonas@desk.example", False),
        ("priya", "Priya Raman", "priya@desk.example", False),
    ]
    for key, name, email, is_administrator in people:
        desk.techs[key] = add_tech(
            name=name,
            email=email,
            password=PASSWORD,
            is_administrator=is_administrator,
            now=clock.now(),
        )
    finish_setup(now=clock.now())
    ada, misaki = desk.techs["ada"], desk.techs["misaki"]
    hamburg = add_group(name="Service Desk Hamburg", manager=ada, members=[*desk.techs.values()])
    osaka = add_group(name="Service Desk Osaka", manager=misaki, members=[misaki])
    names = ["E-mail & Calendar", "Network & VPN", "Printing & Scanning", "Access rights"]
    names += ["Mobile devices", "Software", "Telephony", "Joiners & Leavers"]
    desk.types = {name: add_request_type(name=name, tech_group=hamburg) for name in names}
    desk.types["大阪"] = add_request_type(name="大阪", tech_group=osaka)


def _mailboxes(desk: Desk) -> None:
    registration = Registration(
        cloud="pretend",
        tenant_id="11111111-2222-3333-4444-555555555555",
        client_id="client-1",
        client_secret="s3cret",
        secret_ends_on=date(2027, 6, 15),
    )
    hamburg = desk.types["E-mail & Calendar"]
    _connect(desk, SUPPORT, registration, hamburg, signs_in=SUPPORT)
    shared = Registration(
        cloud="pretend",
        tenant_id="contoso.test",
        client_id="client-1",
        client_secret="s3cret",
        secret_ends_on=date(2026, 12, 2),
        for_shared_mailbox=True,
    )
    _connect(desk, HELP, shared, desk.types["大阪"], signs_in=ANNA)


def _connect(
    desk: Desk, mailbox: str, registration: Registration, kind: RequestType, *, signs_in: str
) -> None:
    """Register, sign in and enable, as an administrator does in the browser."""
    ada = desk.techs["ada"].person
    outgoing = save_outgoing(
        OutgoingMailAccount(
            email_address=mailbox,
            display_name="Contoso Service Desk",
            kind=OutgoingMailAccount.Kind.MICROSOFT_365,
        ),
        registration=registration,
        now=clock.now(),
    )
    account = save_incoming(
        IncomingMailAccount(
            email_address=mailbox,
            connection=outgoing.connection,
            outgoing_account=outgoing,
            tech_group=kind.tech_group,
            request_type=kind,
            after_processing=AfterProcessing.MARK_READ,
        ),
        by=ada,
        now=clock.now(),
    )
    assert outgoing.connection is not None
    _sign_in(desk, outgoing.connection, mailbox, signs_in)
    account.refresh_from_db()
    account.is_enabled = True
    save_incoming(account, by=ada, now=clock.now())


def _sign_in(desk: Desk, connection: Connection, mailbox: str, who: str) -> None:
    ada, now = desk.techs["ada"].person, clock.now()
    attempt = authorize.start(
        connection, mailbox=mailbox, person=ada, session_key="picture", return_to="/", now=now
    )
    answer = desk.tenant.sign_in(attempt.authorize_url, account=who)
    handle = authorize.store_answer(answer, now=now) or ""
    finished = authorize.finish(handle, person=ada, session_key="picture", now=now)
    assert finished.succeeded, finished.message
    resume(connection, text=finished.message, now=now)


def _last_week(desk: Desk) -> None:
    share = desk.mail(
        "19 09:02",
        "Hans-Jürgen Schmidt-Rottluff <hj@nordhafen.example>",
        r"Bitte Zugriff auf \\nas-hh\Disposition\2026 für drei Kollegen",
        "Namen stehen in der Liste im Anhang.\n",
        "Zugriffsliste.pdf",
    )
    desk.give(share, "priya", "Access rights", Priority.LOW)
    desk.answer("19 13:40", share, "priya", "Die Freigabe ist beantragt.", status="pending")
    phones = desk.mail(
        "20 08:15",
        "Annegret Möller <a.moeller@nordhafen.example>",
        "Telefonanlage: Durchwahl 4417 landet beim Pförtner",
        "Die Umleitung wurde beim Umzug vergessen.\n",
    )
    desk.give(phones, "jonas", "Telephony", Priority.LOW)
    desk.answer("20 09:30", phones, "jonas", "Sie klingelt wieder bei Ihnen.", status="resolved")
    licences = desk.mail(
        "20 10:05",
        "Siobhán Ní Chonchubhair <siobhan@nordhafen.example>",
        "Licence renewal for AutoCAD, 14 seats, quote needed by Wednesday",
        "Purchasing asks for two offers, could you help?\n",
    )
    desk.give(licences, "priya", "Software")
    scanner = desk.mail(
        "20 15:20",
        "Friedrich-Wilhelm Oberlander <fw@nordhafen.example>",
        "Handscanner Typ MC3300 verliert im Kühlhaus die Verbindung",
        "Tritt nur unter -18 °C auf, Firmware ist 11.2.\n",
    )
    desk.give(scanner, "jonas", "Mobile devices")
    desk.answer("20 16:02", scanner, "jonas", "Ich frage den Hersteller.", status="pending")
    twice = desk.mail(
        "20 16:30",
        "Reporting Service <sql01@nordhafen.example>",
        "Weekly KPI report",
        "Sent by mistake, sorry.\n",
    )
    desk.become("20 16:45", twice, "ada", "canceled")


def _this_morning(desk: Desk) -> None:
    login = desk.mail(
        "23 01:30",
        "高橋 さくら <sakura@osaka.example>",
        "勤怠システムにログインできない(パスワード再設定後)",
        "再設定メールが届きましたが、リンクを開くとエラーになります。\n",
        "画面.png",
    )
    desk.give(login, "misaki", "Access rights")
    starter = desk.mail(
        "23 05:50",
        "Marie-Thérèse d'Aubigny <mt@nordhafen.example>",
        "New starter on 1 December: laptop, badge and SAP account",
        "Please see the attached form, signed by both managers.\n",
        "starter-form.pdf",
    )
    desk.give(starter, "priya", "Joiners & Leavers")
    desk.answer("23 06:40", starter, "priya", "Ordered; the badge follows.", status="pending")
    rotterdam = desk.mail(
        "23 07:40",
        "Oluwaseun Adebayo <o.adebayo@nordhafen.example>",
        "Access to the Rotterdam customs share",
        "My request from Friday is still not done and the ship is in.\n",
    )
    desk.give(rotterdam, "", "Access rights", Priority.HIGH)


def _the_long_ticket(desk: Desk) -> Ticket:
    ticket = desk.mail(
        "23 08:11",
        CLIENT,
        "Outlook on the terminal server asks for the password every few minutes",
        OUTLOOK,
        "password-prompt.png",
        "Anmeldeprotokoll_TS-HH-04_2026-11-23.pdf",
        Cc="Karin Möller <k.moeller@nordhafen.example>",
    )
    desk.at("23 08:20")
    desk.give(ticket, "ada", "E-mail & Calendar", Priority.HIGH)
    desk.answer("23 08:34", ticket, "ada", ANSWER, cc="k.moeller@nordhafen.example")
    desk.note(
        "23 09:02",
        ticket,
        "misaki",
        "大阪でも同じ症状が先週ありました。Same cause there: two sessions share one token cache "
        "when the profile disk is mounted twice.",
    )
    return ticket


def _just_now(desk: Desk) -> None:
    projector = desk.mail(
        "23 09:24",
        "佐藤 健太郎 <k.sato@osaka.example>",
        "会議室Bのプロジェクターが映りません",
        "本日15時から取締役会があります。至急ご確認ください。\n",
        to=HELP,
    )
    desk.give(projector, "misaki", "大阪", Priority.URGENT)
    vpn = desk.mail(
        "23 10:02",
        "Hans-Jürgen Schmidt-Rottluff <hj@nordhafen.example>",
        "VPN bricht nach dem Update alle zehn Minuten ab",
        "Seit heute früh kann im ganzen Dispositionsbüro niemand länger als zehn Minuten "
        "arbeiten. Das Protokoll hängt an.\n",
        "vpn-protokoll.pdf",
    )
    desk.give(vpn, "", "Network & VPN", Priority.URGENT)


def _client_answers(desk: Desk, ticket: Ticket) -> None:
    newest = newest_client_mail(ticket)
    assert newest is not None
    desk.mail(
        "23 10:18",
        CLIENT,
        f"Re: [#{ticket.number}] {ticket.subject}",
        THANKS,
        In_Reply_To=newest.message_id,
    )
