"""Who is kept out of EWS by policy, and how it breaks and throttles on order."""

import json
import threading
import time

import httpx
import pytest
from lxml import etree

from tests.sandbox.ews_line import (
    MESSAGES,
    PATH,
    TYPES,
    XML,
    app_token,
    ask,
    basic,
    code_of,
    envelope,
    impersonation,
    person_token,
)
from tests.sandbox.visitor import Visitor

GET_TWO = (
    "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ItemIds>"
    '<t:ItemId Id="a"/><t:ItemId Id="b"/></m:ItemIds></m:GetItem>'
)


def assert_bare(answer: httpx.Response) -> None:
    assert answer.status_code == 403
    assert answer.content == b""
    assert "Content-Type" not in answer.headers


def test_tenant_without_ews_answers_a_bare_403_to_whoever_signed_in(visitor: Visitor) -> None:
    token = person_token(visitor)
    visitor.control("tenant", ews_enabled=False)
    assert_bare(ask(visitor))
    assert_bare(ask(visitor, **token))
    assert ask(visitor, Authorization="").status_code == 401
    visitor.control("tenant", ews_enabled=True)
    assert ask(visitor, **token).status_code == 200


def test_only_listed_applications_pass_once_there_is_a_list(visitor: Visitor) -> None:
    token = person_token(visitor)
    visitor.control("tenant", ews_allowed_app_ids=["another-app"])
    assert_bare(ask(visitor, **token))
    visitor.control("tenant", ews_allowed_app_ids=["another-app", "client-1"])
    assert ask(visitor, **token).status_code == 200
    assert_bare(ask(visitor))


@pytest.mark.parametrize("licence", ["F1", "F3", "Kiosk"])
def test_frontline_licences_have_no_ews_since_march_2026(visitor: Visitor, licence: str) -> None:
    visitor.control("users", address="support@contoso.test", licence=licence)
    assert_bare(ask(visitor))
    assert ask(visitor, **basic("anna@contoso.test")).status_code == 200
    visitor.control("clock", now="2026-02-28T23:59:00Z")
    assert ask(visitor).status_code == 200


def test_mailbox_may_be_closed_to_ews(visitor: Visitor) -> None:
    visitor.control("users", address="support@contoso.test", ews_enabled=False)
    assert_bare(ask(visitor))
    body = envelope(header=impersonation("support@contoso.test"))
    assert_bare(ask(visitor, body, **app_token(visitor)))
    body = envelope(header=impersonation("anna@contoso.test"))
    assert ask(visitor, body, **app_token(visitor)).status_code == 200


def test_ews_ends_for_everybody_on_the_first_of_april_2027(visitor: Visitor) -> None:
    visitor.control("clock", now="2027-03-31T23:59:30Z")
    assert ask(visitor).status_code == 200
    visitor.control("clock", now="2027-04-01T00:00:00Z")
    assert_bare(ask(visitor))
    visitor.control("tenant", ews_ends_on="")
    assert ask(visitor).status_code == 200
    visitor.control("tenant", ews_ends_on="2027-04-01", exchange="SE")
    assert ask(visitor).status_code == 200


def test_policies_of_the_cloud_do_not_touch_exchange_on_premises(visitor: Visitor) -> None:
    visitor.control("tenant", exchange="2019", ews_allowed_app_ids=["another-app"])
    visitor.control("users", address="support@contoso.test", licence="F1")
    assert ask(visitor).status_code == 200


# Faults
def test_busy_server_says_how_long_to_back_off(visitor: Visitor) -> None:
    visitor.control("faults", surface="ews", code="ErrorServerBusy", back_off_milliseconds=1500)
    answer = ask(visitor)
    assert (answer.status_code, code_of(answer)) == (500, "ErrorServerBusy")
    value = etree.fromstring(answer.content).find(f".//{{{TYPES}}}Value")
    assert value is not None
    assert (value.get("Name"), value.text) == ("BackOffMilliseconds", "1500")
    assert ask(visitor).status_code == 200


