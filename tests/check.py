"""``make check``: lint, types, import contracts, migrations, templates, audit of dependencies."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = {
    "formatting": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "templates": ["djlint", "--lint", "--quiet", "src/postdesk"],
    "templates of the sandbox": [
        "djlint", "--lint", "--quiet", "--profile", "jinja", "src/postdesk_sandbox",
    ],
    "types": ["mypy", "src", "bench"],
    "import contracts": ["lint-imports"],
    "migrations": ["django-admin", "makemigrations", "--check", "--dry-run"],
    "Django's own checks": ["django-admin", "check"],
    "audit of dependencies": [
        "pip-audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off",
        "-r", "requirements/run.txt",
    ],
}  # fmt: skip
# The audit asks a public service; where that knows nothing or is away, it says so aloud.
AUDIT = "audit of dependencies"
UNREACHABLE = (
    "could not be audited", "ConnectionError", "Max retries", "Failed to connect",
    "ServiceError", "HTTPError", "timed out", "Name or service",
)  # fmt: skip


def main() -> int:
    """Run every check, say how each went, and return 1 when one failed."""
    failed = []
    with tempfile.TemporaryDirectory() as data_dir:
        environment = {
            **os.environ,
            "POSTDESK_DATA_DIR": data_dir,
            "DJANGO_SETTINGS_MODULE": "postdesk.config.settings",
            "PYTHONPATH": "src",
        }
        for name, command in CHECKS.items():
            if not _passes(name, command, environment):
                failed.append(name)
    print(f"Checks that failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def _passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = f"{time.monotonic() - started:.0f} s"
    if name == AUDIT and any(sign in done.stdout for sign in UNREACHABLE):
        print(f"SKIP  {name}: its service gave no answer here ({seconds})", flush=True)
        return True
    if done.returncode == 0:
        print(f"ok    {name} ({seconds})", flush=True)
        return True
    print(f"FAIL  {name} ({seconds})\n{done.stdout}", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
