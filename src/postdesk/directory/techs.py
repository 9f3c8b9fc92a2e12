"""Adding and changing techs."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Person, PersonAddress, Tech
from postdesk.directory.people import AddressRefused, find_person, normalise_address
from postdesk.directory.refusal import ChangeRefused
from postdesk.site import audit
from postdesk.site.audit import Action


@transaction.atomic
def add_tech(
    *,
    name: str,
    email: str,
    addresses: Sequence[str] = (),
    password: str = "",
    is_administrator: bool = False,
    by: object = None,
    now: datetime,
) -> Tech:
    """Add a tech; a client with this address becomes one and stays a client.

    ``addresses`` are further addresses that the tech writes from. Without a ``password`` the tech
    answers by mail but cannot sign in; without ``by`` Postdesk itself adds one. Raises
    ChangeRefused.
    """
    main = _address(email, field="email")
    person = find_person(main) or Person(added_at=now)
    if Tech.objects.filter(person_id=person.pk).exists():
        raise ChangeRefused(f"{main} is {person}, a tech already. Change that one.", field="email")
    if not person.pk or password:
        _set_password(person, password)
    _write_person(person, name=name, email=main)
    _write_addresses(person, main=main, further=addresses)
    tech = Tech.objects.create(person=person, is_administrator=is_administrator)
    detail = "as Administrator" if is_administrator else ""
    audit.record(Action.TECH_ADDED, actor=by, target=f"{person} ({main})", detail=detail, now=now)
    return tech


@transaction.atomic
def change_tech(
    tech: Tech,
    *,
    name: str,
    email: str,
    addresses: Sequence[str],
    password: str,
    is_administrator: bool,
    is_active: bool,
    by: object,
    now: datetime,
) -> Tech:
    """Change everything about a tech; an empty ``password`` keeps the old one.

    Raises ChangeRefused, also when nobody would be left to administrate the desk.
    """
    if not (is_administrator and is_active):
        _check_another_administrator(tech)
    main = _address(email, field="email")
    before = _facts(tech)
    if password:
        tech.person.set_password(password)
    _write_person(tech.person, name=name, email=main)
    _write_addresses(tech.person, main=main, further=addresses)
    tech.is_administrator = is_administrator
    tech.is_active = is_active
    tech.save()
    after = _facts(tech)
    told = [
        f"{name}: {before[name]} to {after[name]}" for name in after if before[name] != after[name]
    ]
    detail = "; ".join([*told, *(["password replaced"] if password else [])])
    target = f"{tech} ({main})"
    audit.record(Action.TECH_CHANGED, actor=by, target=target, detail=detail, now=now)
    return tech


def _facts(tech: Tech) -> dict[str, str]:
    addresses = tech.person.addresses.order_by("address").values_list("address", flat=True)
    return {
        "name": tech.person.name,
        "address": tech.person.email,
        "addresses": ", ".join(addresses),
        "Administrator": "yes" if tech.is_administrator else "no",
        "active": "yes" if tech.is_active else "no",
    }


def _check_another_administrator(tech: Tech) -> None:
    """Hold the rows of all Administrators, so that two cannot remove one another at once."""
    others = Tech.objects.select_for_update().filter(
        is_administrator=True, is_active=True, person__is_active=True
    )
    numbers = {other.pk for other in others}
    if numbers == {tech.pk}:
        raise ChangeRefused(
            f"{tech} is the last active Administrator. Make another tech Administrator first."
        )


def _set_password(person: Person, password: str) -> None:
    if password:
        person.set_password(password)
    else:
        person.set_unusable_password()


def _write_person(person: Person, *, name: str, email: str) -> None:
    _check_owner(email, person, field="email")
    person.name = name.strip()
    person.email = email
    person.save()


def _write_addresses(person: Person, *, main: str, further: Sequence[str]) -> None:
    wanted = {main} | {_address(text, field="addresses") for text in further}
    for address in sorted(wanted):
        _check_owner(address, person, field="addresses")
    person.addresses.exclude(address__in=wanted).delete()
    known = set(person.addresses.values_list("address", flat=True))
    PersonAddress.objects.bulk_create(
        [PersonAddress(person=person, address=address) for address in sorted(wanted - known)]
    )


def _check_owner(address: str, person: Person, *, field: str) -> None:
    owner = find_person(address)
    if owner is not None and owner.pk != person.pk:
        raise ChangeRefused(
            f"{address} belongs to {owner} already. An address has one person.", field=field
        )


def _address(text: str, *, field: str) -> str:
    try:
        return normalise_address(text)
    except AddressRefused as error:
        raise ChangeRefused(str(error), field=field) from error
