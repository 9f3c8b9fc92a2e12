"""Adding and changing request types."""

from django.db import transaction

from postdesk.directory.models import Priority, RequestType, TechGroup
from postdesk.directory.refusal import ChangeRefused


@transaction.atomic
def add_request_type(
    *,
    name: str,
    parent: RequestType | None = None,
    tech_group: TechGroup | None = None,
    default_priority: int = Priority.MEDIUM,
) -> RequestType:
    """Add a request type; raises ChangeRefused when its parent has one of that name."""
    return _write(
        RequestType(),
        name=name,
        parent=parent,
        tech_group=tech_group,
        default_priority=default_priority,
    )


@transaction.atomic
def change_request_type(
    request_type: RequestType,
    *,
    name: str,
    parent: RequestType | None,
    tech_group: TechGroup | None,
    default_priority: int,
    is_active: bool,
) -> RequestType:
    """Change everything about a request type.

    Without a ``tech_group`` it has that of its nearest parent. An inactive one keeps its tickets
    but is offered nowhere, and neither are those below it. Raises ChangeRefused for a name that
    is taken and for a parent that is the type itself or below it.
    """
    _check_no_cycle(request_type, parent)
    request_type.is_active = is_active
    return _write(
        request_type,
        name=name,
        parent=parent,
        tech_group=tech_group,
        default_priority=default_priority,
    )


def below(request_type: RequestType) -> set[int]:
    """Return the primary keys of a request type and of all below it."""
    found = {request_type.pk}
    layer = found
    while layer:
        children = RequestType.objects.filter(parent_id__in=layer).exclude(pk__in=found)
        layer = set(children.values_list("pk", flat=True))
        found |= layer
    return found


def _check_no_cycle(request_type: RequestType, parent: RequestType | None) -> None:
    # The whole tree is held: two changes at once could each be right and close a ring together.
    list(RequestType.objects.select_for_update().order_by("pk").values_list("pk"))
    if parent is not None and parent.pk in below(request_type):
        raise ChangeRefused(
            f"{parent} is {request_type} itself or below it. Choose a parent elsewhere in the "
            "tree, or none.",
            field="parent",
        )


def _write(
    request_type: RequestType,
    *,
    name: str,
    parent: RequestType | None,
    tech_group: TechGroup | None,
    default_priority: int,
) -> RequestType:
    tidy = " ".join(name.split())
    if not tidy:
        raise ChangeRefused("A request type needs a name.", field="name")
    siblings = RequestType.objects.filter(parent=parent).exclude(pk=request_type.pk)
    if siblings.filter(name__iexact=tidy).exists():
        where = f"Under {parent}" if parent else "At the top"
        raise ChangeRefused(
            f"{where} there is a request type {tidy} already. Choose another name.", field="name"
        )
    request_type.name = tidy
    request_type.parent = parent
    request_type.tech_group = tech_group
    request_type.default_priority = default_priority
    request_type.save()
    return request_type
