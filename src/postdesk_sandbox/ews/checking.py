"""Whether a request keeps to the schema: names, order and values, as Exchange demands."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import MESSAGES, local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

_SCHEMA = Path(__file__).parent / "schema" / "messages.xsd"


@cache
def _schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.XMLSchema(etree.parse(str(_SCHEMA), parser))


@cache
def known_operations() -> frozenset[str]:
    """Return the names of the requests that the schema describes."""
    top = etree.parse(str(_SCHEMA)).getroot()
    return frozenset(str(one.get("name")) for one in top if local_name(one.tag) == "element")


def require_valid(operation: _Element) -> None:
    """Raise EwsError `ErrorSchemaValidation` unless the request keeps to the schema.

    The caller holds the state's lock: the validator is one for all.
    """
    if operation.tag != f"{{{MESSAGES}}}{local_name(operation.tag)}":
        raise refuse_schema(f"The element '{local_name(operation.tag)}' is in no known namespace.")
    schema = _schema()
    if not schema.validate(operation):
        first = schema.error_log.last_error  # type: ignore[attr-defined]
        raise refuse_schema(f"{first.message} (line {first.line})")


def refuse_schema(reason: str) -> EwsError:
    """Return the fault for a request that breaks the schema."""
    return EwsError("ErrorSchemaValidation", f"The request failed schema validation: {reason}")
