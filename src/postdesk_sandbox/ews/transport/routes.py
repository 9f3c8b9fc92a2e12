"""The addresses of Exchange: its web service and autodiscover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.transport import autodiscover, endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from postdesk_sandbox.web import Call


def find(path: str) -> Callable[[Call], tuple[Response, str]] | None:
    """Return what answers at a path and names the operation, or None."""
    if endpoint.is_ews(path):
        return endpoint.answer
    if path.lower() == endpoint.ERROR_PATH:
        return endpoint.answer_error_page
    if autodiscover.is_autodiscover(path):
        return autodiscover.answer
    return None
