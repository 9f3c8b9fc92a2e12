"""What has to be set before mail becomes tickets, in the order in which it is best done."""

from dataclasses import dataclass, replace

from django.db.models import Q

from postdesk.base.hosts import is_loopback
from postdesk.connections.models import Connection
from postdesk.directory.models import RequestType, Tech, TechGroup
from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount
from postdesk.mail.reading import BY_PASSWORD
from postdesk.site.options import public_url
from postdesk.tickets.models import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line of the checklist; ``is_next`` marks the first that is not done."""

    title: str
    text: str
    icon: str
    url_name: str
    action: str
    is_done: bool
    is_next: bool = False


def first_steps() -> list[Step]:
    """Return the checklist as things stand now."""
    steps = [_public_url(), _request_types(), _outgoing(), _incoming(), _first_ticket()]
    missing = next((place for place, step in enumerate(steps) if not step.is_done), None)
    if missing is not None:
        steps[missing] = replace(steps[missing], is_next=True)
    return steps


def _public_url() -> Step:
    url = public_url()
    text = f"{url}, and from it the redirect URI of every mail account"
    if is_loopback(url.host):
        text = f"{url}: good for trying things on this machine. Others need a DNS name and https."
    return Step(
        title="Public URL",
        text=text,
        icon="server",
        url_name="setup:options",
        action="Set the public URL",
        is_done=True,
    )


def _request_types() -> Step:
    types = RequestType.objects.filter(is_active=True).count()
    groups = TechGroup.objects.filter(is_active=True).count()
    techs = Tech.objects.filter(is_active=True).count()
    text = f"Request types {types}, tech groups {groups}, techs {techs}"
    if not types:
        text = "What your clients ask for, such as Hardware or Access. New mail gets one of them."
    return Step(
        title="Request Types and Tech Groups",
        text=text,
        icon="tag",
        url_name="setup:request_types" if types else "setup:request_type_new",
        action="Add a request type",
        is_done=types > 0,
    )


def _outgoing() -> Step:
    account = OutgoingMailAccount.objects.filter(is_active=True).order_by("pk").first()
    text = "The way out for answers: SMTP, or the mailbox itself through Microsoft Graph."
    if account is not None:
        text = f"{account} through {account.get_kind_display()}"
    return Step(
        title="Outgoing Mail Account",
        text=text,
        icon="send",
        url_name="setup:outgoing" if account else "setup:outgoing_new",
        action="Add a way out",
        is_done=account is not None,
    )


def _incoming() -> Step:
    accounts = IncomingMailAccount.objects.order_by("pk")
    is_signed_in = Q(connection__state__in=Connection.USABLE)
    working = accounts.filter(BY_PASSWORD | is_signed_in).first()
    begun = accounts.first()
    text = (
        "Connect the mailbox that your clients write to. For Microsoft 365 you need an "
        "administrator of it for about five minutes."
    )
    if working is not None:
        text = f"{working} is {'authorized' if working.uses_connection else 'ready'}"
    elif begun is not None:
        text = f"{begun} is saved but not authorized. Open it and press Authorize."
    return Step(
        title="Incoming Mail Account",
        text=text,
        icon="inbox",
        url_name="setup:incoming" if begun else "setup:incoming_new",
        action="Connect a mailbox",
        is_done=working is not None,
    )


def _first_ticket() -> Step:
    is_done = Ticket.objects.exists()
    return Step(
        title="First ticket",
        text="It came" if is_done else "Send a mail to the mailbox; it becomes ticket number 1.",
        icon="ticket",
        url_name="console:list",
        action="Look at the tickets",
        is_done=is_done,
    )
