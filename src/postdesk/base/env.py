"""Settings that are needed to boot. All else lives in the database behind Setup."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

KNOWN = {
    "POSTDESK_DATA_DIR": "where the database, keys and large messages are kept",
    "POSTDESK_SECRET_KEY": "key ring, newest first, separated by spaces",
    "POSTDESK_SECRET_KEY_FILE": "file with the key ring, one key a line, newest first",
    "POSTDESK_DATABASE_URL": "postgres://user:password@host/name; otherwise SQLite",
    "POSTDESK_PUBLIC_URL": "pins the public URL of General > Options",
    "POSTDESK_TRUSTED_PROXIES": "addresses or networks whose X-Forwarded-* headers are believed",
    "POSTDESK_LOG_LEVEL": "DEBUG, INFO (default), WARNING or ERROR",
    "POSTDESK_STORAGE_URL": "reserved for storage of large messages outside the data directory",
    "POSTDESK_SANDBOX_URL": "http address of a pretend tenant, for demonstration and tests",
}
_TEST_PREFIX = "POSTDESK_TEST_"


class EnvironmentProblem(Exception):
    """A ``POSTDESK_*`` variable is unknown or unusable; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The boot settings, read once."""

    data_dir: Path
    secret_key: str = field(repr=False)
    secret_key_file: Path | None
    database_url: str = field(repr=False)
    public_url: str
    trusted_proxies: tuple[str, ...]
    log_level: str
    sandbox_url: str


def read_environment(variables: Mapping[str, str] = os.environ) -> Environment:
    """Return the boot settings; raises EnvironmentProblem for a name or value that is none."""
    for name in variables:
        if name.startswith("POSTDESK_") and not name.startswith(_TEST_PREFIX) and name not in KNOWN:
            raise EnvironmentProblem(
                f"{name} is no setting of Postdesk. Known are: {', '.join(sorted(KNOWN))}."
            )
    level = variables.get("POSTDESK_LOG_LEVEL", "INFO").upper()
    if level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise EnvironmentProblem("POSTDESK_LOG_LEVEL is DEBUG, INFO, WARNING or ERROR.")
    if variables.get("POSTDESK_STORAGE_URL"):
        raise EnvironmentProblem(
            "POSTDESK_STORAGE_URL is reserved: large messages are kept in the data directory. "
            "Unset it."
        )
    key_file = variables.get("POSTDESK_SECRET_KEY_FILE")
    return Environment(
        data_dir=Path(variables.get("POSTDESK_DATA_DIR") or "var").expanduser().absolute(),
        secret_key=variables.get("POSTDESK_SECRET_KEY", ""),
        secret_key_file=Path(key_file) if key_file else None,
        database_url=variables.get("POSTDESK_DATABASE_URL", ""),
        public_url=variables.get("POSTDESK_PUBLIC_URL", "").rstrip("/"),
        trusted_proxies=tuple(
            variables.get("POSTDESK_TRUSTED_PROXIES", "").replace(",", " ").split()
        ),
        log_level=level,
        sandbox_url=variables.get("POSTDESK_SANDBOX_URL", "").rstrip("/"),
    )
