"""Who asks, and whether they may: tokens, permissions and rights on mailboxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox import scopes, tokens
from postdesk_sandbox.graph.errors import GraphError, access_denied

if TYPE_CHECKING:
    from postdesk_sandbox.mailboxes import Mailbox
    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

_AUDIENCES = (scopes.GRAPH, "00000003-0000-0000-c000-000000000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The application and, unless it acts for itself, the signed-in person."""

    client_id: str
    person: Person | None
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A mailbox that the caller addressed, and whose it is."""

    call: Call
    caller: Caller
    owner: Person
    mailbox: Mailbox

    @property
    def is_own(self) -> bool:
        """Say whether the signed-in person addresses their own mailbox."""
        return self.caller.person is self.owner

    def require_reading(self) -> None:
        """Raise 403 unless mail here may be read."""
        self._require("Mail.Read", "Mail.ReadWrite", right=self.owner.full_access)

    def require_writing(self) -> None:
        """Raise 403 unless mail here may be changed."""
        self._require("Mail.ReadWrite", right=self.owner.full_access)

    def require_sending(self) -> None:
        """Raise 403 unless mail may be sent by way of this mailbox."""
        self._require("Mail.Send")

    def may_send_as(self, sender: Person) -> bool:
        """Say whether From may carry this person's address."""
        if self.caller.person is None:
            return sender is self.owner
        me = self.caller.person
        return sender is me or me.address in sender.send_as

    def _require(self, *names: str, right: list[str] | None = None) -> None:
        held = self.caller.permissions
        if self.caller.person is None:
            allowed = any(name in held for name in names)
        elif self.is_own:
            allowed = any(name in held or f"{name}.Shared" in held for name in names)
        else:
            allowed = any(f"{name}.Shared" in held for name in names)
            allowed = allowed and (right is None or self.caller.person.address in right)
        if not allowed:
            raise access_denied()


def authenticate(call: Call) -> Caller:
    """Return who holds the bearer token. Raises GraphError 401."""
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized("Access token is empty.")
    try:
        claims = tokens.verify(token.strip())
    except tokens.BadTokenError as error:
        raise _unauthorized("CompactToken parsing failed with error code: 80049217") from error
    if claims["exp"] <= call.now.timestamp():
        raise _unauthorized("Lifetime validation failed, the token is expired.")
    if claims["nbf"] > call.now.timestamp() + 300:
        raise _unauthorized("Lifetime validation failed, the token is not yet valid.")
    if claims["aud"] not in _AUDIENCES:
        raise _unauthorized("Access token validation failure. Invalid audience.")
    if (
        claims["tid"] != call.world.tenant.tenant_id
        or claims["appid"] not in call.world.tenant.apps
    ):
        raise _unauthorized("The identity of the calling application could not be established.")
    if claims["idtyp"] == "app":
        return Caller(
            client_id=claims["appid"], person=None, permissions=frozenset(claims["roles"])
        )
    person = call.world.tenant.person(claims["oid"])
    if person is None:
        raise _unauthorized("The user of the token does not exist any more.")
    return Caller(
        client_id=claims["appid"], person=person, permissions=frozenset(claims["scp"].split())
    )


def find_person(call: Call, caller: Caller, ref: str) -> Person:
    """Return whom `me` or `users/{ref}` means: id, user principal name or primary address."""
    if ref == "me":
        if caller.person is None:
            raise GraphError(
                400, "BadRequest", "/me request is only valid with delegated authentication flow."
            )
        return caller.person
    person = call.world.tenant.person(ref)
    if person is None:
        raise GraphError(404, "ErrorInvalidUser", f"The requested user '{ref}' is invalid.")
    return person


def open_place(call: Call, caller: Caller, ref: str) -> Place:
    """Return the mailbox that a path names. Raises GraphError 404 when there is none."""
    owner = find_person(call, caller, ref)
    mailbox = call.world.mailbox(owner.address)
    if mailbox is None:
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    return Place(call=call, caller=caller, owner=owner, mailbox=mailbox)


def _unauthorized(message: str) -> GraphError:
    challenge = (
        'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/'
        'authorize", client_id="00000003-0000-0000-c000-000000000000"'
    )
    return GraphError(
        401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": challenge}
    )
