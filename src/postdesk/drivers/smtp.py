"""Sends through an SMTP server: with a password, with an access token, or without signing in.

The point of no return is the final dot: until it is written nothing has happened, after it the
mail may be on its way, and only the server's reply tells.
"""

import re
import smtplib

from postdesk.base.errors import NeedsPerson, OutcomeUnknown, ThisMessage, TryLater
from postdesk.drivers.base import Envelope, Prepared, Receipt, Whereabouts
from postdesk.drivers.endpoints import SmtpServer
from postdesk.drivers.outgoing_octets import as_crlf, find_message_id, join_ids, read_message_id
from postdesk.drivers.smtp_errors import decide_failure, decide_reply
from postdesk.drivers.smtp_line import Reply, ReplyRefused, SmtpLine, open_line
from postdesk.drivers.xoauth2 import TokenSource, open_with_token

_LINE_ERRORS = (OSError, smtplib.SMTPException)
_FINAL_REPLY_SECONDS = 300.0  # servers scan a mail before they take it; RFC 5321 allows ten minutes
_FAREWELL_SECONDS = 5.0
_TOKEN_REFUSED = frozenset({535, 501})  # 501: Exchange, of a token that it cannot read
_AT_LINE_START = re.compile(rb"(?m)^\.")
_NO_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")


class SmtpOutgoing:
    """An SMTP server as a way out (``postdesk.drivers.base.Outgoing``)."""

    def __init__(self, server: SmtpServer, *, bearer: TokenSource | None = None) -> None:
        """Take the server; the line is opened when it is needed and kept until ``close``.

        With ``bearer`` the server's ``username`` signs in by an access token.
        """
        self._server = server
        self._bearer = bearer
        self._line: SmtpLine | None = None

    def probe(self) -> str:
        """Connect and sign in; raises NeedsPerson or TryLater."""
        self.close()
        self._ready_line()
        whom = f" as {self._server.username}" if self._server.username else ""
        return f"{self._server.host} accepts mail{whom} ({self._server.security})."

    def prepare(self, envelope: Envelope) -> Prepared:
        """Check what can be checked here; nothing is stored on the server."""
        for address in (envelope.sender, *envelope.recipients):
            if len(address) > 320 or _NO_ADDRESS.search(address):
                raise ThisMessage(f"{address[:80]!r} is no address that mail can be sent to.")
        if not envelope.recipients:
            raise ThisMessage("The mail has no recipients.")
        return Prepared(remote_id="", message_ids=join_ids(read_message_id(envelope.octets)))

    def dispatch(self, prepared: Prepared, envelope: Envelope) -> Receipt:
        """Send it to all recipients at once; those refused stand in the receipt.

        The id in the final reply is kept: Exchange names there what the recipient will see.
        """
        line = self._ready_line()
        try:
            refused = self._name_people(line, envelope)
            reply = self._hand_over(line, as_crlf(envelope.octets))
        except ReplyRefused as error:
            self.close()
            raise decide_reply(error.reply, self._server) from error
        except _LINE_ERRORS as error:
            self._drop()
            raise TryLater(f"The line to {self._server.host} was lost.") from error
        except BaseException:
            self._drop()
            raise
        ids = join_ids(*prepared.message_ids, find_message_id(reply.text))
        return Receipt(message_ids=ids, refused=refused)

    def find(self, prepared: Prepared) -> Whereabouts:  # noqa: ARG002  SMTP has no such question
        """Answer that nobody can tell: SMTP keeps nothing that could be asked."""
        return Whereabouts.CANNOT_TELL

    def close(self) -> None:
        """Take leave and close the line."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            line.set_timeout(_FAREWELL_SECONDS)
            line.ask("QUIT")
        except _LINE_ERRORS:
            pass
        finally:
            line.close()

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()

    def _ready_line(self) -> SmtpLine:
        if self._line is not None and not _is_alive(self._line):
            self._drop()
        if self._line is None:
            try:
                self._line = self._open_line()
            except (NeedsPerson, TryLater):
                raise  # there is no token, or the uploaded authority cannot be read
            except (ReplyRefused, *_LINE_ERRORS, ValueError) as error:
                raise decide_failure(
                    error, self._server, by_token=self._bearer is not None
                ) from error
        return self._line

    def _open_line(self) -> SmtpLine:
        """Open the line; a token that is refused is renewed once, on a line of its own."""
        if self._bearer is None:
            return open_line(self._server)
        return open_with_token(
            self._bearer,
            lambda token: open_line(self._server, token=token),
            is_refusal=_is_refused_token,
        )

    def _name_people(self, line: SmtpLine, envelope: Envelope) -> tuple[tuple[str, str], ...]:
        """Send MAIL and RCPT; return the recipients refused with what was said of each."""
        options = _options(line, envelope)
        reply = line.ask("MAIL", f"FROM:<{envelope.sender}>{options}")
        if reply.code >= 500 and not envelope.sender and self._server.address:
            # Submission servers may refuse the null return path of automatic mail.
            line.ask("RSET")
            reply = line.ask("MAIL", f"FROM:<{self._server.address}>{options}")
        _demand_good(reply)
        replies = {who: line.ask("RCPT", f"TO:<{who}>") for who in envelope.recipients}
        refused = {who: reply for who, reply in replies.items() if not reply.is_good}
        if len(refused) == len(replies):
            passing = [reply for reply in refused.values() if reply.is_passing]
            raise ReplyRefused((passing or list(refused.values()))[0])
        return tuple((who, str(reply)) for who, reply in refused.items())

    def _hand_over(self, line: SmtpLine, octets: bytes) -> Reply:
        reply = line.ask("DATA")
        if reply.code != 354:
            raise ReplyRefused(reply)
        body = _AT_LINE_START.sub(b"..", octets)
        line.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        try:
            line.set_timeout(_FINAL_REPLY_SECONDS)
            line.send(b".\r\n")
            reply = line.read_reply()
        except _LINE_ERRORS as error:
            raise OutcomeUnknown(
                f"{self._server.host} closed the line before it said whether it took the mail."
            ) from error
        if reply.code < 0:
            raise OutcomeUnknown(f"{self._server.host} gave no answer that can be read: {reply}")
        _demand_good(reply)
        return reply


def _is_alive(line: SmtpLine) -> bool:
    try:
        return line.ask("RSET").is_good
    except _LINE_ERRORS:
        return False


def _is_refused_token(error: Exception) -> bool:
    return (
        isinstance(error, ReplyRefused) and error.signing_in and error.reply.code in _TOKEN_REFUSED
    )


def _demand_good(reply: Reply) -> None:
    if not reply.is_good:
        raise ReplyRefused(reply)


def _options(line: SmtpLine, envelope: Envelope) -> str:
    """Return the parameters of MAIL; raises ThisMessage for what the server cannot carry."""
    features, size = line.esmtp_features, len(envelope.octets)
    limit = features.get("size", "")
    if limit.isascii() and limit.isdigit() and 0 < int(limit[:15]) < size:
        raise ThisMessage(
            f"The mail has {size} octets, the server takes {limit}.",
            remedy="Send it again with smaller or fewer attachments.",
        )
    options = f" SIZE={size}" if "size" in features else ""
    if "8bitmime" in features and not envelope.octets.isascii():
        options += " BODY=8BITMIME"
    if not all(map(str.isascii, (envelope.sender, *envelope.recipients))):
        if "smtputf8" not in features:
            raise ThisMessage("The server cannot send to addresses outside ASCII.")
        line.command_encoding = "utf-8"
        options += " SMTPUTF8"
    return options
