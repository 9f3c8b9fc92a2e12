"""What all tests share: people with their roles, signed-in browsers, the pretend tenant."""

import itertools
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client as Browser

from postdesk.base import clock

if TYPE_CHECKING:
    from postdesk.directory.models import Person, Tech

MOMENT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


def pytest_configure() -> None:
    """Serve static files unhashed, and keep SQLite in a file so that threads share it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # for speed
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = settings.DATA_DIR / "test.sqlite3"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches tables, so that it also runs on PostgreSQL."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}:
            item.add_marker("tables")


@pytest.fixture(autouse=True)
def _machine_clock() -> Iterator[None]:
    yield
    clock.reset()


@pytest.fixture
def now() -> datetime:
    """A fixed moment."""
    return MOMENT


_numbers = itertools.count(1)


@pytest.fixture
def person(db: None) -> Callable[..., "Person"]:
    """Make persons: ``person(name="Anna", email="anna@contoso.test")``."""
    from postdesk.directory.models import Person, PersonAddress

    def make(*, name: str = "", email: str = "") -> Person:
        number = next(_numbers)
        address = email or f"person{number}@example.org"
        made = Person(name=name or f"Person {number}", email=address, added_at=MOMENT)
        made.set_password(PASSWORD)
        made.save()
        PersonAddress.objects.create(person=made, address=address)
        return made

    return make


@pytest.fixture
def make_tech(person: Callable[..., "Person"]) -> Callable[..., "Tech"]:
    """Make techs: ``make_tech(name="Anna", is_administrator=True)``."""
    from postdesk.directory.models import Tech

    def make(*, name: str = "", email: str = "", is_administrator: bool = False) -> Tech:
        return Tech.objects.create(
            person=person(name=name, email=email), is_administrator=is_administrator
        )

    return make


@pytest.fixture
def administrator(make_tech: Callable[..., "Tech"]) -> "Tech":
    """A tech who is Administrator."""
    return make_tech(name="Ada Admin", email="ada@desk.example", is_administrator=True)


@pytest.fixture
def tech(make_tech: Callable[..., "Tech"]) -> "Tech":
    """A tech without further rights."""
    return make_tech(name="Tim Tech", email="tim@desk.example")


@pytest.fixture
def client_person(person: Callable[..., "Person"]) -> "Person":
    """A client."""
    from postdesk.directory.models import Client

    made = person(name="Clara Client", email="clara@client.example")
    Client.objects.create(person=made)
    return made


@pytest.fixture
def signed_in(db: None) -> Callable[["Person"], Browser]:
    """Return a browser in which that person is signed in; set-up counts as finished."""
    from postdesk.site.options import finish_setup

    def sign_in(who: "Person") -> Browser:
        finish_setup(now=MOMENT)
        browser = Browser()
        browser.force_login(who)
        return browser

    return sign_in


@pytest.fixture
def stranger(db: None) -> Browser:
    """A browser in which nobody is signed in; set-up counts as finished."""
    from postdesk.site.options import finish_setup

    finish_setup(now=MOMENT)
    return Browser()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In the strict form a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    is_strict = os.environ.get("POSTDESK_TEST_STRICT") == "1"
    if is_strict and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
