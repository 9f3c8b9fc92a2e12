"""The last test of a mail account, kept in the session of whoever pressed the button."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from postdesk.flow.probe import CheckLine, CheckReport

if TYPE_CHECKING:
    from django.http import HttpRequest


def keep_last_test(
    request: "HttpRequest", name: str, report: CheckReport, *, now: datetime
) -> None:
    """Remember ``report`` for the page at the path ``name``, in place of the one before."""
    request.session[_key(name)] = {
        "lines": [asdict(line) for line in report.lines],
        "at": now.isoformat(),
    }


def last_test(request: "HttpRequest", name: str) -> Mapping[str, Any]:
    """Return ``report`` and ``at`` for the page; both None when nothing was tested."""
    kept = request.session.get(_key(name))
    if kept is None:
        return {"report": None, "at": None}
    lines = tuple(CheckLine(**line) for line in kept["lines"])
    return {"report": CheckReport(lines=lines), "at": datetime.fromisoformat(kept["at"])}


def _key(name: str) -> str:
    return f"last_test:{name}"
