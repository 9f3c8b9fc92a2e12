"""Setup > Tickets > Request Types."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from postdesk.directory.groups import add_group
from postdesk.directory.models import Person, Priority, RequestType, Tech
from postdesk.directory.request_types import add_request_type
from postdesk.mail.models import IncomingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return signed_in(administrator.person)


def as_posted(name: str, **changes: object) -> dict[str, object]:
    data = {"name": name, "default_priority": Priority.MEDIUM.value, "is_active": "on", **changes}
    return {key: value for key, value in data.items() if value is not None}


def test_new_type_under_a_parent(browser: Browser) -> None:
    hardware, group = add_request_type(name="Hardware"), add_group(name="Desk")
    answer = browser.post(
        "/setup/request-types/new/",
        as_posted("Printers", parent=hardware.pk, tech_group=group.pk, default_priority=1),
    )
    assert answer.status_code == 302
    added = RequestType.objects.get(name="Printers")
    assert (added.parent, added.tech_group) == (hardware, group)
    assert added.default_priority == Priority.URGENT
    assert added.is_active


def test_plus_beside_a_type_preselects_it_as_parent(browser: Browser) -> None:
    hardware = add_request_type(name="Hardware")
    page = browser.get(f"/setup/request-types/new/?parent={hardware.pk}").content.decode()
    assert f'<option value="{hardware.pk}" selected>Hardware</option>' in page


def test_name_is_taken_only_under_the_same_parent(browser: Browser) -> None:
    hardware = add_request_type(name="Hardware")
    add_request_type(name="Other")
    refused = browser.post("/setup/request-types/new/", as_posted("other"))
    accepted = browser.post("/setup/request-types/new/", as_posted("Other", parent=hardware.pk))
    assert refused.status_code == 422
    assert "At the top there is a request type other already" in refused.content.decode()
    assert accepted.status_code == 302


def test_type_cannot_come_under_itself_or_its_own_branch(browser: Browser) -> None:
    top = add_request_type(name="Top")
    leaf = add_request_type(name="Leaf", parent=add_request_type(name="Middle", parent=top))
    page = browser.get(f"/setup/request-types/{top.pk}/").content.decode()
    assert "Top / Middle" not in page
    for parent in (top, leaf):
        answer = browser.post(f"/setup/request-types/{top.pk}/", as_posted("Top", parent=parent.pk))
        assert answer.status_code == 422
        assert "itself or below it" in answer.content.decode()
    top.refresh_from_db()
    assert top.parent is None


def test_list_shows_the_tree_with_inherited_groups(browser: Browser) -> None:
    hardware = add_request_type(name="Hardware", tech_group=add_group(name="Desk"))
    add_request_type(name="Printers", parent=hardware)
    page = browser.get("/setup/request-types/").content.decode()
    assert page.index("Hardware") < page.index("Printers")
    assert "Desk, from its parent" in page


def test_type_that_a_mailbox_gives_to_tickets_cannot_be_deactivated(browser: Browser) -> None:
    general = add_request_type(name="General")
    IncomingMailAccount.objects.create(email_address="support@desk.example", request_type=general)
    answer = browser.post(
        f"/setup/request-types/{general.pk}/", as_posted("General", is_active=None)
    )
    assert answer.status_code == 422
    assert "support@desk.example would not fit any more" in answer.content.decode()
    general.refresh_from_db()
    assert general.is_active


def test_type_of_a_mailbox_cannot_go_to_a_group_that_the_mailbox_does_not_have(
    browser: Browser,
) -> None:
    desk, network = add_group(name="Desk"), add_group(name="Network")
    general = add_request_type(name="General", tech_group=desk)
    IncomingMailAccount.objects.create(
        email_address="support@desk.example", request_type=general, tech_group=desk
    )
    answer = browser.post(
        f"/setup/request-types/{general.pk}/", as_posted("General", tech_group=network.pk)
    )
    assert answer.status_code == 422
    general.refresh_from_db()
    assert general.tech_group == desk


def test_unused_type_is_deactivated(browser: Browser) -> None:
    general = add_request_type(name="General")
    answer = browser.post(
        f"/setup/request-types/{general.pk}/", as_posted("General", is_active=None)
    )
    assert answer.status_code == 302
    general.refresh_from_db()
    assert not general.is_active
