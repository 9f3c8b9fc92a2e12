"""The messages of ``tests/corpus``: each has its expected reading beside it.

A ``.json`` names only the fields that its message is about; of objects and lists of objects the
named keys are compared.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from postdesk.message.describe import describe_message

CORPUS = Path(__file__).parents[2] / "corpus"
MESSAGES = sorted(CORPUS.rglob("*.eml"))


def _matches(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            _matches(found.get(key), value) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(_matches, found, expected))
    return bool(found == expected)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_message_of_the_corpus_is_read_as_expected(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))

    found = describe_message(path.read_bytes(), name=path.name)

    differing = {
        key: (found[key], value)
        for key, value in expected.items()
        if not _matches(found[key], value)
    }
    assert not differing, "found, expected: " + json.dumps(differing, ensure_ascii=False, indent=1)


def test_corpus_is_there_and_complete() -> None:
    assert len(MESSAGES) >= 20
    assert all(path.with_suffix(".json").exists() for path in MESSAGES)
