"""OData query options and the Prefer header. What is not understood is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox.graph.errors import GraphError, bad_request, not_implemented

if TYPE_CHECKING:
    from collections.abc import Collection

    from postdesk_sandbox.web import Call

MAX_TOP = 1000
_SEPARATOR = re.compile(r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The query of one request; texts are empty and numbers None when absent."""

    select: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    order_by: str = ""
    filter: str = ""
    search: str = ""
    expands_attachments: bool = False
    wants_count: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What the Prefer header asks for."""

    immutable_ids: bool = False
    page_size: int | None = None
    text_body: bool = False

    def applied(self) -> dict[str, str]:
        """Return the header that says what was taken up."""
        taken = []
        if self.immutable_ids:
            taken.append('IdType="ImmutableId"')
        if self.page_size is not None:
            taken.append(f"odata.maxpagesize={self.page_size}")
        if self.text_body:
            taken.append('outlook.body-content-type="text"')
        return {"Preference-Applied": ", ".join(taken)} if taken else {}


def read_options(call: Call, *allowed: str, properties: Collection[str] = ()) -> Options:
    """Read the options that this operation knows, such as `$select`; refuse all others."""
    for name in call.request.args:
        if name not in allowed:
            raise not_implemented(call, f"query option {name} at {call.request.path}")
    args = call.request.args
    if (expand := args.get("$expand", "").strip()) not in {"", "attachments"}:
        raise not_implemented(call, f"$expand={expand}")
    return Options(
        select=_select(call, args.get("$select", ""), properties),
        top=_number(args.get("$top"), name="$top", at_least=1),
        skip=_number(args.get("$skip"), name="$skip", at_least=0) or 0,
        order_by=args.get("$orderby", "").strip(),
        filter=args.get("$filter", "").strip(),
        search=args.get("$search", "").strip(),
        expands_attachments=bool(expand),
        wants_count=args.get("$count", "false").lower() == "true",
    )


def read_preferences(call: Call) -> Preferences:
    """Read the Prefer headers; unknown preferences may be ignored (RFC 7240 section 2)."""
    found: dict[str, str] = {}
    for one in _SEPARATOR.split(",".join(call.request.headers.getlist("Prefer"))):
        name, _, value = one.strip().partition("=")
        found[name.strip().lower()] = value.strip().strip('"')
    size = found.get("odata.maxpagesize", "")
    return Preferences(
        immutable_ids=found.get("idtype", "").lower() == "immutableid",
        page_size=max(1, min(int(size), MAX_TOP)) if size.isdecimal() and len(size) < 10 else None,
        text_body=found.get("outlook.body-content-type", "").lower() == "text",
    )


def _select(call: Call, text: str, properties: Collection[str]) -> tuple[str, ...]:
    canonical = {name.lower(): name for name in properties}
    chosen = []
    for name in filter(None, (one.strip() for one in text.split(","))):
        if name.lower() not in canonical:
            call.state.journal.miss(f"graph $select={name}")
            raise bad_request(
                f"Could not find a property named '{name}' on this type (or the sandbox lacks it).",
                code="RequestBroker--ParseUri",
            )
        chosen.append(canonical[name.lower()])
    return tuple(chosen)


def _number(text: str | None, *, name: str, at_least: int) -> int | None:
    if text is None:
        return None
    number = int(text) if text.isdecimal() and len(text) < 10 else -1
    if number < at_least or (name == "$top" and number > MAX_TOP):
        raise GraphError(400, "BadRequest", f"The value '{text}' of {name} is not valid.")
    return number
