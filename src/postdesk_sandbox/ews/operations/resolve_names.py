"""ResolveNames: people of the directory by the beginning of a name or address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postdesk_sandbox.ews.answering import answer_each
from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.ews.writing import add, make

if TYPE_CHECKING:
    from lxml.etree import _Element

    from postdesk_sandbox.ews.operation import Operation
    from postdesk_sandbox.tenant import Person

# As Exchange: a hundred at most, and the answer says that there are more.
MAX_RESOLUTIONS = 100


def resolve_names(operation: Operation) -> _Element:
    """Answer with everybody who may be meant; several are a warning, nobody an error."""
    if operation.child("ParentFolderIds") is not None:
        raise operation.refuse("ParentFolderIds")
    if operation.body.get("SearchScope") == "Contacts":
        raise operation.refuse("SearchScope Contacts")
    found = _find(operation, (operation.require_child("UnresolvedEntry").text or "").strip())
    with_contact = operation.body.get("ReturnFullContactData") in {"true", "1"}

    def resolve(_: None) -> list[_Element]:
        if not found:
            raise EwsError("ErrorNameResolutionNoResults", "No results were found.")
        return [_write_set(found, with_contact=with_contact)]

    answer = answer_each("ResolveNames", [None], resolve)
    if len(found) > 1:
        _warn(answer[0][0])
    return answer


def _find(operation: Operation, entry: str) -> list[Person]:
    wanted = entry.lower().removeprefix("smtp:").removeprefix("sip:").strip()
    return [
        person
        for person in operation.call.world.tenant.people.values()
        if person.mailbox and wanted and any(one.startswith(wanted) for one in _names_of(person))
    ]


def _names_of(person: Person) -> list[str]:
    name = person.display_name.lower()
    return [name, *name.split(), person.address, *person.aliases]


def _write_set(found: list[Person], *, with_contact: bool) -> _Element:
    shown = found[:MAX_RESOLUTIONS]
    holder = make(
        "m:ResolutionSet",
        TotalItemsInView=str(len(shown)),
        IncludesLastItemInRange="true" if len(shown) == len(found) else "false",
    )
    for person in shown:
        resolution = add(holder, "t:Resolution")
        mailbox = add(resolution, "t:Mailbox")
        add(mailbox, "t:Name", person.display_name)
        add(mailbox, "t:EmailAddress", person.address)
        add(mailbox, "t:RoutingType", "SMTP")
        add(mailbox, "t:MailboxType", "Mailbox")
        if with_contact:
            _write_contact(resolution, person)
    return holder


def _write_contact(resolution: _Element, person: Person) -> None:
    contact = add(resolution, "t:Contact")
    add(contact, "t:DisplayName", person.display_name)
    given, _, surname = person.display_name.partition(" ")
    add(contact, "t:GivenName", given)
    addresses = add(contact, "t:EmailAddresses")
    known = [f"SMTP:{person.address}", *(f"smtp:{one}" for one in person.aliases)]
    for number, address in enumerate(known[:3], start=1):
        add(addresses, "t:Entry", address, Key=f"EmailAddress{number}")
    add(contact, "t:ContactSource", "ActiveDirectory")
    if surname:
        add(contact, "t:Surname", surname)


def _warn(message: _Element) -> None:
    """Turn a success into the warning that several people are meant."""
    message.set("ResponseClass", "Warning")
    message[0].text = "ErrorNameResolutionMultipleResults"
    text = make("m:MessageText", "Multiple results were found.")
    message.insert(0, text)
    message.insert(2, make("m:DescriptiveLinkKey", "0"))
