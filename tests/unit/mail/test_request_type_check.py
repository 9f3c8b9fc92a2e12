"""A tech group and the request types that it supports."""

import pytest

from postdesk.directory.models import RequestType, TechGroup
from postdesk.mail.accounts import AccountRefused, check_request_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> TechGroup:
    return TechGroup.objects.create(name="Desk")


@pytest.fixture
def building() -> TechGroup:
    return TechGroup.objects.create(name="Building")


def test_type_of_the_group_itself_fits(desk: TechGroup) -> None:
    check_request_type(desk, RequestType(name="Printers", tech_group=desk))


def test_type_without_a_group_fits_every_group(desk: TechGroup) -> None:
    check_request_type(desk, RequestType(name="Anything"))


def test_any_type_fits_no_group(building: TechGroup) -> None:
    check_request_type(None, RequestType(name="Heating", tech_group=building))


def test_group_is_inherited_down_the_tree(desk: TechGroup, building: TechGroup) -> None:
    house = RequestType.objects.create(name="House", tech_group=building)
    heating = RequestType.objects.create(name="Heating", parent=house)
    check_request_type(building, heating)
    with pytest.raises(AccountRefused, match="“Desk” does not support Request Type “Heating”"):
        check_request_type(desk, heating)


def test_inactive_type_is_refused_by_name(desk: TechGroup) -> None:
    with pytest.raises(AccountRefused, match="“Old” is not active"):
        check_request_type(desk, RequestType(name="Old", is_active=False))
