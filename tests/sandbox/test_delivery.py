"""What servers write on a mail between two mailboxes, and what comes back."""

import base64
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message

import pytest

from postdesk_sandbox.transport.thread_index import (
    answer_thread,
    begin_thread,
    thread_of,
    topic_of,
)
from tests.sandbox.visitor import Graph, Visitor, make_mime

SUPPORT, ANNA = "support@contoso.test", "anna@contoso.test"
CLIENT = "client@fabrikam.example"
# "Grüße", as a header carries it.
GREETINGS = "=?utf-8?q?Gr=C3=BC=C3=9Fe?="
AT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def read_source(visitor: Visitor, address: str, *, subject: str = "") -> Message:
    """Return the newest mail of an address, as its mailbox holds it."""
    listed = visitor.look("mailbox", address=address)
    chosen = [one for one in listed if subject in one["subject"] and one["folder"] == "Inbox"]
    query = {"address": address, "id": chosen[-1]["id"]}
    return message_from_bytes(visitor.http.get("/message/source", params=query).content)


def write(visitor: Visitor, **changes: str) -> None:
    fields = {"sender": CLIENT, "to": SUPPORT, "subject": "Printer", "body": "It burns."}
    answer = visitor.http.post("/write", data=fields | changes)
    assert answer.status_code == 303


def test_mail_inside_the_tenant_carries_what_exchange_writes(
    visitor: Visitor, graph: Graph
) -> None:
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=ANNA))
    mail = read_source(visitor, ANNA)
    assert mail["Message-ID"] == "<1@fabrikam.example>"
    received = mail.get_all("Received", [])
    assert "with HTTPS" in received[0]
    assert "with Microsoft SMTP Server" in received[1]
    assert "with mapi id" in received[2]
    assert mail["Return-Path"] == f"<{SUPPORT}>"
    assert "header.from=contoso.test" in mail["Authentication-Results"]
    assert "spf" not in mail["Authentication-Results"]
    assert mail["X-MS-Exchange-Organization-AuthAs"] == "Internal"
    assert mail["X-MS-Exchange-Organization-AuthMechanism"] == "04"
    assert mail["X-MS-Exchange-CrossTenant-AuthAs"] == "Internal"
    assert mail["X-MS-Exchange-CrossTenant-Id"] == "11111111-2222-3333-4444-555555555555"
    assert mail["X-MS-Has-Attach"] == ""
    assert mail["Thread-Topic"] == "Printer on fire"
    assert thread_of(mail["Thread-Index"])
    assert mail.get_payload() == "It burns.\r\n"


def test_copy_in_sent_items_has_no_transport_lines(visitor: Visitor, graph: Graph) -> None:
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=ANNA))
    copy = visitor.look("mailbox", address=SUPPORT)[0]
    query = {"address": SUPPORT, "id": copy["id"]}
    source = visitor.http.get("/message/source", params=query).text
    assert copy["folder"] == "Sent Items"
    assert "Received:" not in source
    assert "X-MS-Exchange" not in source


def test_mail_from_outside_is_anonymous_and_vouched_for_by_spf(visitor: Visitor) -> None:
    write(visitor)
    mail = read_source(visitor, SUPPORT)
    assert mail["X-MS-Exchange-Organization-AuthAs"] == "Anonymous"
    assert mail["X-MS-Exchange-Organization-AuthMechanism"] is None
    assert "spf=pass" in mail["Authentication-Results"]
    assert "smtp.mailfrom=fabrikam.example" in mail["Authentication-Results"]
    assert "compauth=pass" in mail["Authentication-Results"]
    assert mail["Received-SPF"].startswith("Pass (protection.outlook.com")
    assert "mail.fabrikam.example" in mail.get_all("Received", [])[1]
    assert mail["Thread-Index"] is None


def test_mail_to_outside_says_nothing_that_belongs_to_the_organisation(
    visitor: Visitor, graph: Graph
) -> None:
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=CLIENT))
    mail = read_source(visitor, CLIENT)
    assert not [name for name in mail if name.startswith("X-MS-Exchange-Organization-")]
    assert mail["X-OriginatorOrg"] == "contoso.test"
    assert mail["X-MS-Exchange-CrossTenant-AuthAs"] == "Internal"
    assert "by mx.fabrikam.example with ESMTPS" in mail.get_all("Received", [])[0]
    assert mail["Message-ID"] == "<1@fabrikam.example>"


def test_what_only_exchange_may_say_is_taken_from_a_forger(visitor: Visitor, graph: Graph) -> None:
    forged = (
        "X-MS-Exchange-Organization-AuthAs: Partner\r\nReturn-Path: <ceo@contoso.test>\r\n"
        "Authentication-Results: spf=pass forged\r\nX-Mine: kept\r\n"
    )
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=ANNA, extra=forged))
    mail = read_source(visitor, ANNA)
    assert mail.get_all("X-MS-Exchange-Organization-AuthAs") == ["Internal"]
    assert mail.get_all("Return-Path") == [f"<{SUPPORT}>"]
    assert len(mail.get_all("Authentication-Results", [])) == 1
    assert mail["Authentication-Results-Original"] == "spf=pass forged"
    assert mail["X-Mine"] == "kept"


