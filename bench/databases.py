"""The databases that a desk is measured on, each empty and gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

SQLITE = "SQLite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A PostgreSQL server; ``name`` says whether what it commits is durable."""

    name: str
    url: str

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Yield the URL of a fresh database."""
        database = f"postdesk_bench_{uuid4().hex[:12]}"
        quoted = sql.Identifier(database)
        with psycopg.connect(self.url, autocommit=True) as control:
            control.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
            try:
                yield urlunsplit(urlsplit(self.url)._replace(path=f"/{database}"))
            finally:
                control.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def describe_server(url: str) -> Server:
    """Return the server at ``url`` with a name that tells its durability, as it says itself."""
    with psycopg.connect(url) as connection:
        told = [_setting(connection, name) for name in ("fsync", "synchronous_commit")]
    is_durable = "off" not in told
    return Server(name="PostgreSQL" if is_durable else "PostgreSQL, not durable", url=url)


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""
