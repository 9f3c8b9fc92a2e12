"""Figures as rows, printed as a table and kept as JSON lines."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

Value = str | int | float
Row = dict[str, Value]


def print_table(rows: Sequence[Row]) -> None:
    """Print rows that share their columns; the first column is a name, the others line up."""
    columns = list(rows[0])
    cells = [columns, *([_shown(row[column]) for column in columns] for row in rows)]
    widths = [max(len(line[position]) for line in cells) for position in range(len(columns))]
    for line in cells:
        first, *others = line
        numbers = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print("  ".join([first.ljust(widths[0]), *numbers]), flush=True)


def append_lines(path: Path, rows: Iterable[Row]) -> None:
    """Append each row as one JSON line."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _shown(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if value < 10 else f"{value:.0f}"
    return str(value)
