"""A measurement in a process, a data directory and a database of its own."""

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.table import Row

ROOT = Path(__file__).resolve().parent.parent
WITH_DESK = {"ingest", "pages"}  # these need Django and a migrated database


class MeasurementFailed(Exception):
    """The measurement ended with an error; the message holds the end of what it wrote."""


def measure_apart(name: str, *arguments: str, database_url: str = "") -> list[Row]:
    """Run ``bench.<name>.measure(*arguments)`` in a fresh process; return its rows."""
    with tempfile.TemporaryDirectory(prefix="postdesk-bench-") as data_dir:
        done = subprocess.run(
            [sys.executable, "-m", "bench.process", name, *arguments],
            cwd=ROOT,
            env=_environment(data_dir, database_url),
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise MeasurementFailed(f"{name} {' '.join(arguments)}: {done.stderr[-3000:]}")
    rows: list[Row] = json.loads(done.stdout.splitlines()[-1])
    return rows


def _environment(data_dir: str, database_url: str) -> dict[str, str]:
    """Return the environment without settings of a desk that somebody runs here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POSTDESK_")}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "postdesk.config.settings",
        "POSTDESK_DATA_DIR": data_dir,
        "POSTDESK_DATABASE_URL": database_url,
        "POSTDESK_LOG_LEVEL": "WARNING",
    }


def _prepare_desk() -> None:
    """Bring an empty data directory to where ``postdesk run`` brings it before it serves."""
    import django

    django.setup()
    from postdesk.cli.preparing import collect_static, migrate

    migrate()
    collect_static()


def main(name: str, *arguments: str) -> None:
    """Measure and print the rows as one JSON line."""
    if name in WITH_DESK:
        _prepare_desk()
    rows = importlib.import_module(f"bench.{name}").measure(*arguments)
    print(json.dumps(rows), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
