"""The control calls, as architecture and other programs rely on them."""

import base64
from datetime import datetime, timedelta

import pytest

from postdesk_sandbox.server import Sandbox
from tests.sandbox.visitor import GONE, Graph, Visitor, make_mime

SUPPORT = "support@contoso.test"


def test_manual_names_every_call(visitor: Visitor) -> None:
    manual = visitor.look("")
    for name in ("reset", "clock", "inject", "faults", "limits", "users", "apps", "tenant",
                 "revoke", "snapshot", "restore"):  # fmt: skip
        assert "example" in manual[f"POST /_sandbox/{name}"]
    for name in ("sent", "journal", "unimplemented", "clock", "mailbox"):
        assert manual[f"GET /_sandbox/{name}"]


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("inject", {"mailbocks": SUPPORT}, "known are: folder, mailbox, mime, received_at"),
        ("inject", {"mailbox": SUPPORT}, "mime is missing"),
        ("inject", {"mailbox": SUPPORT, "mime": "!"}, "base64"),
        ("inject", {"mailbox": "x@y.example", "mime": ""}, "has no mailbox"),
        ("inject", {"mailbox": SUPPORT, "mime": "", "folder": "Nowhere"}, "no folder Nowhere"),
        ("clock", {}, "either advance_seconds or now"),
        ("clock", {"now": "yesterday"}, "ISO 8601"),
        ("clock", {"advance_seconds": 1e15}, "cannot go that far"),
        ("faults", {"surface": "moon"}, "surface must be one of"),
        ("faults", {"surface": "token", "code": "x"}, "code must be a number"),
        ("faults", {"surface": "ndr"}, "recipient is missing"),
        ("users", {"address": "x@fabrikam.example"}, "@contoso.test"),
        ("users", {"address": SUPPORT, "mailbox": "no"}, "wrong type"),
        ("apps", {"client_id": "c", "delegated": ["Mail.Everything"]}, "unknown permission"),
        ("apps", {"client_id": "c", "secrets": [{"expires_at": "x"}]}, "a secret is"),
        ("limits", {"concurrent": True}, "whole number"),
        ("restore", {"name": "never"}, "no snapshot never"),
        ("revoke", {"address": "x@contoso.test"}, "nobody has the address"),
    ],
)
def test_wrong_call_says_what_is_wrong(
    visitor: Visitor, name: str, payload: dict[str, object], told: str
) -> None:
    answer = visitor.http.post(f"/_sandbox/{name}", json=payload)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_body_must_be_an_object_and_the_call_must_exist(visitor: Visitor) -> None:
    assert visitor.http.post("/_sandbox/reset", content=b"[]").status_code == 400
    assert visitor.http.post("/_sandbox/nothing").status_code == 404
    assert visitor.http.get("/_sandbox/ca.pem").status_code == 404


def test_clock_runs_on_and_is_moved(visitor: Visitor) -> None:
    before = datetime.fromisoformat(visitor.look("clock")["now"])
    visitor.control("clock", advance_seconds=7776000)
    after = datetime.fromisoformat(visitor.look("clock")["now"])
    assert timedelta(days=90) <= after - before < timedelta(days=90, minutes=1)
    visitor.control("clock", now="2030-01-01T00:00:00Z")
    assert visitor.look("clock")["now"].startswith("2030-01-01T00:00:0")


def test_injected_mail_is_listed_with_folder_subject_and_mark(visitor: Visitor) -> None:
    visitor.inject(make_mime(), received_at="2026-11-01T10:00:00Z")
    visitor.inject(make_mime(subject="Bulk"), folder="junkemail")
    listed = visitor.look("mailbox", address=SUPPORT)
    assert [(one["folder"], one["subject"], one["is_read"]) for one in listed] == [
        ("Inbox", "Printer on fire", False),
        ("Junk Email", "Bulk", False),
    ]
    assert listed[0]["received_at"] == "2026-11-01T10:00:00Z"
    assert visitor.http.get("/_sandbox/mailbox?address=x@y.example").status_code == 400


