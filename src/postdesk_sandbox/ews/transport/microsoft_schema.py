"""Checking what goes over the line by Microsoft's own schema, where somebody has it.

`EWS_XSD_DIR` names a folder with messages.xsd and types.xsd as every Exchange server offers
them beside Exchange.asmx. They are not ours to ship. Nothing is refused by this check: what it
finds is written into the journal, and the conformance suite demands that there is nothing.
"""

from __future__ import annotations

import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lxml import etree

from postdesk_sandbox.ews.names import MESSAGES, SOAP, TYPES, local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

VARIABLE = "EWS_XSD_DIR"
_XS = "http://www.w3.org/2001/XMLSchema"
_XML = "http://www.w3.org/XML/1998/namespace"
_FILES = {MESSAGES: "messages.xsd", TYPES: "types.xsd", _XML: "xml.xsd"}
# The attributes that types.xsd borrows from XML itself.
_XML_SCHEMA = f"""\
<xs:schema xmlns:xs="{_XS}" targetNamespace="{_XML}">
  <xs:attribute name="lang" type="xs:string"/>
  <xs:attribute name="space" type="xs:string"/>
  <xs:attribute name="base" type="xs:anyURI"/>
</xs:schema>
"""
_ENTRANCE = f"""\
<xs:schema xmlns:xs="{_XS}">
  <xs:import namespace="{MESSAGES}" schemaLocation="messages.xsd"/>
  <xs:import namespace="{TYPES}" schemaLocation="types.xsd"/>
</xs:schema>
"""
# What the schema forbids and the real service does all the same.
_TOLERATED = (
    # Clients ask for folders that are younger than the schema; Exchange answers for each.
    "DistinguishedFolderId', attribute 'Id'",
    # Each server's schema names its own version alone; older ones are negotiated.
    "RequestServerVersion', attribute 'Version'",
    # In streams these two are sent in the namespace of messages; clients look for them there.
    f"{{{MESSAGES}}}Notification': This element is not expected. Expected is ( {{{TYPES}}}",
    f"{{{MESSAGES}}}SubscriptionId': This element is not expected. Expected is ( {{{TYPES}}}",
)


class SchemaUnusableError(RuntimeError):
    """The folder of EWS_XSD_DIR holds no usable messages.xsd and types.xsd."""


class MicrosoftSchema:
    """The schema of a folder, ready to check envelopes."""

    def __init__(self, folder: Path) -> None:
        with tempfile.TemporaryDirectory() as prepared:
            _prepare(folder, Path(prepared))
            try:
                self._schema = etree.XMLSchema(file=str(Path(prepared, "entrance.xsd")))
            except etree.LxmlError as error:
                raise SchemaUnusableError(f"{VARIABLE}={folder}: {error}") from error

    def violations(self, envelope: bytes) -> list[str]:
        """Return what is wrong in the headers and the body of an envelope; faults are skipped."""
        try:
            root = etree.fromstring(
                envelope, etree.XMLParser(resolve_entities=False, huge_tree=True)
            )
        except etree.XMLSyntaxError as error:
            return [f"no XML: {error.msg}"]
        found: list[str] = []
        for part in root:
            for one in part.iterchildren("*"):
                if one.tag != f"{{{SOAP}}}Fault":
                    found += self._check(one)
        return found

    def _check(self, element: _Element) -> list[str]:
        # A document of its own, since the validator looks for the root's declaration.
        alone = etree.fromstring(etree.tostring(element, with_tail=False), _huge())
        if self._schema.validate(alone):
            return []
        name = local_name(element.tag)
        messages = [str(one.message) for one in cast("Any", self._schema.error_log)]
        return [f"{name}: {one}" for one in messages if not _is_tolerated(one)]


def from_environment() -> MicrosoftSchema | None:
    """Return the schema that EWS_XSD_DIR names, or None. Raises SchemaUnusableError."""
    folder = os.environ.get(VARIABLE, "")
    return _load(folder) if folder else None


@lru_cache(maxsize=2)
def _load(folder: str) -> MicrosoftSchema:
    return MicrosoftSchema(Path(folder))


def _is_tolerated(message: str) -> bool:
    return any(one in message for one in _TOLERATED)


def _huge() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _prepare(folder: Path, prepared: Path) -> None:
    """Copy the schema with imports that lead to each other, whatever addresses they had."""
    try:
        present = {one.name.lower(): one for one in folder.iterdir()}
        for name in ("messages.xsd", "types.xsd"):
            tree = etree.parse(str(present[name]), _huge())
            for one in tree.getroot().iter(f"{{{_XS}}}import"):
                if one.get("namespace") in _FILES:
                    one.set("schemaLocation", _FILES[one.get("namespace", "")])
            tree.write(str(prepared / name))
    except (OSError, KeyError, etree.LxmlError) as error:
        raise SchemaUnusableError(
            f"{VARIABLE}={folder} has to hold messages.xsd and types.xsd: {error}"
        ) from error
    (prepared / "xml.xsd").write_text(_XML_SCHEMA)
    (prepared / "entrance.xsd").write_text(_ENTRANCE)
