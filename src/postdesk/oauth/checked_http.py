"""Stands between msal and the network, so that msal only ever sees good answers.

msal drops the status code and Retry-After from its results, answers a damaged body with whatever
exception json raises, logs such bodies, and remembers refusals for a minute. Here the real answer
is still at hand, so the decision is made here.
"""

import json
from collections.abc import Mapping, Sequence

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.oauth.provider import HttpAnswer, HttpClient
from postdesk.oauth.refusal import decide, read_refusal

TOKEN_REQUEST = "OAuth token request failed"  # noqa: S105  a sentence
# Moved, not found, gone, or no POST there: OAuth refuses by 400 and 401 (RFC 6749 section 5.2).
_NO_ENDPOINT = frozenset({301, 302, 303, 307, 308, 404, 405, 410})
_DEVICE_CODES = ("device_code", "user_code", "verification_uri")


class CheckedHttp:
    """The ``http_client`` that msal is given; raises for everything but success."""

    def __init__(
        self, http: HttpClient, *, services: Sequence[str] = (), endpoint_is_typed: bool = False
    ) -> None:
        """Wrap ``http``, which stays the caller's to close.

        ``services`` are the names under which the explanations list this provider's errors, the
        most exact one first. ``endpoint_is_typed``: a person typed the address, so that "not
        found" may be their slip.
        """
        self._http = http
        self._services = tuple(services)
        self._endpoint_is_typed = endpoint_is_typed

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> HttpAnswer:
        """Return a discovery document that has the two endpoints msal needs."""
        answer = self._http.get(url, params=params, headers=headers)
        self._demand(
            answer, "authorization_endpoint", "token_endpoint", action="OAuth discovery failed"
        )
        return answer

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str | bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> HttpAnswer:
        """Return a token answer that has an access token, or a device answer that has its codes.

        Only requests to a token endpoint have a grant type (RFC 6749, RFC 8628 section 3.1).
        """
        # msal hands over a certificate's assertion as octets.
        form = {
            name: value.decode("ascii") if isinstance(value, bytes) else value
            for name, value in (data or {}).items()
        }
        answer = self._http.post(url, params=params, data=form, headers=headers)
        if self._endpoint_is_typed:
            _demand_endpoint(answer)
        if "grant_type" in form:
            self._demand(answer, "access_token", action=TOKEN_REQUEST)
        else:
            self._demand(answer, *_DEVICE_CODES, action="OAuth device request failed")
        return answer

    def close(self) -> None:
        """Do nothing: the client below belongs to whoever made it."""

    def _demand(self, answer: HttpAnswer, *names: str, action: str) -> None:
        body = _read_object(answer)
        good = answer.status_code == 200 and all(
            isinstance(body.get(name), str) and body[name] for name in names
        )
        if not good:
            raise _decide(answer, body, services=self._services, action=action)


def _demand_endpoint(answer: HttpAnswer) -> None:
    if answer.status_code in _NO_ENDPOINT:
        raise NeedsPerson(
            f"Nothing gives tokens at the token endpoint (statusCode: {answer.status_code}).",
            remedy="Check the token endpoint in the account form against the provider's pages.",
            code="endpoint_unusable",
        )


def _decide(
    answer: HttpAnswer, body: Mapping[str, object], *, services: tuple[str, ...], action: str
) -> CarriesDecision:
    if isinstance(body.get("error"), str):
        refusal = read_refusal(answer.status_code, body, services=services)
        return decide(refusal, retry_after=answer.retry_after, action=action)
    # An HTML page of a proxy, a half answer, an empty 503: nothing that a person could mend there.
    line = f"{action} (statusCode: {answer.status_code}): the answer is not what OAuth prescribes"
    return TryLater(line, retry_after=answer.retry_after, raw=line)


def _read_object(answer: HttpAnswer) -> Mapping[str, object]:
    try:
        body = json.loads(answer.text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
