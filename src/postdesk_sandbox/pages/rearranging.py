"""Moving, deleting and marking messages from the mailbox pages, by the control calls for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from postdesk_sandbox.control import meddling
from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.web import redirect

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call


def change(call: Call) -> Response:
    """Do to the chosen messages what the button says, and show the folder again."""
    form = call.request.form
    address = form.get("address", "")
    try:
        for identity in form.getlist("id"):
            _change_one(call, form.get("do", ""), {"mailbox": address, "id": identity})
    except ControlError as error:
        raise NotFound from error
    query = {"address": address, "folder": form.get("folder", "inbox")}
    return redirect(f"/mailbox?{urlencode(query)}")


def _change_one(call: Call, button: str, values: dict[str, object]) -> None:
    if button == "move":
        folder = call.request.form.get("destination", "")
        meddling.move(call, Payload(values | {"folder": folder}))
    elif button == "delete":
        meddling.delete(call, Payload(values))
    elif button in {"read", "unread"}:
        meddling.flag(call, Payload(values | {"is_read": button == "read"}))
    else:
        raise NotFound
