"""Where pages are served, and what is said about it."""

import socket

import pytest

from postdesk.cli.binding import Binding


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://localhost:8080"),
        ("desk.example", "http://desk.example:8080"),
        ("0.0.0.0", f"http://{socket.getfqdn()}:8080"),  # noqa: S104
    ],
)
def test_address_that_is_told_can_be_opened(host, shown):
    binding = Binding(host=host, port=8080, certificate=None, key=None)
    assert binding.base_url == shown
