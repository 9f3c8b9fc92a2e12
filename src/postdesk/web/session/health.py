"""Signs of life for supervisors and load balancers."""

from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from postdesk.base import clock
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
    """Answer 200 when the desk can do its work, 503 with the reasons when it cannot."""
    problems = find_problems(now=clock.now())
    return JsonResponse(
        {"status": "not ready" if problems else "ok", "problems": problems},
        status=503 if problems else 200,
    )


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
