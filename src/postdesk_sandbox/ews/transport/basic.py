"""Signing in with name and password in the clear (RFC 7617)."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.transport.refusing import SignInError
from postdesk_sandbox.ews.transport.signed_in import SignedIn, find_account

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call


def sign_in_by_password(call: Call, credentials: str) -> SignedIn:
    """Return whose name and password these are. Raises SignInError."""
    try:
        octets = base64.b64decode(credentials, validate=True)
        name, _, password = octets.decode("utf-8").partition(":")
    except (binascii.Error, ValueError) as error:
        raise SignInError from error
    person = find_account(call.world.tenant, name)
    if person is None or not hmac.compare_digest(person.password.encode(), password.encode()):
        raise SignInError
    return SignedIn(person=person, scheme="Basic")
