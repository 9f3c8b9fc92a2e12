"""Where processed mail goes on an IMAP server: moving into a folder, and deleting."""

from contextlib import suppress
from typing import Any

from imapclient import DELETED
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imapclient import TRASH

from postdesk.base.errors import NeedsPerson
from postdesk.drivers.imap_errors import response_code
from postdesk.drivers.imap_line import words_of


class ImapFolders:
    """The folders beside the inbox, as one line to the server knows them."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def move(self, client: Any, uid: int, name: str) -> None:
        """Move a message of the open folder; a folder that went away meanwhile is made again."""
        try:
            _move(client, uid, self._path_of(client, name))
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if response_code(words_of(error)) not in {"TRYCREATE", "NONEXISTENT"}:
                raise
            self._paths.pop(name, None)
            _move(client, uid, self._path_of(client, name))

    def forget(self) -> None:
        """Look the folders up again."""
        self._paths.clear()

    def _path_of(self, client: Any, name: str) -> str:
        if name not in self._paths:
            self._paths[name] = _find_or_make(client, name)
        return self._paths[name]


def delete(client: Any, uid: int) -> None:
    """Delete a message: into the trash at Google, where erasing would only archive it."""
    if client.has_capability("X-GM-EXT-1"):
        trash = client.find_special_folder(TRASH)
        if trash:
            _move(client, uid, trash)
            return
    _erase(client, uid)


def _move(client: Any, uid: int, path: str) -> None:
    """Move at once (RFC 6851), or copy and erase where the server cannot."""
    if client.has_capability("MOVE"):
        client.move([uid], path)
        return
    client.copy([uid], path)
    _erase(client, uid)


def _erase(client: Any, uid: int) -> None:
    """Erase one message (RFC 4315).

    Without UIDPLUS all that are marked would go; where there are others the mark stays alone, and
    the message goes when somebody empties the folder.
    """
    client.add_flags([uid], [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge([uid])
    elif list(client.search("DELETED")) == [uid]:
        client.expunge()


def _find_or_make(client: Any, name: str) -> str:
    """Return the path of folder ``name``; "/" in it parts levels, whatever the server uses."""
    prefix, delimiter = _own_namespace(client)
    path = name.strip().replace("/", delimiter) if delimiter else name.strip()
    if path.upper() == "INBOX":
        raise NeedsPerson(
            "Processed mail cannot be moved into the inbox: it is there.",
            remedy="Name another folder in the account, or choose another After processing.",
        )
    if prefix and not path.upper().startswith(prefix.upper()):
        path = prefix + path
    if not any(found == path for _flags, _delimiter, found in client.list_folders("", path)):
        _make(client, path)
    return path


def _make(client: Any, path: str) -> None:
    try:
        client.create_folder(path)
    except IMAPClientError as error:
        # Another worker may have been faster.
        if response_code(words_of(error)) != "ALREADYEXISTS":
            raise
    with suppress(IMAPClientError):
        client.subscribe_folder(path)  # mail programs show subscribed folders


def _own_namespace(client: Any) -> tuple[str, str]:
    """Return what a person's own folders begin with, and what parts their levels (RFC 2342)."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            prefix, delimiter = personal[0]
            return str(prefix or ""), str(delimiter or "")
    listed = client.list_folders("", "INBOX")
    delimiter = listed[0][1] if listed else b"/"
    return "", delimiter.decode("ascii", "replace") if delimiter else ""
