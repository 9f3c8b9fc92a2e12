"""A mailbox of which nobody here knows the registration: asked for by a link, handed over, checked.

Two browsers: the administrator of the desk, and somebody at Microsoft without an account here.
"""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import clicking
from tests.sandbox_client import SUPPORT

LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.fixture
def link(desk, page):
    """Ask for a mailbox in the desk; returns the link of the letter."""
    clicking.set_up(page, desk.start_run())
    page.goto(f"{desk.url}/setup/incoming-mail-accounts/new/")
    page.get_by_role("link", name="Ask my Microsoft administrator").click()
    page.get_by_label("E-Mail Address").fill(SUPPORT)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Nobody was asked yet.")).to_be_visible()
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#letter")).to_contain_text("shall read and answer the mail of")
    keep(page, "letter")
    return page.locator("#administrator-link").inner_text()


def keep(page: Page, name: str) -> None:
    folder = os.environ.get("POSTDESK_TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def problems_of(page: Page) -> list[str]:
    found = [violation["id"] for violation in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the window")
    return found


def test_registration_comes_by_the_link_and_everything_is_checked(
    link, desk, page, chromium: Browser
):
    for look, values in LOOKS.items():
        context = chromium.new_context(locale="en-GB", **values)
        visitor = context.new_page()
        visitor.goto(link)
        visitor.get_by_text("Microsoft Graph PowerShell").click()
        expect(visitor.locator("#powershell")).to_contain_text("New-MgApplication")
        keep(visitor, f"administrator-{look}")
        assert not problems_of(visitor), look
        context.close()

    hand_over(chromium, link)
    expect(page.get_by_text("Handed over")).to_be_visible(timeout=30_000)  # by itself

    page.get_by_role("link", name="E-Mail Account", exact=True).click()
    expect(page.get_by_label("Client ID")).to_have_value("client-1")
    page.locator("button[name=authorize]").first.click()
    clicking.sign_in_at_microsoft(page, SUPPORT)
    page.get_by_role("button", name="Check everything").click()
    expect(page.get_by_role("heading", name="Checked", exact=True)).to_be_visible(timeout=60_000)
    keep(page, "check")
    lines = page.locator("#check-lines li")
    expect(lines).to_have_count(11)
    assert page.locator("#check-lines .trace__step--ok").count() >= 8
    expect(page.locator("#check-lines")).to_contain_text("Choose one in the account and save.")
    assert not problems_of(page)


def hand_over(chromium: Browser, link: str) -> None:
    """Fill in the drop box as somebody without an account here."""
    context = chromium.new_context(locale="en-GB")
    visitor = context.new_page()
    visitor.goto(link)
    visitor.get_by_role("button", name="Hand over").click()
    expect(visitor.get_by_text("Enter the Client Secret.")).to_be_visible()
    for label, value in {
        "Tenant ID": "contoso.test",
        "Client ID": "client-1",
        "Client Secret": "s3cret",
        "Secret ends on": "2031-05-01",
    }.items():
        visitor.get_by_label(label, exact=True).fill(value)
    visitor.get_by_role("button", name="Hand over").click()
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
    keep(visitor, "thanks")
    assert not problems_of(visitor)
    visitor.goto(link)
    expect(visitor.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(visitor.get_by_role("link")).to_have_count(0)
    context.close()
