"""What the page "Break this" offers: an error by its real name, and the control calls for it."""

from __future__ import annotations

from dataclasses import dataclass

FIRST_CLIENT = "client@fabrikam.example"
# Stand in for what the page knows: the chosen mailbox and the application.
ADDRESS, CLIENT_ID = "{address}", "{client_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One control call with its keys."""

    call: str
    payload: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakage:
    """One thing that goes wrong at Microsoft, how to bring it about and how to end it.

    Without `undo` it is either over after a number of answers, or not to be taken back.
    """

    key: str
    group: str
    error: str
    says: str
    ends: str
    do: Step
    undo: Step | None = None


def _fault(**payload: object) -> Step:
    return Step(call="faults", payload=payload)


def _user(**payload: object) -> Step:
    return Step(call="users", payload={"address": ADDRESS, **payload})


def _app(**payload: object) -> Step:
    return Step(call="apps", payload={"client_id": CLIENT_ID, **payload})


def _tenant(**payload: object) -> Step:
    return Step(call="tenant", payload=payload)


_BY_ITSELF = "It ends by itself"
_FAULTS = "Press “Take back all faults”."
_BACK = "Press “Undo”."

SIGN_IN, GRAPH, EWS, MAIL = (
    "Sign-in (Entra ID)", "Microsoft Graph", "Exchange Web Services", "Mail on its way",
)  # fmt: skip
BREAKAGES = (
    Breakage(
        key="unused-sign-in", group=SIGN_IN, error="AADSTS700082",
        says="The refresh token counts as unused for 90 days: every refresh answers invalid_grant.",
        ends=_FAULTS, do=_fault(surface="token", code=700082, times=-1),
    ),
    Breakage(
        key="sessions-revoked", group=SIGN_IN, error="AADSTS50173",
        says="An administrator revokes the sessions of the chosen person: what was granted ends.",
        ends="Only a new sign-in helps, as at Microsoft.",
        do=Step(call="revoke", payload={"address": ADDRESS}),
    ),
    Breakage(
        key="account-disabled", group=SIGN_IN, error="AADSTS50057",
        says="The account of the chosen person is disabled.",
        ends=_BACK, do=_user(disabled=True), undo=_user(disabled=False),
    ),
    Breakage(
        key="second-factor", group=SIGN_IN, error="AADSTS50076",
        says="The chosen person has to use a second factor: refreshing asks for interaction.",
        ends=_BACK, do=_user(mfa_required=True), undo=_user(mfa_required=False),
    ),
    Breakage(
        key="conditional-access", group=SIGN_IN, error="AADSTS53003",
        says="A Conditional Access policy blocks the chosen person.",
        ends=_BACK, do=_user(blocked=True), undo=_user(blocked=False),
    ),
    Breakage(
        key="secret-wrong", group=SIGN_IN, error="AADSTS7000215",
        says="The client secret counts as wrong: 401 invalid_client.",
        ends=_FAULTS, do=_fault(surface="token", code=7000215, times=-1),
    ),
    Breakage(
        key="secret-expired", group=SIGN_IN, error="AADSTS7000222",
        says="The client secret has expired: 401 invalid_client.",
        ends=_FAULTS, do=_fault(surface="token", code=7000222, times=-1),
    ),
    Breakage(
        key="consent-withdrawn", group=SIGN_IN, error="AADSTS65001",
        says="All permissions of the application are withdrawn.",
        ends="Press “Undo”, which consents to everything again.",
        do=_app(delegated=[], application=[]), undo=_app(consent=True),
    ),
    Breakage(
        key="app-disabled", group=SIGN_IN, error="AADSTS7000112",
        says="The application is disabled in the tenant.",
        ends=_BACK, do=_app(disabled=True), undo=_app(disabled=False),
    ),
    Breakage(
        key="token-throttled", group=SIGN_IN, error="429 Too Many Requests",
        says="The token endpoint answers the next 3 requests with HTML and Retry-After: 20.",
        ends=f"{_BY_ITSELF} after 3 answers.",
        do=_fault(surface="token", status=429, html=True, retry_after=20, times=3),
    ),
    Breakage(
        key="token-down", group=SIGN_IN, error="503 Service Unavailable",
        says="The token endpoint answers HTML until you end it.",
        ends=_FAULTS, do=_fault(surface="token", status=503, html=True, times=-1),
    ),
    Breakage(
        key="graph-throttled", group=GRAPH, error="ApplicationThrottled",
        says="Graph answers the next 5 requests with 429 and Retry-After: 30.",
        ends=f"{_BY_ITSELF} after 5 answers.",
        do=_fault(surface="graph", status=429, retry_after=30, times=5),
    ),
    Breakage(
        key="graph-down", group=GRAPH, error="serviceNotAvailable",
        says="Graph answers 503 until you end it.",
        ends=_FAULTS, do=_fault(surface="graph", status=503, times=-1),
    ),
    Breakage(
        key="claims-challenge", group=GRAPH, error="InvalidAuthenticationToken",
        says="The next request is refused with 401 and insufficient_claims: continuous access"
        " evaluation wants a fresh token.",
        ends=f"{_BY_ITSELF} after 1 answer.",
        do=_fault(surface="graph", status=401, claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="),
    ),
    Breakage(
        key="access-policy", group=GRAPH, error="ErrorAccessDenied: [RAOP]",
        says="An application access policy shuts the application out of every mailbox. People who"
        " signed in themselves are not concerned.",
        ends=_BACK, do=_app(mailboxes=[]), undo=_app(mailboxes=None),
    ),
    Breakage(
        key="mailbox-gone", group=GRAPH, error="MailboxNotEnabledForRESTAPI",
        says="The mailbox of the chosen person is gone: unlicensed, or moved on premises.",
        ends=_BACK, do=_user(mailbox=False), undo=_user(mailbox=True),
    ),
    Breakage(
        key="delta-lost", group=GRAPH, error="SyncStateNotFound",
        says="All delta links of the chosen mailbox answer 410: everything has to be read again.",
        ends="Nothing to undo: new delta links work.",
        do=_user(invalidate_sync=True),
    ),
    Breakage(
        key="send-unanswered", group=GRAPH, error="Connection reset after sending",
        says="The next mail is sent, but the line breaks before the answer.",
        ends=f"{_BY_ITSELF} after 1 mail.",
        do=_fault(surface="graph", path="send", drop=True, after_work=True),
    ),
    Breakage(
        key="graph-cut", group=GRAPH, error="Connection reset in mid-body",
        says="The next 3 answers of Graph break off half-way.",
        ends=f"{_BY_ITSELF} after 3 answers.", do=_fault(surface="graph", cut_body=True, times=3),
    ),
    Breakage(
        key="graph-malformed", group=GRAPH, error="Malformed JSON",
        says="The next 3 answers of Graph are half of what they should be, as if whole.",
        ends=f"{_BY_ITSELF} after 3 answers.", do=_fault(surface="graph", malformed=True, times=3),
    ),
    Breakage(
        key="graph-slow", group=GRAPH, error="Slow answers",
        says="Each of the next 5 answers of Graph takes 20 seconds.",
        ends=f"{_BY_ITSELF} after 5 answers.",
        do=_fault(surface="graph", delay_seconds=20.0, times=5),
    ),
    Breakage(
        key="ews-busy", group=EWS, error="ErrorServerBusy",
        says="The next 3 requests get a fault with BackOffMilliseconds 15000.",
        ends=f"{_BY_ITSELF} after 3 answers.",
        do=_fault(surface="ews", code="ErrorServerBusy", back_off_milliseconds=15000, times=3),
    ),
    Breakage(
        key="ews-blocked", group=EWS, error="403 Forbidden (EwsEnabled)",
        says="EWS is switched off for the organisation: a bare 403.",
        ends=_BACK, do=_tenant(ews_enabled=False), undo=_tenant(ews_enabled=True),
    ),
    Breakage(
        key="ews-not-allowed", group=EWS, error="403 Forbidden (EwsAllowedAppIDs)",
        says="A list of allowed applications is made, and this one is not on it: a bare 403.",
        ends=_BACK,
        do=_tenant(ews_allowed_app_ids=["00000000-0000-0000-0000-000000000000"]),
        undo=_tenant(ews_allowed_app_ids=[]),
    ),
    Breakage(
        key="ews-cut", group=EWS, error="Connection reset in mid-body",
        says="The next 3 answers of EWS break off half-way.",
        ends=f"{_BY_ITSELF} after 3 answers.", do=_fault(surface="ews", cut_body=True, times=3),
    ),
    Breakage(
        key="bounce", group=MAIL, error="550 5.1.1 Undeliverable",
        says=f"The next mail to {FIRST_CLIENT} comes back as a non-delivery report.",
        ends=f"{_BY_ITSELF} after 1 mail.", do=_fault(surface="ndr", recipient=FIRST_CLIENT),
    ),
    Breakage(
        key="gateway", group=MAIL, error="Mail gateway in between",
        says="A gateway gives every mail another Message-ID, strips References and In-Reply-To,"
        " adds a disclaimer, and [EXTERNAL] to the subject of what comes from outside.",
        ends=_BACK,
        do=_tenant(
            gateway=["new_message_id", "strip_references", "disclaimer", "external_subject"]
        ),
        undo=_tenant(gateway=[]),
    ),
    Breakage(
        key="message-id-minted", group=MAIL, error="Message-ID replaced",
        says="Exchange puts a Message-ID of its own on everything that is sent.",
        ends=_BACK, do=_tenant(mint_message_id=True), undo=_tenant(mint_message_id=False),
    ),
)  # fmt: skip
BY_KEY = {one.key: one for one in BREAKAGES}
