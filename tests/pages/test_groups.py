"""Setup > People > Tech Groups."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from postdesk.directory.groups import add_group
from postdesk.directory.models import Person, Tech, TechGroup
from postdesk.mail.models import IncomingMailAccount

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return signed_in(administrator.person)


def test_new_group_has_members_and_manager(
    browser: Browser, administrator: Tech, tech: Tech
) -> None:
    answer = browser.post(
        "/setup/tech-groups/new/",
        {"name": " Service  Desk ", "manager": tech.pk, "members": [tech.pk, administrator.pk]},
    )
    assert answer.status_code == 302
    group = TechGroup.objects.get()
    assert (group.name, group.manager, group.is_active) == ("Service Desk", tech, True)
    assert set(group.members.all()) == {tech, administrator}


def test_name_is_taken_in_any_case(browser: Browser) -> None:
    add_group(name="Service Desk")
    answer = browser.post("/setup/tech-groups/new/", {"name": "service desk"})
    assert answer.status_code == 422
    assert "There is a tech group service desk already" in answer.content.decode()
    assert TechGroup.objects.count() == 1


def test_group_is_changed(browser: Browser, tech: Tech) -> None:
    group = add_group(name="Desk", manager=tech, members=[tech])
    answer = browser.post(f"/setup/tech-groups/{group.pk}/", {"name": "Network"})
    assert answer.status_code == 302
    group.refresh_from_db()
    assert (group.name, group.manager, group.is_active) == ("Network", None, False)
    assert not group.members.exists()


def test_inactive_tech_stays_a_member_but_is_not_offered_anew(browser: Browser, tech: Tech) -> None:
    group = add_group(name="Desk", members=[tech])
    Tech.objects.filter(pk=tech.pk).update(is_active=False)
    assert "Tim Tech" in browser.get(f"/setup/tech-groups/{group.pk}/").content.decode()
    assert "Tim Tech" not in browser.get("/setup/tech-groups/new/").content.decode()


def test_group_that_a_mailbox_uses_cannot_be_deactivated(browser: Browser) -> None:
    group = add_group(name="Desk")
    IncomingMailAccount.objects.create(email_address="support@desk.example", tech_group=group)
    answer = browser.post(f"/setup/tech-groups/{group.pk}/", {"name": "Desk"})
    assert answer.status_code == 422
    assert "support@desk.example would not fit any more" in answer.content.decode()
    group.refresh_from_db()
    assert group.is_active


def test_empty_list_says_what_groups_are_for(browser: Browser) -> None:
    assert "No tech groups yet" in browser.get("/setup/tech-groups/").content.decode()
