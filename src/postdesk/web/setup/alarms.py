"""Setup > E-Mail > Alarms."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db import transaction
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from postdesk.base import clock
from postdesk.flow.alarm.trying import try_every_way
from postdesk.site.alarms import (
    acknowledge,
    change_alarm_settings,
    open_alarms,
    open_warnings,
    read_alarm_settings,
    with_latest_telling,
)
from postdesk.site.audit import Action, record
from postdesk.site.models import Alarm
from postdesk.web.forms.alarms import AlarmForm
from postdesk.web.session.rights import for_administrators
from postdesk.web.setup.answers import person_of, see_other
from postdesk.web.setup.last_test import keep_last_test, last_test

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_PAGE = "setup:alarms"


@for_administrators
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: "HttpRequest") -> "HttpResponse":
    """Show what lasts and who is told, or store who is told."""
    stored = read_alarm_settings()
    form = AlarmForm(request.POST if request.method == "POST" else None, instance=stored)
    if form.is_bound and form.is_valid():
        _store(request, form)
        messages.success(request, "Saved. Send a test alarm to see that each way works.")
        return see_other(reverse(_PAGE))
    kept = last_test(request, reverse(_PAGE))
    context = {
        "page_title": "Alarms",
        "form": form,
        "open_alarms": with_latest_telling(open_alarms()),
        "open_warnings": with_latest_telling(open_warnings()),
        "report": kept["report"],
        "tested_at": kept["at"],
    }
    return render(request, "setup/alarms.html", context, status=422 if form.is_bound else 200)


@for_administrators
@require_POST
def send_test(request: "HttpRequest") -> "HttpResponse":
    """Send a test alarm through every stored way out, and show a line for each."""
    now = clock.now()
    report = try_every_way(now=now)
    keep_last_test(request, reverse(_PAGE), report, now=now)
    if report.is_good:
        messages.success(request, "The test alarm left by every way. See the lines below.")
    else:
        messages.error(request, "The test alarm did not leave by every way. See the lines below.")
    return see_other(f"{reverse(_PAGE)}#last-test")


@for_administrators
@require_POST
def acknowledge_alarm(request: "HttpRequest", number: int) -> "HttpResponse":
    """Stop the repetition of one alarm; it stays until the trouble is over."""
    alarm = _acknowledge(request, number)
    if alarm is None:
        messages.info(request, "This alarm is over, or somebody acknowledged it before.")
    else:
        messages.success(request, "Acknowledged: it is not repeated. It stays until it is mended.")
    return see_other(_return_to(request))


@transaction.atomic
def _store(request: "HttpRequest", form: AlarmForm) -> None:
    change_alarm_settings(**form.values())
    record(
        Action.ALARM_SETTINGS_CHANGED,
        actor=person_of(request),
        target="Alarms",
        detail=", ".join(form.changed_labels()),
        now=clock.now(),
    )


@transaction.atomic
def _acknowledge(request: "HttpRequest", number: int) -> Alarm | None:
    person, now = person_of(request), clock.now()
    alarm = acknowledge(number, by=str(person), now=now)
    if alarm is not None:
        record(
            Action.ALARM_ACKNOWLEDGED, actor=person, target=alarm.names, detail=alarm.text, now=now
        )
    return alarm


def _return_to(request: "HttpRequest") -> str:
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if address and is_ours else reverse(_PAGE)
