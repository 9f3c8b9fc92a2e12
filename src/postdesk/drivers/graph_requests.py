"""Requests to Microsoft Graph for one mailbox: headers, tokens, and errors made decisions."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from postdesk.drivers.challenge import read_claims
from postdesk.drivers.graph_errors import decide, read_error
from postdesk.drivers.session import USUAL_LIMIT_BYTES, HttpAnswer, HttpSession

# Ids that stay the same when a message moves; asked for with every request, or ids do not match.
_IMMUTABLE = 'IdType="ImmutableId"'


class Bearer(Protocol):
    """Gives access tokens."""

    def __call__(self, fresh: bool, claims: str = "", /) -> str:  # noqa: FBT001  reads well enough
        """Return a token; ``fresh``: the last was refused, ``claims``: the server demands these."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The body of a request."""

    content: bytes
    content_type: str


def as_json(value: Mapping[str, object]) -> Payload:
    """Return ``value`` as a JSON body."""
    return Payload(content=json.dumps(value).encode(), content_type="application/json")


class GraphRequests:
    """Sends requests that concern one mailbox.

    The mailbox is always named in the address, never ``/me``: with a shared mailbox that would be
    the mailbox of the person who signed in, and the sent copy would land there.
    """

    def __init__(
        self, session: HttpSession, *, base_url: str, mailbox: str, bearer: Bearer
    ) -> None:
        """Take the session, Graph's address (``https://graph.microsoft.com/v1.0``) and tokens."""
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._bearer = bearer
        self.mailbox = mailbox

    def address(self, *segments: str) -> str:
        """Return the address of something in the mailbox; each segment is one path segment."""
        parts = [quote(self.mailbox, safe="@"), *(quote(part, safe="$") for part in segments)]
        return "/".join([self._base_url, "users", *parts])

    def is_ours(self, url: str) -> bool:
        """Say whether ``url`` leads to the Graph of this account: no token goes elsewhere."""
        return self._session.is_same_server(url, self._base_url)

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        payload: Payload | None = None,
        preferences: str = "",
        limit_bytes: int = USUAL_LIMIT_BYTES,
    ) -> HttpAnswer:
        """Return the answer of any status but 401, for which a new token is tried once.

        A claims challenge is answered by a token that carries the claims.

        Raises NeedsPerson when the new token is refused too.
        """
        answer: HttpAnswer | None = None
        claims = ""
        for fresh in (False, True):
            token = self._bearer(fresh, claims) if claims else self._bearer(fresh)
            answer = self._session.request(
                method,
                url,
                params=params,
                headers=self._headers(token, payload, preferences),
                content=payload.content if payload else None,
                limit_bytes=limit_bytes,
            )
            if answer.status_code != 401:
                return answer
            claims = read_claims(answer.headers)
        assert answer is not None  # noqa: S101  the loop ran
        raise decide(read_error(answer), mailbox=self.mailbox)

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        payload: Payload | None = None,
    ) -> HttpAnswer:
        """Return a good answer; raises the decision for any other."""
        answer = self.send(method, url, params=params, payload=payload)
        if not is_good(answer):
            raise decide(read_error(answer), mailbox=self.mailbox)
        return answer

    @staticmethod
    def _headers(token: str, payload: Payload | None, preferences: str) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Prefer": f"{_IMMUTABLE}, {preferences}" if preferences else _IMMUTABLE,
            "client-request-id": str(uuid.uuid4()),
        }
        if payload:
            headers["Content-Type"] = payload.content_type
        return headers


def is_good(answer: HttpAnswer) -> bool:
    """Say whether the request was done."""
    return 200 <= answer.status_code < 300
