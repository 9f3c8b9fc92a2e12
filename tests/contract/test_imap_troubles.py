"""The IMAP driver against servers that misbehave: what is sent, and what each refusal means."""

import socket

import pytest
from tests.contract.scripted_imap import ScriptedImap
from tests.contract.scripted_smtp import DROP, authority

from postdesk.base.errors import NeedsPerson, ThisMessage, TryLater
from postdesk.base.explain import is_listed
from postdesk.drivers import imap_errors, imap_line
from postdesk.drivers.base import Settlement
from postdesk.drivers.open import ImapServer, Security, open_inbox
from postdesk.drivers.xoauth2 import encode, oauthbearer, xoauth2

USER = "desk@desk.test"
BOX = "help@desk.test"
COMPLAINT = b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n"
BAD_LOGIN = b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials\r\n"
NOT_CONNECTED = b"TAG BAD User is authenticated but not connected.\r\n"
BASIC = b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
SIZE = b"* 1 FETCH (UID 1 RFC822.SIZE %d)\r\nTAG OK done\r\n"
MAIL = SIZE % 3, b"* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\nTAG OK done\r\n"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(imap_line, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(imap_line, "COMMAND_SECONDS", 1.0)


@pytest.fixture
def open_to():
    """Open an inbox at a scripted server; closed at the end."""
    opened = []

    def make(server, bearer=None, **more):
        usual = {"host": "127.0.0.1", "port": server.port, "security": Security.NONE}
        place = ImapServer(
            **{**usual, "username": USER, "password": "secret", "address": BOX, **more}
        )
        opened.append(open_inbox(place, bearer=bearer))
        return opened[-1]

    yield make
    for inbox in opened:
        inbox.close()


class Tokens:
    """Gives ``old`` until a fresh one is asked for."""

    def __init__(self):
        self.asked = []

    def __call__(self, fresh):
        self.asked.append(fresh)
        return "new" if fresh else "old"


def decision(inbox, kind, call=None):
    with pytest.raises(kind) as caught:
        (call or inbox.probe)()
    return caught.value


def test_password_goes_by_plain_where_it_is_offered(open_to):
    with ScriptedImap() as server:
        open_to(server, password="pässword").probe()

        assert "AUTHENTICATE PLAIN" in server.commands()
        assert encode(f"\0{USER}\0pässword".encode()) in server.lines


def test_password_goes_by_login_quoted_where_nothing_else_is_offered(open_to):
    with ScriptedImap(CAPABILITY=BASIC) as server:
        open_to(server, username='a "b"', password='p"\\w').probe()

        assert 'LOGIN "a \\"b\\"" "p\\"\\\\w"' in server.commands()


@pytest.mark.parametrize("password", ["p\r\nx LOGOUT", "pässword"])
def test_password_that_login_cannot_carry_does_not_leave(open_to, password):
    with ScriptedImap(CAPABILITY=BASIC) as server:
        error = decision(open_to(server, password=password), NeedsPerson)

        assert "plain letters" in error.remedy
        assert not any("LOGIN" in line for line in server.commands())


def test_wrong_password_needs_a_person_and_stands_in_no_message(open_to):
    with ScriptedImap(ANSWER=BAD_LOGIN) as server:
        error = decision(open_to(server), NeedsPerson)

    assert error.code == "IMAP AUTHENTICATIONFAILED password"
    assert "user name and password" in error.what
    assert BOX in error.what
    assert "secret" not in f"{error.what}{error.raw}"


def test_token_is_said_as_xoauth2_for_the_user_that_is_named(open_to):
    with ScriptedImap() as server:
        open_to(server, Tokens(), username=BOX).probe()

        assert encode(xoauth2(BOX, "old").first) in server.lines


def test_server_that_knows_only_oauthbearer_is_told_by_that(open_to):
    capable = b"* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\r\nTAG OK done\r\n"
    with ScriptedImap(CAPABILITY=capable) as server:
        open_to(server, Tokens()).probe()

        first = oauthbearer(USER, "old", host="127.0.0.1", port=server.port).first
        assert encode(first) in server.lines


def test_server_without_oauth_hears_no_token(open_to):
    with ScriptedImap(CAPABILITY=BASIC) as server:
        error = decision(open_to(server, Tokens()), NeedsPerson)

        assert "no sign-in by OAuth" in error.what
        assert not any("AUTHENTICATE" in line for line in server.commands())


def test_refused_token_is_renewed_once_and_the_new_one_opens(open_to):
    tokens = Tokens()
    dialogue = [COMPLAINT, BAD_LOGIN, b"TAG OK welcome\r\n"]
    with ScriptedImap(ANSWER=dialogue) as server:
        open_to(server, tokens).probe()

        assert tokens.asked == [False, True]
        assert "" in server.lines  # the empty answer to the complaint
        assert server.connections == 2


def test_token_that_is_refused_twice_needs_a_person(open_to):
    tokens = Tokens()
    with ScriptedImap(ANSWER=b"TAG NO AUTHENTICATE failed.\r\n") as server:
        error = decision(open_to(server, tokens), NeedsPerson)

    assert tokens.asked == [False, True]
    assert "Re-Authorize" in error.remedy
    assert error.code == "IMAP AUTHENTICATIONFAILED"


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (b"TAG NO [UNAVAILABLE] later\r\n", None),
        (b"TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n", None),
        (b"TAG BAD Request is throttled. Suggested Backoff Time: 42000 milliseconds\r\n", 42.0),
        (DROP, None),
    ],
)
def test_server_in_trouble_is_tried_later_with_the_same_token(open_to, answer, wait):
    tokens = Tokens()
    with ScriptedImap(ANSWER=answer) as server:
        error = decision(open_to(server, tokens), TryLater)

    assert tokens.asked == [False]
    assert error.retry_after == wait


