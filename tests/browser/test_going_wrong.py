"""What can go wrong between Authorize and Authorized: each has its own words, nothing is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser import clicking
from tests.sandbox_client import ANNA, SUPPORT


@pytest.fixture
def form(desk, tenant, page):
    """The form of a new Incoming Mail Account, filled in but for the sign-in."""
    tenant.control("apps", client_id="client-1", consent=False)
    clicking.set_up(page, desk.start_run())
    clicking.open_setup(page, desk, "Incoming Mail Accounts")
    page.get_by_role("link", name="New").first.click()
    page.get_by_label("E-Mail Address").fill(SUPPORT)
    clicking.fill_registration(page)
    return page


def press_authorize(page):
    page.locator("button[name=authorize]").first.click()


def test_each_mistake_on_the_way_has_its_own_page_and_nothing_entered_is_lost(form, desk, tenant):
    page = form
    wrong_tenant(page)
    cancelled_consent(page)
    wrong_person(page)
    wrong_secret(page)
    wrong_redirect_uri(page, desk, tenant)


def wrong_tenant(page):
    page.get_by_label("Tenant ID").fill("nobody.test")
    press_authorize(page)
    expect(page.locator("main")).to_contain_text("AADSTS90002")
    expect(page.get_by_label("E-Mail Address")).to_have_value(SUPPORT)
    expect(page.get_by_label("Tenant ID")).to_have_value("nobody.test")
    page.get_by_label("Tenant ID").fill("contoso.test")


def cancelled_consent(page):
    press_authorize(page)
    clicking.sign_in_at_microsoft(page, accept=False)
    expect(page.get_by_role("heading", name="The mailbox is not authorized")).to_be_visible()
    expect(page.locator("main")).to_contain_text("AADSTS65004")
    back_to_the_form(page)


def wrong_person(page):
    press_authorize(page)
    clicking.sign_in_at_microsoft(page, ANNA)
    expect(page.get_by_role("alert")).to_contain_text(
        f"{ANNA} signed in, but cannot read the mailbox {SUPPORT}"
    )
    back_to_the_form(page)


def wrong_secret(page):
    page.locator("[name=client_secret]").fill("the-id-of-the-secret")
    press_authorize(page)
    clicking.sign_in_at_microsoft(page)
    expect(page.locator("main")).to_contain_text("AADSTS7000215")
    back_to_the_form(page)
    page.locator("[name=client_secret]").fill("s3cret")


def wrong_redirect_uri(page, desk, tenant):
    """It never comes back from Microsoft, so it is explained before, beside the button."""
    tenant.control(
        "apps", client_id="client-1", redirect_uris=["https://elsewhere.example/oauth/callback"]
    )
    page.get_by_text("Microsoft shows an error and never comes back?").click()
    expect(page.locator("main")).to_contain_text("AADSTS50011")
    press_authorize(page)
    expect(page.locator("main")).to_contain_text("AADSTS50011")
    page.get_by_role("link", name="Continue to Microsoft").click()
    expect(page.locator("body")).to_contain_text("AADSTS50011")
    page.goto(f"{desk.url}/setup/incoming-mail-accounts/")
    page.locator("main").get_by_role("link", name=SUPPORT).first.click()
    expect(page.get_by_label("Client ID")).to_have_value("client-1")


def back_to_the_form(page):
    """Follow the page's own way back, and find what was entered."""
    page.locator("main").get_by_role("link", name="Back to the account").click()
    expect(page.get_by_label("E-Mail Address")).to_have_value(SUPPORT)
    expect(page.get_by_label("Client ID")).to_have_value("client-1")
