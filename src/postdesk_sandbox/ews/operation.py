"""What every operation is given: the call, whose rights count, and how things are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.identity import read_folder_id, read_item_id
from postdesk_sandbox.ews.names import full_name, local_name
from postdesk_sandbox.ews.tree import find_distinguished, find_folder, holds_mail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from postdesk_sandbox.ews.calling import EwsCall
    from postdesk_sandbox.mailboxes import Folder, Mailbox, StoredMessage
    from postdesk_sandbox.tenant import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A mailbox that may be opened, and whose it is."""

    owner: Person
    mailbox: Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderHere:
    """A folder in its mailbox."""

    place: Place
    folder: Folder

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox that has it."""
        return self.place.mailbox

    def require_mail(self) -> Folder:
        """Return the folder. Raises EwsError when no message can lie in it."""
        if not holds_mail(self.mailbox, self.folder):
            raise EwsError(
                "ErrorInvalidFolderTypeForOperation",
                "The folder cannot hold messages in this sandbox.",
            )
        return self.folder


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHere:
    """A message in its mailbox."""

    place: Place
    message: StoredMessage

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox that has it."""
        return self.place.mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request. `acting` is the person who signed in, or who is impersonated."""

    call: EwsCall
    acting: Person

    @property
    def body(self) -> _Element:
        """The request's own element."""
        return self.call.operation

    def child(self, name: str) -> _Element | None:
        """Return a direct child of the messages namespace, or None."""
        return self.body.find(full_name(f"m:{name}"))

    def require_child(self, name: str) -> _Element:
        """Return a child that the schema demands."""
        found = self.child(name)
        if found is None:
            raise EwsError("ErrorInvalidRequest", f"The element {name} is missing.")
        return found

    def refuse(self, feature: str, *, code: str = "ErrorInvalidRequest") -> EwsError:
        """Return the refusal of what the sandbox does not do, and write it down.

        Never ignore such a thing: a client would believe that it was obeyed.
        """
        self.call.state.journal.miss(f"ews {local_name(self.body.tag)}: {feature}")
        return EwsError(code, f"The sandbox does not do this: {feature}")

    # Mailboxes
    def may_open(self, owner: Person) -> bool:
        """Say whether the acting person has all rights on a mailbox."""
        return owner is self.acting or self.acting.address in owner.full_access

    def place_of(self, address: str) -> Place:
        """Return the mailbox of an address. Raises EwsError."""
        world = self.call.world
        owner = world.tenant.owner_of(address)
        mailbox = world.mailbox(address)
        if owner is None or mailbox is None:
            raise EwsError(
                "ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."
            )
        if not self.may_open(owner):
            raise access_denied()
        return Place(owner=owner, mailbox=mailbox)

    def own_place(self) -> Place:
        """Return the acting person's mailbox. Raises EwsError when there is none."""
        if not self.acting.mailbox:
            raise EwsError(
                "ErrorMissingEmailAddress",
                "When making a request as an account that does not have a mailbox, you must "
                "specify the mailbox primary SMTP address for any distinguished folder Ids.",
            )
        return self.place_of(self.acting.address)

    def _places(self) -> Iterator[Place]:
        """Yield the mailboxes of the tenant, whether or not they may be opened."""
        tenant = self.call.world.tenant
        for address, mailbox in self.call.world.mailboxes.items():
            owner = tenant.owner_of(address)
            if owner is not None and owner.mailbox:
                yield Place(owner=owner, mailbox=mailbox)

    def _opened(self, place: Place) -> Place:
        if not self.may_open(place.owner):
            raise access_denied()
        return place

    # Folders
    def open_folder(self, element: _Element) -> FolderHere:
        """Return what a FolderId or DistinguishedFolderId names. Raises EwsError."""
        name = local_name(element.tag)
        if name == "DistinguishedFolderId":
            return self._open_distinguished(element)
        if name != "FolderId":
            raise self.refuse(f"{name} as a folder")
        key = read_folder_id(element.get("Id", ""))
        # The mailbox that nobody has opened yet exists all the same.
        self.call.world.mailbox(self.acting.address)
        for place in self._places():
            if folder := find_folder(place.mailbox, key):
                return FolderHere(place=self._opened(place), folder=folder)
        raise folder_not_found()

    def _open_distinguished(self, element: _Element) -> FolderHere:
        address = element.findtext(f"{full_name('t:Mailbox')}/{full_name('t:EmailAddress')}")
        place = self.place_of(address.strip()) if address else self.own_place()
        folder = find_distinguished(place.mailbox, element.get("Id", ""))
        if folder is None:
            raise folder_not_found()
        return FolderHere(place=place, folder=folder)

    def open_target(self, name: str) -> FolderHere | None:
        """Return the folder inside an element such as ToFolderId, or None without one."""
        holder = self.child(name)
        return None if holder is None else self.open_folder(holder[0])

    # Items
    def open_item(self, element: _Element) -> ItemHere:
        """Return the message that an ItemId names. Raises EwsError."""
        if local_name(element.tag) != "ItemId":
            raise self.refuse(f"{local_name(element.tag)} as an item")
        return self.find_item_by(element.get("Id", ""))

    def find_item_by(self, text: str) -> ItemHere:
        """Return the message that an id of EWS names. Raises EwsError."""
        return self.find_item(read_item_id(text))

    def find_item(self, key: str) -> ItemHere:
        """Return the message with a store id. Raises EwsError."""
        for place in self._places():
            message = place.mailbox.message(key)
            # Immutable ids belong to Graph alone.
            if message is not None and message.ordinary_id == key:
                return ItemHere(place=self._opened(place), message=message)
        raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")


def folder_not_found() -> EwsError:
    """No such folder."""
    return EwsError("ErrorFolderNotFound", "The specified folder could not be found in the store.")


def access_denied() -> EwsError:
    """A right on the mailbox is missing."""
    return EwsError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
