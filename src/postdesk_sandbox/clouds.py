"""The other clouds of Microsoft, so that the tenant can stand in for one there.

A client that reroutes keeps the cloud's names in Host and in its scopes. The tenant answers in
each cloud; a token is good only where its audience is the Graph or Exchange that is asked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalCloud:
    """One cloud beside the worldwide one; hosts are bare names."""

    login: str
    graph: str
    exchange: str
    instance: str


def _sovereign(domain: str) -> NationalCloud:
    return NationalCloud(
        login=f"login.sovcloud-identity.{domain}",
        graph=f"graph.svc.sovcloud.{domain}",
        exchange=f"outlook.sovcloud.{domain}",
        instance=f"sovcloud-identity.{domain}",
    )


NATIONAL_CLOUDS = (
    NationalCloud(
        login="login.microsoftonline.us",
        graph="graph.microsoft.us",
        exchange="outlook.office365.us",
        instance="microsoftonline.us",
    ),
    NationalCloud(
        login="login.microsoftonline.us",
        graph="dod-graph.microsoft.us",
        exchange="outlook-dod.office365.us",
        instance="microsoftonline.us",
    ),
    NationalCloud(
        login="login.partner.microsoftonline.cn",
        graph="microsoftgraph.chinacloudapi.cn",
        exchange="partner.outlook.cn",
        instance="partner.microsoftonline.cn",
    ),
    _sovereign("fr"),
    _sovereign("de"),
    _sovereign("sg"),
)
NATIONAL_HOSTS = tuple(
    sorted({host for one in NATIONAL_CLOUDS for host in (one.login, one.graph, one.exchange)})
)


def cloud_at(host: str) -> NationalCloud | None:
    """Return the national cloud that a host belongs to, None for worldwide and our own names."""
    return next(
        (one for one in NATIONAL_CLOUDS if host in {one.login, one.graph, one.exchange}), None
    )
