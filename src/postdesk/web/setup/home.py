"""Setup home: the first steps, and the way to every page of Setup."""

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.first_steps import first_steps

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@for_administrators
@require_safe
def setup_home(request: "HttpRequest") -> "HttpResponse":
    """Show the checklist until all of it is done, and the sections with their counts."""
    steps = first_steps()
    done = sum(step.is_done for step in steps)
    context = {
        "page_title": "Setup",
        "steps": steps,
        "done": done,
        "left": len(steps) - done,
        "total": len(steps),
    }
    return render(request, "setup/home.html", context)