def test_answers_extend_the_thread_index_and_others_begin_one(
    visitor: Visitor, graph: Graph
) -> None:
    answer = "In-Reply-To: <1@fabrikam.example>\r\n"
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to=ANNA, subject="One"))
    graph.post_mime(
        "/sendMail",
        make_mime(sender=SUPPORT, to=ANNA, subject="Re: Two", message_id="<2@x>", extra=answer),
    )
    graph.post_mime(
        "/sendMail", make_mime(sender=SUPPORT, to=ANNA, subject="Three", message_id="<3@x>")
    )
    first, second, third = (
        read_source(visitor, ANNA, subject=one) for one in ("One", "Two", "Three")
    )
    assert len(base64.b64decode(first["Thread-Index"])) == 22
    assert len(base64.b64decode(second["Thread-Index"])) == 27
    assert thread_of(first["Thread-Index"]) == thread_of(second["Thread-Index"])
    assert thread_of(first["Thread-Index"]) != thread_of(third["Thread-Index"])
    assert second["Thread-Topic"] == "Two"


def test_thread_index_of_the_writer_stays(visitor: Visitor, graph: Graph) -> None:
    own = begin_thread("<elsewhere@x>", at=AT)
    mime = make_mime(sender=SUPPORT, to=ANNA, extra=f"Thread-Index: {own}\r\n")
    graph.post_mime("/sendMail", mime)
    assert read_source(visitor, ANNA).get_all("Thread-Index") == [own]


def test_thread_index_carries_the_time_of_the_first_mail_and_of_each_answer() -> None:
    first = base64.b64decode(begin_thread("<1@x>", at=AT))
    ticks = int.from_bytes(first[:6], "big") << 16
    begun = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10)
    assert abs(begun - AT) < timedelta(milliseconds=10)
    late = answer_thread(begin_thread("<1@x>", at=AT), at=AT + timedelta(hours=1))
    level = int.from_bytes(base64.b64decode(late)[22:26], "big")
    assert abs((level << 18) / 10_000_000 - 3600) < 0.1
    years = answer_thread(begin_thread("<1@x>", at=AT), at=AT + timedelta(days=1000))
    level = int.from_bytes(base64.b64decode(years)[22:26], "big")
    assert level >> 31 == 1
    assert abs(((level & (2**31 - 1)) << 23) / 10_000_000 - 86_400_000) < 2


@pytest.mark.parametrize("parent", ["", "!", "AQ==", base64.b64encode(b"\x01" * 522).decode()])
def test_what_cannot_be_extended_stays_as_it_is(parent: str) -> None:
    assert answer_thread(parent, at=AT) == parent


@pytest.mark.parametrize(
    ("subject", "topic"),
    [("Re: AW: x", "AW: x"), ("Printer: x", "Printer: x"), ("WG: y\n z", "y z"), ("", "")],
)
def test_topic_is_the_subject_without_its_prefix(subject: str, topic: str) -> None:
    assert topic_of(subject) == topic


def test_report_names_the_subject_and_comes_from_nobody(visitor: Visitor, graph: Graph) -> None:
    mime = make_mime(sender=SUPPORT, to="nobody@contoso.test", subject=GREETINGS)
    graph.post_mime("/sendMail", mime)
    listed = visitor.look("mailbox", address=SUPPORT)
    assert "Undeliverable: Grüße" in [one["subject"] for one in listed]
    report = read_source(visitor, SUPPORT, subject="Undeliverable")
    assert report["Return-Path"] == "<>"
    assert "X-MS-Exchange-Message-Is-Ndr" in report
    assert "Status: 5.1.10" in report.as_string()


@pytest.mark.parametrize(
    ("suppressed", "reports"), [("OOF, AutoReply", 1), ("All", 0), ("DR, ndr", 0)]
)
def test_no_report_inside_the_organisation_for_who_asked_for_none(
    visitor: Visitor, graph: Graph, suppressed: str, reports: int
) -> None:
    extra = f"X-Auto-Response-Suppress: {suppressed}\r\n"
    graph.post_mime("/sendMail", make_mime(sender=SUPPORT, to="no@contoso.test", extra=extra))
    found = [one for one in visitor.look("mailbox", address=SUPPORT) if one["folder"] == "Inbox"]
    assert len(found) == reports


def test_client_who_writes_to_nobody_gets_a_report(visitor: Visitor) -> None:
    write(visitor, to="nobody@contoso.test")
    report = read_source(visitor, CLIENT)
    assert report["Subject"] == "Undeliverable: Printer"
    assert "Final-Recipient: rfc822;nobody@contoso.test" in report.as_string()


@pytest.mark.parametrize(
    "recipient", ["x@" + "a" * 5000 + ".example", "x@exa\tmple", "ü@übel.example", "x@@y"]
)
def test_odd_recipient_cannot_write_header_lines(
    visitor: Visitor, graph: Graph, recipient: str
) -> None:
    mime = make_mime(sender=SUPPORT, to=f"{recipient}, {ANNA}", subject="a\tb\x00c")
    assert graph.post_mime("/sendMail", mime).status_code in {202, 400}
    for one in visitor.look("sent"):
        for address in one["to"]:
            mail = read_source(visitor, address)
            assert mail["From"] == f"Contoso Support <{SUPPORT}>"
            assert max(len(line) for line in mail["Received"].splitlines()) < 998
