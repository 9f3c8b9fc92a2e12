"""Every page of a desk in use: no violation that axe knows, and nothing wider than a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser import clicking
from tests.desk_process import answers, wait_until
from tests.sandbox_client import SUPPORT, write_mail

SETUP = [
    "", "options/", "techs/", "techs/new/", "techs/1/", "tech-groups/", "tech-groups/1/",
    "request-types/", "request-types/1/", "incoming-mail-accounts/", "incoming-mail-accounts/new/",
    "incoming-mail-accounts/1/", "incoming-mail-accounts/1/history/", "outgoing-mail-accounts/",
    "outgoing-mail-accounts/new/", "outgoing-mail-accounts/1/", "held-mail/",
    "alarms/",
]  # fmt: skip
PAGES = [
    "/sign-out/", "/tickets/", "/tickets/?view=mine&q=nothing", "/tickets/7/", "/tickets/12/",
    "/no-such-page/", *(f"/setup/{page}" for page in SETUP),
]  # fmt: skip
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}},
    "dark, on a phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture
def used_desk(desk, tenant):
    """A desk after some days of work, and with a mail of words that are too long."""
    desk.do(f"from tests.browser.realistic_desk import fill; fill({tenant.url!r})")
    mail = write_mail(
        sender=f'"{LONG}" <{"l" * 60}@{"d" * 60}.example>', subject=LONG, text=LONG * 20
    )
    desk.do(
        "from postdesk.base import clock; from postdesk.flow.feeding import feed_message; "
        f"feed_message({mail!r}, account_address={SUPPORT!r}, now=clock.now())"
    )
    desk.start("serve", "--port", str(desk.port))
    wait_until(lambda: answers(f"{desk.url}/healthz"), "the pages are served")
    return desk


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_every_page_is_accessible_and_fits(look, used_desk, chromium: Browser):
    context = chromium.new_context(locale="en-GB", **look)
    page = context.new_page()
    clicking.sign_in(page, used_desk)
    page.goto(f"{used_desk.url}/tickets/12/")
    original = page.locator("a", has_text="Show original mail").get_attribute("href")
    addresses = [*PAGES, str(original)]
    problems = {address: problems_of(page, used_desk.url + address) for address in addresses}
    context.close()
    assert not {address: found for address, found in problems.items() if found}


def problems_of(page: Page, address: str) -> list[str]:
    answer = page.goto(address)
    expected = 404 if address.endswith("/no-such-page/") else 200
    assert answer is not None
    assert answer.status == expected, address
    found = [
        f"{violation['id']}: {[node['target'] for node in violation['nodes']][:3]}"
        for violation in Axe().run(page).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found
