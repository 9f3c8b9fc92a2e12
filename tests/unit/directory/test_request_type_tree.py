"""The tree of request types and what follows from it."""

import pytest

from postdesk.directory.groups import add_group
from postdesk.directory.queries import effective_group, request_type_tree, supported_by
from postdesk.directory.request_types import add_request_type

pytestmark = pytest.mark.django_db


def test_tree_has_parents_before_children_by_name() -> None:
    software = add_request_type(name="Software")
    hardware = add_request_type(name="Hardware")
    add_request_type(name="Printers", parent=hardware)
    add_request_type(name="Laptops", parent=hardware)
    add_request_type(name="Licences", parent=software)
    assert [branch.path for branch in request_type_tree()] == [
        "Hardware",
        "Hardware / Laptops",
        "Hardware / Printers",
        "Software",
        "Software / Licences",
    ]
    assert [branch.depth for branch in request_type_tree()] == [0, 1, 1, 0, 1]


def test_group_is_inherited_from_the_nearest_parent_that_has_one() -> None:
    far, near = add_group(name="Far"), add_group(name="Near")
    top = add_request_type(name="Top", tech_group=far)
    middle = add_request_type(name="Middle", parent=top, tech_group=near)
    leaf = add_request_type(name="Leaf", parent=middle)
    other = add_request_type(name="Other", parent=top)
    assert effective_group(leaf) == near
    assert effective_group(other) == far
    assert effective_group(add_request_type(name="Free")) is None
    branch = next(b for b in request_type_tree() if b.request_type == leaf)
    assert (branch.group, branch.is_inherited) == (near, True)


def test_group_supports_its_own_types_and_those_of_no_group() -> None:
    desk, network = add_group(name="Desk"), add_group(name="Network")
    own = add_request_type(name="A own", tech_group=desk)
    below = add_request_type(name="B below", parent=own)
    free = add_request_type(name="C free")
    add_request_type(name="D foreign", tech_group=network)
    assert supported_by(desk) == [own, below, free]


def test_without_a_group_nothing_is_filtered() -> None:
    own = add_request_type(name="A", tech_group=add_group(name="Desk"))
    free = add_request_type(name="B")
    assert supported_by(None) == [own, free]


def test_type_under_an_inactive_parent_is_not_offered() -> None:
    parent = add_request_type(name="Parent")
    add_request_type(name="Child", parent=parent)
    parent.is_active = False
    parent.save()
    assert supported_by(None) == []
    assert [branch.is_active for branch in request_type_tree()] == [False, False]
