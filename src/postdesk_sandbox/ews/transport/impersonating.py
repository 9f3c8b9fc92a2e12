"""The ExchangeImpersonation header: who may act as whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.checking import refuse_schema
from postdesk_sandbox.ews.names import TYPES

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.transport.signed_in import SignedIn
    from postdesk_sandbox.tenant import Person, Tenant

_BY_ADDRESS = {"SmtpAddress", "PrimarySmtpAddress"}


def find_impersonated(
    tenant: Tenant, header: _Element | None, *, signed_in: SignedIn
) -> Person | None:
    """Return who is acted for, None when a person acts for themselves. Raises EwsError."""
    if header is None:
        if signed_in.person is None:
            raise EwsError(
                "ErrorInvalidExchangeImpersonationHeaderData",
                "ExchangeImpersonation SOAP header must be present for this type of OAuth token.",
            )
        return None
    if signed_in.person is not None and not signed_in.person.may_impersonate:
        raise EwsError(
            "ErrorImpersonateUserDenied",
            "The account does not have permission to impersonate the requested user.",
        )
    return _find(tenant, header)


def _find(tenant: Tenant, header: _Element) -> Person:
    kind, value = _read(header)
    if kind in _BY_ADDRESS:
        person = tenant.owner_of(value)
        refusal = EwsError(
            "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."
        )
    else:
        person = tenant.person(value) if "@" in value else None
        refusal = EwsError(
            "ErrorInvalidUserPrincipalName", "The UserPrincipalName of the user is invalid."
        )
    if person is None:
        raise refusal
    return person


def _read(header: _Element) -> tuple[str, str]:
    """Return what names the person and its text."""
    sids = list(header)
    if len(sids) != 1 or sids[0].tag != f"{{{TYPES}}}ConnectingSID" or len(sids[0]) != 1:
        raise refuse_schema("ExchangeImpersonation holds one ConnectingSID with one name.")
    name = etree.QName(sids[0][0]).localname
    if name == "SID":
        raise EwsError("ErrorInvalidUserSid", "The sandbox knows nobody by a security identifier.")
    if name not in _BY_ADDRESS | {"PrincipalName"}:
        raise refuse_schema(f"The element '{name}' cannot stand in ConnectingSID.")
    return name, (sids[0][0].text or "").strip()
