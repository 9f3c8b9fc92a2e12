"""The one HTTP client: what it sends, what it refuses to read, and what network errors become."""

import gzip
import ssl

import httpx
import pytest

from postdesk import __version__
from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.drivers import session as session_module
from postdesk.drivers.retry_after import read_retry_after
from postdesk.drivers.session import AnswerTooLarge, HttpSession, LineLost, open_session
from postdesk.drivers.trust import explain_distrust, find_tls_error, make_tls_context

GRAPH = "https://graph.microsoft.com/v1.0/me"
REROUTES = {
    "graph.microsoft.com": "http://127.0.0.1:8180/",
    "login.microsoftonline.com": "http://127.0.0.1:8180",
}


def session_on(handler, reroutes=None):
    client = httpx.Client(transport=httpx.MockTransport(handler))
    return HttpSession(client, reroutes or {})


def answering(answer, seen=None):
    def handler(request):
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handler


def test_rerouted_request_keeps_path_query_and_host_name():
    seen = []
    session = session_on(answering(httpx.Response(200), seen), REROUTES)

    session.get(GRAPH + "?$skiptoken=a%2Fb", headers={"X-One": "1"})

    assert str(seen[0].url) == "http://127.0.0.1:8180/v1.0/me?$skiptoken=a%2Fb"
    assert seen[0].headers["Host"] == "graph.microsoft.com"
    assert seen[0].headers["X-One"] == "1"


def test_other_hosts_are_not_rerouted():
    seen = []
    session = session_on(answering(httpx.Response(200), seen), REROUTES)

    session.get("https://graph.microsoft.com.evil.test/v1.0")

    assert seen[0].url.host == "graph.microsoft.com.evil.test"


def test_form_is_posted_the_way_msal_wants_it():
    seen = []
    session = session_on(answering(httpx.Response(400, text="no"), seen))

    answer = session.post(
        "https://login.microsoftonline.com/t/token",
        params=None,
        data={"scope": "a b", "client_secret": "x&y"},
        headers={"client-request-id": "1"},
        timeout=1,
    )

    assert seen[0].content == b"scope=a+b&client_secret=x%26y"
    assert seen[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (answer.status_code, answer.text) == (400, "no")


def test_redirect_is_an_answer_and_not_followed():
    seen = []
    away = httpx.Response(302, headers={"Location": "https://evil.test/"})

    answer = session_on(answering(away, seen)).get(GRAPH, headers={"Authorization": "Bearer t"})

    assert answer.status_code == 302
    assert len(seen) == 1


def test_answer_beyond_the_limit_is_cut_off():
    session = session_on(answering(httpx.Response(200, content=b"x" * 11)))

    with pytest.raises(AnswerTooLarge):
        session.request("GET", GRAPH, limit_bytes=10)


def test_limit_counts_unpacked_octets():
    packed = gzip.compress(b"\0" * 1_000_000)
    answer = httpx.Response(200, content=packed, headers={"Content-Encoding": "gzip"})

    with pytest.raises(AnswerTooLarge):
        session_on(answering(answer)).request("GET", GRAPH, limit_bytes=100_000)


def test_broken_packing_is_a_lost_line():
    answer = httpx.Response(
        200, stream=httpx.ByteStream(b"rubbish"), headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(LineLost):
        session_on(answering(answer)).get(GRAPH)


def test_answer_that_trickles_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(session_module, "_WHOLE_ANSWER_SECONDS", -1.0)

    with pytest.raises(LineLost):
        session_on(answering(httpx.Response(200, content=b"x"))).get(GRAPH)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b'"x"', b"NaN"])
