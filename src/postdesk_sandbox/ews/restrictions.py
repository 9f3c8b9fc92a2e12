"""Restrictions and orders: which messages or folders are meant, and in which order."""

from __future__ import annotations

import operator
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.extended import read_constant
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.ews.paths import PATH_NAMES, read_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element

    from postdesk_sandbox.ews.extended import Value
    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.ews.paths import Path

Thing = TypeVar("Thing")
Test: TypeAlias = "Callable[[Thing], bool]"
# What finds the function that tells a property, or None for one that cannot be searched.
Finder: TypeAlias = "Callable[[Path], Callable[[Thing], Value | None] | None]"
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "IsEqualTo": operator.eq,
    "IsNotEqualTo": operator.ne,
    "IsGreaterThan": operator.gt,
    "IsGreaterThanOrEqualTo": operator.ge,
    "IsLessThan": operator.lt,
    "IsLessThanOrEqualTo": operator.le,
}
_FLAGS = frozenset(
    {
        "item:IsDraft", "item:IsSubmitted", "item:IsUnmodified", "item:IsResend",
        "item:IsFromMe", "message:IsRead",
    }
)  # fmt: skip
# As in Exchange, deeper or longer ones are refused before they cost anything.
MAX_DEPTH = 50
MAX_PARTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader(Generic[Thing]):
    """Turns restrictions and orders of one kind of thing into functions."""

    operation: Operation
    find: Finder[Thing]

    def read_restriction(self, element: _Element | None) -> Test[Thing]:
        """Return the test of a Restriction. Raises EwsError for what cannot be searched."""
        if element is None:
            return lambda _: True
        if sum(1 for _ in element.iter()) > MAX_PARTS:
            raise EwsError("ErrorRestrictionTooComplex", "The restriction is too complex.")
        return self._read(element[0], 0)

    def sort(self, things: list[Thing], order: _Element | None) -> list[Thing]:
        """Return the things in a SortOrder; those without the property come first."""
        for one in reversed(order if order is not None else ()):
            value = self._value(one[0])
            things = sorted(
                things,
                key=lambda thing, value=value: _sort_key(value(thing)),  # type: ignore[misc]
                reverse=one.get("Order") == "Descending",
            )
        return things

    def _read(self, element: _Element, depth: int) -> Test[Thing]:
        name = local_name(element.tag)
        if depth > MAX_DEPTH:
            raise EwsError("ErrorRestrictionTooLong", "The restriction is too deep.")
        if name in {"And", "Or"}:
            parts = [self._read(one, depth + 1) for one in element]
            choose = all if name == "And" else any
            return lambda thing: choose(part(thing) for part in parts)
        if name == "Not":
            inner = self._read(element[0], depth + 1)
            return lambda thing: not inner(thing)
        return self._read_leaf(element, name)

    def _read_leaf(self, element: _Element, name: str) -> Test[Thing]:
        value = self._value(element[0])
        if name == "Exists":
            _require_exists(read_path(element[0]))
            return lambda thing: value(thing) is not None
        if name == "Contains":
            return _contains(element, value)
        if name == "Excludes":
            return _excludes(element, value)
        return self._compare(element, name, value)

    def _compare(
        self, element: _Element, name: str, value: Callable[[Thing], Value | None]
    ) -> Test[Thing]:
        compare, other = _COMPARE[name], element[1][0]
        if local_name(other.tag) in PATH_NAMES:
            theirs = self._value(other)
            return lambda thing: _holds(compare, value(thing), theirs(thing))
        text = other.get("Value", "")
        constant = _constant_reader(read_path(element[0]), text)
        return lambda thing: _holds(compare, found := value(thing), constant(found))

    def _value(self, element: _Element) -> Callable[[Thing], Value | None]:
        path = read_path(element)
        found = self.find(path)
        if found is None:
            raise self.operation.refuse(f"search by {path}", code="ErrorUnsupportedPathForQuery")
        return found


