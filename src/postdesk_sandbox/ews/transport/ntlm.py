"""Signing in a connection by NTLM: three messages, and the password is really checked.

The handshake belongs to the connection: the nonce of the second message counts only in the
line that it went over, and afterwards every request of that line comes from that person.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from postdesk_sandbox.ews.transport import ntlm_proof
from postdesk_sandbox.ews.transport.ntlm_messages import (
    NEGOTIATE,
    Authentication,
    message_type,
    read_authentication,
    write_challenge,
)
from postdesk_sandbox.ews.transport.refusing import SignInError
from postdesk_sandbox.ews.transport.signed_in import SignedIn, find_account
from postdesk_sandbox.listening import LINE_MEMORY

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call

_PENDING, _PERSON = "ntlm handshake", "ntlm person"
NONCE_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Handshake:
    negotiate: bytes
    challenge: bytes
    nonce: bytes


def sign_in_by_ntlm(call: Call, scheme: str, credentials: str) -> SignedIn:
    """Take one step of the handshake; returns who it is after the last one.

    Raises SignInError, with the second message as `reply` after the first one.
    """
    memory = _memory(call)
    memory.pop(_PERSON, None)
    try:
        octets = base64.b64decode(credentials, validate=True)
        if message_type(octets) == NEGOTIATE:
            challenge = _begin(call, memory, octets)
            raise SignInError(reply=f"{scheme} {base64.b64encode(challenge).decode()}")
        handshake = memory.pop(_PENDING, None)
        if not isinstance(handshake, _Handshake):
            raise SignInError
        signed_in = _finish(call, handshake, read_authentication(octets), scheme)
    except ValueError as error:  # no base64, no ASCII, or no such message
        raise SignInError from error
    memory[_PERSON] = signed_in.key
    return signed_in


def remembered(call: Call) -> SignedIn | None:
    """Return who signed in this connection earlier, or None."""
    address = _memory(call).get(_PERSON)
    person = call.world.tenant.person(str(address)) if address else None
    if person is None or person.disabled:
        return None
    return SignedIn(person=person, scheme="NTLM")


def _begin(call: Call, memory: dict[str, object], negotiate: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    challenge = write_challenge(
        negotiate, nonce=nonce, domain=call.world.tenant.domain, unix_time=call.now.timestamp()
    )
    memory[_PENDING] = _Handshake(negotiate=negotiate, challenge=challenge, nonce=nonce)
    return challenge


def _finish(call: Call, handshake: _Handshake, sent: Authentication, scheme: str) -> SignedIn:
    person = find_account(call.world.tenant, sent.user, domain=sent.domain)
    # LM and NTLMv1 answers have 24 octets; Exchange takes neither.
    if person is None or len(sent.response) <= 2 * ntlm_proof.PROOF_BYTES:
        raise SignInError
    key = ntlm_proof.response_key(person.password, user=sent.user, domain=sent.domain)
    if not ntlm_proof.is_proof(key, challenge=handshake.nonce, response=sent.response):
        raise SignInError
    if sent.mic is not None:
        session = ntlm_proof.exported_key(key, response=sent.response, sealed_key=sent.sealed_key)
        messages = handshake.negotiate + handshake.challenge + sent.without_mic
        if not hmac.compare_digest(ntlm_proof.integrity_code(session, messages), sent.mic):
            raise SignInError
    return SignedIn(person=person, scheme=scheme)


def _memory(call: Call) -> dict[str, object]:
    """Return what this connection remembers; a caller without a line forgets at once."""
    return cast("dict[str, object]", call.request.environ.setdefault(LINE_MEMORY, {}))
