"""The columns of the tables of error codes: who acts, what to press, where it leads."""

import enum
from typing import NamedTuple


class Actor(enum.StrEnum):
    """Who can put it right."""

    DESK_ADMIN = "You, in Postdesk"
    MICROSOFT_ADMIN = "An administrator of your Microsoft 365"
    SIGNED_IN = "The person whose account is connected"
    NOBODY = "Nobody, it passes by itself"


class Button(enum.StrEnum):
    """What to press in Postdesk; pages turn it into a label and an address."""

    AUTHORIZE = "authorize"
    EDIT_SECRET = "edit_secret"  # noqa: S105  a name of a button
    EDIT_APPLICATION = "edit_application"
    COPY_REDIRECT_URI = "copy_redirect_uri"
    GRANT_CONSENT = "grant_consent"
    NONE = ""


class Outcome(enum.StrEnum):
    """What the code makes of the connection that met it."""

    REAUTHORIZE = "reauthorize"
    MISCONFIGURED = "misconfigured"
    BLOCKED = "blocked"
    PASSING = "passing"
    NONE = "none"


class Entry(NamedTuple):
    """One code: what happened, who must act and how, and whether time alone can mend it."""

    happened: str
    who_acts: Actor
    remedy: str
    button: Button
    outcome: Outcome
    waiting_helps: bool = False
