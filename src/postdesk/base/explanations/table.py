"""All tables as one, by code in lower case; and by service, as the page of documentation has it."""

from collections.abc import Mapping

from postdesk.base.explanations.entra import AADSTS
from postdesk.base.explanations.ews import EWS, EWS_ANSWERS
from postdesk.base.explanations.exchange import EXCHANGE
from postdesk.base.explanations.google import GOOGLE
from postdesk.base.explanations.graph import GRAPH, HTTP
from postdesk.base.explanations.imap import IMAP, POP
from postdesk.base.explanations.oauth import BY_ERROR
from postdesk.base.explanations.own import OWN
from postdesk.base.explanations.smtp import SMTP
from postdesk.base.explanations.words import Entry

SERVICES: dict[str, Mapping[str, Entry]] = {
    "Sign-in at Microsoft": {f"AADSTS{number}": AADSTS[number] for number in sorted(AADSTS)},
    "Sign-in at Google, and the Gmail API": GOOGLE,
    "Sign-in at any provider": BY_ERROR,
    "Found by Postdesk itself": OWN,
    "Microsoft Graph and EWS": EXCHANGE,
    "Microsoft Graph": GRAPH | HTTP,
    "EWS": EWS | EWS_ANSWERS,
    "IMAP": IMAP,
    "POP": POP,
    "SMTP": SMTP,
}

TABLE: dict[str, Entry] = {
    code.lower(): entry for codes in SERVICES.values() for code, entry in codes.items()
}
