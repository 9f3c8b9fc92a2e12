"""Access as an application: nobody signs in, so nobody's password or leaving can end it."""

from datetime import datetime

from postdesk.base.errors import NeedsPerson
from postdesk.base.explain import explain
from postdesk.connections.asking import check_credential
from postdesk.connections.granting import open_mailbox
from postdesk.connections.models import Connection
from postdesk.connections.providing import main_resource
from postdesk.connections.states import after_refusal
from postdesk.connections.tokens import state_after, store_sign_in
from postdesk.oauth.protocols import Resource
from postdesk.site import audit
from postdesk.site.audit import Action


def connect_application(
    connection: Connection, *, mailbox: str, by: object = None, now: datetime
) -> None:
    """Ask for a token with the stored credential, open ``mailbox`` with it, and store it.

    Raises NeedsPerson when that is refused (the connection then says so) or TryLater; either way
    what works already goes on. A token without a word about mail is no failure: with RBAC for
    Applications the right to the mailbox lies in Exchange, and only opening it can tell.
    """
    resource = main_resource(connection)
    try:
        tokens = check_credential(connection, resource=resource, mailbox=mailbox)
        if resource is Resource.GRAPH:
            open_mailbox(connection, tokens, mailbox=mailbox)
    except NeedsPerson as error:
        detail = f"{mailbox}: {error.what} {error.code}".strip()
        failed = Action.AUTHORIZATION_FAILED
        audit.record(failed, actor=by, target=connection, detail=detail, now=now)
        if not connection.is_usable:
            state = state_after(connection, explain(error.code))
            after_refusal(connection, error, state, now=now)
            connection.save(update_fields=["state", "state_since", "error_code", "error_raw"])
        raise
    store_sign_in(connection, tokens, resource=resource, mailbox=mailbox, now=now)
    audit.record(Action.AUTHORIZED, actor=by, target=connection, detail=mailbox, now=now)
