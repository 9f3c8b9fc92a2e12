"""What an IMAP server's refusals and broken lines mean, and what to do about them.

Decided by response codes (RFC 5530) where the server sends one; marks in its sentence only where
it does not.
"""

import re
import socket
import ssl
from typing import NamedTuple

from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
)

from postdesk.base.errors import CarriesDecision, NeedsPerson, TryLater
from postdesk.base.explain import explain
from postdesk.drivers.endpoints import ImapServer, Security
from postdesk.drivers.imap_line import ImapRefused, words_of
from postdesk.drivers.trust import explain_distrust, find_tls_error

NOT_CONNECTED = "IMAP NOTCONNECTED"  # a name of ours: Exchange says it in a sentence only
_READ_ONLY = "IMAP READ-ONLY"
_TLS_PORT = 993
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"})
_RESPONSE_CODE = re.compile(r"\[([A-Z][A-Z-]+)[ \]]")
_BACKOFF = re.compile(r"backoff time: ?(\d{1,9})", re.IGNORECASE)
_PASSING = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
_PASSING_MARKS = ("too many simultaneous", "server unavailable", "server busy", "throttled")
_BROWSER_REMEDY = (
    "Sign in to the mailbox in a browser and follow what is asked there, then try again."
)


class Known(NamedTuple):
    """A refusal that a person must act on: response code, and a mark in the text.

    ``what`` and ``remedy`` are given only where the mark says more than the code, which the table
    of explanations knows. ``suffix`` parts codes that mean something else where a password signs
    in.
    """

    code: str
    mark: str = ""
    what: str = ""
    remedy: str = ""
    suffix: str = ""


_KNOWN = (
    Known("NOOAUTH"),
    Known("PRIVACYREQUIRED"),
    Known("CANNOT"),
    Known(
        "ALERT",
        "application-specific password",
        "The server wants an app password.",
        "Make an app password in the account's security settings and enter it here.",
    ),
    Known("ALERT", "web browser", "The server wants a sign-in in a browser.", _BROWSER_REMEDY),
    Known("WEBALERT"),
    Known(
        "",
        "imap access is disabled",
        "IMAP is switched off for this mailbox.",
        "Let whoever runs the mail server switch it on, then try again.",
    ),
    Known("EXPIRED"),
    Known("AUTHORIZATIONFAILED"),
    Known("CONTACTADMIN"),
    Known("NOPERM"),
)
_PASSWORD = Known("AUTHENTICATIONFAILED", suffix=" password")
_TOKEN = Known("AUTHENTICATIONFAILED")
_WHY_NOT_CONNECTED = (
    "The usual causes: the sign-in has no Full Access on this mailbox, IMAP is switched off for "
    "it, the application was not registered in Exchange, or too many lines are open."
)


def decide_failure(
    error: BaseException, server: ImapServer, *, by_token: bool = False
) -> CarriesDecision:
    """Return the decision for what went wrong while the line was opened."""
    if isinstance(error, ImapRefused):
        return _decide_sign_in(error.said, server, by_token=by_token)
    tls_error = find_tls_error(error)
    if isinstance(tls_error, ssl.SSLCertVerificationError):
        return explain_distrust(tls_error, host=server.host)
    if tls_error is not None and tls_error.reason in _NO_TLS:
        return _wrong_port(server, "does not speak TLS from the start")
    if isinstance(error, CapabilityError):
        return _wrong_port(server, "does not offer STARTTLS")
    if _is_no_greeting(error):
        return _wrong_port(server, "is no mail server for reading")
    return _decide_broken_line(error, server)


def decide_refusal(error: BaseException, server: ImapServer) -> CarriesDecision:
    """Return the decision for a command that failed after signing in."""
    if isinstance(error, IMAPClientReadOnlyError):
        return NeedsPerson(
            f"{server.host} lets the inbox of {server.address} be read only.",
            remedy=explain(_READ_ONLY).remedy,
            code=_READ_ONLY,
        )
    if isinstance(error, OSError | IMAPClientAbortError):
        return TryLater(f"{server.host} closed the line or stayed silent.", raw=words_of(error))
    said = words_of(error)
    if is_not_connected(said):
        return TryLater(
            f"{server.host} signs in, but does not open {server.address}. {_WHY_NOT_CONNECTED}",
            raw=said,
        )
    passing = _decide_passing(said, server)
    if passing is not None:
        return passing
    known = _find_known(said)
    if known is not None:
        return _needs_person(known, said, server)
    return TryLater(f"{server.host} refuses a command for {server.address}: {said}", raw=said)


