"""The inbox of a mailbox behind IMAP (RFC 3501), with a password or an access token.

A message's remote id is ``{uidvalidity}.{uid}``: it names the message as long as it stays in the
inbox. When the server renumbers, all comes again under new ids, and the ledger knows the octets.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from imapclient import SEEN
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage
from postdesk.drivers import imap_folders
from postdesk.drivers.base import ListedMessage, Listing, MailboxFacts, RawMessage, Settlement
from postdesk.drivers.endpoints import ImapServer
from postdesk.drivers.imap_errors import (
    decide_failure,
    decide_probe,
    decide_refusal,
    is_about_one_message,
    is_refused_token,
)
from postdesk.drivers.imap_line import ImapRefused, close_line, open_line, words_of
from postdesk.drivers.imap_pages import Place, find_page, read_dates, read_place, write_place
from postdesk.drivers.xoauth2 import TokenSource, open_with_token

_FOLDER = "INBOX"
_LARGEST_MESSAGE_BYTES = 208 * 1024 * 1024  # as through Graph
_NEWEST = 500  # UIDs among which a message is looked for that came a moment ago
_ERRORS = (OSError, IMAPClientError, ValueError)


class ImapInbox:
    """The inbox of one mailbox (``postdesk.drivers.base.Inbox``)."""

    def __init__(self, server: ImapServer, *, bearer: TokenSource | None = None) -> None:
        """Take the server; the line is opened when it is needed and kept until ``close``.

        With ``bearer`` the server's ``username`` signs in by an access token.
        """
        self._server = server
        self._bearer = bearer
        self._client: Any = None
        self._uidvalidity = 0
        self._folders = imap_folders.ImapFolders()

    def probe(self) -> MailboxFacts:
        """Open the inbox; raises NeedsPerson or TryLater."""
        try:
            with self._line() as client:
                count = self._select(client).get(b"EXISTS", 0)
        except CarriesDecision as decision:
            raise decide_probe(decision, self._server) from decision
        return MailboxFacts(
            folder_name="Inbox", message_count=count, addresses=(self._server.address.lower(),)
        )

    def list_new(self, cursor: str) -> Listing:
        """Return one page of the UIDs after the cursor's; a renumbered folder begins anew."""
        with self._line() as client:
            box = self._select(client)
            place = read_place(cursor)
            is_known = place is not None and place.uidvalidity == self._uidvalidity
            start = place.last_uid if place is not None and is_known else 0
            page = find_page(client, start, uidnext=_uidnext(client, box))
            dates = read_dates(client, page.uids)
        place = Place(uidvalidity=self._uidvalidity, last_uid=page.last_uid)
        return Listing(
            messages=tuple(
                ListedMessage(remote_id=f"{self._uidvalidity}.{uid}", received_at=dates.get(uid))
                for uid in page.uids
            ),
            cursor=write_place(place),
            more=page.more,
            reset=bool(cursor) and not is_known,
        )

    def fetch(self, remote_id: str) -> RawMessage | None:
        """Return the octets and leave the message unread."""
        with self._line() as client:
            uid = self._uid_of(client, remote_id)
            facts = client.fetch([uid], ["RFC822.SIZE"]).get(uid) if uid else None
            if uid is None or facts is None:
                return None
            self._check_size(facts.get(b"RFC822.SIZE"))
            octets = self._fetch_octets(client, uid)
        if octets is None:
            return None
        return RawMessage(remote_id=remote_id, octets=octets, received_at=None)

    def settle(self, remote_id: str, settlement: Settlement, *, folder: str = "") -> None:
        """Mark, move or delete; repeating it does no harm."""
        if settlement is Settlement.KEEP:
            return
        if settlement is Settlement.MOVE and not folder.strip():
            raise NeedsPerson(
                f"No folder is named to move the mail of {self._server.address} to.",
                remedy="Enter the folder's name in the account.",
            )
        with self._line() as client:
            uid = self._uid_of(client, remote_id)
            if uid is not None:
                self._settle(client, uid, settlement, folder)

    def find_recent(self, token: str) -> str | None:
        """Let the server look for ``token`` in the subjects of the newest messages."""
        with self._line() as client:
            last = _uidnext(client, self._select(client)) - 1
            if last < 1:
                return None
            newest = f"{max(1, last - _NEWEST)}:{last}"
            found = client.search(["UID", newest, "SUBJECT", token])
        return f"{self._uidvalidity}.{max(found)}" if found else None

    def close(self) -> None:
        """Take leave and close the line."""
        client, self._client = self._client, None
        self._folders.forget()
        if client is None:
            return
        with suppress(*_ERRORS):
            client.socket().settimeout(5.0)
            client.logout()
        close_line(client)

    @contextmanager
    def _line(self) -> Iterator[Any]:
        """Give a line that is signed in; what breaks becomes a decision, and ends a broken line."""
        client = self._client or self._open()
        try:
            yield client
        except (OSError, IMAPClientAbortError) as error:
            self._drop()
            raise decide_refusal(error, self._server) from error
        except (IMAPClientError, ValueError) as error:
            raise decide_refusal(error, self._server) from error

    def _open(self) -> Any:
        try:
            if self._bearer is None:
                self._client = open_line(self._server)
            else:
                self._client = open_with_token(
                    self._bearer,
                    lambda token: open_line(self._server, token=token),
                    is_refusal=is_refused_token,
                )
        except CarriesDecision:
            raise  # there is no token, or the uploaded authority cannot be read
        except (ImapRefused, *_ERRORS) as error:
            by_token = self._bearer is not None
            raise decide_failure(error, self._server, by_token=by_token) from error
        self._uidvalidity = 0
        return self._client

    def _drop(self) -> None:
        client, self._client = self._client, None
        self._folders.forget()
        if client is not None:
            close_line(client)

    def _select(self, client: Any) -> dict[bytes, Any]:
        """Open the inbox, again if it is open: that is how one learns what is new."""
        box: dict[bytes, Any] = client.select_folder(_FOLDER)
        self._uidvalidity = int(box.get(b"UIDVALIDITY", 0))
        return box

    def _uid_of(self, client: Any, remote_id: str) -> int | None:
        """Return the UID, or None for an id of another numbering: that message is gone."""
        if not self._uidvalidity:
            self._select(client)
        uidvalidity, _, uid = remote_id.partition(".")
        is_of_now = uidvalidity == str(self._uidvalidity)
        return int(uid) if is_of_now and uid.isascii() and uid.isdigit() else None

    def _check_size(self, size_bytes: object) -> None:
        if isinstance(size_bytes, int) and size_bytes > _LARGEST_MESSAGE_BYTES:
            raise ThisMessage(
                f"The message has {size_bytes} octets, more than Postdesk takes.",
                remedy="Look at it in a mail program.",
            )

    def _fetch_octets(self, client: Any, uid: int) -> bytes | None:
        try:
            answer = client.fetch([uid], ["BODY.PEEK[]"])
        except (IMAPClientError, ValueError) as error:
            if not is_about_one_message(error):
                raise
            raise ThisMessage(
                f"{self._server.host} does not hand out a message: {words_of(error)}",
                remedy="Look at it in a mail program.",
            ) from error
        octets = answer.get(uid, {}).get(b"BODY[]")
        return octets if isinstance(octets, bytes) else None

    def _settle(self, client: Any, uid: int, settlement: Settlement, folder: str) -> None:
        try:
            match settlement:
                case Settlement.MARK_READ:
                    client.add_flags([uid], [SEEN], silent=True)
                case Settlement.DELETE:
                    imap_folders.delete(client, uid)
                case Settlement.MOVE:
                    self._folders.move(client, uid, folder)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if list(client.search(f"UID {uid}")) != [uid]:
                return  # gone meanwhile
            if not is_about_one_message(error):
                raise
            raise ThisMessage(
                f"{self._server.host} refuses what becomes of it: {words_of(error)}",
                remedy="Check the folder and what the sign-in may do in the mailbox.",
            ) from error


def _uidnext(client: Any, box: dict[bytes, Any]) -> int:
    """Return the UID that comes next; servers need not tell it when a folder is opened."""
    told = box.get(b"UIDNEXT")
    if isinstance(told, int):
        return told
    return max(client.search("UID *"), default=0) + 1
