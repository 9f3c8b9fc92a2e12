"""The page of Web Help Desk's manual, followed in a browser from an empty data directory."""

import base64
import email
import re

from playwright.sync_api import expect

from tests.browser import clicking
from tests.desk_process import wait_until
from tests.sandbox_client import SUPPORT, write_mail

CLIENT = "clara@client.example"


def letters(tenant):
    """Return what left for the client, parsed, oldest first."""
    mimes = [mail["mime"] for mail in tenant.sent() if CLIENT in mail["to"]]
    return [email.message_from_bytes(base64.b64decode(mime)) for mime in mimes]


def test_the_main_job_from_the_set_up_address_to_reauthorization_after_ninety_one_days(
    desk, tenant, page
):
    tenant.control("apps", client_id="client-1", consent=False)
    clicking.set_up(page, desk.start_run())
    clicking.choose_frequency(page, desk, 10)
    clicking.add_tech_group(page, desk, "Service Desk")
    clicking.add_request_type(page, desk, "E-mail", group="Service Desk")
    clicking.add_outgoing(page, desk)

    new_incoming_account_is_authorized_and_enabled(page, desk)
    number = mail_becomes_a_ticket(page, desk, tenant)
    reply_arrives_and_the_answer_lands_on_the_ticket(page, desk, tenant, number)
    ninety_one_days_are_explained_and_mended(page, desk, tenant)


def new_incoming_account_is_authorized_and_enabled(page, desk):
    clicking.open_setup(page, desk, "Incoming Mail Accounts")
    page.get_by_role("link", name=re.compile("New|Connect")).first.click()
    page.get_by_label("E-Mail Address").fill(SUPPORT)
    expect(page.locator("main")).to_contain_text(f"{desk.url}/oauth/callback")
    page.locator("[name=connection]").select_option(index=1)
    page.locator("[name=outgoing]").select_option(label=SUPPORT)
    page.get_by_label("Tech Group").select_option(label="Service Desk")
    page.get_by_label("Request Type").select_option(label="E-mail")
    page.locator("button[name=authorize]").first.click()
    clicking.sign_in_at_microsoft(page)
    expect(page.get_by_text(f"Authorized: signed in as {SUPPORT}")).to_be_visible()
    page.get_by_label("Enable E-Mail Tickets").check()
    clicking.save(page)
    expect(page.get_by_text("The Mailer Daemon reads this mailbox")).to_be_visible()


def mail_becomes_a_ticket(page, desk, tenant):
    tenant.inject(write_mail())
    wait_until(lambda: letters(tenant), "the acknowledgement arrives", seconds=60)
    page.goto(f"{desk.url}/tickets/")
    row = page.locator(".ticket-row", has_text="The printer is on fire")
    expect(row).to_contain_text("E-mail")
    row.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="The printer is on fire")).to_be_visible()
    return int(page.url.rstrip("/").rpartition("/")[2])


def reply_arrives_and_the_answer_lands_on_the_ticket(page, desk, tenant, number):
    page.get_by_label("Your text").fill("Water is coming.")
    page.get_by_role("button", name="Send", exact=True).click()
    wait_until(lambda: len(letters(tenant)) == 2, "the reply arrives")
    reply = letters(tenant)[1]
    assert reply["In-Reply-To"] == "<first@client.example>"
    assert f"[#{number}]" in reply["Subject"]

    tenant.inject(
        write_mail(
            subject=reply["Subject"],
            text="It is out. Thank you!\n",
            message_id="<second@client.example>",
            In_Reply_To=reply["Message-ID"],
        )
    )

    def shows_the_answer():
        page.goto(f"{desk.url}/tickets/{number}/")
        return page.get_by_text("It is out. Thank you!").count()

    wait_until(shows_the_answer, "the answer stands on the ticket", seconds=60)


def ninety_one_days_are_explained_and_mended(page, desk, tenant):
    desk.close()
    tenant.advance(days=91)
    tenant.inject(write_mail(subject="Mail of the gap", message_id="<gap@client.example>"))
    desk.start("serve", "--port", str(desk.port))
    desk.start("worker")
    wait_until(lambda: is_served(desk), "the pages are served")

    def shows_the_refusal():
        clicking.open_setup(page, desk, "Incoming Mail Accounts")
        page.locator("main").get_by_role("link", name=SUPPORT).first.click()
        page.get_by_role("link", name="History").click()
        return page.get_by_text("AADSTS700082").count()

    wait_until(shows_the_refusal, "the History shows the refusal", seconds=60)
    history = page.locator("main")
    expect(history).to_contain_text(
        "OAuth token request failed (statusCode: 400): invalid_grant [700082] AADSTS700082"
    )
    expect(history).to_contain_text("90 days")
    page.get_by_role("link", name="E-Mail Account", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="What to do")).to_be_visible()
    expect(page.locator(".banner")).to_contain_text("support@contoso.test")
    page.get_by_role("button", name="Re-Authorize").first.click()
    clicking.sign_in_at_microsoft(page)
    expect(page.get_by_text(f"Authorized: signed in as {SUPPORT}")).to_be_visible()

    def shows_the_gap():
        page.goto(f"{desk.url}/tickets/")
        return page.get_by_text("Mail of the gap").count()

    wait_until(shows_the_gap, "the mail of the gap is a ticket", seconds=60)


def is_served(desk):
    from tests.desk_process import answers

    return answers(f"{desk.url}/healthz")
