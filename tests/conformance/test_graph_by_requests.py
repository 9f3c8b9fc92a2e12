"""A second HTTP library walks a desk's whole day over Graph: read, mark, move, answer."""

import base64
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest
import requests

from postdesk_sandbox.server import Sandbox

GRAPH = "https://graph.microsoft.com/.default"
LETTER = (
    b"From: Clara <client@fabrikam.example>\r\nTo: help@contoso.test\r\nSubject: Printer\r\n"
    b"Message-ID: <first@fabrikam.example>\r\n\r\nIt burns.\r\n"
)
ANSWER = (
    b"From: help@contoso.test\r\nTo: client@fabrikam.example\r\nSubject: Re: Printer\r\n"
    b"Message-ID: <answer@contoso.test>\r\nIn-Reply-To: <first@fabrikam.example>\r\n"
    b"References: <first@fabrikam.example>\r\nX-Desk: 1\r\n\r\nPour water.\r\n"
)


class Day:
    """One session of requests with an application's token for the shared mailbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = sandbox.url
        self.session = requests.Session()
        self.session.trust_env = False
        form = {
            "client_id": "client-1",
            "client_secret": "s3cret",
            "grant_type": "client_credentials",
            "scope": GRAPH,
        }
        token = self.ask("POST", "/contoso.test/oauth2/v2.0/token", data=form).json()
        self.session.headers["Authorization"] = f"Bearer {token['access_token']}"
        self.session.headers["Prefer"] = 'IdType="ImmutableId"'
        self.mailbox = "/v1.0/users/help@contoso.test"

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        url = path if path.startswith("http") else self.base + path
        answer = self.session.request(method, url, timeout=20, **more)
        answer.raise_for_status()
        return answer

    def inject(self, mime: bytes) -> str:
        body = {"mailbox": "help@contoso.test", "mime": base64.b64encode(mime).decode()}
        identity: str = self.ask("POST", "/_sandbox/inject", json=body).json()["id"]
        return identity


@pytest.fixture
def day() -> Iterator[Day]:
    with Sandbox(port=0) as sandbox:
        day = Day(sandbox)
        yield day
        day.session.close()


def test_mail_is_read_marked_moved_and_never_seen_twice(day: Day) -> None:
    folder = f"{day.mailbox}/mailFolders/inbox"
    first = day.ask("GET", f"{folder}/messages/delta?$select=id,receivedDateTime").json()
    assert first["value"] == []
    identity = day.inject(LETTER)
    second = day.ask("GET", first["@odata.deltaLink"]).json()
    assert [one["id"] for one in second["value"]] == [identity]
    path = f"{day.mailbox}/messages/{identity}"
    assert day.ask("GET", f"{path}/$value").content == LETTER
    day.ask("PATCH", path, json={"isRead": True, "categories": ["Ticket"]})
    processed = day.ask("POST", f"{folder}/childFolders", json={"displayName": "Processed"})
    target = {"destinationId": processed.json()["id"]}
    assert day.ask("POST", f"{path}/move", json=target).json()["id"] == identity
    third = day.ask("GET", second["@odata.deltaLink"]).json()
    assert [one.get("@removed") for one in third["value"]] == [{"reason": "deleted"}]
    inside = day.ask("GET", f"{day.mailbox}/mailFolders/{target['destinationId']}/messages").json()
    assert [(one["id"], one["isRead"]) for one in inside["value"]] == [(identity, True)]
    assert day.ask("GET", "/_sandbox/unimplemented").json() == []


def test_answer_goes_out_as_a_draft_and_reaches_the_client(day: Day) -> None:
    draft = day.ask(
        "POST",
        f"{day.mailbox}/messages",
        data=base64.b64encode(ANSWER),
        headers={"Content-Type": "text/plain"},
    ).json()
    assert draft["internetMessageId"] == "<answer@contoso.test>"
    sent = day.ask("POST", f"{day.mailbox}/messages/{draft['id']}/send")
    assert (sent.status_code, sent.content) == (202, b"")
    listed = day.ask("GET", "/_sandbox/sent").json()
    mail = message_from_bytes(base64.b64decode(listed[0]["mime"]))
    assert mail["In-Reply-To"] == "<first@fabrikam.example>"
    assert mail["X-Desk"] == "1"
    query = {"$filter": "internetMessageId eq '<answer@contoso.test>'"}
    copies = day.ask("GET", f"{day.mailbox}/messages", params=query).json()["value"]
    assert [(one["id"], one["isDraft"]) for one in copies] == [(draft["id"], False)]
