"""The pictures of the documentation: ``python -m tests.browser.screenshots docs/screenshots``.

The worker does its rounds once before the pictures are taken, so the states shown are real.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from postdesk_sandbox.server import Sandbox
from tests.browser import clicking
from tests.browser.conftest import CHROMIUM, QUIET
from tests.desk_process import DeskProcess, answers, desk_process, wait_until
from tests.sandbox_client import SandboxClient

PORT = 8080  # as in the redirect URI that a reader will see
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
LOOKS = {
    "": {"viewport": WIDE},
    ".dark": {"viewport": WIDE, "color_scheme": "dark"},
    ".390": {"viewport": NARROW, "has_touch": True},
}
TICKET = "Outlook on the terminal server asks for the password every few minutes"


def main(folder: Path) -> None:
    """Take all pictures into ``folder``."""
    if CHROMIUM is None:
        raise SystemExit("Chromium is missing; on Debian: apt install chromium")
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        with _fresh_desk() as (desk, _):
            _picture_first_start(browser, desk, folder)
        with _fresh_desk() as (desk, tenant):
            _fill(desk, tenant)
            for ending, look in LOOKS.items():
                _picture_work(browser, desk, folder, ending=ending, look=look)
        browser.close()


@contextmanager
def _fresh_desk() -> Iterator[tuple[DeskProcess, SandboxClient]]:
    with tempfile.TemporaryDirectory() as data_dir, Sandbox(port=0) as running:
        tenant = SandboxClient(running.url)
        with desk_process(Path(data_dir) / "data", tenant.url) as desk:
            desk.port = PORT
            yield desk, tenant
        tenant.close()


def _fill(desk: DeskProcess, tenant: SandboxClient) -> None:
    """Let some days pass, then the worker look into both mailboxes; one sign-in has ended."""
    desk.do(f"from tests.browser.realistic_desk import fill; fill({tenant.url!r})")
    desk.start("run", "--port", str(desk.port))
    wait_until(lambda: answers(f"{desk.url}/healthz"), "the pages are served")
    wait_until(
        lambda: _count(desk, connection__state="needs_reauthorization") == 1,
        "the end of the other one's sign-in is noticed",
    )


def _count(desk: DeskProcess, **which: object) -> int:
    """Count the Incoming Mail Accounts that fit."""
    model = "from postdesk.mail.models import IncomingMailAccount as Account"
    return int(desk.do(f"{model}; print(Account.objects.filter(**{which!r}).count())"))


def _picture_first_start(browser: Browser, desk: DeskProcess, folder: Path) -> None:
    address = desk.start_run()
    page = _open(browser, LOOKS[""])
    clicking.set_up(page, address)
    _take(page, folder / "setup-home.png")
    page.context.clear_cookies()
    page.goto(f"{desk.url}/sign-in/")
    _take(page, folder / "sign-in.png")
    page.context.close()


def _picture_work(
    browser: Browser, desk: DeskProcess, folder: Path, *, ending: str, look: dict[str, object]
) -> None:
    page = _open(browser, look)
    clicking.sign_in(page, desk)
    _take(page, folder / f"ticket-list{ending}.png")
    page.get_by_role("link", name=TICKET).click()
    page.get_by_label("Your text").wait_for()
    _take(page, folder / f"ticket{ending}.png")
    accounts = f"{desk.url}/setup/incoming-mail-accounts/"
    page.goto(accounts)
    if not ending:
        _take(page, folder / "incoming-mail-accounts.png")
    page.locator(".account-row--bad a").first.click()
    _take(page, folder / f"incoming-mail-account{ending}.png")
    if not ending:
        page.get_by_role("link", name="History").click()
        _take(page, folder / "incoming-mail-account-history.png")
    page.context.close()


def _open(browser: Browser, look: dict[str, object]) -> Page:
    page = browser.new_context(locale="en-GB", **look).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(20_000)
    return page


def _take(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path, full_page=True)
    print(path, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screenshots"))
