"""Dovecot asks the pretend tenant about tokens, and lets readers of mail in by its word."""

import imaplib
import json
from collections.abc import Callable

import pytest

from tests.conformance.dovecot_desk import (
    ANNA,
    ANSWER,
    HELP,
    PRINTER,
    SUPPORT,
    TROUBLES,
    Desk,
    Table,
    for_graph,
    mail_for,
    of_somebody_else,
    revoked,
)
from tests.conformance.mail_clients import (
    HOST,
    MECHANISMS,
    READERS,
    Key,
    Reader,
    RefusedError,
    curl,
    imap_of_imapclient,
    imap_of_python,
    pop_of_python,
    sign_in_to_imap,
)

pytestmark = pytest.mark.dovecot
each_reader = pytest.mark.parametrize("reader", READERS, ids=str)
each_trouble = pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.__name__)


@each_reader
def test_good_token_opens_the_inbox_and_the_mail_is_unchanged(
    dovecot: Desk, table: Table, reader: Reader
) -> None:
    with table.row(reader).step("good token"):
        for mailbox in (SUPPORT, ANNA):
            key = dovecot.key(reader.protocol, mailbox)
            assert reader.read(dovecot.server, key) == mail_for(mailbox)


@each_trouble
@each_reader
def test_bad_token_does_not_open_the_inbox(
    dovecot: Desk, table: Table, reader: Reader, trouble: Callable[[Desk, str], Key]
) -> None:
    key = trouble(dovecot, reader.protocol)
    with (
        table.row(reader).step(f"token {trouble.__name__.replace('_', ' ')}"),
        pytest.raises(RefusedError, match="Authentication failed"),
    ):
        reader.read(dovecot.server, key)


@each_reader
def test_shared_mailbox_opens_to_who_has_full_access(
    dovecot: Desk, table: Table, reader: Reader
) -> None:
    with table.row(reader).step("shared mailbox"):
        key = dovecot.key(reader.protocol, HELP, account=ANNA)
        assert reader.read(dovecot.server, key) == mail_for(HELP)
    with (
        table.row(reader).step("shared mailbox without the right"),
        pytest.raises(RefusedError, match="Authentication failed"),
    ):
        reader.read(dovecot.server, dovecot.key(reader.protocol, HELP, account=SUPPORT))


@each_reader
def test_application_alone_opens_a_mailbox(dovecot: Desk, table: Table, reader: Reader) -> None:
    with table.row(reader).step("application alone"):
        key = dovecot.key_of_application(HELP)
        assert reader.read(dovecot.server, key) == mail_for(HELP)


# What a door does beyond opening
def test_token_is_good_to_its_last_second_and_a_new_one_after(dovecot: Desk) -> None:
    reader = READERS[0]
    key = dovecot.key("IMAP")
    dovecot.visitor.control("clock", advance_seconds=3580)
    assert reader.read(dovecot.server, key) == mail_for(SUPPORT)
    dovecot.visitor.control("clock", advance_seconds=20)
    with pytest.raises(RefusedError):
        reader.read(dovecot.server, key)
    assert reader.read(dovecot.server, dovecot.key("IMAP")) == mail_for(SUPPORT)


def test_new_sign_in_after_a_revocation_opens_again(dovecot: Desk) -> None:
    for reader in READERS:
        with pytest.raises(RefusedError):
            reader.read(dovecot.server, revoked(dovecot, reader.protocol))
        assert reader.read(dovecot.server, dovecot.key(reader.protocol)) == mail_for(SUPPORT)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_refused_line_stays_open_for_another_token(
    dovecot: Desk, table: Table, mechanism: str
) -> None:
    with (
        table.row_of(f"imaplib IMAP {mechanism}").step("second try on a refused line"),
        imaplib.IMAP4(HOST, dovecot.server.imap_port, timeout=30) as imap,
    ):
        with pytest.raises(RefusedError):
            sign_in_to_imap(imap, for_graph(dovecot, "IMAP"), mechanism)
        sign_in_to_imap(imap, dovecot.key("IMAP"), mechanism)
        assert imap.select("INBOX") == ("OK", [b"1"])


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_complaint_leads_to_the_token_endpoint(dovecot: Desk, mechanism: str) -> None:
    with (
        pytest.raises(RefusedError) as refused,
        imap_of_python(dovecot.server, of_somebody_else(dovecot, "IMAP"), mechanism),
    ):
        pass
    complaint = json.loads(refused.value.args[1])
    # Servers disagree about the status, so that only the final NO may be relied on.
    assert complaint["status"] == ("401" if mechanism == "XOAUTH2" else "invalid_token")
    assert complaint["openid-configuration"] == dovecot.server.discovery_url
    found = dovecot.visitor.http.get(complaint["openid-configuration"]).json()
    assert found["token_endpoint"].endswith("/oauth2/v2.0/token")


