"""`$batch`: up to twenty requests in one, each with a status of its own."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from postdesk_sandbox.graph.errors import bad_request
from postdesk_sandbox.graph.reading import read_object
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.web import Call

MAX_REQUESTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a batch."""

    id: str
    method: str
    url: str
    headers: dict[str, str]
    body: object
    depends_on: tuple[str, ...]


def answer(call: Call, version: str, *, answer_one: Callable[[Call], Response]) -> Response:
    """Answer the requests in their order; one that depends on a failed one gets 424."""
    steps = _read_steps(call)
    # All of them are understood before the first is carried out.
    inner = [replace(call, request=_request(call, version, step)) for step in steps]
    statuses: dict[str, int] = {}
    responses = []
    for step, one in zip(steps, inner, strict=True):
        if any(statuses[other] >= 400 for other in step.depends_on):
            response = {"id": step.id, "status": 424, "headers": {}, "body": _failed_dependency()}
        else:
            response = _shape(step, answer_one(one))
        statuses[step.id] = int(str(response["status"]))
        responses.append(response)
    return answer_json({"responses": responses})


def _read_steps(call: Call) -> list[Step]:
    requests = read_object(call.request).get("requests")
    if not isinstance(requests, list):
        raise bad_request("Invalid batch payload format.")
    if not 1 <= len(requests) <= MAX_REQUESTS:
        raise bad_request(f"Number of batch request steps exceeds the maximum of {MAX_REQUESTS}.")
    steps: dict[str, Step] = {}
    for one in requests:
        step = _read_step(one)
        if step.id in steps:
            raise bad_request(f"Request id '{step.id}' is not unique in the batch.")
        if unknown := set(step.depends_on) - set(steps):
            raise bad_request(f"Request '{step.id}' depends on {sorted(unknown)}, not before it.")
        steps[step.id] = step
    return list(steps.values())


def _read_step(one: object) -> Step:
    if not isinstance(one, dict):
        raise bad_request("Invalid batch payload format.")
    needed = [one.get(key) for key in ("id", "method", "url")]
    if not all(isinstance(text, str) and text for text in needed):
        raise bad_request("Every batch request needs id, method and url.")
    # Some clients write null for what they leave out.
    headers = {} if one.get("headers") is None else one["headers"]
    depends_on = [] if one.get("dependsOn") is None else one["dependsOn"]
    if not isinstance(headers, dict) or not isinstance(depends_on, list):
        raise bad_request("headers must be an object and dependsOn a list.")
    return Step(
        id=str(one["id"]),
        method=str(one["method"]),
        url=str(one["url"]),
        headers={str(name): str(value) for name, value in headers.items()},
        body=one.get("body"),
        depends_on=tuple(str(name) for name in depends_on),
    )


def _request(call: Call, version: str, step: Step) -> Request:
    # The outer agent and token count for all; a request may set any other header.
    kept = {name: call.request.headers.get(name, "") for name in ("Authorization", "User-Agent")}
    given = {name: value for name, value in step.headers.items() if name.lower() != "authorization"}
    body = step.body
    data = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    try:
        builder = EnvironBuilder(
            path=f"/{version}/{step.url.lstrip('/')}",
            base_url=call.request.host_url,
            method=step.method,
            headers=Headers({**kept, **given}),
            data=data.encode(),
        )
    except ValueError as error:
        raise bad_request(f"Request '{step.id}' cannot be read: {error}") from error
    try:
        return Request(builder.get_environ())
    except ValueError as error:
        raise bad_request(f"Request '{step.id}' cannot be read: {error}") from error
    finally:
        builder.close()


def _shape(step: Step, answered: Response) -> dict[str, object]:
    return {
        "id": step.id,
        "status": answered.status_code,
        "headers": {k: v for k, v in answered.headers if k.lower() != "content-length"},
        "body": _body(answered),
    }


def _body(answered: Response) -> object:
    content = answered.get_data()
    if not content:
        return None
    if answered.mimetype == "application/json":
        return json.loads(content)
    return base64.b64encode(content).decode()


def _failed_dependency() -> dict[str, object]:
    return {"error": {"code": "FailedDependency", "message": "A request it depends on failed."}}
