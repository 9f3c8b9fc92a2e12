"""The Microsoft clouds as data: which hosts serve sign-in, Graph and Exchange in each.

Tokens are not interchangeable between clouds, and an application must be registered in the cloud
it serves; so a connection has exactly one. Authorities are those that msal 1.39 knows; hosts of
Graph and Exchange are those of Microsoft's own scripts for Exchange support and for Graph
PowerShell. Where Microsoft publishes none, a comment says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud. Hosts are bare names.

    ``portal_url`` is where an administrator registers applications, "" where nobody says.
    ``exchange_host`` serves Exchange Web Services, IMAP and POP; ``outlook_host`` is the name of
    that resource in scopes, which stays when a connection goes to another ``exchange_host``.
    ``reroutes`` (host -> base URL) is for the HTTP client and empty in every real cloud;
    ``browser_url`` is where the browser finds the sign-in page, "" for the sign-in host itself.
    """

    key: str
    name: str
    authority_host: str
    graph_host: str
    exchange_host: str
    outlook_host: str
    smtp_host: str
    device_page: str
    portal_url: str
    browser_url: str = ""
    reroutes: Mapping[str, str] = field(default_factory=dict)

    @property
    def graph_url(self) -> str:
        """The base of every Graph call."""
        return f"https://{self.graph_host}/v1.0"

    @property
    def ews_url(self) -> str:
        """The one address of Exchange Web Services."""
        return f"https://{self.exchange_host}/EWS/Exchange.asmx"

    @property
    def imap_host(self) -> str:
        """The server that speaks IMAP (993) and POP (995)."""
        return self.exchange_host

    def authority_url(self, tenant: str) -> str:
        """Return the authority of a tenant (GUID or verified domain)."""
        return f"https://{self.authority_host}/{quote(tenant, safe='')}"

    def authorize_url(self, tenant: str) -> str:
        """Return the page that the browser is sent to for signing in, without a query."""
        return f"{self._page_of(tenant)}/oauth2/v2.0/authorize"

    def admin_consent_url(
        self, tenant: str, *, client_id: str, redirect_uri: str, state: str
    ) -> str:
        """Return the page where an administrator consents for the whole tenant.

        It comes back with ``admin_consent=True`` and ``tenant``, or with ``error``.
        """
        query = {"client_id": client_id, "redirect_uri": redirect_uri, "state": state}
        return f"{self._page_of(tenant)}/adminconsent?{urlencode(query)}"

    def graph_scope(self, permission: str) -> str:
        """Return the full name of a Graph permission: the host decides which token it is."""
        return f"https://{self.graph_host}/{permission}"

    def outlook_scope(self, permission: str) -> str:
        """Return the full name of a permission of Exchange, for EWS, IMAP, POP and SMTP."""
        return f"https://{self.outlook_host}/{permission}"

    def _page_of(self, tenant: str) -> str:
        base = self.browser_url or f"https://{self.authority_host}"
        return f"{base}/{quote(tenant, safe='')}"


WORLDWIDE = Cloud(
    key="worldwide",
    name="Worldwide",
    authority_host="login.microsoftonline.com",
    graph_host="graph.microsoft.com",
    exchange_host="outlook.office365.com",
    outlook_host="outlook.office365.com",
    smtp_host="smtp.office365.com",
    device_page="https://microsoft.com/devicelogin",
    portal_url="https://entra.microsoft.com",
)


def _sovereign(key: str, name: str, domain: str) -> Cloud:
    """Return one of the sovereign clouds of 2026, which are named alike."""
    return Cloud(
        key=key,
        name=name,
        authority_host=f"login.sovcloud-identity.{domain}",
        graph_host=f"graph.svc.sovcloud.{domain}",
        # Singapore's is not published; it is named as those of France and Germany.
        exchange_host=f"outlook.sovcloud.{domain}",
        outlook_host=f"outlook.sovcloud.{domain}",
        # Not published: Exchange answers for submission at its own name in every cloud.
        smtp_host=f"outlook.sovcloud.{domain}",
        # Entra's own page; no short address is published.
        device_page=f"https://login.sovcloud-identity.{domain}/common/oauth2/deviceauth",
        portal_url="",  # not published
    )


