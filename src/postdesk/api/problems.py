"""Errors of the API as application/problem+json (RFC 9457)."""

import json
import logging
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """Ends a request. ``detail`` says what to do, in a sentence; never a secret."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}


def answer_problem(problem: Problem) -> HttpResponse:
    """Return the answer; its type is about:blank, so its title is the status (section 4.2.1)."""
    body = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": problem.status.value,
        "detail": problem.detail,
    }
    answer = HttpResponse(json.dumps(body), status=problem.status, content_type=CONTENT_TYPE)
    answer["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        answer[name] = value
    return answer


def on_problem(_request: HttpRequest, error: object) -> HttpResponse:
    """Answer a Problem that an address raised."""
    if not isinstance(error, Problem):
        return on_mistake(_request, error)
    return answer_problem(error)


def on_missing(_request: HttpRequest, _error: object) -> HttpResponse:
    """Answer for a row or address that is not there."""
    return answer_problem(Problem(HTTPStatus.NOT_FOUND, "There is nothing at this address."))


def on_invalid(_request: HttpRequest, _error: object) -> HttpResponse:
    """Answer a parameter that does not fit; what was sent is not repeated."""
    return answer_problem(
        Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "A parameter does not fit. /api/v1/openapi.json says what each address takes.",
        )
    )


def on_mistake(request: HttpRequest, error: object) -> HttpResponse:
    """Answer after an error of ours; the log has the trace, the answer nothing of it."""
    log.error("An address of the API failed: %s", request.path, exc_info=_exception(error))
    return answer_problem(
        Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke here; the log says what.")
    )


def _exception(error: object) -> BaseException | None:
    return error if isinstance(error, BaseException) else None
