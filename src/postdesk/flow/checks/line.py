"""How a check answers: the errors of drivers and providers as lines for people."""

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage
from postdesk.base.explain import explain
from postdesk.base.explanations import Actor, Button
from postdesk.flow.probe import CheckLine

NOT_SIGNED_IN = "Nobody has signed in yet."


def skipped(title: str, why: str) -> CheckLine:
    """Return a line of what was not tried."""
    return CheckLine(title=title, why=why, state="skip")


def from_error(title: str, error: CarriesDecision) -> CheckLine:
    """Return what went wrong, who must act and what to press."""
    if not isinstance(error, NeedsPerson | ThisMessage):
        return CheckLine(
            title=title,
            why=str(error),
            state="bad",
            remedy="Try again in a minute. If it stays so, look at the line to the internet and "
            "at the HTTP proxy under General > Options.",
            who=Actor.DESK_ADMIN.value,
        )
    told = explain(error.code) if error.code else None
    return CheckLine(
        title=title,
        why=error.what,
        state="bad",
        remedy=error.remedy or (told.remedy if told else ""),
        code=error.code,
        who=(told.who_acts if told and told.code else Actor.DESK_ADMIN).value,
        button=(told.button if told else Button.NONE).value,
    )
