"""Small parts of the Tech's pages: links that narrow a list in place, how it is sorted, files."""

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from postdesk.tickets.models import Attachment, Participant
from postdesk.web.console.narrowing import Column
from postdesk.web.console.pictures import RASTER_TYPES

if TYPE_CHECKING:
    from django.forms import BoundField

register = template.Library()


@register.simple_tag
def narrows(href: str) -> SafeString:
    """Make a link that swaps only the list when script runs, and is a plain link otherwise."""
    return format_html(
        'href="{0}" hx-get="{0}" hx-target="#listing" hx-select="#listing"'
        ' hx-swap="outerHTML" hx-push-url="true"',
        href,
    )


@register.simple_tag
def sort_state(column: Column) -> SafeString | str:
    """Say for readers of the screen which column sorts the table, and which way."""
    return format_html('aria-sort="{}"', column.direction) if column.direction else ""


@register.simple_tag
def form_control(bound: "BoundField", form_id: str) -> SafeString:
    """Draw a control that stands outside of its form and belongs to it all the same."""
    return bound.as_widget(attrs={"form": form_id})


@register.filter
def initials(participant: Participant) -> str:
    """Return one or two characters for the small circle."""
    words = [word for word in participant.name.split() if word[0].isalnum()]
    if len(words) < 2:
        return (participant.name or participant.address)[:2].upper()
    return (words[0][0] + words[-1][0]).upper()


@register.filter
def is_picture(file: Attachment) -> bool:
    """Say whether a file is a raster picture, which may be shown in place."""
    return file.media_type in RASTER_TYPES
