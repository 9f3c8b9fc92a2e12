"""An application built on msal, and a browser that walks the pages for it."""

import re
import warnings
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msal

from postdesk_sandbox.server import Sandbox
from tests.conformance.rerouting import ReroutingClient

TENANT = "contoso.test"
REAL = f"https://login.microsoftonline.com/{TENANT}"
REDIRECT = "http://localhost:8080/oauth/callback"
GRAPH = "https://graph.microsoft.com"
SCOPES = [f"{GRAPH}/Mail.ReadWrite", f"{GRAPH}/Mail.Send"]
EWS_SCOPES = ["https://outlook.office365.com/EWS.AccessAsUser.All"]
SUPPORT = "support@contoso.test"
SECRET = "s3cret"
DAY = 86400


class Desk:
    """Makes a new msal object for each step: msal keeps refusals for a minute in the object."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.line = ReroutingClient(sandbox.url)
        self.browser = httpx.Client(base_url=sandbox.url, trust_env=False, timeout=20)

    def close(self) -> None:
        self.line.close()
        self.browser.close()

    def app(self, credential: Any = SECRET, **more: Any) -> Any:
        settings = {"authority": REAL, "http_client": self.line} | more
        return msal.ConfidentialClientApplication(
            "client-1", client_credential=credential, **settings
        )

    def public_app(self, client_id: str = "device-1", **more: Any) -> Any:
        settings = {"authority": REAL, "http_client": self.line} | more
        return msal.PublicClientApplication(client_id, **settings)

    def begin(
        self, app: Any = None, scopes: list[str] | None = None, **more: Any
    ) -> dict[str, Any]:
        with warnings.catch_warnings():
            # msal recommends form_post; the desk uses query, because cookies are Lax.
            warnings.simplefilter("ignore", UserWarning)
            flow: dict[str, Any] = (app or self.app()).initiate_auth_code_flow(
                scopes or SCOPES, redirect_uri=REDIRECT, login_hint=SUPPORT, **more
            )
        return flow

    def walk(self, flow: dict[str, Any], **fields: str) -> dict[str, str]:
        """Sign in by the pages, or do what `fields` say; returns what came back."""
        parts = urlsplit(flow["auth_uri"])
        form = {"step": "password", "account": SUPPORT, "password": "pw"} | fields
        answer = self.browser.post(f"{parts.path}?{parts.query}", data=form)
        assert answer.status_code == 302, answer.text
        query = urlsplit(answer.headers["Location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}

    def sign_in(self, app: Any = None, scopes: list[str] | None = None) -> dict[str, Any]:
        """Let somebody sign in to an application, whose cache knows them afterwards."""
        used = app or self.app()
        flow = self.begin(used, scopes)
        result: dict[str, Any] = used.acquire_token_by_auth_code_flow(flow, self.walk(flow))
        assert "access_token" in result, result
        return result

    def approve_device(self, flow: dict[str, Any], step: str = "approve") -> str:
        """Enter the code of a device as a person would; returns the last page."""
        page = urlsplit(flow["verification_uri"]).path
        query = {"otc": flow["user_code"]}
        form = {"step": "password", "account": SUPPORT, "password": "pw"}
        assert "Are you trying" in self.browser.post(page, params=query, data=form).text
        last = self.browser.post(page, params=query, data={"step": step, "account": SUPPORT})
        return re.sub(r"\s+", " ", last.text)

    def refresh(self, token: str, secret: str = SECRET) -> dict[str, Any]:
        result: dict[str, Any] = self.app(secret).acquire_token_by_refresh_token(token, SCOPES)
        return result

    def control(self, call: str, **payload: Any) -> None:
        self.browser.post(f"/_sandbox/{call}", json=payload).raise_for_status()

    def unimplemented(self) -> list[dict[str, Any]]:
        missed: list[dict[str, Any]] = self.browser.get("/_sandbox/unimplemented").json()
        return missed
