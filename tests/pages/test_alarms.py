"""Setup > E-Mail > Alarms, the banner on every page, and the line in the top bar."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client as Browser
from tests.conftest import MOMENT
from tests.pages.mail_making import make_authorized, make_mailbox, make_way_out, text_of
from tests.stories.alarm_sinks import Hook, Postbox, open_hook, open_postbox

from postdesk.base import clock
from postdesk.base.ids import hash_token
from postdesk.directory.models import Person, Tech
from postdesk.site.alarms import Telling, change_alarm_settings, open_alarm, read_alarm_settings
from postdesk.site.models import Alarm, AlarmDelivery, AuditEntry
from postdesk.site.options import note_worker_seen

SignedIn = Callable[[Person], Browser]

pytestmark = pytest.mark.django_db
PAGE = "/setup/alarms/"
SECRET = "a-secret-of-the-webhook"


@pytest.fixture
def browser(administrator: Tech, signed_in: SignedIn) -> Browser:
    return signed_in(administrator.person)


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as opened:
        yield opened


@pytest.fixture
def hook() -> Iterator[Hook]:
    with open_hook() as opened:
        yield opened


def filled(**changes: object) -> dict[str, object]:
    typed = {
        "alarms_to_administrators": "on",
        "warnings_to_administrators": "on",
        "repeat_hours": 4,
        "smtp_port": 587,
        "smtp_security": "starttls",
        **changes,
    }
    return {name: value for name, value in typed.items() if value is not None}


def raise_alarm(**changes: object) -> Alarm:
    account = make_mailbox(connection=make_authorized(), is_enabled=True, last_read_at=MOMENT)
    telling = {
        "subject": f"connection:{account.connection_id}",
        "topic": "state:blocked",
        "names": account.email_address,
        "text": "A policy of your organisation blocks this sign-in.",
        "remedy": "Ask your Microsoft administrator.",
        "page": f"/setup/incoming-mail-accounts/{account.pk}/",
        "since": MOMENT,
        **changes,
    }
    return open_alarm(Telling(**telling), kind=Alarm.Kind.ALARM, now=MOMENT)


def test_settings_are_stored(browser: Browser, tech: Tech) -> None:
    answer = browser.post(
        PAGE,
        filled(
            alarms_to_administrators=None,
            alarm_techs=[tech.pk],
            alarm_addresses="OnCall@phone.example\nnight@phone.example",
            repeat_hours=2,
            smtp_address="alarm@other.example",
            smtp_host="smtp.other.example",
            smtp_username="alarm",
            smtp_password="a password",
            webhook_url="https://hooks.example.com/x",
            webhook_secret=SECRET,
            metrics_token="a-token-for-prometheus",
        ),
    )
    assert answer.status_code == 303
    stored = read_alarm_settings()
    assert not stored.alarms_to_administrators
    assert stored.alarm_techs == [tech.pk]
    assert stored.alarm_addresses == ["oncall@phone.example", "night@phone.example"]
    assert (stored.repeat_hours, stored.smtp_host) == (2, "smtp.other.example")
    assert (stored.smtp_password, stored.webhook_secret) == ("a password", SECRET)
    assert stored.metrics_token_hash == hash_token("a-token-for-prometheus")
    entry = AuditEntry.objects.get()
    assert entry.action == "alarm_settings_changed"
    assert SECRET not in entry.detail


def test_saved_secrets_are_kept_and_never_shown(browser: Browser) -> None:
    change_alarm_settings(
        smtp_address="alarm@other.example",
        smtp_host="smtp.other.example",
        smtp_username="alarm",
        smtp_password="a password",
        webhook_url="https://hooks.example.com/x",
        webhook_secret=SECRET,
    )
    page = browser.get(PAGE).content.decode()
    assert SECRET not in page
    assert "a password" not in page
    assert page.count("Saved. Type to replace it") == 2
    same = {
        "smtp_address": "alarm@other.example",
        "smtp_host": "smtp.other.example",
        "smtp_username": "alarm",
        "webhook_url": "https://hooks.example.com/x",
    }
    assert browser.post(PAGE, filled(**same)).status_code == 303
    stored = read_alarm_settings()
    assert (stored.smtp_password, stored.webhook_secret) == ("a password", SECRET)
    moved = browser.post(PAGE, filled(**{**same, "smtp_host": "smtp.thief.example"}))
    assert moved.status_code == 422
    assert "type the password again" in text_of(moved.content)


def test_secrets_are_unreadable_in_the_database(browser: Browser) -> None:
    from django.db import connection

    change_alarm_settings(
        smtp_password="a password", webhook_secret=SECRET, webhook_url="https://hooks.example.com/x"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT smtp_password, webhook_secret, webhook_url FROM site_alarmsettings")
        row = " ".join(cursor.fetchone())
    assert "a password" not in row
    assert SECRET not in row
    assert "hooks.example.com" not in row


def test_metrics_token_can_be_removed(browser: Browser) -> None:
    assert "Remove the stored token" not in text_of(browser.get(PAGE).content)
    change_alarm_settings(metrics_token_hash=hash_token("a-token-for-prometheus"))
    assert browser.post(PAGE, filled(forget_metrics_token="on")).status_code == 303
    assert read_alarm_settings().metrics_token_hash == ""


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"alarms_to_administrators": None}, "Somebody has to be told."),
        ({"warnings_to_administrators": None}, "Somebody has to be told."),
        ({"alarm_addresses": "not an address"}, "not an address is no e-mail address."),
        ({"warning_addresses": "help@contoso.test"}, "is a mailbox of this desk"),
        ({"repeat_hours": 0}, "greater than or equal to 1"),
        ({"smtp_host": "smtp.other.example"}, "Enter the address that alarms come from."),
        ({"smtp_address": "alarm@other.example"}, "Name the SMTP server"),
        ({"smtp_host": "https://smtp.other.example"}, "Only the name of the server"),
        ({"smtp_username": "alarm"}, "Enter the password of this user."),
        (
            {"smtp_username": "a", "smtp_password": "b", "smtp_security": "none"},
            "The password would travel unprotected.",
        ),
        ({"smtp_port": 70000}, "A port is a number from 1 to 65535"),
        ({"webhook_url": "hooks.example.com"}, "Write it as https://"),
        ({"webhook_url": "http://hooks.example.com/"}, "Plain http is for this machine only."),
        ({"webhook_url": "https://hooks.example.com/"}, "Enter a secret that the receiver knows"),
        ({"metrics_token": "short"}, "At least 16 characters"),
    ],
)
def test_mistake_is_named_and_stores_nothing(
    browser: Browser, changes: dict[str, object], complaint: str
) -> None:
    make_mailbox("help@contoso.test")
    answer = browser.post(PAGE, filled(**{"repeat_hours": 9, **changes}))
    assert answer.status_code == 422
    assert complaint in text_of(answer.content)
    assert read_alarm_settings().repeat_hours == 4


def test_test_alarm_goes_through_every_way_with_a_line_each(
    browser: Browser, postbox: Postbox, hook: Hook
) -> None:
    make_way_out(
        "alerts@other.example",
        smtp_host="127.0.0.1",
        smtp_port=postbox.port,
        smtp_security="none",
    )
    change_alarm_settings(
        smtp_address="alarm@other.example",
        smtp_host="127.0.0.1",
        smtp_port=1,
        smtp_security="none",
        webhook_url=hook.url,
        webhook_secret=SECRET,
    )
    answer = browser.post(f"{PAGE}test/")
    assert answer.status_code == 303
    page = text_of(browser.get(PAGE).content)
    assert "Outgoing Mail Account alerts@other.example accepted for ada@desk.example" in page
    assert "Fallback SMTP account alarm@other.example at 127.0.0.1" in page
    assert "Check the server's name and port." in page
    assert "Webhook at 127.0.0.1 127.0.0.1 answered 204" in page
    assert "very-secret-path" not in page.split("Last test")[1].split("Who is told")[0]
    assert postbox.subjects == ["Postdesk: this is a test alarm"]
    assert [event["event"] for event in hook.events] == ["test"]


def test_desk_without_any_way_out_is_told_so(browser: Browser) -> None:
    browser.post(f"{PAGE}test/")
    assert "No mail and no webhook can leave." in text_of(browser.get(PAGE).content)


def test_open_alarm_is_listed_and_acknowledged(browser: Browser) -> None:
    alarm = raise_alarm()
    page = text_of(browser.get(PAGE).content)
    assert "help@contoso.test: A policy of your organisation blocks this sign-in." in page
    assert "Ask your Microsoft administrator." in page
    answer = browser.post(f"{PAGE}{alarm.pk}/acknowledge/", {"next": "/tickets/?view=mine"})
    assert answer["Location"] == "/tickets/?view=mine"
    alarm.refresh_from_db()
    assert alarm.acknowledged_by == "Ada Admin"
    assert AuditEntry.objects.get().action == "alarm_acknowledged"
    assert "acknowledged by Ada Admin" in text_of(browser.get(PAGE).content)
    again = browser.post(f"{PAGE}{alarm.pk}/acknowledge/", follow=True)
    assert "somebody acknowledged it before" in text_of(again.content)


def test_acknowledging_leads_to_no_other_site(browser: Browser) -> None:
    alarm = raise_alarm()
    answer = browser.post(f"{PAGE}{alarm.pk}/acknowledge/", {"next": "https://elsewhere.example/"})
    assert answer["Location"] == PAGE


def test_banner_tells_an_administrator_with_link_and_button(browser: Browser) -> None:
    alarm = raise_alarm()
    page = browser.get("/tickets/").content.decode()
    banner = page.split('<div class="banner"')[1].split("</div>")[0]
    assert alarm.page in banner
    assert f"/setup/alarms/{alarm.pk}/acknowledge/" in banner
    assert "Since 23 Nov, 14:00" in text_of(page.encode())
    assert "1 alarm" in page


def test_banner_tells_a_tech_in_words_without_a_way_to_setup(
    tech: Tech, signed_in: SignedIn
) -> None:
    raise_alarm()
    page = signed_in(tech.person).get("/tickets/").content.decode()
    assert "an Administrator has to mend it" in page
    assert 'href="/setup/' not in page
    assert "Acknowledge" not in page


def test_banner_shows_two_alarms_and_counts_the_others(browser: Browser) -> None:
    for number in range(4):
        Alarm.objects.create(
            kind=Alarm.Kind.ALARM,
            subject=f"outgoing:{number}",
            topic="sending",
            names=f"way{number}@desk.example",
            text="Refused.",
            since=MOMENT,
            opened_at=MOMENT + timedelta(minutes=number),
        )
    page = text_of(browser.get("/tickets/").content)
    assert "way0@desk.example" in page
    assert "way1@desk.example" in page
    assert "2 more alarms." in page


def test_alarm_that_found_no_way_out_is_told_on_the_pages(browser: Browser) -> None:
    alarm = raise_alarm()
    Alarm.objects.update(times_told=1)
    AlarmDelivery.objects.create(
        alarm=alarm,
        telling=1,
        recipient="ada@desk.example",
        attempts=1,
        queued_at=MOMENT,
        next_at=MOMENT,
        problem="There is no way out.",
    )
    assert "An alarm found no way out" in text_of(browser.get("/tickets/").content)
    page = text_of(browser.get(PAGE).content)
    assert "ada@desk.example is not told yet: There is no way out. It is tried again." in page
    AlarmDelivery.objects.create(
        alarm=alarm,
        telling=1,
        state=AlarmDelivery.State.SENT,
        sent_at=MOMENT,
        queued_at=MOMENT,
        next_at=MOMENT,
    )
    assert "An alarm found no way out" not in text_of(browser.get("/tickets/").content)
    assert "The webhook, 23 Nov, 14:00" in text_of(browser.get(PAGE).content)


def test_mailer_daemon_that_does_not_report_is_told_on_the_pages(browser: Browser) -> None:
    note_worker_seen(now=clock.now() - timedelta(minutes=3))
    assert "The Mailer Daemon has not reported since" in text_of(browser.get("/tickets/").content)
    note_worker_seen(now=clock.now())
    assert "has not reported" not in text_of(browser.get("/tickets/").content)


def test_page_without_trouble_has_no_banner(browser: Browser) -> None:
    assert 'class="banner"' not in browser.get("/tickets/").content.decode()


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}test/", f"{PAGE}1/acknowledge/"])
def test_tech_is_told_no(tech: Tech, signed_in: SignedIn, address: str) -> None:
    assert signed_in(tech.person).post(address).status_code == 403
