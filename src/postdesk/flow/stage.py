"""The catch-alls: a message that breaks a stage is parked, and the next one goes on."""

import logging
import traceback
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, transaction

from postdesk.base.errors import CarriesDecision, ThisMessage
from postdesk.base.logs import redact

log = logging.getLogger(__name__)
LONGEST_TRACEBACK = 20_000
_PROGRAM_LIMIT_EXCEEDED = "54"  # PostgreSQL's class of errors for rows too large for an index


def run_or_park(work: Callable[[], None], *, park: Callable[[str, str], None], name: str) -> None:
    """Run ``work`` in a savepoint; on any error undo it and ``park(reason, traceback)`` instead.

    Trouble of the database itself is no fault of the message and goes on upwards; a value that is
    larger than the database takes is.
    """
    try:
        with transaction.atomic():
            work()
    except ThisMessage as error:
        park(f"{error.what} {error.remedy}".strip(), "")
    except Exception as error:
        if _is_trouble_of_the_database(error):
            raise
        log.exception("%s could not be processed and is held", name)
        trace = redact(traceback.format_exc())[-LONGEST_TRACEBACK:]
        park(f"Processing it failed: {type(error).__name__}.", trace)


def run_or_tell(work: Callable[[], None], *, tell: Callable[[str], None], name: str) -> None:
    """Run ``work``, which speaks to a server, so in no transaction; ``tell(reason)`` if it breaks.

    Errors that carry a decision go on upwards, and so does trouble of the database.
    """
    try:
        work()
    except CarriesDecision:
        raise
    except Exception as error:
        if _is_trouble_of_the_database(error):
            raise
        log.exception("%s could not be processed", name)
        tell(f"Processing it failed: {type(error).__name__}.")


def _is_trouble_of_the_database(error: Exception) -> bool:
    sqlstate = getattr(error.__cause__, "sqlstate", None) or ""
    is_too_large = sqlstate.startswith(_PROGRAM_LIMIT_EXCEEDED)
    return isinstance(error, InterfaceError | OperationalError) and not is_too_large
