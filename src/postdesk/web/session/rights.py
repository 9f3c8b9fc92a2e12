"""Who may open a page: decorators for views."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control

from postdesk.directory.models import Person, Tech

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def tech_of(person: object) -> Tech | None:
    """Return the active tech that the signed-in ``person`` is, or None."""
    if not isinstance(person, Person) or not person.is_active:
        return None
    tech = getattr(person, "tech", None)
    return tech if isinstance(tech, Tech) and tech.is_active else None


def for_techs(view: View[P]) -> View[P]:
    """Let active techs in; a stranger goes to the sign-in page, anybody else is told no."""
    return _guard(view, needs_administrator=False)


def for_administrators(view: View[P]) -> View[P]:
    """Let active Administrators in; a stranger goes to sign-in, anybody else is told no."""
    return _guard(view, needs_administrator=True)


def _guard(view: View[P], *, needs_administrator: bool) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _ask_to_sign_in(request)
        tech = tech_of(request.user)
        if tech is None:
            raise PermissionDenied("This page is for techs.")
        if needs_administrator and not tech.is_administrator:
            raise PermissionDenied("This page is for Administrators.")
        response = view(request, *args, **kwargs)
        _keep_private(request, response)
        return response

    return guarded


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Lead to the sign-in page; script, which would put that page into this one, gets a 401."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse("Sign in first.", status=401, content_type="text/plain")
    return redirect_to_login(_return_to(request))


def _keep_private(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let nobody else's cache keep a page, and nobody at all the answer to a form.

    A refused form comes back with the secret that was typed; browsers store even such answers.
    """
    if response.has_header("Cache-Control"):
        return
    if request.method in {"GET", "HEAD"}:
        patch_cache_control(response, private=True, no_cache=True)
    else:
        patch_cache_control(response, private=True, no_store=True)


def _return_to(request: HttpRequest) -> str:
    """Return where to go after signing in; a form that was posted cannot be replayed by a link."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
