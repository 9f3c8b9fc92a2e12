"""What error codes mean, and which of several tells most."""

import pytest

from postdesk.base.explain import explain, most_specific
from postdesk.base.explanations import AADSTS, BY_ERROR, OTHERWISE, Actor, Button
from postdesk.oauth.description import parse_description
from postdesk.oauth.refusal import decide, read_refusal


@pytest.mark.parametrize("code", ["AADSTS700082", "700082", 700082, " aadsts700082: words"])
def test_code_is_understood_in_each_writing(code):
    explanation = explain(code)

    assert explanation.code == "AADSTS700082"
    assert explanation.button is Button.AUTHORIZE


@pytest.mark.parametrize(
    ("code", "button", "actor"),
    [
        (50011, Button.COPY_REDIRECT_URI, Actor.MICROSOFT_ADMIN),
        (65001, Button.AUTHORIZE, Actor.SIGNED_IN),
        (65004, Button.AUTHORIZE, Actor.SIGNED_IN),
        (700016, Button.EDIT_APPLICATION, Actor.DESK_ADMIN),
        (7000215, Button.EDIT_SECRET, Actor.DESK_ADMIN),
        (7000222, Button.EDIT_SECRET, Actor.MICROSOFT_ADMIN),
        (50076, Button.AUTHORIZE, Actor.SIGNED_IN),
        (53003, Button.AUTHORIZE, Actor.MICROSOFT_ADMIN),
        (50173, Button.AUTHORIZE, Actor.SIGNED_IN),
        (90002, Button.EDIT_APPLICATION, Actor.DESK_ADMIN),
        (50194, Button.EDIT_APPLICATION, Actor.DESK_ADMIN),
        (54005, Button.AUTHORIZE, Actor.DESK_ADMIN),
        (70008, Button.AUTHORIZE, Actor.SIGNED_IN),
    ],
)
def test_each_common_code_names_who_acts_and_what_to_press(code, button, actor):
    explanation = explain(code)

    assert (explanation.button, explanation.who_acts) == (button, actor)


def test_unlisted_code_is_explained_by_the_error():
    explanation = explain(123456, error="invalid_client")

    assert explanation.code == "AADSTS123456"
    assert explanation.button is Button.EDIT_SECRET


def test_name_of_an_error_may_stand_in_for_the_code():
    assert explain("invalid_client").button is Button.EDIT_SECRET


@pytest.mark.parametrize("code", ["", "nonsense", 0, "²", -7])
def test_anything_else_gets_general_words(code):
    explanation = explain(code)

    assert explanation.code == ""
    assert explanation.happened == OTHERWISE.happened


@pytest.mark.parametrize("entry", [*AADSTS.values(), *BY_ERROR.values(), OTHERWISE])
def test_each_entry_says_what_happened_and_what_to_do_in_whole_sentences(entry):
    assert entry.happened.endswith(".")
    assert entry.remedy.endswith(".")
    assert (entry.button is Button.NONE) == (entry.who_acts is Actor.NOBODY)


@pytest.mark.parametrize(
    ("codes", "telling"),
    [
        ([70002, 54005], 54005),
        ([54005, 70002], 54005),
        ([70002], 70002),
        ([], 0),
        ([1, 50076], 50076),
    ],
)
def test_wrapper_codes_give_way_to_the_cause(codes, telling):
    assert most_specific(codes) == telling


@pytest.mark.parametrize("gap", [" ", "\r\n", "\n", "  \r\n "])
def test_trailer_is_read_whatever_separates_it(gap):
    text = gap.join(
        [
            "AADSTS50076: Use MFA.",
            "Trace ID: 11-22",
            "Correlation ID: 33-44",
            "Timestamp: 2026-11-23 14:00:00Z",
        ]
    )

    parts = parse_description(text)

    assert parts.code == 50076
    assert parts.message == "AADSTS50076: Use MFA."
    assert (parts.trace_id, parts.correlation_id) == ("11-22", "33-44")
    assert parts.timestamp == "2026-11-23 14:00:00Z"


def test_description_without_code_or_trailer_is_its_own_message():
    parts = parse_description("User declined")

    assert (parts.code, parts.message, parts.trace_id) == (0, "User declined", "")


def test_endless_description_is_cut():
    assert len(parse_description("Trace ID: " * 100_000).message) < 5000


def test_code_in_the_sentence_serves_when_no_list_came():
    refusal = read_refusal(400, {"error": "invalid_grant", "error_description": "AADSTS50173: x"})

    assert refusal.codes == (50173,)
    assert decide(refusal).code == "AADSTS50173"


def test_secrets_in_a_description_are_struck_out():
    body = {"error": "invalid_request", "error_description": "bad client_secret=hunter2 here"}

    assert "hunter2" not in read_refusal(400, body).as_line()


@pytest.mark.parametrize(
    "body",
    [
        {"error": 5, "error_codes": "700082"},
        {"error_codes": [True, None, "7", {}]},
        {"error_description": ["x"], "claims": {}},
    ],
)
def test_error_body_of_wrong_types_is_read_all_the_same(body):
    refusal = read_refusal(400, body)

    assert refusal.codes == ()
    assert refusal.explanation.happened
