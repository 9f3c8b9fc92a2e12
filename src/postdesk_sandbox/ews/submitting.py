"""Sending: who may, to whom, and what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.delivery import Parcel, prepare_mime, submit
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.operation import FolderHere
from postdesk_sandbox.mime import change_headers, read_message

if TYPE_CHECKING:
    from postdesk_sandbox.ews.operation import ItemHere, Operation, Place
    from postdesk_sandbox.tenant import Person


def send(operation: Operation, place: Place, mime: bytes) -> bytes:
    """Submit a message by way of a mailbox; returns the octets as Exchange keeps them.

    Raises EwsError `ErrorInvalidRecipients` or `ErrorSendAsDenied`.
    """
    if not read_message(mime).sender:
        own = operation.acting.address
        mime = change_headers(mime, drop={"from"}.__contains__, add={"From": own})
    _require_recipients(mime)
    sender = _find_sender(operation, mime)
    world, now = operation.call.world, operation.call.now
    kept = prepare_mime(
        mime,
        sender=sender,
        number=place.mailbox.sequence + 1,
        now=now,
        mint_message_id=world.tenant.switches.mint_message_id,
    )
    submit(world, Parcel(sender=sender, mailbox=place.mailbox, mime=kept, now=now))
    return kept


def file_sent(operation: Operation, item: ItemHere, target: FolderHere, kept: bytes) -> None:
    """Put a draft that went out where its copy belongs, which may be in another mailbox."""
    message, mailbox, now = item.message, item.mailbox, operation.call.now
    folder = target.require_mail()
    if target.mailbox is not mailbox:
        target.mailbox.add(kept, folder=folder, now=now, is_read=True).origin = "creation"
        mailbox.remove(message)
        return
    message.mime, message.is_draft, message.is_read = kept, False, True
    message.received_at = now
    mailbox.move(message, folder, now=now)


def sent_items_of(item: ItemHere) -> FolderHere:
    """Return where the copy goes when the request names no folder."""
    return FolderHere(place=item.place, folder=item.mailbox.well_known("sentitems"))


def _require_recipients(mime: bytes) -> None:
    recipients = read_message(mime).recipients
    if not recipients or not all("@" in one for one in recipients):
        raise EwsError("ErrorInvalidRecipients", "At least one recipient isn't valid.")


def _find_sender(operation: Operation, mime: bytes) -> Person:
    """Return whose address From carries, if the acting person may send in that name."""
    named = read_message(mime).sender[0].address
    sender = operation.call.world.tenant.owner_of(named)
    acting = operation.acting
    if sender is None or (sender is not acting and acting.address not in sender.send_as):
        raise EwsError(
            "ErrorSendAsDenied",
            "The user account which was used to submit this request does not have the right to "
            "send mail on behalf of the specified sending account.",
        )
    return sender
