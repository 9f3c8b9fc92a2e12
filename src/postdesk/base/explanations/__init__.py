"""What error codes of providers mean, as data. The wording is ours, the codes are theirs."""

from postdesk.base.explanations.entra import AADSTS, WRAPPERS
from postdesk.base.explanations.oauth import BY_ERROR, OTHERWISE
from postdesk.base.explanations.table import SERVICES, TABLE
from postdesk.base.explanations.words import Actor, Button, Entry, Outcome

__all__ = [
    "AADSTS",
    "BY_ERROR",
    "OTHERWISE",
    "SERVICES",
    "TABLE",
    "WRAPPERS",
    "Actor",
    "Button",
    "Entry",
    "Outcome",
]
