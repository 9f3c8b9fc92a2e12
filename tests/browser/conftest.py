"""A real Chromium before a real desk and the pretend tenant, each in its own place."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from postdesk_sandbox.server import Sandbox
from tests.desk_process import DeskProcess, desk_process
from tests.sandbox_client import SandboxClient

# Without these a browser in a closed network tries its maker's hosts at every start.
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here, and skip it with a reason where Chromium is missing."""
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker("browser")
            item.add_marker(pytest.mark.timeout(300))
            if CHROMIUM is None:
                reason = "Chromium is missing; on Debian: apt install chromium"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser, started once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh browser profile; a refusal by our own page policy fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    refused: list[str] = []
    opened.on(
        "console",
        lambda line: refused.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield opened
    context.close()
    assert not refused


@pytest.fixture
def tenant() -> Iterator[SandboxClient]:
    """A fresh pretend tenant."""
    with Sandbox(port=0) as running:
        client = SandboxClient(running.url)
        yield client
        client.close()


@pytest.fixture
def desk(tmp_path: Path, tenant: SandboxClient) -> Iterator[DeskProcess]:
    """A desk on an empty data directory, not started yet."""
    with desk_process(tmp_path / "data", tenant.url) as made:
        yield made


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep a picture of the page where a story broke off."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    page = getattr(item, "funcargs", {}).get("page")
    folder = os.environ.get("POSTDESK_TEST_PICTURES")
    if report.when == "call" and report.failed and page is not None and folder:
        page.screenshot(path=Path(folder) / f"{item.name}.png", full_page=True)
