"""Adding and changing tech groups."""

from collections.abc import Sequence

from django.db import transaction

from postdesk.directory.models import Tech, TechGroup
from postdesk.directory.refusal import ChangeRefused


@transaction.atomic
def add_group(*, name: str, manager: Tech | None = None, members: Sequence[Tech] = ()) -> TechGroup:
    """Add a tech group; raises ChangeRefused when the name is taken."""
    return _write(TechGroup(), name=name, manager=manager, members=members)


@transaction.atomic
def change_group(
    group: TechGroup,
    *,
    name: str,
    manager: Tech | None,
    members: Sequence[Tech],
    is_active: bool,
) -> TechGroup:
    """Change everything about a tech group; raises ChangeRefused when the name is taken.

    An inactive group keeps its tickets and request types but is offered nowhere.
    """
    group.is_active = is_active
    return _write(group, name=name, manager=manager, members=members)


def _write(
    group: TechGroup, *, name: str, manager: Tech | None, members: Sequence[Tech]
) -> TechGroup:
    tidy = " ".join(name.split())
    if not tidy:
        raise ChangeRefused("A tech group needs a name.", field="name")
    if TechGroup.objects.filter(name__iexact=tidy).exclude(pk=group.pk).exists():
        raise ChangeRefused(
            f"There is a tech group {tidy} already. Choose another name.", field="name"
        )
    group.name = tidy
    group.manager = manager
    group.save()
    group.members.set(members)
    return group
