"""Looking into a mailbox: folders, a message, its HTML apart, its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from postdesk_sandbox.web import answer_page

if TYPE_CHECKING:
    from postdesk_sandbox.mailboxes import Folder, Mailbox, StoredMessage
    from postdesk_sandbox.web import Call

SHOWN_MESSAGES = 200
# Looking at our own page must not load anything that a sender chose.
_HTML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"


def show_mailbox(call: Call) -> Response:
    """List one folder of a mailbox, newest first."""
    mailbox = find_mailbox(call)
    folder = mailbox.folder(call.request.args.get("folder", "inbox"))
    if folder is None:
        raise NotFound
    found = sorted(
        mailbox.messages_in(folder), key=lambda one: (one.received_at, one.number), reverse=True
    )
    folders = [one for one in mailbox.folders.values() if one.well_known != "msgfolderroot"]
    return answer_page(
        "mailbox.html",
        now=call.now,
        mailbox=mailbox,
        folder=folder,
        folders=[(one, mailbox.count_in(one)) for one in folders],
        destinations=_destinations(mailbox, folder),
        messages=found[:SHOWN_MESSAGES],
        total=len(found),
        is_inside=call.world.tenant.is_inside(mailbox.address),
    )


def show_message(call: Call) -> Response:
    """Show one message."""
    mailbox, message = find_message(call)
    folder = mailbox.folders[message.folder_id]
    return answer_page(
        "message.html",
        now=call.now,
        mailbox=mailbox,
        folder=folder,
        destinations=_destinations(mailbox, folder),
        message=message,
        reading=message.reading,
    )


def show_html(call: Call) -> Response:
    """Answer the HTML body alone, under a policy that lets it do nothing."""
    _, message = find_message(call)
    answer = Response(message.reading.html, content_type="text/html; charset=utf-8")
    answer.headers["Content-Security-Policy"] = _HTML_POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def show_source(call: Call) -> Response:
    """Answer the octets as they are stored."""
    _, message = find_message(call)
    answer = Response(message.mime, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _destinations(mailbox: Mailbox, here: Folder) -> list[Folder]:
    """Return the folders to which a message can be moved."""
    folders = mailbox.folders.values()
    return [one for one in folders if one.well_known != "msgfolderroot" and one.id != here.id]


def find_mailbox(call: Call) -> Mailbox:
    """Return the mailbox named by `address`. Raises NotFound."""
    mailbox = call.world.any_mailbox(call.request.args.get("address", ""))
    if mailbox is None:
        raise NotFound
    return mailbox


def find_message(call: Call) -> tuple[Mailbox, StoredMessage]:
    """Return the message named by `address` and `id`. Raises NotFound."""
    mailbox = find_mailbox(call)
    message = mailbox.message(call.request.args.get("id", ""))
    if message is None:
        raise NotFound
    return mailbox, message
