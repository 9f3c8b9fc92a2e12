"""The columns of the tables of error codes: who acts, what to press, where it leads."""

import enum
from typing import NamedTuple


class Actor(enum.StrEnum):
    """Who can put it right."""

    DESK_ADMIN = "You, in Postdesk"
    MICROSOFT_ADMIN = "An administrator of your Microsoft 365"
    GOOGLE_ADMIN = "An administrator of your Google Workspace"
    SERVER_ADMIN = "Whoever runs the mail server"
    SIGNED_IN = "The person whose account is connected"
    WRITER = "Whoever wrote the mail"
    MAKERS = "Those who make Postdesk"
    NOBODY = "Nobody, it passes by itself"


class Button(enum.StrEnum):
    """What to press in Postdesk; pages turn it into a label and an address."""

    AUTHORIZE = "authorize"
    EDIT_SECRET = "edit_secret"  # noqa: S105  a name of a button
    EDIT_CERTIFICATE = "edit_certificate"
    EDIT_APPLICATION = "edit_application"
    EDIT_ACCOUNT = "edit_account"
    COPY_REDIRECT_URI = "copy_redirect_uri"
    GRANT_CONSENT = "grant_consent"
    TEST_CONNECTION = "test_connection"
    SEND_AGAIN = "send_again"
    NONE = ""


class Outcome(enum.StrEnum):
    """What the code makes of the connection or account that met it; NONE: it stays well."""

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


def needs_sign_in(happened: str, remedy: str, *, who: Actor = Actor.SIGNED_IN) -> Entry:
    """Return an entry for a sign-in that is dead until somebody signs in again."""
    return Entry(happened, who, remedy, Button.AUTHORIZE, Outcome.REAUTHORIZE)


def needs_correction(
    happened: str, remedy: str, *, button: Button, who: Actor = Actor.DESK_ADMIN
) -> Entry:
    """Return an entry for what is wrong in a registration, a form or a right."""
    return Entry(happened, who, remedy, button, Outcome.MISCONFIGURED)


def needs_policy(
    happened: str,
    remedy: str,
    *,
    button: Button = Button.AUTHORIZE,
    who: Actor = Actor.MICROSOFT_ADMIN,
) -> Entry:
    """Return an entry for what a policy of the organisation forbids."""
    return Entry(happened, who, remedy, button, Outcome.BLOCKED)


def passes(happened: str, remedy: str = "Wait: Postdesk tries again by itself.") -> Entry:
    """Return an entry for what time alone mends."""
    return Entry(happened, Actor.NOBODY, remedy, Button.NONE, Outcome.PASSING, waiting_helps=True)


def looks_after_itself(happened: str, remedy: str) -> Entry:
    """Return an entry for what Postdesk deals with at once, the connection being well."""
    return Entry(happened, Actor.NOBODY, remedy, Button.NONE, Outcome.NONE, waiting_helps=True)


def concerns_one_mail(
    happened: str,
    remedy: str,
    *,
    button: Button = Button.SEND_AGAIN,
    who: Actor = Actor.WRITER,
) -> Entry:
    """Return an entry for one message that fails while all others go."""
    return Entry(happened, who, remedy, button, Outcome.NONE)


def our_mistake(happened: str, *, outcome: Outcome = Outcome.MISCONFIGURED) -> Entry:
    """Return an entry for a request that Postdesk should not have made."""
    return Entry(
        happened,
        Actor.MAKERS,
        "Copy the line of the account's History and report it to the makers of Postdesk; then "
        "press Test connection to see whether it happens each time.",
        Button.TEST_CONNECTION,
        outcome,
    )