CLOUDS = (
    WORLDWIDE,
    # Everything as worldwide; it is listed so that nobody has to know that.
    replace(WORLDWIDE, key="gcc", name="GCC (US Government Community Cloud)"),
    Cloud(
        key="gcc-high",
        name="GCC High",
        authority_host="login.microsoftonline.us",
        graph_host="graph.microsoft.us",
        exchange_host="outlook.office365.us",
        outlook_host="outlook.office365.us",
        smtp_host="smtp.office365.us",
        device_page="https://microsoft.com/deviceloginus",
        portal_url="https://portal.azure.us",
    ),
    Cloud(
        key="dod",
        name="DoD",
        authority_host="login.microsoftonline.us",
        graph_host="dod-graph.microsoft.us",
        exchange_host="outlook-dod.office365.us",
        outlook_host="outlook-dod.office365.us",
        smtp_host="outlook-dod.office365.us",
        device_page="https://microsoft.com/deviceloginus",
        portal_url="https://portal.azure.us",
    ),
    Cloud(
        key="china",
        name="China (21Vianet)",
        # login.chinacloudapi.cn, which older pages name, is deprecated.
        authority_host="login.partner.microsoftonline.cn",
        graph_host="microsoftgraph.chinacloudapi.cn",
        exchange_host="partner.outlook.cn",
        outlook_host="partner.outlook.cn",
        smtp_host="smtp.partner.outlook.cn",
        device_page="https://microsoft.com/deviceloginchina",
        portal_url="https://portal.azure.cn",
    ),
    _sovereign("france", "France (Bleu)", "fr"),
    _sovereign("germany", "Germany (Delos)", "de"),
    _sovereign("singapore", "Singapore (GovSG)", "sg"),
)

PRETEND_KEY = "pretend"

_GOOGLE_HOSTS = ("accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com")


def pretend_tenant(sandbox_url: str) -> Cloud:
    """Return the cloud behind ``sandbox_url``: worldwide names, every request rerouted there."""
    return replace(pretend_cloud(WORLDWIDE, sandbox_url), key=PRETEND_KEY, name="Pretend tenant")


def pretend_cloud(cloud: Cloud, sandbox_url: str) -> Cloud:
    """Return ``cloud`` with its own names, but served by ``sandbox_url``.

    Its key is ``pretend:<key>``: with a sandbox each cloud can be tried without an account there.
    """
    base = sandbox_url.rstrip("/")
    hosts = (cloud.authority_host, cloud.graph_host, cloud.exchange_host, cloud.outlook_host)
    return replace(
        cloud,
        key=f"{PRETEND_KEY}:{cloud.key}",
        name=f"Pretend {cloud.name}",
        device_page=f"{base}/devicelogin",
        portal_url=base,
        browser_url=base,
        reroutes=dict.fromkeys(hosts, base),
    )


def google_reroutes(sandbox_url: str) -> Mapping[str, str]:
    """Return where requests to Google go instead: nowhere else without a sandbox."""
    return dict.fromkeys(_GOOGLE_HOSTS, sandbox_url.rstrip("/")) if sandbox_url else {}


def offered_clouds(*, sandbox_url: str = "") -> tuple[Cloud, ...]:
    """Return the clouds that a form may offer.

    With a sandbox the pretend tenant comes first, and each cloud's pretend twin last.
    """
    if not sandbox_url:
        return CLOUDS
    twins = tuple(pretend_cloud(cloud, sandbox_url) for cloud in CLOUDS)
    return (pretend_tenant(sandbox_url), *CLOUDS, *twins)


def find_cloud(key: str, *, sandbox_url: str = "") -> Cloud | None:
    """Return the offered cloud of that key, or None."""
    offered = offered_clouds(sandbox_url=sandbox_url)
    return next((cloud for cloud in offered if cloud.key == key), None)
