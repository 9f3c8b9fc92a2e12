"""Who an address belongs to; persons are added by their first mail."""

from datetime import datetime

from django.db import IntegrityError, transaction

from postdesk.directory.models import Client, Person, PersonAddress, Tech

_LONGEST_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_LONGEST_NAME = 200


class AddressRefused(ValueError):
    """The text is no address that a person can have; the message says why."""


def normalise_address(address: str) -> str:
    """Return ``address`` trimmed and in lower case; raises AddressRefused when it is none."""
    text = address.strip().lower()
    local, at, domain = text.rpartition("@")
    if not (local and at and domain):
        raise AddressRefused(f"{text[:80]!r} is no e-mail address. Write it as name@example.com.")
    if len(text) > _LONGEST_ADDRESS:
        raise AddressRefused(f"{text[:80]!r}... is longer than the 254 characters of an address.")
    if not text.isprintable() or " " in text:
        raise AddressRefused(f"{text[:80]!r} holds characters that no e-mail address has.")
    return text


def find_person(address: str) -> Person | None:
    """Return the person who has ``address``, main or further, in any case; None for nobody."""
    text = address.strip().lower()
    row = PersonAddress.objects.select_related("person").filter(address=text).first()
    return row.person if row else Person.objects.filter(email=text).first()


def find_tech_by_address(address: str) -> Tech | None:
    """Return the active tech who has ``address``, or None."""
    person = find_person(address)
    if person is None:
        return None
    return Tech.objects.select_related("person").filter(person=person, is_active=True).first()


@transaction.atomic
def find_or_add_client(*, address: str, name: str, now: datetime) -> Client:
    """Return the client who has ``address``; add person and client when there is none.

    A person without a name gets ``name``. Raises AddressRefused. Safe when two mails of one new
    sender are worked on at once: the loser of the race reads the winner's rows.
    """
    text = normalise_address(address)
    tidy_name = _tidy(name)
    person = find_person(text) or _add_person(text, name=tidy_name, now=now)
    if tidy_name and not person.name:
        person.name = tidy_name
        person.save(update_fields=["name"])
    return Client.objects.get_or_create(person=person)[0]


def _add_person(address: str, *, name: str, now: datetime) -> Person:
    try:
        with transaction.atomic():
            person = Person(email=address, name=name, added_at=now)
            person.set_unusable_password()
            person.save()
            PersonAddress.objects.create(person=person, address=address)
            return person
    except IntegrityError:
        winner = find_person(address)
        if winner is None:
            raise
        return winner


def _tidy(name: str) -> str:
    """Return ``name`` on one line, without control characters, at most as long as its column."""
    visible = "".join(c if c.isprintable() else " " for c in name)
    return " ".join(visible.split())[:_LONGEST_NAME]
