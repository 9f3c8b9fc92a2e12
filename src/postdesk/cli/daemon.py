"""Running the Mailer Daemon in this process until a signal says stop."""

import os
import signal
from typing import Any

from django.conf import settings
from django.db import connection

from postdesk.cli.telling import tell
from postdesk.worker.lock import AnotherWorkerRuns, take_lock
from postdesk.worker.loop import MailerDaemon


def run_daemon() -> int:
    """Work until SIGTERM or SIGINT; on SQLite only where no other worker does."""
    daemon = MailerDaemon()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    if connection.vendor != "sqlite":
        daemon.run()
        return 0
    try:
        lock: Any = take_lock(settings.DATA_DIR)
    except AnotherWorkerRuns as error:
        tell(f"postdesk: {error}")
        return os.EX_TEMPFAIL
    with lock:
        daemon.free_leases()
        daemon.run()
    return 0
