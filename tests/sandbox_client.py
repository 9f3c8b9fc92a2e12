"""Talking to the pretend tenant as tests do: control calls, clients' mail, a browser's sign-in."""

import base64
import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

SUPPORT = "support@contoso.test"
ANNA = "anna@contoso.test"
HELP = "help@contoso.test"


def write_mail(
    *,
    sender: str = "Clara Client <clara@client.example>",
    to: str = SUPPORT,
    subject: str = "The printer is on fire",
    text: str = "Please send water.\n",
    message_id: str = "<first@client.example>",
    date: datetime | None = None,
    **headers: str,
) -> bytes:
    """Return a plain message; ``in_reply_to="<...>"`` becomes the header In-Reply-To."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = message_id
    if date is not None:
        message["Date"] = format_datetime(date)
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@dataclass
class SandboxClient:
    """The control side of a running sandbox."""

    url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(trust_env=False, timeout=30))

    def control(self, call: str, **body: Any) -> dict[str, Any]:
        """Make a control call and return its answer."""
        answer = self.http.post(f"{self.url}/_sandbox/{call}", json=body)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def look(self, what: str, **query: str) -> Any:
        """Read ``sent``, ``journal``, ``clock``, ``mailbox`` and so on."""
        answer = self.http.get(f"{self.url}/_sandbox/{what}", params=query)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def inject(self, octets: bytes, *, mailbox: str = SUPPORT) -> str:
        """Put a message into a mailbox; returns its id."""
        mime = base64.b64encode(octets).decode("ascii")
        return str(self.control("inject", mailbox=mailbox, mime=mime)["id"])

    def advance(self, **days_or_seconds: float) -> None:
        """Move the tenant's clock: ``advance(days=91)``."""
        seconds = days_or_seconds.get("days", 0) * 86400 + days_or_seconds.get("seconds", 0)
        self.control("clock", advance_seconds=seconds)

    def sent(self) -> list[dict[str, Any]]:
        """Return what left the tenant, oldest first."""
        listing = self.look("sent")
        return list(listing["sent"] if isinstance(listing, dict) else listing)

    def sign_in(self, authorize_url: str, *, account: str = SUPPORT) -> dict[str, str]:
        """Walk through the sign-in pages as a browser would; returns the callback's query."""
        with httpx.Client(trust_env=False, follow_redirects=False, timeout=30) as browser:
            steps = [
                {"step": "account", "account": account},
                {"step": "password", "account": account, "password": "pw"},
                {"step": "consent", "account": account},
            ]
            answer = browser.get(authorize_url)
            for step in steps:
                if 'value="second_factor"' in answer.text:
                    approval = {"step": "second_factor", "account": account}
                    answer = browser.post(authorize_url, data=approval)
                if answer.status_code in {302, 303}:
                    break
                answer = browser.post(authorize_url, data=step)
            assert answer.status_code in {302, 303}, readable(answer.text)
            return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    def close(self) -> None:
        """Give back connections."""
        self.http.close()


def readable(page: str) -> str:
    """Return the words of a page, for messages of failed tests."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
