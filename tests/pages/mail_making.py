"""Mail accounts for the tests of pages, and the pretend tenant to sign in at."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from html import unescape
from urllib.parse import urlsplit

import httpx
from django.test import Client as Browser
from pytest_django import Settings
from tests.conftest import MOMENT

from postdesk.connections.models import Connection
from postdesk.directory.models import RequestType, TechGroup
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk_sandbox.server import Sandbox

SUPPORT = "support@contoso.test"
ANNA = "anna@contoso.test"
HELP = "help@contoso.test"
SECRET = "s3cret"


def at_public_url(browser: Browser) -> Browser:
    """Let a browser use the address that the redirect URI is made of."""
    browser.defaults["HTTP_HOST"] = "localhost:8080"
    return browser


def make_connection(**values: object) -> Connection:
    given = {
        "tenant_id": "contoso.test",
        "client_id": "client-1",
        "client_secret": SECRET,
        "secret_ends_on": date(2031, 5, 1),
        **values,
    }
    return Connection.objects.create(**given)


def make_authorized(**values: object) -> Connection:
    return make_connection(
        state=Connection.State.WORKING,
        person_upn=ANNA,
        refresh_token="a-refresh-token",
        authorized_at=MOMENT,
        refreshed_at=MOMENT,
        **values,
    )


def make_way_out(email_address: str = "desk@desk.example", **values: object) -> OutgoingMailAccount:
    given = {"kind": OutgoingMailAccount.Kind.SMTP, "smtp_host": "smtp.desk.example", **values}
    return OutgoingMailAccount.objects.create(email_address=email_address, **given)


def make_mailbox(email_address: str = HELP, **values: object) -> IncomingMailAccount:
    return IncomingMailAccount.objects.create(email_address=email_address, **values)


def make_request_type(name: str = "General", group: TechGroup | None = None) -> RequestType:
    return RequestType.objects.create(name=name, tech_group=group)


def incoming_form(**changes: object) -> dict[str, object]:
    """Return what the form of a new account posts; None leaves a field out."""
    typed = {
        "email_address": HELP,
        "account_type": "microsoft365",
        "authentication_mode": "oauth_person",
        "connection": "new",
        "cloud": "worldwide",
        "for_shared_mailbox": "on",
        "tenant_id": "contoso.test",
        "client_id": "client-1",
        "client_secret": SECRET,
        "secret_ends_on": "2031-05-01",
        "outgoing": "own",
        "tech_group": "",
        "request_type": "",
        "after_processing": "mark_read",
        "folder": "",
        **changes,
    }
    return {name: value for name, value in typed.items() if value is not None}


def text_of(content: bytes) -> str:
    """Return what a page says, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", content.decode())).split())


@dataclass
class PretendDesk:
    """The desk's browser beside the pretend tenant."""

    sandbox: Sandbox
    provider: httpx.Client

    def control(self, call: str, **payload: object) -> None:
        answer = self.provider.post(f"/_sandbox/{call}", json=payload)
        assert answer.status_code == 200, answer.text

    def sign_in(self, browser: Browser, go_page: str, person: str) -> str:
        """Sign in at the provider as ``person``; return the callback's address with its query."""
        self.control("tenant", auto_sign_in=person)
        return self._back(self.provider.get(self.authorize_url(browser, go_page)))

    def press(self, browser: Browser, go_page: str, **form: str) -> str:
        """Press a button of the provider's page, as step=cancel or step=code."""
        return self._back(self.provider.post(self.authorize_url(browser, go_page), data=form))

    def authorize_url(self, browser: Browser, go_page: str) -> str:
        page = browser.get(go_page).content.decode()
        found = re.search(r'href="([^"]+/oauth2/v2\.0/authorize\?[^"]+)"', page)
        assert found, page
        return unescape(found[1])

    def inject(self, mailbox: str, octets: bytes) -> None:
        self.control("inject", mailbox=mailbox, mime=base64.b64encode(octets).decode())

    def _back(self, answer: httpx.Response) -> str:
        assert answer.status_code in {302, 303}, answer.text
        parts = urlsplit(answer.headers["Location"])
        assert f"{parts.scheme}://{parts.netloc}" == "http://localhost:8080"
        return f"{parts.path}?{parts.query}"


def open_pretend_desk(settings: Settings) -> Iterator[PretendDesk]:
    """Start the pretend tenant and let the desk offer it."""
    with (
        Sandbox() as sandbox,
        httpx.Client(base_url=sandbox.url, trust_env=False, timeout=20) as provider,
    ):
        settings.ENVIRONMENT = replace(settings.ENVIRONMENT, sandbox_url=sandbox.url)
        yield PretendDesk(sandbox=sandbox, provider=provider)
