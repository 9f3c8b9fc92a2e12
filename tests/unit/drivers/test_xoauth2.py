"""What SASL says when an access token signs in."""

import pytest

from postdesk.base.errors import NeedsPerson
from postdesk.drivers.xoauth2 import choose_opening, encode, oauthbearer, xoauth2

# The vector that Microsoft and Google publish.
USER, TOKEN = "test@contoso.onmicrosoft.com", "EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA"
VECTOR = (
    "dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFBbDNCQUFVRkZwVUFvN0oz"
    "VmUwYmpMQldaV0NjbFJDM0VvQUEBAQ=="
)
PLACE = {"host": "imap.example.com", "port": 993}


def test_xoauth2_is_octet_for_octet_what_the_providers_publish():
    assert encode(xoauth2(USER, TOKEN).first) == VECTOR


def test_oauthbearer_names_host_and_port_and_quotes_the_user():
    first = oauthbearer("a=b,c@d.test", "T", **PLACE).first

    assert first == (
        b"n,a=a=3Db=2Cc@d.test,\x01host=imap.example.com\x01port=993\x01auth=Bearer T\x01\x01"
    )


def test_complaint_of_the_server_is_answered_so_that_its_refusal_follows():
    assert xoauth2(USER, TOKEN).answer(b'{"status":"401"}') == b""
    assert oauthbearer(USER, TOKEN, **PLACE).answer(b'{"status":"401"}') == b"\x01"
    assert xoauth2(USER, TOKEN).answer(b"") == xoauth2(USER, TOKEN).first


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["PLAIN", "xoauth2", "OAUTHBEARER"], "XOAUTH2"),
        (["PLAIN", "OAUTHBEARER"], "OAUTHBEARER"),
        (["PLAIN", "LOGIN"], None),
    ],
)
def test_mechanism_is_one_that_the_server_offers(offered, chosen):
    opening = choose_opening(offered, user=USER, token=TOKEN, **PLACE)

    assert (opening.mechanism if opening else None) == chosen


@pytest.mark.parametrize("user", ["", "a\x01auth=Bearer x", "a\r\nb"])
def test_user_name_that_ends_its_field_early_is_refused(user):
    with pytest.raises(NeedsPerson):
        xoauth2(user, TOKEN)


def test_token_does_not_show_when_the_opening_is_printed():
    assert TOKEN not in repr(xoauth2(USER, TOKEN))
