"""The page of error codes in the documentation, made from the table that Postdesk reads itself.

``python -m tests.house.error_page docs/admin/error-codes.md`` (or ``make docs``) writes it.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from postdesk.base.explanations import OTHERWISE, SERVICES, Entry, Outcome

HEAD = """# Error codes

What providers say when they refuse, in plain words: the same words that the account shows. This
page is made by `make docs` from the table in `src/postdesk/base/explanations`; do not edit it by
hand. Look for the code that the account's *History* shows. Codes are the same in upper and lower
case. Mail is never lost meanwhile: it stays in the mailbox and is collected once the cause is
mended.

| State of the connection afterwards | Means |
|---|---|
| Needs re-authorization | somebody signs in again; nothing else has to be entered |
| Needs a correction | something entered, registered or granted is wrong; tried again every hour |
| Blocked by policy | the organisation forbids it; tried again every hour |
| Trying again | a passing fault; nobody is called, and it is shown once it lasts |
| As it was | concerns a message or a folder, not the connection |
"""
_STATES = {
    Outcome.REAUTHORIZE: "Needs re-authorization",
    Outcome.MISCONFIGURED: "Needs a correction",
    Outcome.BLOCKED: "Blocked by policy",
    Outcome.PASSING: "Trying again",
    Outcome.NONE: "As it was",
}
_COLUMNS = (
    "| Code | What happened | Who acts | What to do | Does waiting help? | State |\n"
    "|---|---|---|---|---|---|\n"
)


def render() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for service, codes in SERVICES.items():
        parts.append(f"## {service}\n\n{_COLUMNS}{_rows(codes)}")
    parts.append(
        "## Any other code\n\n"
        f"{OTHERWISE.happened} {OTHERWISE.remedy} A code of Microsoft's sign-in that is not listed "
        "is explained by the error that came with it, such as `invalid_grant`.\n"
    )
    return "\n".join(parts)


def _rows(codes: Mapping[str, Entry]) -> str:
    return "".join(_row(code, entry) for code, entry in codes.items())


def _row(code: str, entry: Entry) -> str:
    cells = (
        f"`{code}`",
        entry.happened,
        entry.who_acts,
        entry.remedy,
        "Yes" if entry.waiting_helps else "No",
        _STATES[entry.outcome],
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def main(page: str) -> None:
    """Write the page."""
    Path(page).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
