"""Whether the provider can send people back to this desk, and whether the clock goes right."""

from datetime import datetime, timedelta

from postdesk.base.errors import NeedsPerson, TryLater
from postdesk.base.explanations import Actor
from postdesk.base.hosts import is_loopback
from postdesk.connections.models import Connection, SetupCheck
from postdesk.connections.provider_facts import check_tenant, read_provider_facts
from postdesk.drivers.session import HttpAnswer, open_session
from postdesk.flow.checks.line import from_error, skipped
from postdesk.flow.probe import CheckLine
from postdesk.flow.self_test import SELF_TEST, expected_answer, open_self_test
from postdesk.mail.models import IncomingMailAccount
from postdesk.site.options import public_url, redirect_uri

OPTIONS = "options"  # a button beside those of the explanations
SKEW_TO_WARN = timedelta(seconds=60)
SKEW_THAT_BREAKS = timedelta(seconds=300)  # Entra refuses assertions, and tokens seem to be old
_MISDIRECTED = 421
_HERE = Actor.DESK_ADMIN.value
_NTP = (
    "Let this server take its time from the network: timedatectl set-ntp true, or chrony; in a "
    "virtual machine look at the host's clock."
)


def check_public_url(
    account: IncomingMailAccount,  # noqa: ARG001  each check takes the same
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Microsoft takes https for a redirect URI, and http for localhost alone."""
    title, url = "Public URL", public_url()
    if url.scheme == "https" or is_loopback(url.host):
        return CheckLine(title=title, why=str(url))
    return CheckLine(
        title=title,
        why=f"{url} is neither https nor localhost, so Microsoft sends nobody back to it.",
        state="bad",
        remedy="Give this desk a certificate, or a proxy that has one, and choose https.",
        who=_HERE,
        button=OPTIONS,
    )


def check_redirect_uri(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Ask our own redirect URI a question that only this desk can answer."""
    title = "Redirect URI answers"
    connection = account.connection
    if connection is not None and connection.way_in != Connection.WayIn.PERSON:
        return skipped(title, "Nobody is sent back here in this mode.")
    nonce = open_self_test()
    session = open_session()  # without the proxy: browsers do not take it either
    try:
        answer = session.get(redirect_uri(), params={SELF_TEST: nonce})
    except NeedsPerson as error:
        return _distrusted(title, error)
    except TryLater as error:
        return _unreachable(title, error)
    finally:
        session.close()
    return _judge(title, answer, expected=expected_answer(nonce))


def check_clock(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,
) -> CheckLine:
    """Compare our clock with the provider's answer."""
    title = "Clock"
    assert account.connection is not None  # noqa: S101  a run has a connection
    try:
        theirs = read_provider_facts(account.connection).now
    except (NeedsPerson, TryLater) as error:
        return from_error(title, error)
    if theirs is None:
        return skipped(title, "The provider did not say what time it is.")
    skew = abs(now - theirs)
    if skew <= SKEW_TO_WARN:
        return CheckLine(title=title, why="Goes like the provider's.")
    word = "behind" if now < theirs else "ahead"
    return CheckLine(
        title=title,
        why=f"This server's clock is {round(skew.total_seconds())} seconds {word}.",
        state="bad" if skew > SKEW_THAT_BREAKS else "warn",
        remedy=_NTP,
        who="Whoever runs this server",
    )


def check_tenant_exists(
    account: IncomingMailAccount,
    check: SetupCheck,  # noqa: ARG001
    *,
    now: datetime,  # noqa: ARG001
) -> CheckLine:
    """Ask Microsoft whether there is such a tenant."""
    title, connection = "Tenant", account.connection
    assert connection is not None  # noqa: S101  a run has a connection
    if connection.provider != Connection.Provider.MICROSOFT:
        return skipped(title, "Only Microsoft has tenants.")
    try:
        check_tenant(connection)
    except (NeedsPerson, TryLater) as error:
        return from_error(title, error)
    return CheckLine(title=title, why=f"{connection.tenant_id} exists.")


def _judge(title: str, answer: HttpAnswer, *, expected: str) -> CheckLine:
    """Tell our own answer from that of a proxy, of another desk and of another program."""
    uri, said = redirect_uri(), answer.text.strip()
    if answer.status_code == 200 and said == expected:
        return CheckLine(title=title, why=uri)
    if answer.status_code == _MISDIRECTED:
        why = f"{uri} leads to this desk, but a proxy in between names another host or scheme."
        remedy = (
            "Let the proxy pass the header Host and set X-Forwarded-Proto, and name its address "
            "in POSTDESK_TRUSTED_PROXIES."
        )
    elif 300 <= answer.status_code < 400:
        where = answer.headers.get("location", "elsewhere")[:200]
        why = f"{uri} sends the browser on to {where}; the sign-in would be lost on the way."
        remedy = "Enter the address at which it ends as public URL, or stop the redirection."
    elif "This test is not open any more" in said:
        why = f"Another Postdesk, with a database of its own, answers at {uri}."
        remedy = "Correct the public URL, or the name's address in DNS."
    else:
        why = f"Another program answers at {uri} (HTTP {answer.status_code})."
        remedy = "Correct host and port of the public URL, or let the proxy lead /oauth/ here."
    return CheckLine(title=title, why=why, state="bad", remedy=remedy, who=_HERE, button=OPTIONS)


def _distrusted(title: str, error: NeedsPerson) -> CheckLine:
    return CheckLine(
        title=title,
        why=error.what,
        state="warn",
        remedy="Open the address in a browser. If that warns as well, people do not come back "
        "from the sign-in: renew the certificate, or let them trust its authority.",
        code=error.code,
        who=_HERE,
    )


def _unreachable(title: str, error: TryLater) -> CheckLine:
    """Some networks do not lead a server to its own public name, although browsers get there."""
    return CheckLine(
        title=title,
        why=f"This server cannot reach {redirect_uri()} itself. {error.what}",
        state="bad" if is_loopback(public_url().host) else "warn",
        remedy="Open the public URL in the browser that will sign in. If that works, all is well; "
        "if not, correct the public URL, DNS or the firewall.",
        who=_HERE,
        button=OPTIONS,
    )
