"""Control calls that only look."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from postdesk_sandbox.clock import to_iso
from postdesk_sandbox.control.changing import describe_app, describe_person
from postdesk_sandbox.control.reading import ControlError

if TYPE_CHECKING:
    from postdesk_sandbox.web import Call


def show_clock(call: Call) -> object:
    """Return the moment of the tenant's clock."""
    return {"now": call.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def list_sent(call: Call) -> object:
    """Return every mail that left a mailbox, oldest first."""
    return [
        {
            "from": one.sender,
            "mailbox": one.mailbox,
            "to": list(one.recipients),
            "outside": list(one.outside),
            "message_id": one.message_id,
            "mime": base64.b64encode(one.mime).decode(),
            "sent_at": to_iso(one.sent_at),
        }
        for one in call.world.submissions
    ]


def list_journal(call: Call) -> object:
    """Return the last calls, oldest first."""
    return [entry.as_json() for entry in call.state.journal.entries]


def list_unimplemented(call: Call) -> object:
    """Return what was asked for and is not there, with how often."""
    missed = call.state.journal.unimplemented
    return [{"feature": feature, "times": times} for feature, times in missed.items()]


def list_schema_breaks(call: Call) -> object:
    """Return what the schema of EWS_XSD_DIR did not allow in requests and answers."""
    broken = call.state.journal.schema_breaks
    return [{"violation": violation, "times": times} for violation, times in broken.items()]


def list_mailbox(call: Call) -> object:
    """Return the messages of one address, inside or outside the tenant."""
    address = call.request.args.get("address", "")
    mailbox = call.world.any_mailbox(address)
    if mailbox is None:
        raise ControlError(f"{address or 'address='} has no mailbox here")
    return [
        {
            "id": message.immutable_id,
            "folder": mailbox.folders[message.folder_id].name,
            "subject": message.reading.subject,
            "message_id": message.reading.message_id,
            "from": [one.address for one in message.reading.sender],
            "is_read": message.is_read,
            "is_draft": message.is_draft,
            "categories": list(message.categories),
            "received_at": to_iso(message.received_at),
        }
        for message in mailbox.messages.values()
    ]


def list_users(call: Call) -> object:
    """Return everybody of the tenant."""
    return [describe_person(one) for one in call.world.tenant.people.values()]


def list_apps(call: Call) -> object:
    """Return the registered applications."""
    return [describe_app(one) for one in call.world.tenant.apps.values()]
