"""From which address the desk may be used, decided anew for each request.

The public URL lives in the database and may change while the desk runs, so Django's own list of
allowed hosts (read once at boot) cannot decide it.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.template.loader import render_to_string

from postdesk.base.hosts import is_loopback
from postdesk.site.options import (
    DEFAULT_PORTS,
    PublicUrl,
    is_setup_finished,
    public_url,
    read_options,
)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
GetResponse = Callable[[HttpRequest], HttpResponse]

# Load balancers and scrapers ask by address, not by name; /metrics guards itself.
_ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics")
WAS_FORWARDED = "postdesk.was_forwarded"
_OPEN_BEFORE_SETUP = "/set-up/"
_MISDIRECTED = 421


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The address that a browser asked for."""

    scheme: str
    host: str
    port: int


class PublicHostMiddleware:
    """Lets a request in by its host name, after the headers of trusted proxies are applied.

    The public URL and loopback names always work. Before set-up every host reaches the set-up
    address and nothing else. Static files and the two health pages hold no secret and answer
    everybody; /metrics asks for more than a name.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.trusted = read_networks(settings.ENVIRONMENT.trusted_proxies)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on, or answer with the page that names the right address."""
        apply_proxy_headers(request, trusted=self.trusted)
        asked = read_asked(request)
        if asked is None:
            return HttpResponse("The Host header is not readable.", status=400)
        if is_open_to_all(request.path) or is_allowed(asked, request.path):
            return self.get_response(request)
        return wrong_address_page(asked)


def read_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Return the networks of POSTDESK_TRUSTED_PROXIES; raises ImproperlyConfigured."""
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"POSTDESK_TRUSTED_PROXIES: {error}. Write addresses or networks such as 10.0.0.0/8."
        ) from error


def apply_proxy_headers(request: HttpRequest, *, trusted: tuple[Network, ...]) -> None:
    """Take scheme, host and client from a trusted proxy; from anybody else they are struck out.

    The rightmost value counts: it is what the nearest proxy said, all before it is hearsay.
    """
    meta = request.META
    proto = _last(meta.pop("HTTP_X_FORWARDED_PROTO", ""))
    host = _last(meta.pop("HTTP_X_FORWARDED_HOST", ""))
    clients = str(meta.pop("HTTP_X_FORWARDED_FOR", ""))
    meta[WAS_FORWARDED] = bool(proto or host or clients or meta.get("HTTP_FORWARDED"))
    if not _is_within(str(meta.get("REMOTE_ADDR", "")), trusted):
        return
    if proto.lower() in DEFAULT_PORTS:
        meta["wsgi.url_scheme"] = proto.lower()
    if host:
        meta["HTTP_HOST"] = host
    for client in reversed([part.strip() for part in clients.split(",") if part.strip()]):
        if not _is_address(client):
            break
        meta["REMOTE_ADDR"] = client
        if not _is_within(client, trusted):
            break


def read_asked(request: HttpRequest) -> Asked | None:
    """Return scheme, host and port of the request's Host header, or None when it is garbage."""
    scheme = request.scheme or "http"
    raw = str(request.META.get("HTTP_HOST") or request.META.get("SERVER_NAME", ""))
    host, port = split_domain_port(raw)
    if not host:
        return None
    default = DEFAULT_PORTS.get(scheme, 0)
    return Asked(scheme=scheme, host=host.strip("[]"), port=int(port) if port else default)


def is_open_to_all(path: str) -> bool:
    """Say whether a path answers under any host name."""
    return path in _ALWAYS_OPEN or path.startswith(settings.STATIC_URL)


def is_allowed(asked: Asked, path: str) -> bool:
    """Say whether the desk may be used at the address asked for."""
    if is_loopback(asked.host) or asked.host in settings.ALLOWED_HOSTS:
        return True
    options = read_options()
    if options.setup_finished_at is None:
        return path.startswith(_OPEN_BEFORE_SETUP)
    return _is_at(asked, public_url(options))


def _is_at(asked: Asked, url: PublicUrl) -> bool:
    return (asked.scheme, asked.host, asked.port) == (url.scheme, url.host.lower(), url.port)


def wrong_address_page(asked: Asked) -> HttpResponse:
    """Say which address to use, and what to set when this one should have worked."""
    url = public_url()
    context = {
        "page_title": "Wrong address",
        "asked": asked,
        "public_url": str(url),
        "is_finished": is_setup_finished(),
        "is_scheme_only": asked.host == url.host.lower() and asked.scheme != url.scheme,
    }
    page = render_to_string("session/wrong_address.html", context)
    return HttpResponse(page, status=_MISDIRECTED)


def _last(header: object) -> str:
    return str(header).rpartition(",")[2].strip()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(text: str, networks: tuple[Network, ...]) -> bool:
    return _is_address(text) and any(ipaddress.ip_address(text) in network for network in networks)