# Working inside
def test_imapclient_finds_marks_files_and_appends(dovecot: Desk, table: Table) -> None:
    server = dovecot.server
    server.save(SUPPORT, mail_for(SUPPORT, "<filed@fabrikam.example>"), folder="Processed")
    with (
        table.row_of("IMAPClient IMAP XOAUTH2").step("SEARCH, STORE, MOVE, APPEND"),
        imap_of_imapclient(server, dovecot.key("IMAP"), "XOAUTH2") as client,
    ):
        assert {"INBOX", "Processed", "Sent"} <= {name for *_, name in client.list_folders()}
        client.select_folder("Processed")
        [uid] = client.search(["HEADER", "Message-ID", "<filed@fabrikam.example>"])
        assert server.stored(SUPPORT, "Processed") == {uid: "<filed@fabrikam.example>"}
        client.add_flags([uid], [b"\\Seen", b"\\Answered"])
        assert {"\\Seen", "\\Answered"} <= server.flags(SUPPORT, uid, "Processed")
        client.move([uid], "Sent")
        assert server.stored(SUPPORT, "Processed") == {}
        client.append("Sent", ANSWER, [b"\\Seen"])
        filed = list(server.stored(SUPPORT, "Sent").values())
        assert filed == ["<filed@fabrikam.example>", "<answer@contoso.test>"]
    assert list(server.stored(SUPPORT).values()) == [PRINTER]


def test_imapclient_is_told_of_new_mail_while_it_idles(dovecot: Desk, table: Table) -> None:
    with (
        table.row_of("IMAPClient IMAP OAUTHBEARER").step("IDLE"),
        imap_of_imapclient(dovecot.server, dovecot.key("IMAP"), "OAUTHBEARER") as client,
    ):
        client.select_folder("Processed")
        client.idle()
        dovecot.server.save(
            SUPPORT, mail_for(SUPPORT, "<late@fabrikam.example>"), folder="Processed"
        )
        assert (1, b"EXISTS") in client.idle_check(timeout=30)
        client.idle_done()
        [uid] = client.search()
        assert dovecot.server.stored(SUPPORT, "Processed") == {uid: "<late@fabrikam.example>"}


def test_imaplib_copies_and_expunges_by_the_uid_that_others_see(
    dovecot: Desk, table: Table
) -> None:
    server = dovecot.server
    server.save(SUPPORT, mail_for(SUPPORT, "<gone@fabrikam.example>"), folder="Processed")
    key = dovecot.key("IMAP")
    with (
        table.row_of("imaplib IMAP XOAUTH2").step("COPY, EXPUNGE"),
        imap_of_python(server, key, "XOAUTH2") as imap,
    ):
        imap.select("Processed")
        [found] = imap.uid("SEARCH", "HEADER", "Message-ID", "<gone@fabrikam.example>")[1]
        with imap_of_imapclient(server, key, "XOAUTH2") as other:
            other.select_folder("Processed", readonly=True)
            assert other.search() == [int(found)]
        assert imap.uid("COPY", found.decode(), "Sent")[0] == "OK"
        assert imap.uid("STORE", found.decode(), "+FLAGS", r"(\Deleted)")[0] == "OK"
        assert imap.expunge() == ("OK", [b"1"])
    assert server.stored(SUPPORT, "Processed") == {}
    assert list(server.stored(SUPPORT, "Sent").values()) == ["<gone@fabrikam.example>"]


def test_poplib_keeps_ids_between_sessions_and_deletes_at_its_end(
    dovecot: Desk, table: Table
) -> None:
    server = dovecot.server
    server.save(HELP, mail_for(HELP, "<second@fabrikam.example>"))
    key = dovecot.key("POP", HELP, account=ANNA)
    with (
        table.row_of("poplib POP XOAUTH2").step("STAT, UIDL, TOP"),
        pop_of_python(server, key, "XOAUTH2") as pop,
    ):
        ids = pop.uidl()[1]
        assert pop.stat()[0] == len(ids) == 2
        assert b"Message-ID: <second@fabrikam.example>" in pop.top(2, 0)[1]
    with (
        table.row_of("poplib POP OAUTHBEARER").step("UIDL, DELE"),
        pop_of_python(server, key, "OAUTHBEARER") as pop,
    ):
        assert pop.uidl()[1] == ids
        pop.dele(2)
        assert len(server.stored(HELP)) == 2
    assert list(server.stored(HELP).values()) == [PRINTER]


def test_curl_searches_and_lists_ids(dovecot: Desk, table: Table) -> None:
    imap, pop = dovecot.server.imap_port, dovecot.server.pop_port
    [uid] = dovecot.server.stored(SUPPORT)
    query = f"UID SEARCH HEADER Message-ID {PRINTER}"
    with table.row_of("curl IMAP XOAUTH2").step("UID SEARCH"):
        found = curl(dovecot.key("IMAP"), "XOAUTH2", f"imap://{HOST}:{imap}/INBOX", "-X", query)
        assert found.decode().split() == ["*", "SEARCH", str(uid)]
    with table.row_of("curl POP XOAUTH2").step("UIDL"):
        listed = curl(dovecot.key("POP"), "XOAUTH2", f"pop3://{HOST}:{pop}/", "-X", "UIDL")
    with pop_of_python(dovecot.server, dovecot.key("POP"), "XOAUTH2") as other:
        assert other.uidl()[1] == listed.splitlines()
