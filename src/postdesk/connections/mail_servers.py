"""The mail servers that go with a connection: their usual names, and which token opens them."""

from django.conf import settings

from postdesk.connections.models import Connection
from postdesk.connections.providing import cloud_of
from postdesk.oauth.protocols import Resource

_GOOGLE_IMAP, _GOOGLE_SMTP = "imap.gmail.com", "smtp.gmail.com"
_RESOURCES = {
    Connection.Provider.MICROSOFT: Resource.OUTLOOK,
    Connection.Provider.GOOGLE: Resource.GOOGLE,
    Connection.Provider.GENERIC: Resource.GENERIC,
}


def mail_resource(connection: Connection) -> Resource:
    """Return the resource whose tokens IMAP and SMTP take."""
    return _RESOURCES[Connection.Provider(connection.provider)]


def usual_imap_host(connection: Connection) -> str:
    """Return the provider's IMAP server, or "" where none is known."""
    if connection.provider == Connection.Provider.GOOGLE:
        return _GOOGLE_IMAP if _is_real(connection) else ""
    is_known = connection.provider == Connection.Provider.MICROSOFT and _is_real(connection)
    return cloud_of(connection).imap_host if is_known else ""


def usual_smtp_host(connection: Connection) -> str:
    """Return the provider's SMTP server, or "" where none is known."""
    if connection.provider == Connection.Provider.GOOGLE:
        return _GOOGLE_SMTP if _is_real(connection) else ""
    is_known = connection.provider == Connection.Provider.MICROSOFT and _is_real(connection)
    return cloud_of(connection).smtp_host if is_known else ""


def _is_real(connection: Connection) -> bool:
    """Say whether tokens come from the provider itself: pretended ones must not leave for it."""
    if connection.provider == Connection.Provider.MICROSOFT:
        return not cloud_of(connection).reroutes
    return not settings.ENVIRONMENT.sandbox_url
