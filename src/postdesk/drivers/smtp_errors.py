"""What an SMTP server's refusals and broken lines mean, and what to do about them."""

import smtplib
import socket
import ssl
from typing import NamedTuple

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage, TryLater
from postdesk.drivers.endpoints import Security, SmtpServer
from postdesk.drivers.smtp_line import Reply, ReplyRefused, as_reply
from postdesk.drivers.trust import explain_distrust, find_tls_error

_QUOTA_WAIT_SECONDS = 3600.0
_TLS_PORT = 465
# What OpenSSL calls an answer that is no TLS.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"})


class Known(NamedTuple):
    """A refusal that a person must act on: reply code (0 = any), a mark in its text, the words."""

    code: int
    mark: str
    what: str
    remedy: str


_USE_GRAPH = (
    "Choose the account type Microsoft 365 (Graph) for this outgoing account: it needs no password."
)
_BLOCKED = (
    "Microsoft has blocked sending from this account or organisation after suspicious mail.",
    "Let an administrator look at Restricted entities in the Microsoft Defender portal.",
)
_SEND_AS = (
    "The signed-in account may not send with this sender address.",
    "Use the mailbox's own address, or give the account Send As on it.",
)
_PASSWORD = Known(
    0,
    "",
    "The server does not accept user name and password.",
    "Enter them again. Accounts with a second factor mostly need a separate app password.",
)
_TOKEN = Known(
    0,
    "",
    "The server does not accept the sign-in for this mailbox.",
    "Check that whoever signed in may send as this mailbox and that sending by SMTP is allowed for "
    "it; then press Re-Authorize.",
)
_SMTP_AUTH = (
    "Let an administrator switch on Authenticated SMTP for the mailbox: Set-CASMailbox with "
    "SmtpClientAuthenticationDisabled $false. Or choose the account type Microsoft 365 (Graph)."
)

# What a sign-in by token is refused with; the first that fits counts, here and below.
_KNOWN_OF_TOKENS = (
    Known(
        535,
        "5.7.139",
        "Sending by SMTP is switched off for this mailbox or tenant, or policy forbids it.",
        _SMTP_AUTH,
    ),
    Known(
        535,
        "5.7.3",
        "Microsoft 365 does not accept the sign-in for this mailbox.",
        "Whoever signed in needs Send As on it, and the permission SMTP.Send. " + _SMTP_AUTH,
    ),
    Known(
        504,
        "5.5.4",
        "The server offers no sign-in by OAuth on this line.",
        "Choose STARTTLS or TLS. A server that knows no OAuth needs user name and password.",
    ),
)

# Narrower ones stand first.
_KNOWN = (
    Known(
        535,
        "smtpclientauthentication is disabled",
        "Sending by SMTP is switched off for this mailbox or tenant.",
        _USE_GRAPH + " Or let an administrator switch on Authenticated SMTP for the mailbox.",
    ),
    Known(
        535,
        "5.7.139",
        "Microsoft 365 refuses this sign-in by password: it is wrong, or policy forbids it.",
        _USE_GRAPH,
    ),
    Known(
        550, "5.7.30", "Microsoft 365 no longer takes passwords for sending by SMTP.", _USE_GRAPH
    ),
    Known(
        534,
        "5.7.9",
        "The server wants an app password or a sign-in in the browser.",
        "Make an app password in the account's security settings and enter it here.",
    ),
    Known(
        504,
        "5.5.4",
        "The server offers no sign-in by password on this line.",
        "Choose STARTTLS or TLS, or leave the user name empty if the server needs none.",
    ),
    Known(
        530,
        "starttls",
        "The server takes mail on encrypted lines only.",
        "Choose STARTTLS (mostly port 587) or TLS (port 465).",
    ),
    Known(530, "", "The server takes mail after signing in only.", "Enter user name and password."),
    Known(
        538,
        "",
        "The server takes passwords on encrypted lines only.",
        "Choose STARTTLS (mostly port 587) or TLS (port 465).",
    ),
    Known(550, "5.7.60", *_SEND_AS),
    Known(0, "sendasdenied", *_SEND_AS),
    Known(
        554,
        "submission.exception:quotaexceeded",
        "The sending mailbox is full, so it cannot send.",
        "Empty it or raise its quota.",
    ),
    Known(550, "5.1.8", *_BLOCKED),
    Known(0, "5.7.705", *_BLOCKED),
    Known(0, "5.7.708", *_BLOCKED),
    Known(0, "5.7.750", *_BLOCKED),
)


