"""Whether the desk can do its work, and what needs a person; for readyz, the API and probes."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from postdesk.connections.models import Connection
from postdesk.flow.figures import take_figures
from postdesk.site.options import read_options

WORKER_SILENCE = timedelta(minutes=2)


def find_notes(*, now: datetime) -> list[str]:
    """Return in sentences what needs a person though the desk itself works."""
    figures = take_figures(now=now)
    broken = sum(figures.connections[state] for state in Connection.NEEDING_A_PERSON)
    counted = (
        (broken, "{} of the connections to mail providers need a person."),
        (figures.connections[Connection.State.FAILING], "{} of the connections try again."),
        (figures.accounts_in_trouble["incoming"], "{} of the mailboxes cannot be read."),
        (figures.accounts_in_trouble["outgoing"], "{} of the ways out cannot send."),
        (figures.alarms["alarm"], "{} of the alarms are not acknowledged."),
        (figures.untold, "{} of the alarm deliveries found no way out."),
    )
    return [sentence.format(count) for count, sentence in counted if count]


def find_problems(*, now: datetime) -> list[str]:
    """Return in sentences what keeps the desk from working; empty when nothing does."""
    try:
        missing = _missing_migrations()
        if missing:
            return [f"{missing} database migrations are missing: run postdesk migrate."]
        seen_at = read_options().worker_seen_at
    except DatabaseError:
        return ["The database does not answer."]
    if seen_at is None or now - seen_at > WORKER_SILENCE:
        return ["The Mailer Daemon gave no sign of life in two minutes: run postdesk worker."]
    return []


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
