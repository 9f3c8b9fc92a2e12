"""A page that stayed open while its session ended: it says so and loses nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser import clicking

MAIL = b"From: clara@client.example\nTo: help@desk.example\nSubject: Fire\n\nIt burns.\n"


@pytest.fixture
def ticket_page(desk, page):
    clicking.set_up(page, desk.start_run())
    desk.do(
        "from postdesk.mail.models import IncomingMailAccount, OutgoingMailAccount; "
        "IncomingMailAccount.objects.create(email_address='help@desk.example'); "
        "OutgoingMailAccount.objects.create(email_address='help@desk.example', kind='smtp', "
        "smtp_host='smtp.desk.example')"
    )
    desk.do(
        "from postdesk.base import clock; from postdesk.flow.feeding import feed_message; "
        f"feed_message({MAIL!r}, account_address='help@desk.example', now=clock.now())"
    )
    page.goto(f"{desk.url}/tickets/1/")
    return page


def test_page_without_a_session_says_so_and_keeps_the_answer(ticket_page, desk):
    page = ticket_page
    page.context.clear_cookies(name="postdesk_session")
    page.get_by_label("Status", exact=True).select_option("resolved")
    expect(page.get_by_text("You are signed out, so nothing was changed.")).to_be_visible()
    expect(page.get_by_label("Status", exact=True)).to_have_value("open")
    expect(page.locator("input[type=password]")).to_have_count(0)

    page.get_by_label("Your text").fill("Water is coming.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_label("E-mail address").fill(clicking.ADMINISTRATOR)
    page.get_by_label("Password", exact=True).fill(clicking.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{desk.url}/tickets/1/")
    expect(page.get_by_label("Your text")).to_have_value("Water is coming.")


def test_focus_stays_on_the_list_that_was_narrowed(ticket_page, desk):
    page = ticket_page
    page.goto(f"{desk.url}/tickets/")
    page.get_by_role("link", name="Client answered").click()
    expect(page).to_have_url(f"{desk.url}/tickets/?view=open&answered=on")
    expect(page.get_by_role("heading", name="All open")).to_be_focused()


def test_desk_that_is_away_is_told_beside_what_was_not_saved(ticket_page, desk):
    page = ticket_page
    page.context.set_offline(True)
    page.get_by_label("Priority").select_option(label="Urgent")
    expect(page.get_by_text("the desk cannot be reached")).to_be_visible()
    expect(page.get_by_label("Priority").locator("option:checked")).to_have_text("Medium")
    page.context.set_offline(False)
    page.get_by_label("Priority").select_option(label="Urgent")
    expect(page.locator("#ticket-head")).to_contain_text("Urgent")
    expect(page.get_by_text("the desk cannot be reached")).to_have_count(0)