def _require_exists(path: Path) -> None:
    """Raise EwsError for a flag: those are bits of one property, which is always there."""
    if path.uri in _FLAGS:
        raise EwsError(
            "ErrorInvalidPropertyForExists",
            "Property cannot be used in Exists expression. Use IsEqualTo instead.",
        )


def _constant_reader(path: Path, text: str) -> Callable[[Value | None], Value | None]:
    """Return what reads the constant as the kind of value that it is compared with."""
    if path.is_extended:
        constant = read_constant(text, path.kind)
        return lambda _: constant

    def read(found: Value | None) -> Value | None:
        try:
            return _as_kind_of(found, text)
        except (ValueError, OverflowError) as error:
            raise EwsError(
                "ErrorInvalidValueForProperty", "The specified value is invalid for property."
            ) from error

    return read


def _as_kind_of(found: Value | None, text: str) -> Value:
    if isinstance(found, bool):
        if text.lower() not in {"true", "false", "1", "0"}:
            raise ValueError(text)
        return text.lower() in {"true", "1"}
    if isinstance(found, int):
        return int(text)
    if isinstance(found, datetime):
        when = datetime.fromisoformat(text.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return text


def _holds(compare: Callable[[Any, Any], bool], one: Value | None, other: Value | None) -> bool:
    """Compare; what a thing does not have is unequal to everything and in no order."""
    if one is None or other is None:
        return compare is operator.ne
    if isinstance(one, tuple):
        return any(_holds(compare, part, other) for part in one)
    if isinstance(one, datetime) and isinstance(other, datetime):
        # Exchange compares what it shows, which has no fractions.
        return compare(one.replace(microsecond=0), other.replace(microsecond=0))
    if isinstance(one, str) and isinstance(other, str):
        return compare(one.casefold(), other.casefold())
    return compare(one, other) if type(one) is type(other) else compare is operator.ne


def _contains(element: _Element, value: Callable[[Thing], Value | None]) -> Test[Thing]:
    mode = element.get("ContainmentMode", "FullString")
    fold = _folding(element.get("ContainmentComparison", "Exact"))
    wanted = fold(element[1].get("Value", ""))

    def test(thing: Thing) -> bool:
        found = value(thing)
        if found is not None and not isinstance(found, str | tuple):
            raise EwsError("ErrorContainsFilterWrongType", "Contains works on texts only.")
        texts = (found,) if isinstance(found, str) else found or ()
        return any(_is_contained(wanted, fold(text), mode) for text in texts)

    return test


def _is_contained(wanted: str, text: str, mode: str) -> bool:
    if mode == "FullString":
        return text == wanted
    if mode == "Prefixed":
        return text.startswith(wanted)
    if mode == "PrefixOnWords":
        return any(word.startswith(wanted) for word in text.split())
    if mode == "ExactPhrase":
        return f" {wanted} " in f" {' '.join(text.split())} "
    return wanted in text


def _folding(comparison: str) -> Callable[[str], str]:
    plain = "IgnoreCase" not in comparison and "Loose" not in comparison
    keep_marks = "NonSpac" not in comparison

    def fold(text: str) -> str:
        if not keep_marks:
            apart = unicodedata.normalize("NFD", text)
            text = "".join(one for one in apart if not unicodedata.combining(one))
        return text if plain else text.casefold()

    return fold


def _excludes(element: _Element, value: Callable[[Thing], Value | None]) -> Test[Thing]:
    mask_text = element.find(full_name("t:Bitmask")).get("Value", "")  # type: ignore[union-attr]
    # The schema lets digits be missing altogether, also behind 0x.
    digits, base = (mask_text[2:], 16) if mask_text[:2].lower() == "0x" else (mask_text, 10)
    mask = int(digits or "0", base)

    def test(thing: Thing) -> bool:
        found = value(thing)
        return isinstance(found, int) and not found & mask

    return test


def _sort_key(value: Value | None) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    if isinstance(value, tuple):
        return (1, "; ".join(value).casefold())
    return (1, value.casefold() if isinstance(value, str) else value)
