"""A desk and a pretend tenant in one process, connected over loopback."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as django_settings

from postdesk.base import clock
from postdesk_sandbox.server import Sandbox
from tests.sandbox_client import SUPPORT, SandboxClient

if TYPE_CHECKING:
    from postdesk.connections.models import AuthorizationAttempt
    from postdesk.directory.models import Tech
    from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxClient]:
    """A fresh pretend tenant that the desk knows."""
    with Sandbox(port=0) as running:
        environment = dataclasses.replace(django_settings.ENVIRONMENT, sandbox_url=running.url)
        monkeypatch.setattr(django_settings, "ENVIRONMENT", environment)
        client = SandboxClient(running.url)
        yield client
        client.close()


class Desk:
    """The desk of a story: its accounts, and the stages run by hand."""

    def __init__(self, sandbox: SandboxClient, administrator: "Tech") -> None:
        self.sandbox = sandbox
        self.administrator = administrator
        self.account: IncomingMailAccount
        self.outgoing: OutgoingMailAccount

    def work(self) -> None:
        """Run every stage until nothing is left, as the Mailer Daemon does."""
        from postdesk.flow.announce.events import announce_events
        from postdesk.flow.deliver import deliver_waiting
        from postdesk.flow.fetch import fetch_account
        from postdesk.flow.send import send_due
        from postdesk.mail.reading import read_now

        read_now(self.account)
        fetch_account(self.account, now=clock.now())
        while deliver_waiting(now=clock.now()):
            pass
        announce_events(now=clock.now())
        send_due(now=clock.now())
        self.account.refresh_from_db()

    def move_clock(self, **how_far: float) -> None:
        """Advance the tenant's clock, and ours with it."""
        self.sandbox.advance(**how_far)
        clock.shift_to(datetime.fromisoformat(self.sandbox.look("clock")["now"]))

    def authorize(self, *, account: str = SUPPORT) -> "AuthorizationAttempt":
        """Press Authorize and sign in as ``account``."""
        from postdesk.connections import authorize

        person = self.administrator.person
        attempt = authorize.start(
            self.account.connection,
            mailbox=self.account.email_address,
            person=person,
            session_key="a-session",
            return_to="/",
            now=clock.now(),
        )
        answer = self.sandbox.sign_in(attempt.authorize_url, account=account)
        handle = authorize.store_answer(answer, now=clock.now())
        assert handle is not None
        return authorize.finish(handle, person=person, session_key="a-session", now=clock.now())


@pytest.fixture
def make_desk(sandbox: SandboxClient, administrator: "Tech") -> Callable[..., Desk]:
    """Make a desk with a mailbox: ``make_desk(mailbox=HELP, for_shared_mailbox=True)``."""
    from postdesk.connections.registering import Registration
    from postdesk.directory.models import RequestType, TechGroup
    from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount

    def make(
        *,
        mailbox: str = SUPPORT,
        for_shared_mailbox: bool = False,
        secret: str = "s3cret",
        **values: object,
    ) -> Desk:
        connection = Registration(
            cloud="pretend",
            tenant_id="contoso.test",
            client_id="client-1",
            client_secret=secret,
            for_shared_mailbox=for_shared_mailbox,
        ).store(None, now=clock.now())
        desk = Desk(sandbox, administrator)
        desk.outgoing = OutgoingMailAccount.objects.create(
            email_address=mailbox,
            display_name="Contoso Service Desk",
            kind=OutgoingMailAccount.Kind.MICROSOFT_365,
            connection=connection,
        )
        group = TechGroup.objects.create(name="Service Desk")
        request_type = RequestType.objects.create(name="E-mail", tech_group=group)
        desk.account = IncomingMailAccount.objects.create(
            **{
                "email_address": mailbox,
                "connection": connection,
                "outgoing_account": desk.outgoing,
                "tech_group": group,
                "request_type": request_type,
                "is_enabled": True,
                **values,
            }
        )
        return desk

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk whose mailbox is authorized."""
    made = make_desk()
    assert made.authorize().succeeded
    return made
