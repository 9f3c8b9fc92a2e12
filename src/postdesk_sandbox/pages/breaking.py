"""The page "Break this": one button for each error, one to end it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.exceptions import NotFound

from postdesk_sandbox.control.calls import ORDERS, PREFIX
from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.pages.breakages import ADDRESS, BREAKAGES, BY_KEY, CLIENT_ID, Breakage, Step
from postdesk_sandbox.web import answer_page, redirect

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.faults import Fault
    from postdesk_sandbox.web import Call

# The keys that name what a call is about, and change nothing by themselves.
_NAMING = ("address", "client_id")
_STATEFUL = ("users", "apps", "tenant")
TAKE_BACK = "take-back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A breakage as a row of the page."""

    breakage: Breakage
    command: str
    is_on: bool


def show(call: Call, *, error: str = "") -> Response:
    """List what can be broken for the chosen mailbox and application."""
    chosen = _chosen(call)
    choices = [_offer(call, one, chosen) for one in BREAKAGES]
    tenant = call.world.tenant
    return answer_page(
        "break.html",
        status=422 if error else 200,
        now=call.now,
        chosen=chosen,
        people=list(tenant.people.values()),
        apps=list(tenant.apps.values()),
        groups=[
            (name, list(ones)) for name, ones in groupby(choices, attrgetter("breakage.group"))
        ],
        pending=[_describe(one) for one in call.world.faults.pending],
        done=BY_KEY.get(call.request.args.get("done", "")),
        undone=BY_KEY.get(call.request.args.get("undone", "")),
        error=error,
    )


def change(call: Call) -> Response:
    """Break what the form names, undo it, or take back all faults."""
    chosen, form = _chosen(call), call.request.form
    done, undone = form.get("break", ""), form.get("undo", "")
    step = _find_step(done, undone)
    try:
        _run(call, step.call, _fill(step, chosen))
    except ControlError as error:
        return show(call, error=str(error))
    return redirect(f"/break?{urlencode(chosen | {'done': done, 'undone': undone})}")


def _find_step(done: str, undone: str) -> Step:
    """Return the control call behind a button. Raises NotFound."""
    if undone == TAKE_BACK:
        return Step(call="faults", payload={"clear": True})
    breakage = BY_KEY.get(done or undone)
    step = breakage and (breakage.do if done else breakage.undo)
    if not isinstance(step, Step):
        raise NotFound
    return step


def _chosen(call: Call) -> dict[str, str]:
    """Return the mailbox and the application that the page is about."""
    tenant, given = call.world.tenant, call.request.values
    person = tenant.people.get(given.get("address", ""))
    app = tenant.apps.get(given.get("client_id", ""))
    person = person or next(iter(tenant.people.values()), None)
    app = app or next(iter(tenant.apps.values()), None)
    return {
        "address": person.address if person else "",
        "client_id": app.client_id if app else "",
    }


def _fill(step: Step, chosen: dict[str, str]) -> dict[str, object]:
    names: dict[object, str] = {ADDRESS: chosen["address"], CLIENT_ID: chosen["client_id"]}
    return {
        key: names.get(value, value) if isinstance(value, str) else value
        for key, value in step.payload.items()
    }


def _run(call: Call, name: str, values: dict[str, object]) -> dict[str, object]:
    """Make the control call, with the same checks as one from elsewhere."""
    payload = Payload(values)
    payload.require_known(ORDERS[name].keys)
    return ORDERS[name].run(call, payload)


def _offer(call: Call, breakage: Breakage, chosen: dict[str, str]) -> Choice:
    values = _fill(breakage.do, chosen)
    command = f"POST {PREFIX}{breakage.do.call} {json.dumps(values)}"
    is_on = _is_on(call, breakage.do.call, values)
    return Choice(breakage=breakage, command=command, is_on=is_on)


def _is_on(call: Call, name: str, values: dict[str, object]) -> bool:
    """Say whether what a call would change is so already; only lasting things can be."""
    changes = {key: value for key, value in values.items() if key not in _NAMING}
    known = call.world.tenant.people if name == "users" else call.world.tenant.apps
    if name not in _STATEFUL or (name != "tenant" and not known):
        return False
    present = _run(call, name, {key: values[key] for key in _NAMING if key in values})
    return all(key in present and present[key] == value for key, value in changes.items())


def _describe(fault: Fault) -> str:
    """Say in a line which fault is waiting."""
    what = [str(one) for one in (fault.status, fault.code, fault.error, fault.recipient) if one]
    marks = ("html", "drop", "malformed", "cut_body", "after_work", "twice")
    what += [name.replace("_", " ") for name in marks if getattr(fault, name)]
    if fault.delay_seconds:
        what.append(f"{fault.delay_seconds:g} s late")
    left = "until taken back" if fault.times < 0 else f"{fault.times} left"
    place = f" {fault.method} {fault.path}".rstrip()
    return f"{fault.surface}{place}: {', '.join(what) or 'failure'} ({left})"