@pytest.mark.parametrize(
    ("answer", "code", "remedy"),
    [
        (b"TAG NO [ALERT] Application-specific password required\r\n", "ALERT", "app password"),
        (b"TAG NO [WEBALERT x] Web login required.\r\n", "WEBALERT", "browser"),
        (b"TAG NO [ALERT] IMAP access is disabled for your domain.\r\n", "ALERT", "switch it on"),
        (b"TAG NO [EXPIRED] old\r\n", "EXPIRED", "new one"),
        (b"TAG NO [AUTHORIZATIONFAILED] not yours\r\n", "AUTHORIZATIONFAILED", "full access"),
        (b"TAG NO [CONTACTADMIN] hm\r\n", "CONTACTADMIN", "runs the mail server"),
    ],
)
def test_refusal_says_what_helps(open_to, answer, code, remedy):
    with ScriptedImap(ANSWER=answer) as server:
        error = decision(open_to(server), NeedsPerson)

    assert error.code == f"IMAP {code}"
    assert remedy in error.remedy


def test_every_code_of_the_driver_is_explained():
    codes = {row.code for row in (*imap_errors._KNOWN, imap_errors._TOKEN) if row.code}
    codes |= {imap_errors._PASSWORD.code + imap_errors._PASSWORD.suffix}

    assert [code for code in sorted(codes) if not is_listed(f"IMAP {code}")] == []
    assert is_listed(imap_errors.NOT_CONNECTED)


def test_signed_in_but_not_connected_is_told_while_setting_up(open_to):
    with ScriptedImap(SELECT=NOT_CONNECTED) as server:
        error = decision(open_to(server), NeedsPerson)

    assert error.code == "IMAP NOTCONNECTED"
    assert "Full Access" in error.remedy


def test_signed_in_but_not_connected_is_tried_later_while_reading(open_to):
    with ScriptedImap(SELECT=NOT_CONNECTED) as server:
        inbox = open_to(server)
        error = decision(inbox, TryLater, lambda: inbox.list_new(""))

    assert "Full Access" in error.what


@pytest.mark.parametrize("answer", [DROP, b"* BYE going down\r\n", b"TAG NO hm\r\n"])
def test_line_or_command_that_breaks_while_listing_is_tried_later(open_to, answer):
    with ScriptedImap(SEARCH=[answer, b"* SEARCH 1\r\nTAG OK done\r\n"]) as server:
        inbox = open_to(server)
        decision(inbox, TryLater, lambda: inbox.list_new(""))

        assert [one.remote_id for one in inbox.list_new("").messages] == ["7.1"]


def test_silent_server_is_tried_later(open_to):
    with ScriptedImap(SELECT=b"") as server:
        # Nothing at all is said: the socket waits until its time is over.
        inbox = open_to(server)
        decision(inbox, TryLater, lambda: inbox.list_new(""))


