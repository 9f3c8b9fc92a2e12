"""Any other provider of OAuth 2.0: its endpoints and scopes are typed in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from postdesk.base.errors import NeedsPerson
from postdesk.base.hosts import is_loopback
from postdesk.oauth import rfc6749
from postdesk.oauth.checked_http import CheckedHttp
from postdesk.oauth.grant import AuthorizationRequest, TokenSet
from postdesk.oauth.provider import HttpClient
from postdesk.oauth.refusal import SignInRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericApplication:
    """A registration at some provider; without a secret it is a public client."""

    client_id: str
    client_secret: str = field(repr=False)
    authorize_endpoint: str
    token_endpoint: str


class GenericProvider:
    """Tokens for a person's mailbox by the authorization code flow with PKCE."""

    def __init__(self, application: GenericApplication, http: HttpClient) -> None:
        """Take the registration, and the HTTP client, which stays the caller's to close.

        Raises NeedsPerson for an endpoint that is no https address.
        """
        check_endpoint(application.authorize_endpoint, name="authorization endpoint")
        check_endpoint(application.token_endpoint, name="token endpoint")
        self._client = rfc6749.Client(
            client_id=application.client_id,
            client_secret=application.client_secret,
            authorize_url=application.authorize_endpoint,
            token_url=application.token_endpoint,
            proves_by_header=True,
        )
        self._http = CheckedHttp(http, endpoint_is_typed=True)

    def begin(
        self, *, redirect_uri: str, scopes: Sequence[str], state: str, login_hint: str = ""
    ) -> AuthorizationRequest:
        """Return the address of the sign-in page and the flow to keep. Sends no request."""
        return rfc6749.begin(
            self._client,
            redirect_uri=redirect_uri,
            scopes=scopes,
            state=state,
            extra={"login_hint": login_hint},
        )

    def redeem(self, flow: Mapping[str, object], answer: Mapping[str, str]) -> TokenSet:
        """Turn what the browser brought back into tokens; raises NeedsPerson or TryLater."""
        return self._with_either_proof(
            lambda client: rfc6749.redeem(client, self._http, flow, answer)
        )

    def refresh(self, refresh_token: str, scopes: Sequence[str], *, claims: str = "") -> TokenSet:
        """Return new tokens; an empty refresh token means that the old one stays in use.

        ``claims`` is Microsoft's and means nothing here.
        """
        del claims
        return self._with_either_proof(
            lambda client: rfc6749.refresh(client, self._http, refresh_token, scopes)
        )

    def _with_either_proof(self, ask: Callable[[rfc6749.Client], TokenSet]) -> TokenSet:
        """Prove by HTTP Basic, then in the form.

        RFC 6749 section 2.3.1 demands that providers take the first; some take the other only,
        and say so by ``invalid_client``, which uses up neither code nor refresh token.
        """
        try:
            return ask(self._client)
        except SignInRefused as error:
            if error.refusal.error != "invalid_client" or not self._client.client_secret:
                raise
        return ask(replace(self._client, proves_by_header=False))


def check_endpoint(url: str, *, name: str) -> None:
    """Raise NeedsPerson unless secrets may be sent to ``url``: https, or this machine itself."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not host or not is_safe or parts.username is not None or parts.fragment:
        raise NeedsPerson(
            f"The {name} is no https address.",
            remedy=f"Enter the {name} as the provider's documentation has it, with https://.",
            code="endpoint_unusable",
        )
