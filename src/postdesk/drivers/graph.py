"""An inbox of Microsoft 365, read through Microsoft Graph.

What is new comes from the delta query of the inbox: nothing depends on read flags, dates or the
order of arrival, and a message that a person opened first is seen all the same.
"""

from datetime import UTC, datetime

from postdesk.base.errors import CarriesDecision, NeedsPerson, ThisMessage, TryLater
from postdesk.drivers.base import ListedMessage, Listing, MailboxFacts, RawMessage, Settlement
from postdesk.drivers.graph_errors import (
    GraphError,
    decide,
    has_forgotten_cursor,
    is_folder_gone,
    is_gone,
    read_error,
    refuse_message,
)
from postdesk.drivers.graph_folders import find_or_make_folder
from postdesk.drivers.graph_requests import Bearer, GraphRequests, Payload, as_json, is_good
from postdesk.drivers.session import AnswerTooLarge, HttpAnswer, HttpSession

_PAGE = "odata.maxpagesize=50"
_FIRST_PAGE = {"$select": "id,receivedDateTime"}
_NEWEST = 50  # messages among which one is looked for that came a moment ago
# Exchange Online takes at most 150 MB; its rendering as MIME is about a third larger.
_LARGEST_MESSAGE_BYTES = 208 * 1024 * 1024


