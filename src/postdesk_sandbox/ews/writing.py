"""Building answers: elements, their text, and the envelope around them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from postdesk_sandbox.ews.names import PREFIXES, full_name

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element

# What XML 1.0 cannot carry; mail may contain it.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def make(tag: str, text: str | None = None, /, **attributes: str) -> _Element:
    """Return a new element; `tag` is written with its prefix, such as `t:ItemId`."""
    element = etree.Element(full_name(tag), nsmap=PREFIXES)
    return _fill(element, text, attributes)


def add(parent: _Element, tag: str, text: str | None = None, /, **attributes: str) -> _Element:
    """Append a new child and return it."""
    return _fill(etree.SubElement(parent, full_name(tag)), text, attributes)


def put(parent: _Element, *children: _Element) -> _Element:
    """Append children and return the parent."""
    parent.extend(children)
    return parent


def _fill(element: _Element, text: str | None, attributes: dict[str, str]) -> _Element:
    if text is not None:
        element.text = clean(text)
    for name, value in attributes.items():
        element.set(name, clean(value))
    return element


def clean(text: str) -> str:
    """Replace what XML cannot carry."""
    return _ILLEGAL.sub("\ufffd", text)


def moment(value: datetime) -> str:
    """Return a moment as Exchange writes it: UTC, whole seconds, Z."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


def truth(value: bool) -> str:  # noqa: FBT001 -- a value to be written, not a switch
    """Return an xs:boolean."""
    return "true" if value else "false"
