"""Every way in, in a browser from the empty form to Authorized; and each cloud's own hosts."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import clicking
from tests.sandbox_client import SUPPORT

CLOUDS = ["worldwide", "gcc", "gcc-high", "dod", "china", "france", "germany", "singapore"]


@pytest.fixture
def form(desk, page: Page) -> Page:
    """The form of a new Incoming Mail Account with its address typed in."""
    clicking.set_up(page, desk.start_run())
    clicking.open_setup(page, desk, "Incoming Mail Accounts")
    page.get_by_role("link", name="New").first.click()
    page.get_by_label("E-Mail Address").fill(SUPPORT)
    return page


def choose(page: Page, label: str, option: str, *, shows: str) -> None:
    """Choose in a list that refreshes the card, and wait for what it then shows."""
    page.get_by_label(label, exact=True).select_option(label=option)
    expect(page.locator("#registration")).to_contain_text(shows)


def fill_ids(page: Page) -> None:
    page.get_by_label("Tenant ID").fill("contoso.test")
    page.get_by_label("Client ID").fill("client-1")


def press(page: Page, name: str) -> None:
    page.locator("#registration").get_by_role("button", name=name, exact=True).click()


def make_and_upload_certificate(page: Page, tenant, folder: Path) -> None:
    """Make the key pair in Postdesk and register its public part, which is all that leaves it."""
    press(page, "Make a key pair")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the certificate").click()
    public = folder / "public.cer"
    download.value.save_as(public)
    tenant.control("apps", client_id="client-1", secrets=[], certificates=[public.read_text()])


def test_person_with_a_certificate(form: Page, tenant, tmp_path):
    choose(form, "Credential", "Certificate", shows="Make a key pair")
    fill_ids(form)
    make_and_upload_certificate(form, tenant, tmp_path)
    press(form, "Authorize")
    clicking.sign_in_at_microsoft(form)
    expect(form.get_by_role("status").first).to_contain_text(f"signed in as {SUPPORT}")


def test_code_on_another_device(form: Page, tenant, chromium):
    tenant.control("apps", client_id="client-1", public_flows=True, secrets=[])
    choose(
        form,
        "Authentication Mode",
        "OAuth, by a code on another device",
        shows="Allow public client flows",
    )
    fill_ids(form)
    press(form, "Authorize")
    code = form.locator("#user-code").inner_text()
    other_device = chromium.new_context().new_page()
    other_device.goto(f"{tenant.url}/devicelogin?otc={code}")
    other_device.get_by_role("button", name=SUPPORT).click()
    other_device.locator("input[type=password]").fill("pw")
    other_device.locator("main form button[type=submit]").first.click()
    other_device.get_by_role("button", name="Continue").click()
    expect(other_device.locator("main")).to_contain_text("You have signed in")
    other_device.context.close()
    expect(form.locator("main")).to_contain_text(f"signed in as {SUPPORT}", timeout=40_000)


def test_application_with_a_secret(form: Page):
    become_application(form)
    clicking.fill_registration(form)
    press(form, "Connect")
    expect(form.get_by_role("status").first).to_contain_text("Connected as an application")


def test_application_with_a_certificate(form: Page, tenant, tmp_path):
    become_application(form)
    choose(form, "Credential", "Certificate", shows="Make a key pair")
    fill_ids(form)
    make_and_upload_certificate(form, tenant, tmp_path)
    press(form, "Connect")
    expect(form.get_by_role("status").first).to_contain_text("Connected as an application")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_by_its_own_hosts(cloud: str, form: Page):
    become_application(form)
    form.get_by_label("Cloud").select_option(value=f"pretend:{cloud}")
    expect(form.get_by_label("Cloud")).to_be_enabled()
    clicking.fill_registration(form)
    press(form, "Connect")
    expect(form.get_by_role("status").first).to_contain_text("Connected as an application")
    expect(form.get_by_label("Cloud")).to_have_value(f"pretend:{cloud}")


def become_application(page: Page) -> None:
    choose(
        page, "Authentication Mode", "OAuth as an application", shows="Application Mail.ReadWrite"
    )