def decide_reply(
    reply: Reply, server: SmtpServer, *, signing_in: bool = False, by_token: bool = False
) -> CarriesDecision:
    """Return the decision for a reply that is no good one."""
    text = str(reply)
    if "submissionquotaexceeded" in text.lower():
        return TryLater(
            f"{server.host} takes no more mail today.", retry_after=_QUOTA_WAIT_SECONDS, raw=text
        )
    if reply.is_passing:
        return TryLater(f"{server.host} says: {text}", raw=text)
    known = _find_known(reply, _KNOWN_OF_TOKENS) if by_token and signing_in else None
    known = known or _find_known(reply, _KNOWN)
    if known is None and signing_in:
        known = _TOKEN if by_token else _PASSWORD
    if known is not None:
        return NeedsPerson(
            f"{known.what} ({server.host} says: {text})",
            remedy=known.remedy,
            code=_code(reply),
            raw=text,
        )
    if reply.code >= 500:
        return ThisMessage(
            f"{server.host} refused the mail: {text}",
            remedy="Check the recipients and the size, then send it again.",
            code=_code(reply),
        )
    return TryLater(f"{server.host} gave an answer that is no SMTP: {text}", raw=text)


def decide_failure(
    error: Exception, server: SmtpServer, *, by_token: bool = False
) -> CarriesDecision:
    """Return the decision for what went wrong while the line was opened."""
    if isinstance(error, ReplyRefused):
        return decide_reply(error.reply, server, signing_in=error.signing_in, by_token=by_token)
    tls_error = find_tls_error(error)
    if isinstance(tls_error, ssl.SSLCertVerificationError):
        return explain_distrust(tls_error, host=server.host)
    if tls_error is not None and tls_error.reason in _NO_TLS:
        return _wrong_port(server, "does not speak TLS from the start")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _wrong_port(server, "does not offer STARTTLS")
    if isinstance(error, smtplib.SMTPResponseException):
        return _decide_greeting(error, server)
    return _decide_broken_line(error, server)


def _decide_greeting(error: smtplib.SMTPResponseException, server: SmtpServer) -> CarriesDecision:
    said = error.smtp_error
    reply = as_reply(error.smtp_code, said.encode() if isinstance(said, str) else said)
    if reply.code < 0:
        return _wrong_port(server, "is no mail server for sending")
    if reply.is_passing:
        return decide_reply(reply, server)
    return NeedsPerson(
        f"{server.host} does not talk to this server: {reply}",
        remedy="Ask whoever runs it to allow this server's address.",
        code=_code(reply),
        raw=str(reply),
    )


def _decide_broken_line(error: Exception, server: SmtpServer) -> CarriesDecision:
    place = f"{server.host}:{server.port}"
    if isinstance(error, UnicodeError) or not server.host:
        return NeedsPerson(
            f"{server.host!r} is no name of a server.", remedy="Correct it in the account."
        )
    if isinstance(error, socket.gaierror):
        return TryLater(f"The name {server.host} is not known; is it spelt correctly?")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        # A TLS port waits for us to begin, while we wait for its greeting.
        if server.port == _TLS_PORT and server.security != Security.TLS:
            return _wrong_port(server, "waits for TLS from the start")
        return TryLater(f"{place} closed the line or stayed silent.", raw=str(error)[:300])
    if isinstance(error, TimeoutError):
        return TryLater(f"{place} did not answer in time.")
    return TryLater(f"{place} cannot be reached.", raw=str(error)[:300])


def _wrong_port(server: SmtpServer, what: str) -> NeedsPerson:
    return NeedsPerson(
        f"{server.host} {what} on port {server.port}.",
        remedy="Check port and encryption: mostly 587 with STARTTLS, or 465 with TLS.",
        code="port",
    )


def _find_known(reply: Reply, rows: tuple[Known, ...]) -> Known | None:
    text = reply.text.lower()
    fitting = (row for row in rows if row.code in {0, reply.code} and row.mark in text)
    return next(fitting, None)


def _code(reply: Reply) -> str:
    """Return reply code and enhanced status (RFC 3463), as ``535 5.7.3``."""
    first = reply.text.partition(" ")[0]
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""
    return f"{reply.code} {enhanced}".strip()
