"""What every Graph operation is given, and the answers they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from postdesk_sandbox.graph.errors import folder_not_found, id_malformed, item_not_found
from postdesk_sandbox.graph.reading import read_object
from postdesk_sandbox.graph.shape import shape_message
from postdesk_sandbox.ids import is_store_id
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.access import Caller, Place
    from postdesk_sandbox.graph.options import Options, Preferences
    from postdesk_sandbox.mailboxes import Folder, StoredMessage
    from postdesk_sandbox.web import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call of Graph: the caller, the mailbox addressed, and the preferences.

    `root` is `{base}/v1.0` and `user_path` is `me` or `users('…')`, for links.
    """

    call: Call
    caller: Caller
    place: Place
    preferences: Preferences
    version: str
    user_path: str

    @property
    def root(self) -> str:
        """The address of this version of the service."""
        return f"{self.call.base_url}/{self.version}"

    def context(self, what: str) -> str:
        """Return the value of `@odata.context`."""
        return f"{self.root}/$metadata#{what}"

    def find_folder(self, ref: str) -> Folder:
        """Return a folder by id or well-known name. Raises 404, or 400 when it is no id."""
        folder = self.place.mailbox.folder(ref)
        if folder is None:
            raise folder_not_found() if is_store_id(ref) else id_malformed()
        return folder

    def find_message(self, ref: str) -> StoredMessage:
        """Return a message by id. Raises 404, or 400 when it is no id."""
        message = self.place.mailbox.message(ref)
        if message is None:
            raise item_not_found() if is_store_id(ref) else id_malformed()
        return message

    def read_body(self) -> dict[str, Any]:
        """Return the JSON object that was posted. Raises 400."""
        return read_object(self.call.request)

    def answer(self, payload: dict[str, object], *, status: int = 200) -> Response:
        """Return JSON together with the preferences that were taken up."""
        return answer_json(payload, status=status, headers=self.preferences.applied())

    def answer_message(self, message: StoredMessage, *, status: int = 200) -> Response:
        """Return one whole message."""
        user = self.user_path
        shaped = shape_message(message, self.preferences)
        return self.answer(
            {"@odata.context": self.context(f"{user}/messages/$entity"), **shaped}, status=status
        )


def next_page_link(operation: Operation, options: Options, *, skip: int) -> str:
    """Return the address of the next page of a list, with the same options."""
    query = {**operation.call.request.args.to_dict(), "$skip": str(skip)}
    if options.top is not None:
        query["$top"] = str(options.top)
    path = quote(operation.call.request.path)
    return f"{operation.call.base_url}{path}?{urlencode(query, safe='$')}"