def test_body_that_is_no_object_reads_as_an_empty_one(body):
    answer = session_on(answering(httpx.Response(200, content=body))).get(GRAPH)

    assert answer.read_object() == {}


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("x"),
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.WriteTimeout("x"),
        httpx.RemoteProtocolError("Server disconnected"),
    ],
)
def test_line_lost_after_the_request_left_is_told_apart(error):
    with pytest.raises(LineLost) as caught:
        session_on(answering(error)).get(GRAPH)

    assert "graph.microsoft.com" in caught.value.what


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("x"),
        httpx.PoolTimeout("x"),
        httpx.ProxyError("407"),
    ],
)
def test_request_that_never_left_is_tried_later(error):
    with pytest.raises(TryLater) as caught:
        session_on(answering(error)).get(GRAPH)

    assert not isinstance(caught.value, LineLost)


@pytest.mark.parametrize("url", ["ftp://x/", "nonsense", "https:///x"])
def test_address_that_is_none_needs_a_person(url):
    session = open_session()
    try:
        with pytest.raises(NeedsPerson):
            session.get(url)
    finally:
        session.close()


def untrusted(code, message):
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("code", "message", "words", "remedy"),
    [
        (20, "unable to get local issuer certificate", "is not trusted", "trust the authority"),
        (18, "self-signed certificate", "is not trusted", "trust the authority"),
        (10, "certificate has expired", "not valid at this time", "renew"),
        (62, "Hostname mismatch", "another name", "name as it stands"),
    ],
)
def test_untrusted_certificate_needs_a_person_and_names_the_remedy(code, message, words, remedy):
    cause = httpx.ConnectError("x")
    cause.__cause__ = untrusted(code, message)

    with pytest.raises(NeedsPerson) as caught:
        session_on(answering(cause)).get(GRAPH)

    assert words in caught.value.what
    assert message in caught.value.what
    assert remedy in caught.value.remedy
    assert "graph.microsoft.com" in caught.value.what


def test_distrust_without_details_is_still_explained():
    error = explain_distrust(untrusted(1, None), host="mail.test")

    assert "mail.test" in error.what


def test_search_for_a_tls_cause_ends_in_a_circle():
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first

    assert find_tls_error(first) is None


def test_session_says_who_it_is_and_takes_nothing_from_the_environment(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    session = open_session()
    client = session._client

    try:
        assert client.headers["User-Agent"] == f"Postdesk/{__version__}"
        assert client.trust_env is False
        assert client._mounts == {}
        assert client.follow_redirects is False
    finally:
        session.close()


def test_cookies_of_one_answer_do_not_travel_with_the_next_request():
    seen = []
    answer = httpx.Response(200, headers={"Set-Cookie": "session=anna; Path=/"})
    session = open_session()
    session._client._transport = httpx.MockTransport(answering(answer, seen))

    try:
        session.get(GRAPH)
        session.get(GRAPH)
    finally:
        session.close()

    assert "Cookie" not in seen[1].headers


def test_proxy_of_the_options_is_used():
    session = open_session(proxy_url="http://proxy.test:3128")
    try:
        assert [pattern.pattern for pattern in session._client._mounts] == ["all://"]
    finally:
        session.close()


@pytest.mark.parametrize("proxy_url", ["proxy:3128", "ftp://proxy", "http://[", "nonsense"])
def test_proxy_that_is_none_needs_a_person(proxy_url):
    with pytest.raises(NeedsPerson) as caught:
        open_session(proxy_url=proxy_url)

    assert "General > Options" in caught.value.remedy


@pytest.mark.parametrize(
    "ca_pem", ["rubbish", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "é"]
)
def test_authority_that_is_none_needs_a_person(ca_pem):
    with pytest.raises(NeedsPerson) as caught:
        open_session(ca_pem=ca_pem)

    assert "PEM" in caught.value.remedy


def test_context_verifies_and_speaks_modern_tls_only():
    context = make_tls_context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "²"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
        (
            {
                "retry-after": "Mon, 23 Nov 2026 14:00:00 GMT",
                "date": "Mon, 23 Nov 2026 15:00:00 GMT",
            },
            0.0,
        ),
        ({"retry-after": "Mon, 23 Nov 99999 14:00:00 GMT", "date": "x"}, None),
    ],
)
def test_wait_is_read_from_seconds_or_a_date(headers, seconds):
    assert read_retry_after(headers) == seconds
