"""What Entra's error codes mean, by number: AADSTS without the letters."""

from postdesk.base.explanations.entra_application import APPLICATION
from postdesk.base.explanations.entra_person import PERSON
from postdesk.base.explanations.entra_policy import POLICY
from postdesk.base.explanations.entra_service import SERVICE
from postdesk.base.explanations.words import Entry

# Mere envelopes: where another code stands beside one of these, it tells more.
WRAPPERS = frozenset({50000, 65000, 70000, 70002})

AADSTS: dict[int, Entry] = {**PERSON, **POLICY, **APPLICATION, **SERVICE}
