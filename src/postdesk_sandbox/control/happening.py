"""Control calls that make something happen: mail, time, faults, revocation, snapshots."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from postdesk_sandbox.clock import to_iso
from postdesk_sandbox.control.reading import ControlError, Payload
from postdesk_sandbox.faults import NUMBERED, SURFACES, Fault

if TYPE_CHECKING:
    from postdesk_sandbox.mailboxes import Mailbox
    from postdesk_sandbox.web import Call

FAULT_KEYS = (
    "surface", "times", "path", "method", "status", "code", "error", "suberror", "claims",
    "message", "wrapper", "retry_after", "html", "malformed", "cut_body", "back_off_milliseconds",
    "drop", "after_work", "delay_seconds", "recipient", "twice", "clear",
)  # fmt: skip
MAX_DELAY_SECONDS = 120.0


def reset(call: Call, payload: Payload) -> dict[str, object]:  # noqa: ARG001 -- takes no keys
    """Begin again with the fresh tenant and the real time."""
    call.state.reset()
    return {"now": to_iso(call.state.clock.now())}


def move_clock(call: Call, payload: Payload) -> dict[str, object]:
    """Advance the clock by seconds, or set it to a moment."""
    if ("advance_seconds" in payload) == ("now" in payload):
        raise ControlError("give either advance_seconds or now")
    clock = call.state.clock
    moment = payload.moment("now")
    try:
        if moment is not None:
            clock.move_to(moment)
        else:
            clock.advance(timedelta(seconds=payload.number("advance_seconds")))
        return {"now": to_iso(clock.now())}
    except OverflowError as error:
        raise ControlError("the clock cannot go that far") from error


def inject(call: Call, payload: Payload) -> dict[str, object]:
    """Put a raw message into a mailbox, as if it had just arrived."""
    mailbox = _mailbox(call, payload.text("mailbox"))
    name = payload.text("folder", "inbox")
    folder = mailbox.folder_named(name)
    if folder is None:
        raise ControlError(f"there is no folder {name} in {mailbox.address}")
    message = mailbox.add(
        payload.octets("mime"),
        folder=folder,
        now=call.now,
        received_at=payload.moment("received_at"),
    )
    return {"id": message.immutable_id}


def _mailbox(call: Call, address: str) -> Mailbox:
    mailbox = call.world.mailbox(address)
    if mailbox is None:
        raise ControlError(f"{address} has no mailbox in this tenant")
    return mailbox


def add_fault(call: Call, payload: Payload) -> dict[str, object]:
    """Order a fault, or take back all that are still waiting (`clear`)."""
    faults = call.world.faults
    if payload.flag("clear"):
        faults.pending = []
    else:
        faults.add(_read_fault(payload))
    return {"pending": len(faults.pending)}


def _read_fault(payload: Payload) -> Fault:
    surface = payload.text("surface")
    if surface not in SURFACES:
        raise ControlError(f"surface must be one of {', '.join(SURFACES)}")
    code = payload.raw("code") or 0
    if not isinstance(code, int | str) or (surface in NUMBERED and not str(code).isdecimal()):
        raise ControlError("code must be a number, for Graph it may be a word")
    if surface == "ndr" and not payload.text("recipient"):
        raise ControlError("an ndr needs a recipient")
    return Fault(
        surface=surface,
        times=payload.whole("times", 1),
        path=payload.text("path", ""),
        method=payload.text("method", ""),
        status=payload.whole("status", 0),
        code=code,
        error=payload.text("error", ""),
        suberror=payload.text("suberror", ""),
        claims=payload.text("claims", ""),
        message=payload.text("message", ""),
        wrapper=payload.whole("wrapper", 0),
        retry_after=payload.whole("retry_after") if "retry_after" in payload else None,
        html=payload.flag("html"),
        drop=payload.flag("drop"),
        malformed=payload.flag("malformed"),
        cut_body=payload.flag("cut_body"),
        back_off_milliseconds=(
            payload.whole("back_off_milliseconds") if "back_off_milliseconds" in payload else None
        ),
        after_work=payload.flag("after_work"),
        delay_seconds=min(payload.number("delay_seconds", 0.0), MAX_DELAY_SECONDS),
        recipient=payload.text("recipient", ""),
        twice=payload.flag("twice"),
    )


def revoke(call: Call, payload: Payload) -> dict[str, object]:
    """End the sessions of a person: every grant given so far answers 50173."""
    person = call.world.tenant.person(payload.text("address"))
    if person is None:
        raise ControlError(f"nobody has the address {payload.text('address')}")
    person.tokens_valid_from = call.now
    call.world.grants.sign_out(person.object_id)
    return {"address": person.address, "tokens_valid_from": to_iso(call.now)}


def snapshot(call: Call, payload: Payload) -> dict[str, object]:
    """Keep the present state under a name."""
    name = payload.text("name", "default")
    call.state.take_snapshot(name)
    return {"name": name, "kept": call.state.snapshot_names}


def restore(call: Call, payload: Payload) -> dict[str, object]:
    """Go back to a kept state."""
    name = payload.text("name", "default")
    try:
        call.state.restore_snapshot(name)
    except KeyError as error:
        raise ControlError(f"no snapshot {name}; kept: {call.state.snapshot_names}") from error
    return {"name": name, "now": to_iso(call.state.clock.now())}
