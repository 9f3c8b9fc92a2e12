"""People of the directory, as far as mail needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.graph.access import find_person
from postdesk_sandbox.graph.errors import GraphError
from postdesk_sandbox.graph.options import read_options
from postdesk_sandbox.graph.shape import PERSON_PROPERTIES, shape_person
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.graph.access import Caller
    from postdesk_sandbox.web import Call

_OF_OTHERS = {"User.ReadBasic.All", "User.Read.All"}


def get_person(call: Call, caller: Caller, ref: str) -> Response:
    """Answer `GET me` or `GET users/{ref}`. User.Read is enough for oneself only."""
    own = caller.person is not None and (ref == "me" or caller.person.answers_to(ref))
    needed = _OF_OTHERS | {"User.Read"} if own else _OF_OTHERS
    if not needed & caller.permissions:
        raise GraphError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    try:
        person = find_person(call, caller, ref)
    except GraphError as error:
        if error.status != 404:
            raise
        raise GraphError(
            404,
            "Request_ResourceNotFound",
            f"Resource '{ref}' does not exist or one of its queried reference-property objects "
            "are not present.",
        ) from error
    options = read_options(call, "$select", properties=PERSON_PROPERTIES)
    return answer_json(shape_person(person, select=options.select))