class GraphInbox:
    """The folder Inbox of one mailbox, own or shared (``postdesk.drivers.base.Inbox``)."""

    def __init__(
        self, session: HttpSession, *, base_url: str, mailbox: str, bearer: Bearer
    ) -> None:
        """Take what ``GraphRequests`` takes; the session stays the caller's to close."""
        self._requests = GraphRequests(session, base_url=base_url, mailbox=mailbox, bearer=bearer)
        self._mailbox = mailbox
        self._folder_ids: dict[str, str] = {}

    def probe(self) -> MailboxFacts:
        """Open the inbox; raises NeedsPerson or TryLater."""
        folder = self._read_inbox().read_object()
        count = folder.get("totalItemCount")
        name = folder.get("displayName")
        return MailboxFacts(
            folder_name=name if isinstance(name, str) else "Inbox",
            message_count=count if isinstance(count, int) else 0,
            addresses=self._read_addresses(),
        )

    def list_new(self, cursor: str) -> Listing:
        """Return one page of the delta; the cursor is Graph's own link, followed unchanged."""
        if cursor and self._requests.is_ours(cursor):
            answer = self._requests.send("GET", cursor, preferences=_PAGE)
            if is_good(answer):
                return self._read_page(answer, reset=False)
            error = read_error(answer)
            if not has_forgotten_cursor(error):
                raise decide(error, mailbox=self._mailbox)
        return self._list_from_start(reset=bool(cursor))

    def fetch(self, remote_id: str) -> RawMessage | None:
        """Return the message as MIME; ``received_at`` stands in the listing only."""
        url = self._requests.address("messages", remote_id, "$value")
        try:
            answer = self._requests.send("GET", url, limit_bytes=_LARGEST_MESSAGE_BYTES)
        except AnswerTooLarge as error:
            raise ThisMessage(error.what, remedy="Look at it in Outlook.") from error
        if is_good(answer):
            return RawMessage(remote_id=remote_id, octets=answer.content, received_at=None)
        error_answer = read_error(answer)
        if is_gone(error_answer):
            return None
        if error_answer.status == 403:
            self._read_inbox()  # raises when it is the mailbox that is closed to us
        if error_answer.status in {400, 403}:
            raise refuse_message(error_answer)
        raise decide(error_answer, mailbox=self._mailbox)

    def settle(self, remote_id: str, settlement: Settlement, *, folder: str = "") -> None:
        """Mark, move or delete (into Deleted Items); repeating it does no harm."""
        url = self._requests.address("messages", remote_id)
        match settlement:
            case Settlement.KEEP:
                return
            case Settlement.MARK_READ:
                self._change("PATCH", url, as_json({"isRead": True}))
            case Settlement.DELETE:
                self._change("DELETE", url)
            case Settlement.MOVE:
                self._move(remote_id, folder)

    def find_recent(self, token: str) -> str | None:
        """Look for ``token`` in the subjects of the newest messages of the inbox."""
        answer = self._requests.call(
            "GET",
            self._requests.address("mailFolders", "inbox", "messages"),
            params={
                "$select": "id,subject",
                "$orderby": "receivedDateTime desc",
                "$top": str(_NEWEST),
            },
        )
        items = answer.read_object().get("value")
        for item in items if isinstance(items, list) else []:
            if _is_message(item) and token in str(item.get("subject")):
                return str(item["id"])
        return None

    def close(self) -> None:
        """Do nothing: the connections belong to the session."""

    def _read_inbox(self) -> HttpAnswer:
        return self._requests.call(
            "GET",
            self._requests.address("mailFolders", "inbox"),
            params={"$select": "id,displayName,totalItemCount,unreadItemCount"},
        )

    def _read_addresses(self) -> tuple[str, ...]:
        """Return the addresses of the mailbox as far as the directory may be read.

        The permission User.Read covers the signed-in person only, so a shared mailbox mostly
        answers 403: then the address we know is all there is.
        """
        try:
            answer = self._requests.send(
                "GET",
                self._requests.address(),
                params={"$select": "mail,userPrincipalName,proxyAddresses"},
            )
        except CarriesDecision:
            return (self._mailbox,)
        return _addresses_in(answer.read_object(), known=self._mailbox)

    def _list_from_start(self, *, reset: bool) -> Listing:
        url = self._requests.address("mailFolders", "inbox", "messages", "delta")
        answer = self._requests.send("GET", url, params=_FIRST_PAGE, preferences=_PAGE)
        if not is_good(answer):
            raise decide(read_error(answer), mailbox=self._mailbox)
        return self._read_page(answer, reset=reset)

    def _read_page(self, answer: HttpAnswer, *, reset: bool) -> Listing:
        page = answer.read_object()
        next_link, delta_link = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
        cursor = next_link or delta_link
        items = page.get("value")
        if not isinstance(cursor, str) or not isinstance(items, list):
            raise TryLater(f"Microsoft Graph listed {self._mailbox} in a form that is not its own.")
        return Listing(
            messages=tuple(_read_listed(item) for item in items if _is_message(item)),
            cursor=cursor,
            more=bool(next_link),
            reset=reset,
        )

    def _change(self, method: str, url: str, payload: Payload | None = None) -> None:
        answer = self._requests.send(method, url, payload=payload)
        if not is_good(answer):
            self._raise_unless_gone(read_error(answer))

    def _raise_unless_gone(self, error: GraphError) -> None:
        if not is_gone(error):
            raise decide(error, mailbox=self._mailbox)

    def _move(self, remote_id: str, folder: str) -> None:
        if not folder.strip():
            raise NeedsPerson(
                f"No folder is named to move the mail of {self._mailbox} to.",
                remedy="Enter the folder's name in the account.",
            )
        remembered = folder in self._folder_ids
        error = self._try_move(remote_id, folder)
        if error and remembered and is_folder_gone(error):
            # Gone is the message, or the folder that we remember: look once again.
            del self._folder_ids[folder]
            error = self._try_move(remote_id, folder)
        if error:
            self._raise_unless_gone(error)

    def _try_move(self, remote_id: str, folder: str) -> GraphError | None:
        if folder not in self._folder_ids:
            self._folder_ids[folder] = find_or_make_folder(self._requests, folder)
        answer = self._requests.send(
            "POST",
            self._requests.address("messages", remote_id, "move"),
            payload=as_json({"destinationId": self._folder_ids[folder]}),
        )
        return None if is_good(answer) else read_error(answer)


def _is_message(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and "@removed" not in item


def _read_listed(item: dict[str, object]) -> ListedMessage:
    return ListedMessage(
        remote_id=str(item["id"]), received_at=_read_moment(item.get("receivedDateTime"))
    )


def _read_moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None


def _addresses_in(person: dict[str, object], *, known: str) -> tuple[str, ...]:
    aliases = person.get("proxyAddresses")
    found = [known, person.get("mail"), person.get("userPrincipalName")]
    for alias in aliases if isinstance(aliases, list) else []:
        kind, _, address = alias.partition(":") if isinstance(alias, str) else ("", "", "")
        if kind.lower() == "smtp":
            found.append(address)
    addresses = (value.lower() for value in found if isinstance(value, str) and "@" in value)
    return tuple(dict.fromkeys(addresses))
