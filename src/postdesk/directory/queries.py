"""Reads of people, groups and request types."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from postdesk.directory.models import RequestType, Tech, TechGroup


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A request type at its place in the tree.

    ``depth`` is 0 at the top; ``path`` is its name with those of its parents,
    ``Hardware / Printers``; ``group`` is the effective tech group, ``is_inherited`` says that it
    is a parent's; ``is_active`` is True only when all parents are active too.
    """

    request_type: RequestType
    depth: int
    path: str
    group: TechGroup | None
    is_inherited: bool
    is_active: bool


def request_type_tree() -> list[Branch]:
    """Return all request types, parents before children, by name within one parent."""
    children: dict[int | None, list[RequestType]] = defaultdict(list)
    for row in RequestType.objects.select_related("tech_group").order_by("name", "pk"):
        children[row.parent_id].append(row)
    branches: list[Branch] = []
    waiting = [_branch(row, under=None) for row in reversed(children[None])]
    while waiting:
        branch = waiting.pop()
        branches.append(branch)
        below = children[branch.request_type.pk]
        waiting.extend(_branch(row, under=branch) for row in reversed(below))
    return branches


def _branch(row: RequestType, *, under: Branch | None) -> Branch:
    if under is None:
        return Branch(
            request_type=row,
            depth=0,
            path=row.name,
            group=row.tech_group,
            is_inherited=False,
            is_active=row.is_active,
        )
    return Branch(
        request_type=row,
        depth=under.depth + 1,
        path=f"{under.path} / {row.name}",
        group=row.tech_group or under.group,
        is_inherited=row.tech_group is None and under.group is not None,
        is_active=row.is_active and under.is_active,
    )


def effective_group(request_type: RequestType) -> TechGroup | None:
    """Return the tech group of a request type or of its nearest parent that has one."""
    row: RequestType | None = request_type
    seen: set[int] = set()
    while row is not None and row.pk not in seen:
        if row.tech_group is not None:
            return row.tech_group
        seen.add(row.pk)
        row = row.parent
    return None


def supported_branches(group: TechGroup | None) -> list[Branch]:
    """Return the active branches that ``group`` supports: its own and those of no group.

    Without a group nothing is filtered: all active branches.
    """
    return [
        branch
        for branch in request_type_tree()
        if branch.is_active and (group is None or branch.group is None or branch.group == group)
    ]


def supported_by(group: TechGroup | None) -> list[RequestType]:
    """Return the request types of ``supported_branches``, in the order of the tree."""
    return [branch.request_type for branch in supported_branches(group)]


def techs() -> QuerySet[Tech]:
    """Return all techs by name, with their persons; inactive ones too."""
    return Tech.objects.select_related("person").order_by("person__name", "person__email")


def active_techs() -> QuerySet[Tech]:
    """Return the techs who can be assigned a ticket, by name."""
    return techs().filter(is_active=True)


def groups() -> QuerySet[TechGroup]:
    """Return all tech groups by name, with manager and ``member_count`` of active members."""
    return (
        TechGroup.objects.select_related("manager__person")
        .annotate(member_count=Count("members", filter=Q(members__is_active=True)))
        .order_by("name")
    )


def active_groups() -> QuerySet[TechGroup]:
    """Return the tech groups that can be chosen, by name."""
    return groups().filter(is_active=True)
