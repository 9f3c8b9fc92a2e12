"""A Graph of canned answers behind httpx's mock transport."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpx

from postdesk.drivers.session import HttpSession

BASE = "https://graph.microsoft.com/v1.0"
MAILBOX = "help@contoso.test"
ROOT = f"/v1.0/users/{MAILBOX}"

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def says(status: int = 200, body: object = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes):
        return httpx.Response(status, content=body, headers=named)
    return httpx.Response(status, json=body, headers=named)


def fails(status: int, code: str, message: str = "", **headers: str) -> httpx.Response:
    return says(status, {"error": {"code": code, "message": message}}, **headers)


@dataclass
class CannedGraph:
    """Answers ``METHOD path`` in the order of ``will``; the last answer repeats."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    seen: list[httpx.Request] = field(default_factory=list)
    bearers: list[bool] = field(default_factory=list)

    def will(self, request: str, *replies: Reply) -> None:
        method, _, path = request.partition(" ")
        self.replies[f"{method} {ROOT}{path}"] = list(replies)

    def bearer(self, fresh: bool, claims: str = "") -> str:  # noqa: FBT001  the drivers' contract
        self.bearers.append(fresh)
        return "fresh-token" if fresh else "token"

    def session(self) -> HttpSession:
        return HttpSession(httpx.Client(transport=httpx.MockTransport(self._answer)))

    def asked(self) -> list[str]:
        """Return method and path within the mailbox, in order."""
        return [
            f"{request.method} {unquote(urlsplit(str(request.url)).path).removeprefix(ROOT)}"
            for request in self.seen
        ]

    def body(self, index: int) -> object:
        return json.loads(self.seen[index].content)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        key = f"{request.method} {unquote(urlsplit(str(request.url)).path)}"
        replies = self.replies.get(key)
        assert replies, f"no answer for {key}"
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else reply
