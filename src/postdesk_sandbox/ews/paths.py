"""Names of properties in requests: FieldURI, IndexedFieldURI and ExtendedFieldURI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.names import local_name
from postdesk_sandbox.ews.writing import make

if TYPE_CHECKING:
    from lxml.etree import _Element

PATH_NAMES = frozenset({"FieldURI", "IndexedFieldURI", "ExtendedFieldURI"})
_SETS = {
    "Meeting": "6ed8da90-450b-101b-98da-00aa003f1305",
    "Appointment": "00062002-0000-0000-c000-000000000046",
    "Common": "00062008-0000-0000-c000-000000000046",
    "PublicStrings": "00020329-0000-0000-c000-000000000046",
    "Address": "00062004-0000-0000-c000-000000000046",
    "InternetHeaders": "00020386-0000-0000-c000-000000000046",
    "CalendarAssistant": "11000e07-b51b-40d6-af21-caa85edab1d0",
    "UnifiedMessaging": "4442858e-a9e3-4e80-b900-317a210cc15b",
    "Task": "00062003-0000-0000-c000-000000000046",
    "Sharing": "00062040-0000-0000-c000-000000000046",
}
_BY_GUID = {guid: name for name, guid in _SETS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One property.

    `uri` is set for FieldURI and IndexedFieldURI, `index` for the latter. An extended one has
    a `tag`, or a `set_name` (a distinguished name, else a GUID) with `name` or `number`.
    """

    uri: str = ""
    index: str = ""
    tag: int | None = None
    set_name: str = ""
    name: str = ""
    number: int | None = None
    kind: str = ""

    @property
    def is_extended(self) -> bool:
        """Say whether it names a MAPI property."""
        return not self.uri

    @property
    def is_array(self) -> bool:
        """Say whether it holds several values."""
        return self.kind.endswith("Array")

    @property
    def key(self) -> str:
        """Return one text for an extended property, however it was written."""
        if self.tag is not None:
            return f"{self.kind} 0x{self.tag:04x}"
        inside = f"name {self.name.lower()}" if self.number is None else f"id 0x{self.number:04x}"
        return f"{self.kind} {{{_SETS.get(self.set_name, self.set_name)}}} {inside}"

    def __str__(self) -> str:
        return f"{self.uri} {self.index}".strip() or self.key


def read_path(element: _Element) -> Path:
    """Read any of the three kinds. Raises EwsError `ErrorInvalidExtendedProperty`."""
    name = local_name(element.tag)
    if name == "ExtendedFieldURI":
        return _read_extended(element)
    return Path(uri=element.get("FieldURI", ""), index=element.get("FieldIndex", ""))


def write_path(path: Path) -> _Element:
    """Return the ExtendedFieldURI that names a property in an answer."""
    attributes = {}
    if path.tag is not None:
        attributes["PropertyTag"] = f"0x{path.tag:x}"
    elif path.set_name in _SETS:
        attributes["DistinguishedPropertySetId"] = path.set_name
    else:
        attributes["PropertySetId"] = path.set_name
    if path.tag is None and path.number is not None:
        attributes["PropertyId"] = str(path.number)
    elif path.tag is None:
        attributes["PropertyName"] = path.name
    return make("t:ExtendedFieldURI", **attributes, PropertyType=path.kind)


def _read_extended(element: _Element) -> Path:
    given = {str(name): str(value) for name, value in element.items()}
    kind = given.pop("PropertyType", "")
    if set(given) == {"PropertyTag"}:
        return Path(tag=_read_tag(given["PropertyTag"]), kind=kind)
    sets = {"DistinguishedPropertySetId", "PropertySetId"} & set(given)
    names = {"PropertyName", "PropertyId"} & set(given)
    if len(sets) != 1 or len(names) != 1 or len(given) != 2:
        raise EwsError(
            "ErrorInvalidExtendedProperty",
            "The extended property attribute combination is invalid.",
        )
    owner = given[sets.pop()]
    owner = _BY_GUID.get(owner.lower(), owner if owner in _SETS else owner.lower())
    if "PropertyId" in given:
        return Path(set_name=owner, number=int(given["PropertyId"]), kind=kind)
    return Path(set_name=owner, name=given["PropertyName"], kind=kind)


def _read_tag(text: str) -> int:
    return int(text, 16) if text.lower().startswith("0x") else int(text)
