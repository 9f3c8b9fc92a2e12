"""The addresses below /api/v1/, described by /openapi.json. A page would need foreign scripts."""

from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import NinjaAPI, Status
from ninja.errors import ValidationError

from postdesk.api import problems
from postdesk.api.answers import (
    CheckAnswer,
    ConnectionAnswer,
    IncomingAnswer,
    Line,
    OutgoingAnswer,
    Readiness,
)
from postdesk.api.describing import (
    connection_rows,
    describe_connection,
    describe_incoming,
    describe_outgoing,
)
from postdesk.api.keys import KeyWith
from postdesk.base import clock
from postdesk.flow.probe import check_incoming
from postdesk.flow.readiness import find_notes, find_problems
from postdesk.mail.models import IncomingMailAccount
from postdesk.site import audit
from postdesk.site.audit_models import Scope
from postdesk.site.models import ApiKey


class PostdeskApi(NinjaAPI):
    """Answers that no cache keeps."""

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """Return the answer that an address fills."""
        answer = super().create_temporal_response(request)
        answer["Cache-Control"] = "no-store"
        return answer


api = PostdeskApi(
    title="Postdesk",
    version="1",
    description="Reads how connections and mail accounts do, and checks mailboxes.",
    docs_url=None,
    urls_namespace="api",
)
api.add_exception_handler(problems.Problem, problems.on_problem)
api.add_exception_handler(ValidationError, problems.on_invalid)
api.add_exception_handler(Http404, problems.on_missing)
api.add_exception_handler(Exception, problems.on_mistake)


@api.get("/health", auth=KeyWith(Scope.HEALTH_READ), response={200: Readiness, 503: Readiness})
def health(request: HttpRequest) -> Status[Readiness]:  # noqa: ARG001  an address takes the request
    """Say whether the desk can do its work: 200, or 503 with the reasons."""
    now = clock.now()
    reasons = find_problems(now=now)
    readiness = Readiness(
        status="not ready" if reasons else "ok",
        problems=reasons,
        notes=[] if reasons else find_notes(now=now),
    )
    return Status(503 if reasons else 200, readiness)


@api.get("/connections", auth=KeyWith(Scope.CONNECTIONS_READ), response=list[ConnectionAnswer])
def connections(request: HttpRequest) -> list[ConnectionAnswer]:  # noqa: ARG001
    """List all OAuth connections."""
    now = clock.now()
    return [describe_connection(row, now=now) for row in connection_rows()]


@api.get("/connections/{number}", auth=KeyWith(Scope.CONNECTIONS_READ), response=ConnectionAnswer)
def connection(request: HttpRequest, number: int) -> ConnectionAnswer:  # noqa: ARG001
    """Show one connection."""
    row = get_object_or_404(connection_rows(), pk=number)
    return describe_connection(row, now=clock.now())


@api.get(
    "/incoming-mail-accounts",
    auth=KeyWith(Scope.CONNECTIONS_READ),
    response=list[IncomingAnswer],
)
def incoming_mail_accounts(request: HttpRequest) -> list[IncomingAnswer]:  # noqa: ARG001
    """List the mailboxes that are read."""
    return describe_incoming(now=clock.now())


@api.get(
    "/outgoing-mail-accounts",
    auth=KeyWith(Scope.CONNECTIONS_READ),
    response=list[OutgoingAnswer],
)
def outgoing_mail_accounts(request: HttpRequest) -> list[OutgoingAnswer]:  # noqa: ARG001
    """List the ways out."""
    return describe_outgoing(now=clock.now())


@api.post(
    "/incoming-mail-accounts/{number}/check",
    auth=KeyWith(Scope.CONNECTIONS_CHECK),
    response=CheckAnswer,
)
def check(request: HttpRequest, number: int) -> CheckAnswer:
    """Sign in and open the mailbox now, as Test connection of its page does."""
    account = get_object_or_404(IncomingMailAccount.objects.select_related("connection"), pk=number)
    report = check_incoming(account)
    audit.record(
        audit.Action.ACCOUNT_CHECKED,
        actor=_name_of_key(request),
        target=account,
        detail="well" if report.is_good else str(report.failure and report.failure.why),
        now=clock.now(),
    )
    lines = [
        Line(title=each.title, state=each.state, why=each.why, remedy=each.remedy, code=each.code)
        for each in report.lines
    ]
    return CheckAnswer(is_good=report.is_good, lines=lines)


@api.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE"], "/{path:rest}", include_in_schema=False
)
def nothing(request: HttpRequest, rest: str) -> None:  # noqa: ARG001
    """Answer for any other address."""
    raise problems.Problem(
        HTTPStatus.NOT_FOUND,
        "There is no such address. /api/v1/openapi.json lists those that there are.",
    )


def _name_of_key(request: HttpRequest) -> str:
    key = getattr(request, "auth", None)
    return f"API key {key}" if isinstance(key, ApiKey) else "API key"
