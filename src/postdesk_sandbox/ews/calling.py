"""What one SOAP request brings, and how a refusal is told.

The transport authenticates, reads the envelope and the SOAP headers, and hands over an `EwsCall`;
`ews.dispatch.answer_envelope` answers with the octets of a whole envelope.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element

    from postdesk_sandbox.state import State, World
    from postdesk_sandbox.tenant import Person

# The newest the service knows; what a request without RequestServerVersion gets is the oldest.
OLDEST_VERSION = "Exchange2007"


@dataclass(frozen=True, slots=True, kw_only=True)
class EwsCall:
    """One authenticated request.

    `operation` is the child of soap:Body. `person` signed in (Basic, NTLM, delegated token) or is
    None for an application, whose `impersonated` SMTP address then says whose mailboxes it opens.
    An impersonating person gives both. The transport has checked that an address may be
    impersonated and belongs to somebody; which folders may be opened is checked by the operations.
    `version` is RequestServerVersion's text, checked by the transport.
    """

    state: State
    now: datetime
    operation: _Element
    person: Person | None = None
    client_id: str = ""
    impersonated: str = ""
    version: str = OLDEST_VERSION

    @property
    def world(self) -> World:
        """The tenant as it stands; hold `state.lock`."""
        return self.state.world


class EwsError(Exception):
    """Exchange refuses, with the ResponseCode and sentence of the real service.

    Inside a batch it becomes one ResponseMessage; raised for a whole request it reaches the
    transport, which answers a SOAP fault (HTTP 500). `values` become `t:Value Name=...` entries of
    MessageXml, such as BackOffMilliseconds.
    """

    def __init__(
        self, response_code: str, message: str, *, values: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{response_code}: {message}")
        self.response_code = response_code
        self.message = message
        self.values = values or {}
