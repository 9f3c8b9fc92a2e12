"""What error codes mean, and which of several tells most."""

import pytest

from postdesk.base.explain import explain, is_listed, most_specific
from postdesk.base.explanations import OTHERWISE, Actor, Button, Outcome
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


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("ERRORACCESSDENIED", "ErrorAccessDenied"),
        ("mailboxnotenabledforrestapi", "MailboxNotEnabledForRESTAPI"),
        ("imap authenticationfailed", "IMAP AUTHENTICATIONFAILED"),
        ("AUTHENTICATIONFAILED", "IMAP AUTHENTICATIONFAILED"),
        ("535  5.7.139", "SMTP 535 5.7.139"),
        ("EWS403", "EWS 403"),
        ("403", "HTTP 403"),
        ("530", "SMTP 530"),
        ("invalid_rapt", "Google invalid_rapt"),
        ("Google server_error", "server_error"),
    ],
)
def test_codes_of_mail_protocols_are_understood_as_drivers_write_them(written, listed):
    assert explain(written).happened == explain(listed).happened != OTHERWISE.happened


@pytest.mark.parametrize(
    ("exact", "general"),
    [
        ("SMTP 535 5.7.139 SmtpClientAuthentication", "SMTP 535 5.7.139"),
        ("SMTP 535 5.7.139", "SMTP 535"),
        ("SMTP 550 5.1.1", "SMTP 550 5.5.5"),
        ("ErrorAccessDenied RAOP", "ErrorAccessDenied"),
        ("Google invalid_grant", "invalid_grant"),
    ],
)
def test_the_more_exact_code_has_words_of_its_own(exact, general):
    assert explain(exact).happened != explain(general).happened


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("451 4.9.9", Outcome.PASSING),
        ("SMTP 554 5.9.9 Whatever", Outcome.NONE),
        ("SMTP 530 5.7.57", Outcome.MISCONFIGURED),
    ],
)
def test_unlisted_reply_of_smtp_is_explained_by_its_class(code, outcome):
    assert explain(code).outcome is outcome


@pytest.mark.parametrize(
    "sentence",
    ["Access to OData is disabled.", "User is authenticated but not connected.", "SMTP says no"],
)
def test_sentences_are_never_taken_for_codes(sentence):
    assert not is_listed(sentence)
    assert explain(sentence).happened == OTHERWISE.happened


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
