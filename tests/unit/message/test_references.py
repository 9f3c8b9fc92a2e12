from tests.unit.message.mail import read

from postdesk.message.references import (
    find_message_ids,
    ids_newest_first,
    read_message_id,
    references_for_reply,
)


def test_ids_are_found_amid_rubbish_and_folding() -> None:
    assert find_message_ids("<a@x> junk, <b@\r\n x><a@x>") == ("<a@x>", "<b@x>")


def test_bare_ids_get_their_brackets() -> None:
    assert find_message_ids("a@x b@x") == ("<a@x>", "<b@x>")
    assert read_message_id(" a@x ") == "<a@x>"
    assert read_message_id("") == ""


def test_newest_first_begins_with_in_reply_to() -> None:
    parsed = read("In-Reply-To: <c@x>\nReferences: <a@x> <b@x> <c@x>\n")

    assert parsed.in_reply_to == "<c@x>"
    assert ids_newest_first(parsed) == ("<c@x>", "<b@x>", "<a@x>")


def test_reply_refers_to_the_chain_and_then_the_parent() -> None:
    assert references_for_reply(("<a@x>", "<b@x>"), "<c@x>") == ("<a@x>", "<b@x>", "<c@x>")
    assert references_for_reply(("<a@x>", "<c@x>"), "<c@x>") == ("<a@x>", "<c@x>")
    assert references_for_reply((), "") == ()


def test_long_chain_keeps_its_first_and_last_ids() -> None:
    chain = references_for_reply([f"<{n}@x>" for n in range(100)], "<parent@x>")

    assert len(chain) == 21
    assert chain[0] == "<0@x>"
    assert chain[-2:] == ("<99@x>", "<parent@x>")


def test_ids_that_a_server_replaced_are_aliases() -> None:
    parsed = read(
        "X-Microsoft-Original-Message-ID: <ours@contoso.test>\n"
        "X-Google-Original-Message-ID: <other@contoso.test>\n"
    )

    assert parsed.message_id == "<m1@example.org>"
    assert parsed.alias_message_ids == ("<ours@contoso.test>", "<other@contoso.test>")
