"""Setup > General > Audit."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client as Browser

from postdesk.directory.models import Person, Tech
from postdesk.site.audit import Action, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(administrator: Tech, signed_in: Callable[[Person], Browser]) -> Browser:
    return signed_in(administrator.person)


def show(browser: Browser, query: str = "") -> str:
    return browser.get(f"/setup/audit/{query}").content.decode()


def test_newest_entry_stands_first(browser: Browser, now: datetime) -> None:
    for target in ("first-target", "second-target"):
        record(Action.OPTIONS_CHANGED, actor="Ada", target=target, now=now)
    page = show(browser)
    assert page.index("second-target") < page.index("first-target")


def test_entries_are_narrowed_by_action_and_text(browser: Browser, now: datetime) -> None:
    record(Action.AUTHORIZED, actor="Ada", target="support@one.test", now=now)
    record(Action.AUTHORIZED, actor="Ada", target="support@two.test", now=now)
    record(Action.TECH_ADDED, actor="Ada", target="Nina of one.test", now=now)
    page = show(browser, "?action=authorized&text=one.test")
    assert "support@one.test" in page
    assert "support@two.test" not in page
    assert "Nina" not in page
    assert "No such entries" in show(browser, "?text=nobody")


def test_unknown_action_is_named(browser: Browser) -> None:
    answer = browser.get("/setup/audit/?action=nonsense")
    assert answer.status_code == 422
    assert "Select a valid choice" in answer.content.decode()


def test_pages_keep_the_filter(browser: Browser, now: datetime) -> None:
    for number in range(51):
        record(Action.TECH_ADDED, actor="Ada", target=f"tech-{number:02}", now=now)
    assert "tech-00" not in show(browser, "?text=tech")
    assert "?text=tech&amp;page=2" in show(browser, "?text=tech")
    assert "tech-00" in show(browser, "?text=tech&page=2")


def test_what_others_wrote_is_shown_as_text(browser: Browser, now: datetime) -> None:
    record(Action.AUTHORIZED, actor="<b>Eve</b>", target="<script>x</script>", now=now)
    page = show(browser)
    assert "&lt;b&gt;Eve" in page
    assert "<script>x" not in page
