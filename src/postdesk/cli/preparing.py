"""Bringing a data directory up to date before pages or worker start."""

import contextlib
import io

from django.conf import settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from postdesk.base import clock
from postdesk.base.env import EnvironmentProblem
from postdesk.cli.telling import tell
from postdesk.site.options import is_setup_finished, issue_setup_token


def check_start() -> None:
    """Stop with what is wrong when a check finds an error."""
    errors = [message for message in run_checks() if message.is_serious()]
    if errors:
        raise EnvironmentProblem(" ".join(f"{error.msg} {error.hint or ''}" for error in errors))


def migrate() -> int:
    """Apply outstanding migrations, say so, and return how many there were."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        tell(f"Preparing the database ({len(plan)} steps) ...")
        call_command("migrate", interactive=False, verbosity=0)
    return len(plan)


def collect_static() -> None:
    """Put stylesheets, scripts and icons where they are served from, compressed and hashed."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    with contextlib.redirect_stdout(io.StringIO()):
        call_command("collectstatic", interactive=False, verbosity=0)


def follow_sandbox_clock() -> None:
    """Let our clock follow the pretend tenant's, when there is one."""
    base = settings.ENVIRONMENT.sandbox_url
    if base:
        from postdesk.connections.sandbox_clock import read_sandbox_clock  # noqa: PLC0415

        moment = read_sandbox_clock(base)
        if moment is not None:
            clock.shift_to(moment)
        clock.follow(lambda: read_sandbox_clock(base))


def setup_address(base_url: str) -> str | None:
    """Return a fresh one-time set-up address, or None when the first Administrator exists."""
    if is_setup_finished():
        return None
    return f"{base_url}/set-up/{issue_setup_token()}/"
