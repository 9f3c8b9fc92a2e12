"""Signs of life for supervisors and load balancers."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from postdesk.base import clock
from postdesk.connections.models import Connection
from postdesk.flow.figures import take_figures
from postdesk.site.options import read_options

WORKER_SILENCE = timedelta(minutes=2)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view takes the request
    """Answer 200 as long as this process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view takes the request
    """Answer 200 when the desk can do its work, 503 with the reasons when it cannot.

    Mailboxes in trouble are told as ``notes``: they are no reason to take this process out of
    service, where people answer tickets and press Re-Authorize. Anybody may ask, so the notes
    hold numbers and no names.
    """
    problems = find_problems(now=clock.now())
    notes = [] if problems else find_notes(now=clock.now())
    return JsonResponse(
        {"status": "not ready" if problems else "ok", "problems": problems, "notes": notes},
        status=503 if problems else 200,
    )


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
