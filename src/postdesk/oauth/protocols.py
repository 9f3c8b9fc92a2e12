"""Which mail protocol needs a token of which resource."""

from enum import StrEnum


class MailProtocol(StrEnum):
    """What an account speaks to its server."""

    GRAPH = "graph"
    EWS = "ews"
    IMAP = "imap"
    POP = "pop"
    SMTP = "smtp"


class Resource(StrEnum):
    """Whom an access token is for. One sign-in serves several; one token serves one of them."""

    GRAPH = "graph"
    OUTLOOK = "outlook"
    GOOGLE = "google"
    GENERIC = "generic"


def resource_of(protocol: MailProtocol) -> Resource:
    """Return the resource whose token Microsoft wants for a protocol.

    Exchange Web Services, IMAP, POP and SMTP are all permissions of Office 365 Exchange Online.
    """
    return Resource.GRAPH if protocol is MailProtocol.GRAPH else Resource.OUTLOOK