def decide_probe(decision: CarriesDecision, server: ImapServer) -> CarriesDecision:
    """Return the decision for the first look: what only repetition could tell is told at once."""
    if isinstance(decision, TryLater) and is_not_connected(decision.raw):
        return NeedsPerson(
            f"{server.host} signs in, but does not open {server.address}.",
            remedy=_WHY_NOT_CONNECTED,
            code=NOT_CONNECTED,
            raw=decision.raw,
        )
    return decision


def is_refused_token(error: BaseException) -> bool:
    """Say whether a new token might be let in where this one was not."""
    if not isinstance(error, ImapRefused):
        return False
    return not _is_passing(error.said) and _find_known(error.said) is None


def is_about_one_message(error: BaseException) -> bool:
    """Say whether a refused command speaks of the message it was about, and of nothing else."""
    said = words_of(error)
    is_of_mailbox = is_not_connected(said) or _is_passing(said) or _find_known(said) is not None
    return not isinstance(error, OSError | IMAPClientAbortError) and not is_of_mailbox


def is_not_connected(said: str) -> bool:
    """Say whether Exchange let the user in, but not into the mailbox: ``BAD User is ...``."""
    return "authenticated but not connected" in said.lower()


def response_code(said: str) -> str:
    """Return the response code in an answer, or ""."""
    found = _RESPONSE_CODE.search(said)
    return found[1] if found else ""


def _decide_sign_in(said: str, server: ImapServer, *, by_token: bool) -> CarriesDecision:
    passing = _decide_passing(said, server)
    if passing is not None:
        return passing
    return _needs_person(_find_known(said) or (_TOKEN if by_token else _PASSWORD), said, server)


def _decide_passing(said: str, server: ImapServer) -> TryLater | None:
    if not _is_passing(said):
        return None
    wait = _BACKOFF.search(said)
    return TryLater(
        f"{server.host} is busy: {said}",
        retry_after=int(wait[1]) / 1000 if wait else None,  # Exchange tells milliseconds
        raw=said,
    )


def _is_passing(said: str) -> bool:
    return response_code(said) in _PASSING or any(mark in said.lower() for mark in _PASSING_MARKS)


def _find_known(said: str) -> Known | None:
    code, text = response_code(said), said.lower()
    fitting = (row for row in _KNOWN if row.code in {"", code} and row.mark in text)
    return next(fitting, None)


def _needs_person(known: Known, said: str, server: ImapServer) -> NeedsPerson:
    code = f"IMAP {response_code(said) or known.code}{known.suffix}".strip()
    told = explain(code)
    return NeedsPerson(
        f"{known.what or told.happened} ({server.host} says of {server.address}: {said})",
        remedy=known.remedy or told.remedy,
        code=code,
        raw=said,
    )


def _decide_broken_line(error: BaseException, server: ImapServer) -> CarriesDecision:
    place = f"{server.host}:{server.port}"
    if isinstance(error, UnicodeError) or not server.host:
        return NeedsPerson(
            f"{server.host!r} is no name of a server.", remedy="Correct it in the account."
        )
    if isinstance(error, socket.gaierror):
        return TryLater(f"The name {server.host} is not known; is it spelt correctly?")
    if isinstance(error, TimeoutError):
        # A TLS port waits for us to begin, while we wait for its greeting.
        if server.port == _TLS_PORT and server.security != Security.TLS:
            return _wrong_port(server, "waits for TLS from the start")
        return TryLater(f"{place} did not answer in time.")
    if isinstance(error, IMAPClientAbortError):
        return TryLater(f"{place} closed the line.", raw=words_of(error))
    return TryLater(f"{place} cannot be reached or does not answer.", raw=words_of(error))


def _is_no_greeting(error: BaseException) -> bool:
    """Say whether what came first is no IMAP; imaplib raises a ``None`` for a lone ``+``."""
    is_strange = isinstance(error, IMAPClientAbortError) and "unexpected" in words_of(error)
    return is_strange or (isinstance(error, IMAPClientError) and error.args == (None,))


def _wrong_port(server: ImapServer, what: str) -> NeedsPerson:
    return NeedsPerson(
        f"{server.host} {what} on port {server.port}.",
        remedy="Check port and encryption: mostly 993 with TLS, or 143 with STARTTLS.",
        code="port",
    )
