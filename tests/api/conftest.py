"""Keys and callers for the tests of the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client as Caller

from postdesk.base import clock
from postdesk.directory.models import Tech
from postdesk.site.api_keys import NewKey, make_key
from postdesk.site.audit_models import Scope
from postdesk.site.options import finish_setup


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """WhiteNoise warns, and a warning fails, when nothing was collected yet."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def new_key(administrator: Tech) -> Callable[..., NewKey]:
    """Make keys: ``new_key("health:read", days=1)``."""

    def make(*scopes: str, days: float = 365) -> NewKey:
        now = clock.now()
        return make_key(
            name="Monitoring",
            scopes=scopes or Scope.values,
            expires_at=now + timedelta(days=days),
            by=administrator.person,
            now=now,
        )

    return make


@pytest.fixture
def caller(new_key: Callable[..., NewKey]) -> Caller:
    """A program with a key that may everything; set-up counts as finished."""
    finish_setup(now=clock.now())
    return Caller(headers={"Authorization": f"Bearer {new_key().text}"})


@pytest.fixture
def keyless(db: None) -> Caller:
    """A program without a key."""
    finish_setup(now=clock.now())
    return Caller()
