"""Answers of operations: one ResponseMessage for each thing of a batch, errors inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from lxml import etree

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.writing import add, make, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lxml.etree import _Element

Thing = TypeVar("Thing")
# The version that each product names itself; the last word goes into ServerVersionInfo/@Version.
_BUILDS = {
    "2013": ("15", "0", "1497", "48", "V2_23"),
    "2016": ("15", "1", "2507", "61", "V2017_07_11"),
    "2019": ("15", "2", "1748", "39", "V2017_07_11"),
    "SE": ("15", "2", "2562", "35", "V2017_07_11"),
    "Online": ("15", "20", "9343", "16", "V2018_01_08"),
}


def answer_each(
    name: str,
    things: Iterable[Thing],
    work: Callable[[Thing], list[_Element]],
    *,
    otherwise: Sequence[str] = (),
    message: str = "",
) -> _Element:
    """Do the work for each thing; an EwsError becomes that thing's ResponseMessage.

    `otherwise` names the elements that Exchange sends even beside an error: empty, or with the
    text behind an equals sign.
    """
    response = make(f"m:{name}Response")
    messages = add(response, "m:ResponseMessages")
    for thing in things:
        messages.append(_answer_one(message or f"{name}ResponseMessage", thing, work, otherwise))
    return response


def answer_once(name: str, parts: list[_Element]) -> _Element:
    """Return the answer of an operation that does one thing only."""
    return answer_each(name, [parts], lambda given: given)


def _answer_one(
    name: str,
    thing: Thing,
    work: Callable[[Thing], list[_Element]],
    otherwise: Sequence[str],
) -> _Element:
    try:
        parts = work(thing)
    except EwsError as error:
        parts = [
            make(tag, text or None) for tag, _, text in (one.partition("=") for one in otherwise)
        ]
        return put(_refusal(name, error), *parts)
    answer = make(f"m:{name}", ResponseClass="Success")
    add(answer, "m:ResponseCode", "NoError")
    return put(answer, *parts)


def _refusal(name: str, error: EwsError) -> _Element:
    answer = make(f"m:{name}", ResponseClass="Error")
    add(answer, "m:MessageText", error.message)
    add(answer, "m:ResponseCode", error.response_code)
    add(answer, "m:DescriptiveLinkKey", "0")
    if error.values:
        details = add(answer, "m:MessageXml")
        for key, value in error.values.items():
            add(details, "t:Value", value, Name=key)
    return answer


def wrap(answer: _Element, *, product: str) -> bytes:
    """Return the octets of a whole envelope around an answer of this Exchange."""
    envelope = make("s:Envelope")
    major, minor, build, revision, version = _BUILDS[product]
    add(
        add(envelope, "s:Header"),
        "t:ServerVersionInfo",
        MajorVersion=major,
        MinorVersion=minor,
        MajorBuildNumber=build,
        MinorBuildNumber=revision,
        Version=version,
    )
    add(envelope, "s:Body").append(answer)
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
