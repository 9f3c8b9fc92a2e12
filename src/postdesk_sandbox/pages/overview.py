"""The first page, the clock and the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox.clock import read_moment
from postdesk_sandbox.web import answer_page, redirect

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.mailboxes import Mailbox
    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.web import Call

SHOWN_ENTRIES = 200
STEPS = ((3600, "1 hour"), (86400, "1 day"), (30 * 86400, "30 days"), (90 * 86400, "90 days"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A mailbox as a row of the first page."""

    address: str
    name: str
    kind: str
    inbox: int
    unread: int
    sent: int


def home(call: Call) -> Response:
    """Say what this is, and list everybody."""
    world = call.world
    inside = [
        _box(mailbox, person)
        for person in world.tenant.people.values()
        if (mailbox := world.mailbox(person.address)) is not None
    ]
    outside = [_box(mailbox, None) for mailbox in world.outside.values()]
    return answer_page(
        "home.html",
        now=call.now,
        tenant=world.tenant,
        inside=inside,
        outside=outside,
        apps=list(world.tenant.apps.values()),
        google=world.google,
        base_url=call.base_url,
        faults=len(world.faults.pending),
    )


def show_clock(call: Call, *, error: str = "") -> Response:
    """Show the tenant's clock and the steps on offer."""
    return answer_page(
        "clock.html",
        status=422 if error else 200,
        now=call.now,
        real=datetime.now(call.now.tzinfo),
        steps=STEPS,
        error=error,
    )


def move_clock(call: Call) -> Response:
    """Move the clock by a step, to a moment, or back to the real time."""
    form = call.request.form
    try:
        if form.get("real"):
            call.state.clock.offset = timedelta()
        elif moment := form.get("moment", ""):
            call.state.clock.move_to(read_moment(moment))
        else:
            call.state.clock.advance(timedelta(seconds=int(form.get("seconds", "0"))))
        call.state.clock.now()
    except (ValueError, OverflowError):
        call.state.clock.offset = timedelta()
        return show_clock(call, error="The clock cannot go there; it shows the real time again.")
    return redirect("/clock")


def journal(call: Call) -> Response:
    """Show the last calls, newest first, and what is not implemented."""
    entries = list(call.state.journal.entries)[-SHOWN_ENTRIES:]
    return answer_page(
        "journal.html",
        now=call.now,
        entries=entries[::-1],
        total=len(call.state.journal.entries),
        unimplemented=call.state.journal.unimplemented,
    )


def _box(mailbox: Mailbox, person: Person | None) -> Box:
    inbox = mailbox.messages_in(mailbox.well_known("inbox"))
    return Box(
        address=mailbox.address,
        name=person.display_name if person else mailbox.address.partition("@")[0],
        kind="outside" if person is None else "shared mailbox" if person.shared else "person",
        inbox=len(inbox),
        unread=sum(not one.is_read for one in inbox),
        sent=len(mailbox.messages_in(mailbox.well_known("sentitems"))),
    )
