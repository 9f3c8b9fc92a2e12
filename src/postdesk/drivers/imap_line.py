"""A line to an IMAP server: connecting, encrypting, signing in."""

from contextlib import suppress
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from postdesk.drivers.endpoints import ImapServer, Security
from postdesk.drivers.trust import make_tls_context
from postdesk.drivers.xoauth2 import checked_user, choose_opening

CONNECT_SECONDS = 20.0
COMMAND_SECONDS = 60.0
_AUTH = "AUTH="


class ImapRefused(Exception):
    """The server, or this program for it, did not let the user in; ``said`` is its answer."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


def open_line(server: ImapServer, *, token: str = "") -> Any:
    """Connect, encrypt and sign in, and return an IMAPClient: with ``token``, or the password.

    Raises OSError and IMAPClient's errors for the line, ImapRefused for a sign-in.
    """
    client = _connect(server)
    try:
        if server.security == Security.STARTTLS:
            client.starttls(make_tls_context(server.ca_pem))
        _sign_in(client, server, token)
    except BaseException:
        close_line(client)
        raise
    # Moments keep their time zone.
    client.normalise_times = False
    return client


def close_line(client: Any) -> None:
    """Close the line without a word."""
    with suppress(OSError, IMAPClientError):
        client.shutdown()


def words_of(error: BaseException) -> str:
    """Return what the server said, as far as IMAPClient tells it apart from its own words."""
    argument = error.args[0] if error.args else ""
    text = argument.decode("utf-8", "replace") if isinstance(argument, bytes) else str(argument)
    plain = "".join(mark if mark.isprintable() else " " for mark in text)
    return " ".join(plain.split())[:500]


def _connect(server: ImapServer) -> Any:
    is_tls = server.security == Security.TLS
    return IMAPClient(
        server.host,
        port=server.port,
        ssl=is_tls,
        ssl_context=make_tls_context(server.ca_pem) if is_tls else None,
        timeout=SocketTimeout(connect=CONNECT_SECONDS, read=COMMAND_SECONDS),
    )


def _sign_in(client: Any, server: ImapServer, token: str) -> None:
    try:
        if token:
            _sign_in_by_token(client, server, token)
        else:
            _sign_in_by_password(client, server)
    except LoginError as error:
        # IMAPClient makes a refusal of everything, of a lost line too.
        cause = error.__context__
        if isinstance(cause, IMAPClientAbortError):
            raise cause from None
        raise ImapRefused(words_of(cause or error)) from error


def _sign_in_by_token(client: Any, server: ImapServer, token: str) -> None:
    opening = choose_opening(
        _mechanisms(client), user=server.username, token=token, host=server.host, port=server.port
    )
    if opening is None:
        raise ImapRefused("[NOOAUTH] The server offers no sign-in by OAuth.")
    client.sasl_login(opening.mechanism, opening.answer)


def _sign_in_by_password(client: Any, server: ImapServer) -> None:
    """PLAIN where it is offered: LOGIN cannot carry every password."""
    user = checked_user(server.username)
    if "PLAIN" in _mechanisms(client):
        client.plain_login(user, server.password)
        return
    if client.has_capability("LOGINDISABLED"):
        raise ImapRefused("[PRIVACYREQUIRED] The server takes no password on this line.")
    if not server.password.isascii() or not server.password.isprintable():
        raise ImapRefused("[CANNOT] The server takes no password outside ASCII.")
    quoted = user.replace("\\", "\\\\").replace('"', '\\"')
    client.login(f'"{quoted}"', server.password)


def _mechanisms(client: Any) -> list[str]:
    names = [name.decode("ascii", "replace").upper() for name in client.capabilities()]
    return [name.removeprefix(_AUTH) for name in names if name.startswith(_AUTH)]
