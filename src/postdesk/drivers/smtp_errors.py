"""What an SMTP server's refusals and broken lines mean, and what to do about them."""

import smtplib
import socket
import ssl

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage, TryLater
from postdesk.base.explain import Explanation, explain, is_listed
from postdesk.base.explanations import Outcome
from postdesk.drivers.endpoints import Security, SmtpServer
from postdesk.drivers.smtp_line import Reply, ReplyRefused, as_reply
from postdesk.drivers.trust import explain_distrust, find_tls_error

_QUOTA_WAIT_SECONDS = 3600.0
_TLS_PORT = 465
# What OpenSSL calls an answer that is no TLS.
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"})


# A sign-in by password is refused for other reasons than one by token, so its words are others.
_BY_PASSWORD = "password"  # noqa: S105  a mark of the table
# Names that servers write into their text where the code alone does not tell enough.
_MARKS = ("SmtpClientAuthentication", "STARTTLS", "SendAsDenied", "QuotaExceeded")
_DAY_IS_FULL = "SubmissionQuotaExceeded"
_FOR_PERSONS = frozenset({Outcome.REAUTHORIZE, Outcome.MISCONFIGURED, Outcome.BLOCKED})


def decide_reply(
    reply: Reply, server: SmtpServer, *, signing_in: bool = False, by_token: bool = False
) -> CarriesDecision:
    """Return the decision for a reply that is no good one."""
    text = str(reply)
    if _DAY_IS_FULL.lower() in text.lower():
        told = explain(f"SMTP {_DAY_IS_FULL}")
        return TryLater(
            f"{told.happened} ({server.host} says: {text})",
            retry_after=_QUOTA_WAIT_SECONDS,
            raw=text,
        )
    if reply.is_passing:
        return TryLater(f"{server.host} says: {text}", raw=text)
    code = _code(reply)
    if signing_in and not by_token and not _mark(reply):
        code = f"{code} {_BY_PASSWORD}"
    known = _find_known(code, signing_in=signing_in, by_token=by_token)
    if known is not None:
        return NeedsPerson(
            f"{known.happened} ({server.host} says: {text})",
            remedy=known.remedy,
            code=code,
            raw=text,
        )
    if reply.code >= 500:
        told = explain("SMTP 5yz")
        return ThisMessage(
            f"{server.host} refused the mail: {text}", remedy=told.remedy, code=_code(reply)
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


def _find_known(code: str, *, signing_in: bool, by_token: bool) -> Explanation | None:
    """Return what a person must do about the reply, or None when it concerns one mail."""
    code = f"SMTP {code}"
    if is_listed(code) and explain(code).outcome in _FOR_PERSONS:
        return explain(code)
    if signing_in:
        return explain("SMTP 535" if by_token else f"SMTP 535 {_BY_PASSWORD}")
    return None


def _mark(reply: Reply) -> str:
    text = reply.text.lower()
    return next((mark for mark in _MARKS if mark.lower() in text), "")


def _code(reply: Reply) -> str:
    """Return reply code, enhanced status (RFC 3463) and mark, as ``535 5.7.3``."""
    first = reply.text.partition(" ")[0]
    enhanced = first if first.count(".") == 2 and first.replace(".", "").isdigit() else ""
    return " ".join(filter(None, (str(reply.code), enhanced, _mark(reply))))
