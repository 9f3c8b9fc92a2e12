"""From a path to a page."""

from __future__ import annotations

import hmac
import mimetypes
from typing import TYPE_CHECKING

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from postdesk_sandbox.pages import breaking, mailbox, overview, rearranging, write
from postdesk_sandbox.web import STATIC_DIR, answer_page, is_foreign, redirect

if TYPE_CHECKING:
    from collections.abc import Callable

    from postdesk_sandbox.web import Call

STATIC = "/static/"
COOKIE = "sandbox_control"
_PAGES: dict[tuple[str, str], Callable[[Call], Response]] = {
    ("/", "GET"): overview.home,
    ("/clock", "GET"): overview.show_clock,
    ("/clock", "POST"): overview.move_clock,
    ("/journal", "GET"): overview.journal,
    ("/break", "GET"): breaking.show,
    ("/break", "POST"): breaking.change,
    ("/mailbox", "GET"): mailbox.show_mailbox,
    ("/mailbox", "POST"): rearranging.change,
    ("/message", "GET"): mailbox.show_message,
    ("/message/html", "GET"): mailbox.show_html,
    ("/message/source", "GET"): mailbox.show_source,
    ("/write", "GET"): write.show_form,
    ("/write", "POST"): write.send,
}
_MAP = Map([Rule(path, methods=[method], endpoint=(path, method)) for path, method in _PAGES])


def is_page(path: str) -> bool:
    """Say whether a path belongs to the pages."""
    return path.startswith(STATIC) or any(path == known for known, _ in _PAGES)


def answer(call: Call, *, control_token: str) -> Response:
    """Answer a page or one of its files. With a token set, pages need it as well."""
    if call.request.path.startswith(STATIC):
        return _answer_file(call.request.path.removeprefix(STATIC))
    if control_token and (answered := _ask_for_token(call, control_token)):
        return answered
    if is_foreign(call, has_token=bool(control_token)):
        return _refuse(call, 403, "Refused", "This form was sent by another web page.")
    try:
        endpoint, _ = _MAP.bind("").match(call.request.path, method=call.request.method)
        return _PAGES[endpoint](call)
    except MethodNotAllowed:
        return _refuse(call, 405, "Not so", "This page does not take that method.")
    except NotFound:
        return answer_page("missing.html", status=404, now=call.now)


def _ask_for_token(call: Call, token: str) -> Response | None:
    """Return a refusal, or the cookie for a token in the address; None lets the caller in."""
    named = call.request.args.get("token")
    given = named or call.request.cookies.get(COOKIE, "")
    if not hmac.compare_digest(given.encode(), token.encode()):
        words = "Open this page with ?token= as printed at start."
        return _refuse(call, 401, "These pages need the token", words)
    if named is None:
        return None
    welcome = redirect(call.request.path)
    welcome.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
    return welcome


def _refuse(call: Call, status: int, title: str, sentence: str) -> Response:
    return answer_page("done.html", status=status, now=call.now, title=title, sentence=sentence)


def _answer_file(name: str) -> Response:
    """Serve a file of the package; only names that stand there, so no path escapes."""
    files = {one.name: one for one in STATIC_DIR.iterdir()}
    if name not in files:
        return Response("There is no such file.", status=404, content_type="text/plain")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    answer = Response(files[name].read_bytes(), content_type=kind)
    answer.headers["Cache-Control"] = "max-age=60"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
