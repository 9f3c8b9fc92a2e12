"""What the tests of pages share beside the people."""

import pytest
from django.conf import settings


@pytest.fixture(scope="session", autouse=True)
def _static_root() -> None:
    """WhiteNoise warns, and a warning fails, when nothing was collected yet."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
