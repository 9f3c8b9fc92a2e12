"""The page /metrics: Prometheus text, built from the database at each scrape."""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import wraps

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from postdesk import __version__
from postdesk.base import clock
from postdesk.base.hosts import is_loopback
from postdesk.base.ids import hash_token
from postdesk.flow.figures import Figures, take_figures
from postdesk.site.alarms import read_alarm_settings
from postdesk.site.options import read_options
from postdesk.web.session.hosts import WAS_FORWARDED

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
View = Callable[[HttpRequest], HttpResponse]


def for_scrapers(view: View) -> View:
    """Let in who shows the metrics token, and this machine's own processes while there is none."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            wanted = read_alarm_settings().metrics_token_hash
        except DatabaseError:
            return _no_database()
        if wanted:
            scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
            is_right = hmac.compare_digest(hash_token(shown.strip()), wanted)
            if scheme.lower() == "bearer" and is_right:
                return view(request)
            answer = HttpResponse(
                "Show the metrics token.\n", status=401, content_type="text/plain"
            )
            answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
            return answer
        # A proxy that is not trusted also comes from this machine: its X-Forwarded-* give it away.
        if is_loopback(str(request.META.get("REMOTE_ADDR", ""))) and not _is_forwarded(request):
            return view(request)
        return HttpResponse(
            "Metrics are open to this machine only. Set a token in Setup > E-Mail > Alarms.\n",
            status=403,
            content_type="text/plain",
        )

    return guarded


@require_safe
@never_cache
@for_scrapers
def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  a view takes the request
    """Answer with all figures; 503 when the database does not answer."""
    now = clock.now()
    try:
        collector = DeskCollector(take_figures(now=now), read_options().worker_seen_at, now=now)
    except DatabaseError:
        return _no_database()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE)


class DeskCollector(Collector):
    """The figures of one moment as metric families."""

    def __init__(self, figures: Figures, worker_seen_at: datetime | None, *, now: datetime) -> None:
        self._figures = figures
        self._worker_seen_at = worker_seen_at
        self._now = now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Describe nothing ahead: everything is counted at the scrape."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return every family."""
        figures = self._figures
        yield _family("info", "What runs here.", "version", {__version__: 1})
        yield _family("connections", "OAuth connections by state.", "state", figures.connections)
        yield self._days_left()
        yield _family(
            "accounts_in_trouble",
            "Enabled accounts that need a person.",
            "direction",
            figures.accounts_in_trouble,
        )
        yield self._seconds("last_read", "the mailbox was read", "account", figures.last_read)
        yield self._seconds("last_mail", "the mailbox got mail", "account", figures.last_mail)
        yield self._seconds("last_send", "a mail left by it", "account", figures.last_send)
        yield self._seconds(
            "last_refresh", "the sign-in was renewed", "connection", figures.last_refresh
        )
        yield _family("messages", "Messages that are not done.", "stage", figures.backlog)
        yield _family("alarms_open", "Alarms and warnings that last.", "kind", figures.alarms)
        yield _plain("alarms_untold", "Alarm deliveries that no way out took.", figures.untold)
        if self._worker_seen_at is not None:
            seconds = (self._now - self._worker_seen_at).total_seconds()
            yield _plain(
                "worker_seconds_since_seen",
                "Seconds since the Mailer Daemon's sign of life.",
                seconds,
            )

    def _days_left(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "postdesk_connection_days_left",
            "Days until a secret, a certificate or an idle sign-in ends.",
            labels=("connection", "mailboxes", "kind"),
        )
        for each in self._figures.days_left:
            family.add_metric((each.connection, each.mailboxes, each.kind), each.days)
        return family

    def _seconds(
        self, name: str, what: str, label: str, moments: Mapping[str, datetime]
    ) -> GaugeMetricFamily:
        seconds = {key: (self._now - moment).total_seconds() for key, moment in moments.items()}
        return _family(f"seconds_since_{name}", f"Seconds since {what}.", label, seconds)


def _family(name: str, what: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"postdesk_{name}", what, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _plain(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"postdesk_{name}", what, value=value)


def _no_database() -> HttpResponse:
    return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")


def _is_forwarded(request: HttpRequest) -> bool:
    return bool(request.META.get(WAS_FORWARDED))
