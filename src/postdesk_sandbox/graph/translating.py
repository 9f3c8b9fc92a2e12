"""`translateExchangeIds`: the ordinary and the immutable id of a message, one from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented
from postdesk_sandbox.graph.reading import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.operation import Operation
    from postdesk_sandbox.mailboxes import StoredMessage

MAX_IDS = 1000
_FORMATS = {"entryId", "ewsId", "immutableEntryId", "restId", "restImmutableEntryId"}
_TARGETS: dict[str, Callable[[StoredMessage], str]] = {
    "restId": lambda message: message.ordinary_id,
    "restImmutableEntryId": lambda message: message.immutable_id,
}
_NEEDED = {"User.Read", "User.ReadBasic.All", "User.Read.All"}


def translate_ids(operation: Operation) -> Response:
    """Answer `POST translateExchangeIds`; an id that nothing has is left out."""
    if not operation.caller.permissions & _NEEDED:
        raise GraphError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    body = {name.lower(): value for name, value in operation.read_body().items()}
    if unknown := set(body) - {"inputids", "sourceidtype", "targetidtype"}:
        raise not_implemented(operation.call, f"translateExchangeIds {sorted(unknown)}")
    source, target = text_of(body, "sourceidtype"), text_of(body, "targetidtype")
    for name in (source, target):
        if name not in _FORMATS:
            raise bad_request(f"'{name}' is no exchangeIdFormat.", code="ErrorInvalidRequest")
        if name not in _TARGETS:
            raise not_implemented(operation.call, f"translateExchangeIds of {name}")
    ids = body.get("inputids")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise bad_request("inputIds must be a list of strings.", code="ErrorInvalidRequest")
    if len(ids) > MAX_IDS:
        raise bad_request("inputIds must not have more than 1000 ids.", code="ErrorInvalidRequest")
    found = ((one, operation.place.mailbox.message(one)) for one in ids)
    value = [
        {"sourceId": one, "targetId": _TARGETS[target](message)}
        for one, message in found
        if message is not None and _TARGETS[source](message) == one
    ]
    context = operation.context("Collection(microsoft.graph.convertIdResult)")
    return operation.answer({"@odata.context": context, "value": value})
