"""Shapes of the answers. Moments are in UTC (RFC 3339); nothing in them opens anything."""

from datetime import datetime

from ninja import Schema


class Readiness(Schema):
    """Whether the desk can do its work."""

    status: str
    problems: list[str]
    notes: list[str]


class Trouble(Schema):
    """An error: ``provider_words`` as the provider said it, the rest in ours."""

    code: str
    provider_words: str
    happened: str
    remedy: str


class Ends(Schema):
    """What of a connection ends: secret, certificate or sign_in."""

    kind: str
    ends_at: datetime
    days_left: int


class ConnectionAnswer(Schema):
    """One registration at a provider and one way in."""

    id: int
    provider: str
    way_in: str
    proof: str
    cloud: str
    tenant_id: str
    client_id: str
    signed_in_as: str
    state: str
    state_text: str
    since: datetime | None
    needs_person: bool
    last_refresh: datetime | None
    next_try: datetime | None
    ends: list[Ends]
    days_left: int | None
    error: Trouble | None
    accounts: list[str]


class AccountState(Schema):
    """How an account does. ``kind`` is ok, soon, bad or off."""

    kind: str
    text: str
    since: datetime | None
    next_try: datetime | None
    error: Trouble | None


class IncomingAnswer(Schema):
    """An Incoming Mail Account. ``backlog`` counts mails that wait, ``held`` those for a person."""

    id: int
    email_address: str
    account_type: str
    is_enabled: bool
    connection_id: int | None
    outgoing_account_id: int | None
    state: AccountState
    last_read: datetime | None
    last_mail: datetime | None
    last_refresh: datetime | None
    last_send: datetime | None
    backlog: int
    held: int
    days_left: int | None


class OutgoingAnswer(Schema):
    """An Outgoing Mail Account. ``backlog`` counts queued mails, ``unsent`` those for a person."""

    id: int
    email_address: str
    kind: str
    is_active: bool
    connection_id: int | None
    state: AccountState
    last_refresh: datetime | None
    last_send: datetime | None
    backlog: int
    unsent: int
    days_left: int | None


class Line(Schema):
    """One check. ``state`` is ok, bad or skip."""

    title: str
    state: str
    why: str
    remedy: str
    code: str


class CheckAnswer(Schema):
    """The checks of a mailbox, in their order."""

    is_good: bool
    lines: list[Line]
