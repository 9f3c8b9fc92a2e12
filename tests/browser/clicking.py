"""What an administrator does in the browser, step by step, in the words of the pages."""

from playwright.sync_api import Page, expect

from tests.desk_process import DeskProcess
from tests.sandbox_client import SUPPORT

ADMINISTRATOR = "ada@desk.example"
PASSWORD = "correct horse battery staple"


def set_up(page: Page, address: str) -> None:
    """Open the one-time set-up address and make the first Administrator."""
    page.goto(address)
    page.get_by_label("Name", exact=True).fill("Ada Admin")
    page.get_by_label("E-mail address").fill(ADMINISTRATOR)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("input[type=password]").last.fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("heading", name="Setup", exact=True)).to_be_visible()


def open_setup(page: Page, desk: DeskProcess, *names: str) -> None:
    """Follow the menu: Setup, then the named entries."""
    page.goto(f"{desk.url}/setup/")
    for name in names:
        page.get_by_role("navigation").get_by_role("link", name=name).click()


def save(page: Page) -> None:
    """Press Save."""
    page.locator("main").get_by_role("button", name="Save", exact=True).last.click()


def choose_frequency(page: Page, desk: DeskProcess, seconds: int) -> None:
    """General > Options > Mailer Daemon frequency."""
    open_setup(page, desk, "Options")
    page.get_by_label("Mailer Daemon frequency").fill(str(seconds))
    save(page)
    expect(page.get_by_label("Mailer Daemon frequency")).to_have_value(str(seconds))


def add_tech_group(page: Page, desk: DeskProcess, name: str) -> None:
    """Tech Groups > New."""
    open_setup(page, desk, "Tech Groups")
    page.get_by_role("link", name="New").first.click()
    page.get_by_label("Tech Group Name").fill(name)
    page.get_by_label("Ada Admin").check()
    save(page)
    expect(page.locator("main")).to_contain_text(name)


def add_request_type(page: Page, desk: DeskProcess, name: str, *, group: str) -> None:
    """Request Types > New."""
    open_setup(page, desk, "Request Types")
    page.get_by_role("link", name="New").first.click()
    page.get_by_label("Request Type Name").fill(name)
    page.get_by_label("Tech Group").select_option(label=group)
    save(page)
    expect(page.locator("main")).to_contain_text(name)


def fill_registration(page: Page, **changes: str) -> None:
    """Enter what was registered at Microsoft; ``client_secret="wrong"`` changes a field."""
    values = {"tenant_id": "contoso.test", "client_id": "client-1", "client_secret": "s3cret"}
    for name, value in (values | changes).items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_label("I do not know when it ends").check()


def add_outgoing(page: Page, desk: DeskProcess) -> None:
    """Outgoing Mail Accounts > New, by Graph, not authorized yet."""
    open_setup(page, desk, "Outgoing Mail Accounts")
    page.get_by_role("link", name="New").first.click()
    page.get_by_label("E-Mail Address").fill(SUPPORT)
    page.get_by_label("Friendly Name").fill("Contoso Service Desk")
    page.get_by_label("Account Type").select_option(label="Microsoft 365 (Graph)")
    fill_registration(page)
    save(page)
    expect(page.locator("main")).to_contain_text(SUPPORT)


def sign_in_at_microsoft(page: Page, account: str = SUPPORT, *, accept: bool = True) -> None:
    """From our page between to the tenant's pages, and back."""
    page.get_by_role("link", name="Continue to Microsoft").click()
    page.get_by_role("button", name=account).click()
    if _is_at_microsoft(page) and page.locator("input[type=password]").count():
        page.locator("input[type=password]").fill("pw")
        page.locator("main form button[type=submit]").first.click()
    if _is_at_microsoft(page) and page.get_by_role("button", name="Accept").count():
        page.get_by_role("button", name="Accept" if accept else "Cancel").click()


def _is_at_microsoft(page: Page) -> bool:
    """Say whether the tenant's pages still ask for something."""
    page.wait_for_load_state()
    return "/oauth2/v2.0/authorize" in page.url


def sign_in(page: Page, desk: DeskProcess) -> None:
    """Sign in to the desk."""
    page.goto(f"{desk.url}/sign-in/")
    page.get_by_label("E-mail address").fill(ADMINISTRATOR)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{desk.url}/tickets/")
