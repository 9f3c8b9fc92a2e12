"""What a trusted proxy may say about a request, and nobody else."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from postdesk.web.session.hosts import apply_proxy_headers, read_asked, read_networks

PROXIES = read_networks(("10.0.0.0/8", "2001:db8::1"))


def asked_through(peer: str, **headers: str) -> tuple[str, str, str]:
    """Return scheme, host and client address as the desk sees them."""
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)
    apply_proxy_headers(request, trusted=PROXIES)
    asked = read_asked(request)
    assert asked is not None
    return asked.scheme, asked.host, str(request.META["REMOTE_ADDR"])


def test_trusted_proxy_names_scheme_host_and_client() -> None:
    assert asked_through(
        "10.1.2.3",
        **{
            "x-forwarded-proto": "https",
            "x-forwarded-host": "desk.example.com",
            "x-forwarded-for": "198.51.100.7",
        },
    ) == ("https", "desk.example.com", "198.51.100.7")


def test_stranger_names_nothing() -> None:
    assert asked_through(
        "198.51.100.9",
        **{
            "host": "here.example",
            "x-forwarded-proto": "https",
            "x-forwarded-host": "desk.example.com",
            "x-forwarded-for": "127.0.0.1",
        },
    ) == ("http", "here.example", "198.51.100.9")


def test_value_of_the_nearest_proxy_counts_not_what_the_client_sent() -> None:
    assert asked_through(
        "10.1.2.3",
        **{
            "x-forwarded-proto": "https, http",
            "x-forwarded-host": "evil.example, desk.example.com",
            "x-forwarded-for": "127.0.0.1, 198.51.100.7, 10.9.9.9",
        },
    ) == ("http", "desk.example.com", "198.51.100.7")


def test_unreadable_client_address_leaves_the_proxy_as_client() -> None:
    client = asked_through("2001:db8::1", **{"x-forwarded-for": "198.51.100.7, unknown"})[2]
    assert client == "2001:db8::1"


def test_invented_scheme_is_ignored() -> None:
    assert asked_through("10.1.2.3", **{"x-forwarded-proto": "gopher"})[0] == "http"


@pytest.mark.parametrize(
    "header", ["", "a b", "desk.example.com:http", "<script>", "x" * 300 + "/"]
)
def test_garbage_in_the_host_header_is_no_address(header: str) -> None:
    request = RequestFactory().get("/", headers={"host": header}, SERVER_NAME="")
    assert read_asked(request) is None


def test_mistyped_proxy_is_refused_at_start_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"POSTDESK_TRUSTED_PROXIES.*10\.0\.0\.300"):
        read_networks(("10.0.0.300",))
