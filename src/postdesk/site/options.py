"""Reading and changing the options, and the public URL that follows from them."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from postdesk.base.hosts import is_loopback
from postdesk.base.ids import hash_token, new_token
from postdesk.site import audit
from postdesk.site.models import Options

DEFAULT_PORTS = {"http": 80, "https": 443}
CALLBACK_PATH = "/oauth/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicUrl:
    """Where browsers and the provider reach this desk."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = DEFAULT_PORTS.get(self.scheme) == self.port
        return f"{self.scheme}://{host}" + ("" if is_default else f":{self.port}")

    @property
    def origin_host(self) -> str:
        """Host with its port when that is not the default, as a browser's Host header says it."""
        return str(self).split("://", 1)[1]


class OptionsRefused(ValueError):
    """The options contradict each other; the message says what to change."""


def read_options() -> Options:
    """Return the only row, made with its defaults when absent."""
    return Options.objects.get_or_create(pk=1)[0]


def is_pinned() -> bool:
    """Say whether the environment fixes the public URL."""
    return bool(settings.ENVIRONMENT.public_url)


def public_url(options: Options | None = None) -> PublicUrl:
    """Return the public URL: the pinned one, or that of the stored options."""
    if is_pinned():
        return parse_public_url(settings.ENVIRONMENT.public_url)
    row = options or read_options()
    return PublicUrl(scheme=row.public_scheme, host=row.public_host, port=row.public_port)


def redirect_uri() -> str:
    """Return the redirect URI of every account and provider, for ever."""
    return f"{public_url()}{CALLBACK_PATH}"


def parse_public_url(text: str) -> PublicUrl:
    """Read ``https://desk.example.com:8443``; raises OptionsRefused with what is wrong."""
    parts = urlsplit(text)
    try:
        port = parts.port
    except ValueError as error:
        raise OptionsRefused(f"The port in {text!r} is no number from 1 to 65535.") from error
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path not in {"", "/"}:
        raise OptionsRefused(
            f"{text!r} is no public URL. Write it as https://desk.example.com, without a path."
        )
    url = PublicUrl(
        scheme=parts.scheme, host=parts.hostname, port=port or DEFAULT_PORTS[parts.scheme]
    )
    check_public_url(url)
    return url


def check_public_url(url: PublicUrl) -> None:
    """Refuse plain http for anything but this machine (RFC 8252 section 8.3, Entra's own rule)."""
    if url.scheme == "http" and not is_loopback(url.host):
        raise OptionsRefused(
            "Plain http is refused for anything but localhost: sign-ins and mail would travel "
            "unprotected, and Microsoft accepts such a redirect URI for localhost only. Choose "
            "https."
        )
    if settings.ENVIRONMENT.sandbox_url and not is_loopback(url.host):
        raise OptionsRefused(
            "With a pretend tenant the desk stays on this machine: unset POSTDESK_SANDBOX_URL "
            "before you give it a public name."
        )


@transaction.atomic
def change_options(*, by: object = None, now: datetime | None = None, **values: object) -> Options:
    """Store new values; raises OptionsRefused when they contradict each other.

    With ``now`` the audit table says that ``by`` did it.
    """
    options = Options.objects.select_for_update().get_or_create(pk=1)[0]
    told = _told_changes(options, values)
    for name, value in values.items():
        setattr(options, name, value)
    check_public_url(
        PublicUrl(scheme=options.public_scheme, host=options.public_host, port=options.public_port)
    )
    options.save()
    if now is not None and told:
        audit.record(audit.Action.OPTIONS_CHANGED, actor=by, target="Options", detail=told, now=now)
    return options


def _told_changes(options: Options, values: dict[str, object]) -> str:
    """Return what differs; a proxy's address may hold a password, so only its name is told."""
    changed = [name for name, value in values.items() if getattr(options, name) != value]
    return "; ".join(
        "proxy_url"
        if name == "proxy_url"
        else f"{name}: {getattr(options, name)} to {values[name]}"
        for name in changed
    )


@transaction.atomic
def issue_setup_token() -> str:
    """Return a fresh one-time token for the set-up address; earlier ones stop working."""
    options = Options.objects.select_for_update().get_or_create(pk=1)[0]
    token = new_token()
    options.setup_token_hash = hash_token(token)
    options.save(update_fields=["setup_token_hash"])
    return token


def is_setup_token(token: str) -> bool:
    """Say whether ``token`` opens the set-up address now."""
    options = read_options()
    if options.setup_finished_at or not options.setup_token_hash:
        return False
    return options.setup_token_hash == hash_token(token)


def is_setup_finished() -> bool:
    """Say whether the first Administrator exists."""
    return read_options().setup_finished_at is not None


def finish_setup(*, now: datetime) -> None:
    """Close the set-up address for good."""
    change_options(setup_token_hash="", setup_finished_at=now)


def note_worker_seen(*, now: datetime) -> None:
    """Leave the Mailer Daemon's sign of life."""
    Options.objects.filter(pk=1).update(worker_seen_at=now)
