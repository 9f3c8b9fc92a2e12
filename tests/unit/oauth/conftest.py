"""A provider whose network is a table of canned answers."""

from collections.abc import Callable

import pytest
from tests.unit.oauth.canned import FakeHttp

from postdesk.oauth.application import Application, Secret
from postdesk.oauth.clouds import WORLDWIDE
from postdesk.oauth.microsoft import MicrosoftProvider


@pytest.fixture
def http() -> FakeHttp:
    return FakeHttp()


@pytest.fixture
def make_provider(http: FakeHttp) -> Callable[..., MicrosoftProvider]:
    def make(**changes: object) -> MicrosoftProvider:
        usual = {
            "cloud": WORLDWIDE,
            "tenant": "contoso.test",
            "client_id": "client-1",
            "credential": Secret("s3cret"),
        }
        return MicrosoftProvider(Application(**{**usual, **changes}), http)

    return make


@pytest.fixture
def provider(make_provider) -> MicrosoftProvider:
    return make_provider()
