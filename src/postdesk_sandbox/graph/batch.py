"""`$batch`: up to twenty requests in one, each with a status of its own."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from postdesk_sandbox.graph.errors import bad_request
from postdesk_sandbox.web import answer_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.web import Call

MAX_REQUESTS = 20


def answer_batch(call: Call, version: str, *, answer_one: Callable[[Call], Response]) -> Response:
    """Answer the requests in their order; one that depends on a failed one gets 424."""
    body = call.request.get_json(force=True, silent=True)
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not all(isinstance(one, dict) for one in requests):
        raise bad_request("Invalid batch payload format.")
    if not 1 <= len(requests) <= MAX_REQUESTS:
        raise bad_request(f"Number of batch request steps exceeds the maximum of {MAX_REQUESTS}.")
    statuses: dict[str, int] = {}
    responses = []
    for one in requests:
        response = _answer(call, version, one, statuses, answer_one)
        statuses[str(one.get("id"))] = int(response["status"])
        responses.append(response)
    return answer_json({"responses": responses})


def _answer(
    call: Call,
    version: str,
    one: dict[str, Any],
    statuses: dict[str, int],
    answer_one: Callable[[Call], Response],
) -> dict[str, Any]:
    name, method, url = one.get("id"), one.get("method"), one.get("url")
    if not all(isinstance(text, str) and text for text in (name, method, url)):
        raise bad_request("Every batch request needs id, method and url.")
    if name in statuses:
        raise bad_request(f"Request id '{name}' is not unique in the batch.")
    if any(statuses.get(str(other), 424) >= 400 for other in one.get("dependsOn", [])):
        return {"id": name, "status": 424, "headers": {}, "body": _failed_dependency()}
    answer = answer_one(replace(call, request=_request(call, version, one)))
    return {
        "id": name,
        "status": answer.status_code,
        "headers": {k: v for k, v in answer.headers if k.lower() != "content-length"},
        "body": _body(answer),
    }


def _request(call: Call, version: str, one: dict[str, Any]) -> Request:
    headers = {str(name): str(value) for name, value in (one.get("headers") or {}).items()}
    headers["Authorization"] = call.request.headers.get("Authorization", "")
    body = one.get("body")
    data = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
    path = str(one["url"])
    builder = EnvironBuilder(
        path=f"/{version}{path if path.startswith('/') else '/' + path}",
        base_url=call.request.host_url,
        method=str(one["method"]),
        headers=Headers(headers),
        data=data.encode(),
    )
    try:
        return Request(builder.get_environ())
    finally:
        builder.close()


def _body(answer: Response) -> object:
    content = answer.get_data()
    if not content:
        return None
    if answer.mimetype == "application/json":
        return json.loads(content)
    return base64.b64encode(content).decode()


def _failed_dependency() -> dict[str, object]:
    return {"error": {"code": "FailedDependency", "message": "A request it depends on failed."}}
