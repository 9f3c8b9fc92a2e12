"""The Microsoft clouds as data: which hosts serve sign-in, Graph and Exchange in each.

Tokens are not interchangeable between clouds, and an application must be registered in the cloud
it serves; so a connection has exactly one. GCC uses the worldwide hosts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud. Hosts are bare names; ``portal_url`` is where an administrator registers apps.

    ``reroutes`` (host -> base URL) is for the HTTP client and empty in every real cloud;
    ``browser_url`` is where the browser finds the sign-in page, "" for the sign-in host itself.
    """

    key: str
    name: str
    authority_host: str
    graph_host: str
    exchange_host: str
    portal_url: str
    offered: bool = False
    browser_url: str = ""
    reroutes: Mapping[str, str] = field(default_factory=dict)

    @property
    def graph_url(self) -> str:
        """The base of every Graph call."""
        return f"https://{self.graph_host}/v1.0"

    def authority_url(self, tenant: str) -> str:
        """Return the authority of a tenant (GUID or verified domain)."""
        return f"https://{self.authority_host}/{quote(tenant, safe='')}"

    def authorize_url(self, tenant: str) -> str:
        """Return the page that the browser is sent to for signing in, without a query."""
        base = self.browser_url or f"https://{self.authority_host}"
        return f"{base}/{quote(tenant, safe='')}/oauth2/v2.0/authorize"

    def graph_scope(self, permission: str) -> str:
        """Return the full name of a Graph permission: the host decides which token it is."""
        return f"https://{self.graph_host}/{permission}"


WORLDWIDE = Cloud(
    key="worldwide",
    name="Worldwide (and GCC)",
    authority_host="login.microsoftonline.com",
    graph_host="graph.microsoft.com",
    exchange_host="outlook.office365.com",
    portal_url="https://entra.microsoft.com",
    offered=True,
)

CLOUDS = (
    WORLDWIDE,
    Cloud(
        key="gcc-high",
        name="GCC High",
        authority_host="login.microsoftonline.us",
        graph_host="graph.microsoft.us",
        exchange_host="outlook.office365.us",
        portal_url="https://portal.azure.us",
    ),
    Cloud(
        key="dod",
        name="DoD",
        authority_host="login.microsoftonline.us",
        graph_host="dod-graph.microsoft.us",
        exchange_host="outlook-dod.office365.us",
        portal_url="https://portal.azure.us",
    ),
    Cloud(
        key="china",
        name="China (21Vianet)",
        authority_host="login.partner.microsoftonline.cn",
        graph_host="microsoftgraph.chinacloudapi.cn",
        exchange_host="partner.outlook.cn",
        portal_url="https://portal.azure.cn",
    ),
)

PRETEND_KEY = "pretend"


def pretend_tenant(sandbox_url: str) -> Cloud:
    """Return the cloud behind ``sandbox_url``: worldwide names, every request rerouted there."""
    base = sandbox_url.rstrip("/")
    hosts = (WORLDWIDE.authority_host, WORLDWIDE.graph_host, WORLDWIDE.exchange_host)
    return Cloud(
        key=PRETEND_KEY,
        name="Pretend tenant",
        authority_host=WORLDWIDE.authority_host,
        graph_host=WORLDWIDE.graph_host,
        exchange_host=WORLDWIDE.exchange_host,
        portal_url=base,
        offered=True,
        browser_url=base,
        reroutes=dict.fromkeys(hosts, base),
    )


def offered_clouds(*, sandbox_url: str = "") -> tuple[Cloud, ...]:
    """Return the clouds that a form may offer; with a sandbox the pretend tenant comes first."""
    real = tuple(cloud for cloud in CLOUDS if cloud.offered)
    return (pretend_tenant(sandbox_url), *real) if sandbox_url else real


def find_cloud(key: str, *, sandbox_url: str = "") -> Cloud | None:
    """Return the offered cloud of that key, or None."""
    offered = offered_clouds(sandbox_url=sandbox_url)
    return next((cloud for cloud in offered if cloud.key == key), None)
