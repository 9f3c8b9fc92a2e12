"""The one HTTP client: tokens, Graph and all else that speaks HTTP go through it.

It takes nothing from the environment (no proxy, no certificate variables), follows no redirect,
and reads no more than it was told to. Network errors leave it translated::

    NeedsPerson              the certificate is not trusted, or the address is none
    TryLater                 no connection: the request was never sent
    └── LineLost             the line broke later: the request may have been carried out
    └── AnswerTooLarge       the answer was cut off at the limit
"""

import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

import httpx

from postdesk import __version__
from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.drivers.retry_after import read_retry_after
from postdesk.drivers.trust import explain_distrust, find_tls_error, make_tls_context

USER_AGENT = f"Postdesk/{__version__}"
USUAL_LIMIT_BYTES = 16 * 1024 * 1024

_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_WHOLE_ANSWER_SECONDS = 600.0  # against a server that sends an octet a minute
_NO_REROUTES: Mapping[str, str] = MappingProxyType({})


class LineLost(TryLater):
    """The line broke after the request began to leave; it may have been carried out."""


class AnswerTooLarge(TryLater):
    """The answer is larger than the limit for its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """An answer, read to its end. ``headers`` have lower-case names."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8, which JSON always is; other octets are replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def retry_after(self) -> float | None:
        """The wait that the server asked for in seconds, or None."""
        return read_retry_after(self.headers)

    def read_object(self) -> dict[str, object]:
        """Return the body as a JSON object; an empty one when it is something else."""
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}


class HttpSession:
    """A pool of connections. Its ``get``, ``post`` and ``close`` are the shape msal wants."""

    def __init__(self, client: httpx.Client, reroutes: Mapping[str, str] = _NO_REROUTES) -> None:
        """Take a client and the table of ``open_session``."""
        self._client = client
        self._reroutes = {host: base.rstrip("/") for host, base in reroutes.items()}

    def resolve(self, url: str) -> str:
        """Return where a request for ``url`` really goes."""
        parts = urlsplit(url)
        base = self._reroutes.get(parts.hostname or "")
        return base + urlunsplit(("", "", parts.path, parts.query, "")) if base else url

    def is_same_server(self, url: str, other: str) -> bool:
        """Say whether both addresses lead to one scheme, host and port: tokens go no further."""
        try:
            ours, theirs = _origin(self.resolve(url)), _origin(self.resolve(other))
        except ValueError:
            return False
        return ours == theirs

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        limit_bytes: int = USUAL_LIMIT_BYTES,
    ) -> HttpAnswer:
        """Send one request and read its answer, whatever its status; errors are as drawn above."""
        host = urlsplit(url).netloc
        target = self.resolve(url)
        named = dict(headers or {}) if target == url else {**(headers or {}), "Host": host}
        try:
            request = self._client.build_request(
                method, target, params=params or None, headers=named, content=content, data=form
            )
            answer = self._client.send(request, stream=True)
            try:
                return _read(answer, limit_bytes=limit_bytes, host=host)
            finally:
                answer.close()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _translate(error, host=host) from error

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> HttpAnswer:
        """Send a GET."""
        return self.request("GET", url, params=params, headers=headers)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: object,
    ) -> HttpAnswer:
        """Send a POST with a form."""
        return self.request("POST", url, params=params, headers=headers, form=data or {})

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def open_session(
    *, proxy_url: str = "", ca_pem: str = "", reroutes: Mapping[str, str] = _NO_REROUTES
) -> HttpSession:
    """Return a session; close it when done.

    ``proxy_url`` is that of General > Options or "", ``ca_pem`` an uploaded authority. ``reroutes``
    maps hosts to the base URL that serves them instead: with a pretend tenant nothing but the
    wire differs. Raises NeedsPerson for a proxy or authority that is none.
    """
    context = make_tls_context(ca_pem)
    client = httpx.Client(
        verify=context,
        proxy=_make_proxy(proxy_url, context),
        trust_env=False,
        timeout=_TIMEOUT,
        follow_redirects=False,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        # A cookie of one sign-in must not travel with the next one's requests.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
    return HttpSession(client, reroutes)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _make_proxy(proxy_url: str, context: ssl.SSLContext) -> httpx.Proxy | None:
    if not proxy_url:
        return None
    try:
        is_tls = urlsplit(proxy_url).scheme == "https"  # also raises for what is no address
        return httpx.Proxy(proxy_url, ssl_context=context if is_tls else None)
    except (ValueError, httpx.InvalidURL) as error:
        raise NeedsPerson(
            "The HTTP proxy's address cannot be used.",
            remedy="Enter it under General > Options in the form http://host:port.",
        ) from error


def _read(answer: httpx.Response, *, limit_bytes: int, host: str) -> HttpAnswer:
    chunks: list[bytes] = []
    size, deadline = 0, time.monotonic() + _WHOLE_ANSWER_SECONDS
    for chunk in answer.iter_bytes():
        size += len(chunk)
        if size > limit_bytes:
            raise AnswerTooLarge(f"{host} answered with more than {limit_bytes} octets.")
        if time.monotonic() > deadline:
            raise LineLost(f"{host} answered too slowly to wait for the end.")
        chunks.append(chunk)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return HttpAnswer(
        status_code=answer.status_code, headers=MappingProxyType(headers), content=b"".join(chunks)
    )


def _translate(error: Exception, *, host: str) -> CarriesDecision:
    tls_error = find_tls_error(error)
    if isinstance(tls_error, ssl.SSLCertVerificationError):
        return explain_distrust(tls_error, host=host)
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return NeedsPerson(
            f"No request can be sent to {host or 'an empty address'}.",
            remedy="Check the server's address in the account.",
        )
    if isinstance(error, httpx.ProxyError):
        return TryLater(f"The HTTP proxy gave no way to {host}.", raw=str(error)[:300])
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return TryLater(f"{host} did not answer in time.")
    if isinstance(error, httpx.ConnectError):
        return TryLater(f"{host} cannot be reached.", raw=str(error)[:300])
    return LineLost(f"The line to {host} was lost.", raw=str(error)[:300])
