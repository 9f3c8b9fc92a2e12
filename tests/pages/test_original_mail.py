"""Mail bodies, originals and files: shown and handed out so that no mail can do anything."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from django.test import Client as Browser
from tests.pages.ticket_making import deliver, mailbox, make_ticket

from postdesk.directory.models import Person, Tech
from postdesk.flow.originals import original
from postdesk.tickets.models import Attachment, Entry, Ticket

SignedIn = Callable[[Person], Browser]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HOSTILE = (
    '<p onclick="alert(1)">Hello</p><script>alert(2)</script><a href="javascript:alert(3)">x</a>'
    '<img src="cid:logo%40client"><img src="https://tracker.example/pixel.gif">'
    "<form action=https://evil.example><input name=password></form><iframe src=//evil></iframe>"
)

pytestmark = pytest.mark.django_db


def hostile_mail() -> bytes:
    mail = EmailMessage()
    mail["From"] = "Clara Client <clara@client.example>"
    mail["To"] = "help@desk.example"
    mail["Subject"] = "Hello <script>"
    mail["Message-ID"] = "<raw@client.example>"
    mail["Date"] = "Mon, 23 Nov 2026 14:00:00 +0000"
    mail["X-Note"] = "<b>bold</b>"
    mail.set_content("Hello")
    mail.add_alternative(HOSTILE, subtype="html")
    mail.add_attachment(
        PNG, "image", "png", filename="logo.png", cid="<logo@client>", disposition="inline"
    )
    mail.add_attachment(SVG, "image", "svg+xml", filename='evil".svg')
    mail.add_attachment(b"<script>alert(4)</script>", "text", "html", filename="Größe.html")
    return mail.as_bytes()


@pytest.fixture
def ticket(db: None) -> Ticket:
    return deliver(mailbox(), hostile_mail())


@pytest.fixture
def browser(signed_in: SignedIn, tech: Tech) -> Browser:
    return signed_in(tech.person)


def entry_address(ticket: Ticket) -> str:
    return f"/tickets/{ticket.number}/entries/{ticket.entries.get().pk}"


def file_address(ticket: Ticket, kind: str, name: str) -> str:
    row = Attachment.objects.get(entry__ticket=ticket, name__startswith=name)
    return f"{entry_address(ticket)}/{kind}/{row.position}/"


def test_body_has_its_own_policy_without_any_script(ticket: Ticket, browser: Browser) -> None:
    answer = browser.get(f"{entry_address(ticket)}/body")
    assert answer.status_code == 200
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["form-action"] == "'none'"
    assert "script-src" not in policy
    assert "allow-scripts" not in policy["sandbox"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_body_keeps_the_words_and_loses_what_acts(ticket: Ticket, browser: Browser) -> None:
    text = browser.get(f"{entry_address(ticket)}/body").content.decode()
    assert "Hello" in text
    for forbidden in ("onclick", "<script", "javascript:", "<form", "<iframe", "<input"):
        assert forbidden not in text, forbidden


def test_picture_of_the_mail_itself_is_shown_from_here(ticket: Ticket, browser: Browser) -> None:
    text = browser.get(f"{entry_address(ticket)}/body").content.decode()
    address = file_address(ticket, "pictures", "logo")
    assert f' src="{address}"' in text
    assert "cid:" not in text


def test_remote_images_wait_until_asked_for_and_only_that_once(
    ticket: Ticket, browser: Browser
) -> None:
    address = f"{entry_address(ticket)}/body"
    remote = ' src="https://tracker.example/pixel.gif"'
    before, asked, after = [browser.get(address + query) for query in ("", "?images=1", "")]
    assert remote not in before.content.decode()
    assert "https:" not in before["Content-Security-Policy"]
    assert remote in asked.content.decode()
    assert "img-src 'self' https: http: data:;" in asked["Content-Security-Policy"]
    assert after["Content-Security-Policy"] == before["Content-Security-Policy"]


def test_page_offers_remote_images_only_where_there_are_some(
    ticket: Ticket, browser: Browser
) -> None:
    entry = ticket.entries.get()
    page = browser.get(f"/tickets/{ticket.number}/").content.decode()
    assert f'href="?images={entry.pk}#entry-{entry.pk}"' in page
    asked = browser.get(f"/tickets/{ticket.number}/?images={entry.pk}").content.decode()
    assert f'src="{entry_address(ticket)}/body?images=1"' in asked
    plain = make_ticket(html="<p>data-remote-src</p>")
    assert "Load remote images" not in browser.get(f"/tickets/{plain.number}/").content.decode()


def test_message_without_html_has_no_body_page(browser: Browser) -> None:
    plain = make_ticket()
    assert browser.get(f"{entry_address(plain)}/body").status_code == 404


def test_body_follows_light_and_dark_only_without_colours_of_its_own(browser: Browser) -> None:
    plain = make_ticket(html="<p>Hello, what a colour</p>")
    coloured = make_ticket(html='<p style="color:black">Hello</p>')
    assert "color-scheme: light dark" in body_text(browser, plain)
    assert "color-scheme: light;" in body_text(browser, coloured)


def body_text(browser: Browser, ticket: Ticket) -> str:
    return str(browser.get(f"{entry_address(ticket)}/body").content.decode())


def test_download_is_the_mail_octet_for_octet(ticket: Ticket, browser: Browser) -> None:
    answer = browser.get(f"{entry_address(ticket)}/original.eml")
    assert answer.content == hostile_mail_as_stored(ticket)
    assert answer["Content-Type"] == "message/rfc822"
    assert answer["Content-Disposition"].startswith("attachment;")


def hostile_mail_as_stored(ticket: Ticket) -> bytes:
    number = ticket.entries.get().spooled_number
    assert number is not None
    return original(number)


def test_original_page_shows_headers_source_and_reason_as_text(
    ticket: Ticket, browser: Browser
) -> None:
    answer = browser.get(f"{entry_address(ticket)}/original/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<b>bold</b>" not in text
    assert "Collected from help@desk.example" in text
    assert f"Opened #{ticket.number}." in text
    assert "script-src 'self'" in answer["Content-Security-Policy"]


def test_ticket_page_tells_why_the_mail_landed_here(ticket: Ticket, browser: Browser) -> None:
    text = browser.get(f"/tickets/{ticket.number}/").content.decode()
    assert "Why did this mail land here?" in text
    assert "Collected from help@desk.example" in text


def test_file_is_a_download_whatever_it_says_it_is(ticket: Ticket, browser: Browser) -> None:
    answer = browser.get(file_address(ticket, "attachments", "Gr"))
    assert answer.content == b"<script>alert(4)</script>"
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]


def test_raster_picture_is_shown_in_place(ticket: Ticket, browser: Browser) -> None:
    answer = browser.get(file_address(ticket, "pictures", "logo"))
    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'inline; filename="logo.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_vector_picture_is_never_shown_in_place(ticket: Ticket, browser: Browser) -> None:
    assert browser.get(file_address(ticket, "pictures", "evil")).status_code == 404
    page = browser.get(f"/tickets/{ticket.number}/").content.decode()
    assert not re.search(r"<img[^>]*" + file_address(ticket, "pictures", "evil"), page)


def test_name_of_a_file_cannot_add_headers(ticket: Ticket, browser: Browser) -> None:
    Attachment.objects.filter(name__startswith="logo").update(name="a\r\nSet-Cookie: x=1")
    position = Attachment.objects.get(name__startswith="a\r").position
    answer = browser.get(f"{entry_address(ticket)}/attachments/{position}/")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "\n" not in answer["Content-Disposition"]


def test_files_and_originals_are_found_only_on_their_own_ticket(
    ticket: Ticket, browser: Browser
) -> None:
    other = make_ticket()
    entry = ticket.entries.get()
    for part in ("body", "original/", "original.eml", "attachments/0/", "pictures/0/"):
        address = f"/tickets/{other.number}/entries/{entry.pk}/{part}"
        assert browser.get(address).status_code == 404, part


def test_file_that_does_not_exist_is_not_found(ticket: Ticket, browser: Browser) -> None:
    assert browser.get(f"{entry_address(ticket)}/attachments/99/").status_code == 404


def test_note_has_no_original(browser: Browser) -> None:
    plain = make_ticket()
    Entry.objects.filter(ticket=plain).update(spooled_number=None)
    assert browser.get(f"{entry_address(plain)}/original/").status_code == 404


@pytest.mark.parametrize(
    "part", ["body", "original/", "original.eml", "attachments/0/", "pictures/0/"]
)
def test_clients_and_strangers_get_nothing(
    part: str, client_person: Person, ticket: Ticket, signed_in: SignedIn, stranger: Browser
) -> None:
    address = f"{entry_address(ticket)}/{part}"
    assert signed_in(client_person).get(address).status_code == 403
    answer = stranger.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")
