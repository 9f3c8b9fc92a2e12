"""Who may ask: a key in the Authorization header, with the scope that the address needs."""

from http import HTTPStatus

from django.core.cache import cache
from django.http import HttpRequest
from ninja.security import HttpBearer

from postdesk.api.problems import Problem
from postdesk.base import clock
from postdesk.site.api_keys import KeyRefused, find_key
from postdesk.site.models import ApiKey

_BEARER = 'Bearer realm="Postdesk"'
# A key cannot be guessed; this only spares the log and the table from whoever tries.
FAILURES_BEFORE_WAITING = 20
WAIT_SECONDS = 300


class KeyWith(HttpBearer):
    """Lets keys in that have a scope. A working key is never kept waiting by others' failures."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> ApiKey:
        """Return the key that asks. Raises Problem: 401, 403 or 429."""
        kind, _, text = request.headers.get("Authorization", "").strip().partition(" ")
        if kind.lower() != "bearer":
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "Send the header Authorization: Bearer and a key of Setup > General > API Keys.",
                headers={"WWW-Authenticate": _BEARER},
            )
        return self.authenticate(request, text.strip())

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """Return the key with this text."""
        try:
            key = find_key(token, now=clock.now())
        except KeyRefused as refusal:
            _count_failure(request)
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                str(refusal),
                headers={"WWW-Authenticate": f'{_BEARER}, error="invalid_token"'},
            ) from refusal
        if self.scope not in key.scopes:
            raise Problem(
                HTTPStatus.FORBIDDEN,
                f"The key {key.prefix} lacks {self.scope}. Make a key that has it.",
                headers={"WWW-Authenticate": f'{_BEARER}, error="insufficient_scope"'},
            )
        return key


def _count_failure(request: HttpRequest) -> None:
    """Count a failed key of this sender; raises Problem after too many."""
    name = f"api-failures:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(name, 0, WAIT_SECONDS)
    try:
        failures = cache.incr(name)
    except ValueError:  # it ended between the two lines
        failures = 1
    if failures > FAILURES_BEFORE_WAITING:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many keys failed from this address. Wait five minutes, or send a key that works.",
            headers={"Retry-After": str(WAIT_SECONDS)},
        )
