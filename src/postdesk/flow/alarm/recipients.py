"""Who is told of warnings and who of alarms."""

from postdesk.directory.models import Tech
from postdesk.mail.queries import own_addresses
from postdesk.site.alarms import Kind
from postdesk.site.models import AlarmSettings


def recipients_of(settings: AlarmSettings, kind: str) -> list[str]:
    """Return the addresses, each once; the desk's own are left out, they would make tickets.

    Where nobody is left the active Administrators are told: silence is no answer.
    """
    is_warning = kind == Kind.WARNING
    asks_all = (
        settings.warnings_to_administrators if is_warning else settings.alarms_to_administrators
    )
    numbers = settings.warning_techs if is_warning else settings.alarm_techs
    typed = settings.warning_addresses if is_warning else settings.alarm_addresses
    active = Tech.objects.filter(is_active=True).select_related("person").order_by("id")
    chosen = active.filter(pk__in=numbers)
    administrators = active.filter(is_administrator=True)
    found = _addresses([*chosen, *(administrators if asks_all else ())], typed)
    return found or _addresses([*administrators], [])


def _addresses(techs: list[Tech], typed: list[str]) -> list[str]:
    ours = own_addresses()
    found = [*(tech.person.email.lower() for tech in techs), *map(str.lower, typed)]
    return [address for address in dict.fromkeys(found) if address not in ours]
