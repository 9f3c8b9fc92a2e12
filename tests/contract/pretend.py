"""The pretend tenant as the contract tests use it: control calls, and signing in for real."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import httpx

from postdesk.drivers.open import GraphMailbox, HttpSession, open_inbox, open_outgoing, open_session
from postdesk.oauth.application import Application, Certificate, Secret
from postdesk.oauth.clouds import WORLDWIDE, Cloud, pretend_cloud
from postdesk.oauth.grant import TokenSet
from postdesk.oauth.microsoft import MicrosoftProvider
from postdesk.oauth.protocols import MailProtocol
from postdesk.oauth.scopes import scopes_for_sign_in
from postdesk_sandbox.server import Sandbox

SUPPORT = "support@contoso.test"
ANNA = "anna@contoso.test"
HELP = "help@contoso.test"
REDIRECT = "http://localhost:8080/oauth/callback"
SECRET = Secret("s3cret")


@dataclass
class PretendTenant:
    """A sandbox, a session that is rerouted there, and shorthands for its control calls."""

    sandbox: Sandbox
    session: HttpSession
    control_client: httpx.Client
    cloud: Cloud

    def control(self, call: str, **payload: object) -> dict[str, object]:
        answer = self.control_client.post(f"/_sandbox/{call}", json=payload)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, call: str, **query: str) -> list[dict[str, object]]:
        return self.control_client.get(f"/_sandbox/{call}", params=query).raise_for_status().json()

    def inject(self, mailbox: str, octets: bytes) -> str:
        mime = base64.b64encode(octets).decode()
        return str(self.control("inject", mailbox=mailbox, mime=mime)["id"])

    def application(
        self, credential: Secret | Certificate | None = SECRET, **changes: str
    ) -> Application:
        usual = {"tenant": "contoso.test", "client_id": "client-1", "credential": credential}
        return Application(cloud=self.cloud, **{**usual, **changes})

    def provider(
        self, credential: Secret | Certificate | None = SECRET, **changes: str
    ) -> MicrosoftProvider:
        return MicrosoftProvider(self.application(credential, **changes), self.session)

    def come_back(self, person: str, provider: MicrosoftProvider, **wishes: object):
        """Let ``person`` sign in without being asked; return the flow and the browser's answer."""
        self.control("tenant", auto_sign_in=person)
        usual = {"redirect_uri": REDIRECT, "scopes": self.scopes(shared=False), "state": "state-1"}
        request = provider.begin(**{**usual, **wishes})
        answer = httpx.get(request.url, trust_env=False)
        assert answer.status_code in {302, 303}, answer.text
        return request.flow, dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def sign_in(self, person: str, *, shared: bool = False) -> TokenSet:
        provider = self.provider()
        return provider.redeem(*self.come_back(person, provider, scopes=self.scopes(shared=shared)))

    def scopes(self, *, shared: bool) -> tuple[str, ...]:
        return scopes_for_sign_in(self.cloud, protocols=[MailProtocol.GRAPH], shared=shared)


def open_pretend_tenant(real: Cloud = WORLDWIDE) -> PretendTenant:
    sandbox = Sandbox()
    cloud = pretend_cloud(real, sandbox.url)
    return PretendTenant(
        sandbox=sandbox,
        session=open_session(reroutes=cloud.reroutes),
        control_client=httpx.Client(base_url=sandbox.url, trust_env=False),
        cloud=cloud,
    )


@dataclass
class Tokens:
    """Bearer for a driver: counts how often a fresh token was asked for."""

    renew: Callable[[], str]
    current: str = ""
    renewals: list[str] = field(default_factory=list)

    def __call__(self, fresh: bool, claims: str = "") -> str:  # noqa: FBT001  the drivers' contract
        if fresh or not self.current:
            self.current = self.renew()
            self.renewals.append(self.current)
        return self.current


class GraphBench:
    """One mailbox of the pretend tenant for the suites that every driver must pass.

    ``ids_last``: a message keeps its id whatever happens. ``control`` is an octet that the server
    does not change in a body.
    """

    ids_last = True
    control = b"\x00"

    def __init__(self, tenant: PretendTenant, *, person: str, mailbox: str) -> None:
        self.tenant, self.mailbox = tenant, mailbox
        shared = person != mailbox
        granted = tenant.sign_in(person, shared=shared)
        provider = tenant.provider()
        self.tokens = Tokens(
            renew=lambda: (
                provider.refresh(granted.refresh_token, tenant.scopes(shared=shared)).access_token
            )
        )
        place = GraphMailbox(base_url=tenant.cloud.graph_url, mailbox=mailbox)
        self.inbox = open_inbox(place, session=tenant.session, bearer=self.tokens)
        self.outgoing = open_outgoing(place, session=tenant.session, bearer=self.tokens)

    def deliver(self, octets: bytes) -> str:
        return self.tenant.inject(self.mailbox, octets)

    def messages(self) -> list[dict[str, object]]:
        """Return what the server has, each with folder, subject and is_read."""
        return self.tenant.look("mailbox", address=self.mailbox)

    def forget_cursor(self) -> None:
        self.tenant.control("users", address=self.mailbox, invalidate_sync=True)

    def fault(self, **order: object) -> None:
        self.tenant.control("faults", surface="graph", **order)

    def lose_line(self) -> None:
        self.fault(drop=True)

    def end_token(self) -> None:
        self.tenant.control("clock", advance_seconds=3 * 3600)

    def remove_mailbox(self) -> None:
        self.tenant.control("users", address=self.mailbox, mailbox=False)

    def forget_folders(self) -> None:
        self.inbox._folder_ids.clear()

    def close(self) -> None:
        self.inbox.close()
        self.outgoing.close()
        assert self.tenant.look("unimplemented") == []
