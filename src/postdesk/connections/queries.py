"""Reads about connections."""

from django.conf import settings

from postdesk.base.explain import Explanation, explain, is_listed
from postdesk.connections.models import Connection
from postdesk.oauth import clouds


def offered_clouds() -> list[tuple[str, str]]:
    """Return key and name of each cloud that a form offers."""
    offered = clouds.offered_clouds(sandbox_url=settings.ENVIRONMENT.sandbox_url)
    return [(cloud.key, cloud.name) for cloud in offered]


def portal_url(cloud_key: str) -> str:
    """Return where an administrator registers applications in that cloud, "" if unknown."""
    cloud = clouds.find_cloud(cloud_key, sandbox_url=settings.ENVIRONMENT.sandbox_url)
    return cloud.portal_url if cloud else ""


def explanation(code: str) -> Explanation | None:
    """Return what an error code means and what to do; None for a code that no table has."""
    return explain(code) if is_listed(code) else None


def connections() -> list[Connection]:
    """Return all connections, those that work first."""
    return list(Connection.objects.order_by("-authorized_at", "id"))