def test_sent_holds_the_octets(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(sender=SUPPORT, to="client@fabrikam.example, anna@contoso.test")
    graph.post_mime("/sendMail", mime)
    one = visitor.look("sent")[0]
    assert one["from"] == SUPPORT
    assert one["to"] == ["client@fabrikam.example", "anna@contoso.test"]
    assert one["outside"] == ["client@fabrikam.example"]
    assert one["message_id"] == "<1@fabrikam.example>"
    assert b"It burns." in base64.b64decode(one["mime"])


def test_new_person_and_new_app_can_be_used_at_once(visitor: Visitor) -> None:
    visitor.control("users", address="Bo@contoso.test", display_name="Bo", password="other")
    visitor.control(
        "apps",
        client_id="client-2",
        secrets=["s2"],
        redirect_uris=["http://localhost:8080/oauth/callback"],
        consent=True,
    )
    visitor.client_id, visitor.secret = "client-2", "s2"
    assert visitor.enter_password("bo@contoso.test", "pw").status_code == 422
    assert visitor.enter_password("bo@contoso.test", "other").status_code == 302
    assert "client-2" in [one["client_id"] for one in visitor.look("apps")]
    assert "bo@contoso.test" in [one["address"] for one in visitor.look("users")]


def test_reset_begins_again_with_the_same_ids(visitor: Visitor) -> None:
    first = visitor.inject(make_mime())
    visitor.control("clock", advance_seconds=86400)
    visitor.control("users", address=SUPPORT, disabled=True)
    visitor.control("reset")
    assert visitor.look("mailbox", address=SUPPORT) == []
    assert visitor.inject(make_mime()) == first
    assert visitor.enter_password(SUPPORT).status_code == 302


def test_snapshot_brings_back_mail_people_and_time(visitor: Visitor) -> None:
    visitor.inject(make_mime())
    visitor.control("snapshot", name="before")
    visitor.inject(make_mime(message_id="<2@x>"))
    visitor.control("clock", advance_seconds=86400 * 400)
    visitor.control("users", address=SUPPORT, disabled=True)
    for _ in range(2):
        visitor.control("restore", name="before")
        assert len(visitor.look("mailbox", address=SUPPORT)) == 1
        assert visitor.look("clock")["now"] < "2100"
        assert visitor.enter_password(SUPPORT).status_code == 302
        visitor.inject(make_mime(message_id="<3@x>"))


def test_journal_names_operation_client_and_status(visitor: Visitor, graph: Graph) -> None:
    graph.get(f"/messages/{GONE}")
    last = visitor.look("journal")[-1]
    assert last["operation"] == "GET messages/<message>"
    assert last["client"] == "client-1"
    assert last["status"] == 404
    assert last["path"] == f"/v1.0/users/support@contoso.test/messages/{GONE}"


def test_journal_keeps_the_last_two_thousand_and_no_clock(
    visitor: Visitor, sandbox: Sandbox
) -> None:
    visitor.look("users")
    entry = sandbox.state.journal.entries[-1]
    for _ in range(2100):
        sandbox.state.journal.record(entry)
    visitor.look("clock")
    listed = visitor.look("journal")
    assert len(listed) == 2000
    assert not [one for one in listed if one["path"] == "/_sandbox/clock"]


def test_control_is_not_for_other_web_pages(visitor: Visitor) -> None:
    for path in ("/_sandbox/reset", "/clock"):
        for header in ({"Origin": "https://evil.example"}, {"Host": "evil.example:8180"}):
            assert visitor.http.post(path, headers=header).status_code == 403


def test_beyond_loopback_control_and_pages_need_the_token() -> None:
    with Sandbox(port=0, control_token="t0ken") as sandbox:
        visitor = Visitor(sandbox)
        assert visitor.http.get("/_sandbox/clock").status_code == 401
        assert visitor.http.get("/").status_code == 401
        bearer = {"Authorization": "Bearer t0ken"}
        assert visitor.http.get("/_sandbox/clock", headers=bearer).status_code == 200
        assert visitor.http.get("/_sandbox/clock?token=t0ken").status_code == 200
        assert visitor.http.get("/?token=t0ken").status_code == 303
        assert visitor.http.get("/").status_code == 200
        assert visitor.authorize().status_code == 200
        visitor.close()
