"""The small parts that every page is made of: icons, words of state, fields, pages of a list."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms, template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from postdesk.base import clock
from postdesk.directory.models import Priority
from postdesk.tickets.models import Status

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.forms import BoundField
    from django.template import Context

register = template.Library()

# Class of the style sheet and symbol of the sprite: each state has a shape of its own.
_STATUS = {
    Status.OPEN: ("open", "circle"),
    Status.PENDING: ("pending", "pause"),
    Status.RESOLVED: ("resolved", "done"),
    Status.CLOSED: ("closed", "closed"),
    Status.CANCELED: ("closed", "x"),
}
_HEALTH = {"ok": "closed", "soon": "clock", "bad": "stop", "off": "pause"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@register.simple_tag
def icon(name: str, *, small: bool = False) -> SafeString:
    """Draw a symbol of the sprite; its words stand beside it, so readers of the screen skip it."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        " icon--sm" if small else "",
        static("icons.svg"),
        name,
    )


def _state(block: str, kind: str, symbol: str, text: object) -> SafeString:
    return format_html(
        '<span class="{} {}--{}">{} {}</span>', block, block, kind, icon(symbol), text
    )


@register.simple_tag
def status(value: str) -> SafeString:
    """Say the status of a ticket."""
    kind, symbol = _STATUS[Status(value)]
    return _state("status", kind, symbol, Status(value).label)


@register.simple_tag
def prio(value: int) -> SafeString:
    """Say the priority of a ticket; the style sheet counts its classes from the least urgent."""
    kind = str(5 - int(value))
    return _state("prio", kind, f"prio-{kind}", Priority(value).label)


@register.simple_tag
def health(kind: str, text: str) -> SafeString:
    """Say how well something is; ``kind`` is ok, soon, bad or off."""
    return _state("health", kind, _HEALTH[kind], text)


@register.simple_tag
def age(moment: datetime | None) -> SafeString | str:
    """Say how long ago ``moment`` was: ``now``, ``38 m``, ``2 h``, ``1 d``; in full on pointing."""
    if moment is None:
        return ""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        date_format(timezone.localtime(moment), "DATETIME_FORMAT"),
        _short_age((clock.now() - moment).total_seconds()),
    )


def _short_age(seconds: float) -> str:
    if seconds < _MINUTE:
        return "now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} m"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    return f"{int(seconds // _DAY)} d"


@register.inclusion_tag("ui/_field.html")
def field(bound: "BoundField", group_label: str = "") -> dict[str, Any]:
    """Draw label, control, help and errors; ``group_label`` stands left of a single tick box."""
    widget = bound.field.widget
    kind, css_class = _kind_of(widget)
    css_class = f"{css_class} {widget.attrs.get('class', '')}".strip()
    return {
        "field": bound,
        "kind": kind,
        "group_label": group_label,
        "control": bound.as_widget(attrs={"class": css_class} if css_class else {}),
    }


def _kind_of(widget: forms.Widget) -> tuple[str, str]:
    """Return which shape of ``_field.html`` a widget takes, and the class of its control."""
    if widget.is_hidden:
        return "hidden", ""
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices", ""
    if isinstance(widget, forms.CheckboxInput):
        return "check", ""
    if isinstance(widget, forms.Select):
        return "select", ""
    if isinstance(widget, forms.Textarea):
        return "input", "textarea"
    return "input", "input"


@register.inclusion_tag("ui/_pagination.html", takes_context=True)
def paginate(context: "Context", page: "Page[Any]") -> dict[str, Any]:
    """Draw "1 to 50 of 128" with links that keep all other parameters of the address."""

    def href(number: int) -> str:
        parameters = context["request"].GET.copy()
        parameters["page"] = str(number)
        return f"?{parameters.urlencode()}"

    return {
        "first": page.start_index(),
        "last": page.end_index(),
        "total": page.paginator.count,
        "previous_href": href(page.previous_page_number()) if page.has_previous() else "",
        "next_href": href(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("ui/_nav_item.html", takes_context=True)
def nav_link(
    context: "Context",
    url_name: str,
    icon_name: str,
    text: str,
    *,
    count: int | None = None,
    is_bad: bool = False,
    is_exact: bool = False,
) -> dict[str, Any]:
    """Draw a line of the navigation, marked while its page or one below it is open."""
    href = reverse(url_name)
    path = context["request"].path
    return {
        "href": href,
        "icon_name": icon_name,
        "text": text,
        "count": count,
        "is_bad": is_bad,
        "is_current": path == href if is_exact else path.startswith(href),
    }


@register.inclusion_tag("ui/_nav_item.html", takes_context=True)
def nav_view(context: "Context", view: str, icon_name: str, text: str) -> dict[str, Any]:
    """Draw a view of the ticket list with its count; the page's ``view`` says which is open."""
    return {
        "href": f"{reverse('console:list')}?view={view}",
        "icon_name": icon_name,
        "text": text,
        "count": context["frame"].view_counts.get(view),
        "is_bad": False,
        "is_current": context.get("view") == view,
    }
