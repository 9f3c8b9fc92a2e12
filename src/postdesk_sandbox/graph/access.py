"""Who asks, and whether they may: tokens, permissions and rights on mailboxes."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from postdesk_sandbox import scopes, tokens
from postdesk_sandbox.graph.errors import GraphError, access_denied

if TYPE_CHECKING:
    from postdesk_sandbox.mailboxes import Mailbox
    from postdesk_sandbox.tenant import App, Person
    from postdesk_sandbox.web import Call

# The roles of RBAC for Applications, and the permissions of Graph that each is worth.
EXCHANGE_ROLES: dict[str, frozenset[str]] = {
    "Application Mail.Read": frozenset({"Mail.Read"}),
    "Application Mail.ReadWrite": frozenset({"Mail.ReadWrite"}),
    "Application Mail.Send": frozenset({"Mail.Send"}),
    "Application Mail Full Access": frozenset({"Mail.ReadWrite", "Mail.Send"}),
    "Application Exchange Full Access": frozenset({"Mail.ReadWrite", "Mail.Send"}),
}
CHALLENGE = (
    'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/'
    'authorize", client_id="00000003-0000-0000-c000-000000000000"'
)
_APP_ID = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The application and, unless it acts for itself, the signed-in person."""

    client_id: str
    person: Person | None
    permissions: frozenset[str]

    def permissions_at(self, app: App, owner: Person) -> frozenset[str]:
        """Return what may be done at a mailbox: RBAC for Applications adds to what Entra gives."""
        if self.person is not None:
            return self.permissions
        roles = (role for role, scope in app.exchange_roles.items() if owner.address in scope)
        return self.permissions.union(*(EXCHANGE_ROLES[role] for role in roles))


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
        app = self.call.world.tenant.apps[self.caller.client_id]
        held = self.caller.permissions_at(app, self.owner)
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
    if claims["aud"] not in {_APP_ID, *scopes.audiences_at(call.host, scopes.GRAPHS)}:
        raise _unauthorized("Access token validation failure. Invalid audience.")
    if (
        claims["tid"] != call.world.tenant.tenant_id
        or claims["appid"] not in call.world.tenant.apps
    ):
        raise _unauthorized("The identity of the calling application could not be established.")
    if claims["idtyp"] == "app":
        return Caller(
            client_id=claims["appid"], person=None, permissions=frozenset(claims.get("roles", ()))
        )
    person = call.world.tenant.person(claims["oid"])
    if person is None:
        raise _unauthorized("The user of the token does not exist any more.")
    _require_continued_access(claims, person)
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
    # A shared mailbox needs no licence.
    is_licensed = owner.shared or owner.licence.lower() not in {"", "none"}
    if mailbox is None or not is_licensed:
        raise GraphError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    place = Place(call=call, caller=caller, owner=owner, mailbox=mailbox)
    _require_policies(place)
    return place


def _require_policies(place: Place) -> None:
    """Raise 403 where a policy of Exchange shuts the application or its program out."""
    agent = place.call.request.headers.get("User-Agent", "").lower()
    tenant = place.call.world.tenant
    if any(one.lower() in agent for one in tenant.switches.blocked_agents):
        raise GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")
    app = tenant.apps[place.caller.client_id]
    if (
        place.caller.person is None
        and app.mailboxes is not None
        and place.owner.address not in app.mailboxes
        # A role of RBAC for Applications is not subject to the older policy.
        and not place.caller.permissions_at(app, place.owner) - place.caller.permissions
    ):
        raise GraphError(
            403,
            "ErrorAccessDenied",
            "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly "
            "AccessPolicy settings.",
        )


def _require_continued_access(claims: dict[str, Any], person: Person) -> None:
    """Challenge a client with the capability cp1 as soon as its sessions were revoked.

    Others keep their token until it ends (continuous access evaluation).
    """
    since = person.tokens_valid_from
    able = "cp1" in {str(one).lower() for one in claims.get("xms_cc", ())}
    if since is None or not able or claims["iat"] >= int(since.timestamp()):
        return
    wanted = {"access_token": {"nbf": {"essential": True, "value": str(int(since.timestamp()))}}}
    encoded = base64.b64encode(json.dumps(wanted).encode()).decode()
    raise _unauthorized(
        "Continuous access evaluation resulted in challenge with result: InteractionRequired and "
        "code: TokenIssuedBeforeRevocationTimestamp",
        more=f', error="insufficient_claims", claims="{encoded}"',
    )


def _unauthorized(message: str, *, more: str = "") -> GraphError:
    return GraphError(
        401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": CHALLENGE + more}
    )
