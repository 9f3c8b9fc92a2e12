"""The seams of this package: a provider of tokens, and the HTTP client it is given."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from postdesk.oauth.grant import AuthorizationRequest, TokenSet


class HttpAnswer(Protocol):
    """As much of an HTTP answer as tokens need."""

    @property
    def status_code(self) -> int:
        """The status, e.g. 400."""
        ...

    @property
    def text(self) -> str:
        """The decoded body."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers; names in any case."""
        ...

    @property
    def retry_after(self) -> float | None:
        """The wait that the server asked for in seconds, or None."""
        ...


class HttpClient(Protocol):
    """What sends the requests; it translates its own network errors before they come here."""

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send a GET."""
        ...

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        """Send a POST; ``data`` is form-encoded."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class Provider(Protocol):
    """What Microsoft, Google and any other have in common: a person signs in.

    A provider serves one request or a few and holds no tokens; its HTTP client is the caller's to
    close. Everything that sends a request raises NeedsPerson (SignInRefused with all that was
    said) or TryLater, and nothing else.
    """

    def begin(
        self, *, redirect_uri: str, scopes: Sequence[str], state: str, login_hint: str = ""
    ) -> AuthorizationRequest:
        """Prepare a sign-in; no request is sent."""
        ...

    def redeem(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> TokenSet:
        """Turn what the browser brought back into tokens. Works once for each ``flow``."""
        ...

    def refresh(self, refresh_token: str, scopes: Sequence[str], *, claims: str = "") -> TokenSet:
        """Trade a refresh token for a new access token of the resource that ``scopes`` name.

        The answer's refresh token is "" where the old one stays in use. ``claims`` is what a
        mailbox demanded (Microsoft's Conditional Access); providers without it take no notice.
        """
        ...