def test_fault_waits_for_its_operation_and_for_somebody_signed_in(visitor: Visitor) -> None:
    visitor.control("faults", surface="ews", status=503, path="asmx/GetFolder", retry_after=4)
    assert ask(visitor, Authorization="").status_code == 401
    assert code_of(ask(visitor, envelope(GET_TWO))) != "ErrorServerBusy"
    answer = ask(visitor)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "4")
    assert ask(visitor).status_code == 200


def test_internal_error_may_hide_inside_a_200_for_each_part_of_a_batch(visitor: Visitor) -> None:
    visitor.control("faults", surface="ews", status=200, code="ErrorInternalServerError")
    answer = ask(visitor, envelope(GET_TWO))
    assert answer.status_code == 200
    root = etree.fromstring(answer.content)
    parts = root.findall(f".//{{{MESSAGES}}}GetItemResponseMessage")
    assert [one.get("ResponseClass") for one in parts] == ["Error", "Error"]
    assert code_of(answer) == "ErrorInternalServerError"
    values = {one.get("Name"): one.text for one in parts[0].iter(f"{{{TYPES}}}Value")}
    assert values["InnerErrorResponseCode"] == "ErrorServerBusy"


@pytest.mark.parametrize("status", [401, 403, 440, 456, 502])
def test_front_end_may_answer_any_status(visitor: Visitor, status: int) -> None:
    visitor.control("faults", surface="ews", status=status)
    answer = ask(visitor)
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert ask(visitor).status_code == 200


def test_front_end_may_send_to_its_error_page(visitor: Visitor) -> None:
    visitor.control("faults", surface="ews", status=302)
    answer = ask(visitor)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/ews/genericerrorpage.htm")
    assert visitor.http.get(answer.headers["Location"]).status_code == 200
    assert visitor.look("unimplemented") == []


def test_answer_may_be_cut_quietly_or_with_the_line(visitor: Visitor) -> None:
    whole = ask(visitor).content
    visitor.control("faults", surface="ews", malformed=True)
    assert ask(visitor).content == whole[: len(whole) // 2]
    for order in ({"cut_body": True}, {"drop": True}):
        visitor.control("faults", surface="ews", **order)
        with pytest.raises(httpx.TransportError):
            ask(visitor)
    assert ask(visitor).content == whole


def test_graph_answers_can_be_cut_as_well(visitor: Visitor) -> None:
    token = {"Authorization": f"Bearer {visitor.tokens()['access_token']}"}
    visitor.control("faults", surface="graph", cut_body=True)
    with pytest.raises(httpx.TransportError):
        visitor.http.get("/v1.0/me/messages", headers=token)
    visitor.control("faults", surface="graph", malformed=True)
    half = visitor.http.get("/v1.0/me/messages", headers=token)
    assert half.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        half.json()


def test_more_requests_at_once_than_allowed_are_told_to_back_off(visitor: Visitor) -> None:
    visitor.control("limits", ews_concurrent=2, retry_after_seconds=3)
    # The delay belongs to the request, so that it counts while it waits.
    visitor.control("faults", surface="ews", delay_seconds=1.0, times=2)
    statuses: list[int] = []

    def wait() -> None:
        with httpx.Client(base_url=visitor.sandbox.url, trust_env=False, timeout=20) as line:
            statuses.append(line.post(PATH, content=envelope(), headers=XML | basic()).status_code)

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.4)
    third = ask(visitor)
    other = ask(visitor, **basic("anna@contoso.test"))
    for thread in threads:
        thread.join()
    assert code_of(third) == "ErrorServerBusy"
    value = etree.fromstring(third.content).find(f".//{{{TYPES}}}Value")
    assert value is not None
    assert value.text == "3000"
    assert statuses == [200, 200]
    assert other.status_code == 200
    assert ask(visitor).status_code == 200


def test_switches_refuse_what_they_do_not_know(visitor: Visitor) -> None:
    for wrong in (
        {"exchange": "2010"},
        {"ews_schemes": ["Kerberos"]},
        {"ews_ends_on": "tomorrow"},
        {"ews_heartbeat_seconds": 0},
    ):
        assert visitor.http.post("/_sandbox/tenant", json=wrong).status_code == 400
