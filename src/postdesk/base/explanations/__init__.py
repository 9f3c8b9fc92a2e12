"""What error codes of providers mean, as data. The wording is ours, the codes are theirs."""

from postdesk.base.explanations.entra import BY_CODE, BY_ERROR, OTHERWISE
from postdesk.base.explanations.words import Actor, Button, Entry, Outcome

__all__ = ["BY_CODE", "BY_ERROR", "OTHERWISE", "Actor", "Button", "Entry", "Outcome"]