def test_cursor_that_is_none_begins_anew(open_to):
    with ScriptedImap() as server:
        listing = open_to(server).list_new("https://graph.microsoft.com/delta")

    assert listing.reset
    assert [one.remote_id for one in listing.messages] == ["7.1"]


def test_strange_date_leaves_the_message_in_the_list(open_to):
    strange = b'* 1 FETCH (UID 1 INTERNALDATE "yesterday")\r\nTAG OK done\r\n'
    with ScriptedImap(FETCH=strange) as server:
        [listed] = open_to(server).list_new("").messages

    assert (listed.remote_id, listed.received_at) == ("7.1", None)


def test_wide_gaps_between_uids_are_walked_in_ranges(open_to):
    select = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 90001] ok\r\nTAG OK done\r\n"
    none = b"* SEARCH\r\nTAG OK done\r\n"
    search = [none, none, none, none, b"* SEARCH 90000\r\nTAG OK done\r\n"]
    with ScriptedImap(SELECT=select, SEARCH=search) as server:
        listing = open_to(server).list_new("")

        asked = [line for line in server.commands() if "SEARCH" in line]
    assert asked[0] == "UID SEARCH UID 1:20000"
    assert asked[-1] == "UID SEARCH UID 80001:90000"
    assert [one.remote_id for one in listing.messages] == ["7.90000"]


def test_server_that_does_not_tell_the_next_uid_is_asked_for_the_last(open_to):
    select = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nTAG OK done\r\n"
    with ScriptedImap(SELECT=select) as server:
        assert [one.remote_id for one in open_to(server).list_new("").messages] == ["7.1"]


def test_fetching_asks_in_a_way_that_leaves_the_message_unread(open_to):
    with ScriptedImap(FETCH=list(MAIL)) as server:
        assert open_to(server).fetch("7.1").octets == b"abc"
        assert any("BODY.PEEK[]" in line for line in server.commands())


def test_message_that_the_server_does_not_hand_out_is_held_alone(open_to):
    with ScriptedImap(FETCH=[SIZE % 3, b"TAG NO cannot convert it\r\n"]) as server:
        inbox = open_to(server)
        error = decision(inbox, ThisMessage, lambda: inbox.fetch("7.1"))

    assert "cannot convert it" in error.what


def test_message_that_is_too_large_is_not_fetched(open_to):
    with ScriptedImap(FETCH=SIZE % 999_999_999) as server:
        inbox = open_to(server)
        decision(inbox, ThisMessage, lambda: inbox.fetch("7.1"))

        assert not any("BODY.PEEK" in line for line in server.commands())


def test_move_without_the_extension_copies_and_erases(open_to):
    capable = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS\r\nTAG OK done\r\n"
    done = b"TAG OK done\r\n"
    script = {"LIST": b'* LIST () "/" Done\r\nTAG OK done\r\n'}
    script |= dict.fromkeys(("COPY", "STORE", "EXPUNGE"), done)
    with ScriptedImap(CAPABILITY=capable, **script) as server:
        open_to(server).settle("7.1", Settlement.MOVE, folder="Done")

        asked = [line for line in server.commands() if line.startswith("UID")]
    assert asked == [
        'UID COPY 1 "Done"',
        "UID STORE 1 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 1",
    ]


def test_deleting_without_uidplus_erases_nothing_of_others(open_to):
    with ScriptedImap(
        STORE=b"TAG OK done\r\n", SEARCH=b"* SEARCH 1 2\r\nTAG OK done\r\n"
    ) as server:
        open_to(server).settle("7.1", Settlement.DELETE)

        assert not any("EXPUNGE" in line for line in server.commands())


def test_deleting_at_google_moves_into_the_trash(open_to):
    capable = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN X-GM-EXT-1 SPECIAL-USE MOVE\r\nTAG OK done\r\n"
    trash = b'* LIST (\\Trash) "/" "[Gmail]/Papierkorb"\r\nTAG OK done\r\n'
    with ScriptedImap(CAPABILITY=capable, LIST=trash, MOVE=b"TAG OK done\r\n") as server:
        open_to(server).settle("7.1", Settlement.DELETE)

        assert 'UID MOVE 1 "[Gmail]/Papierkorb"' in server.commands()


def test_folder_outside_ascii_is_named_in_utf_7_under_the_own_namespace(open_to):
    capable = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN NAMESPACE MOVE\r\nTAG OK done\r\n"
    script = {
        "NAMESPACE": b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\nTAG OK done\r\n',
        "LIST": b"TAG OK done\r\n",
        **dict.fromkeys(("CREATE", "SUBSCRIBE", "MOVE"), b"TAG OK done\r\n"),
    }
    with ScriptedImap(CAPABILITY=capable, **script) as server:
        open_to(server).settle("7.1", Settlement.MOVE, folder="Für Ämter/Neu")

        assert 'CREATE "INBOX.F&APw-r &AMQ-mter.Neu"' in server.commands()


def test_message_cannot_be_moved_into_the_inbox_for_ever(open_to):
    with ScriptedImap(LIST=b'* LIST () "/" INBOX\r\nTAG OK done\r\n') as server:
        inbox = open_to(server)
        decision(inbox, NeedsPerson, lambda: inbox.settle("7.1", Settlement.MOVE, folder="Inbox"))


def test_refused_move_is_about_that_message(open_to):
    capable = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN MOVE\r\nTAG OK done\r\n"
    script = {"LIST": b'* LIST () "/" Done\r\nTAG OK done\r\n', "MOVE": b"TAG NO hm\r\n"}
    with ScriptedImap(CAPABILITY=capable, **script) as server:
        inbox = open_to(server)
        decision(inbox, ThisMessage, lambda: inbox.settle("7.1", Settlement.MOVE, folder="Done"))


def test_id_of_another_numbering_is_a_message_that_is_gone(open_to):
    with ScriptedImap() as server:
        inbox = open_to(server)

        assert inbox.fetch("6.1") is None
        inbox.settle("6.1", Settlement.DELETE)
        assert not any("STORE" in line for line in server.commands())


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_encrypted_line_carries_the_password(open_to, security):
    capable = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nTAG OK done\r\n"
    script = {"STARTTLS": b"TAG OK go on\r\n", "CAPABILITY": capable}
    with ScriptedImap(tls=security is Security.TLS, **script) as server:
        open_to(server, security=security, ca_pem=authority()).probe()

        commands = server.commands()
        assert "AUTHENTICATE PLAIN" in commands
        assert ("STARTTLS" in commands) == (security is Security.STARTTLS)


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_untrusted_certificate_needs_a_person_and_no_password_leaves(open_to, security):
    capable = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN\r\nTAG OK done\r\n"
    script = {"STARTTLS": b"TAG OK go on\r\n", "CAPABILITY": capable}
    with ScriptedImap(tls=security is Security.TLS, **script) as server:
        error = decision(open_to(server, security=security), NeedsPerson)

        assert "not trusted" in error.what
        assert not any("AUTHENTICATE" in line for line in server.commands())


def test_starttls_that_is_not_offered_names_port_and_encryption(open_to):
    with ScriptedImap() as server:
        error = decision(open_to(server, security=Security.STARTTLS), NeedsPerson)

        assert "993 with TLS" in error.remedy
        assert not any("AUTHENTICATE" in line for line in server.commands())


@pytest.mark.parametrize("greeting", [b"220 mail.test ESMTP\r\n", b"+OK POP3 ready\r\n"])
def test_port_of_another_service_is_named(open_to, greeting):
    with ScriptedImap(GREETING=greeting) as server:
        error = decision(open_to(server), NeedsPerson)

    assert "no mail server for reading" in error.what


def test_tls_to_a_plain_port_names_port_and_encryption(open_to):
    with ScriptedImap() as server:
        error = decision(open_to(server, security=Security.TLS), NeedsPerson)

    assert "does not speak TLS" in error.what


def test_server_that_refuses_the_line_is_tried_later(open_to):
    with ScriptedImap(GREETING=b"* BYE too many connections\r\n") as server:
        decision(open_to(server), TryLater)


def test_closed_port_and_unknown_names_are_told_apart(open_to):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    closed = type("Closed", (), {"port": port})

    assert "127.0.0.1" in decision(open_to(closed), TryLater).what
    assert "no name of a server" in decision(open_to(closed, host="a..b"), NeedsPerson).what
