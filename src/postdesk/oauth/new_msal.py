"""Makes the msal application for one request.

A fresh one each time: msal keeps refused answers for a minute inside it, and "Authorize" after a
mended setting must see the new answer.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msal

from postdesk.base.errors import TryLater
from postdesk.oauth.application import Application, Certificate
from postdesk.oauth.certificates import check_pair
from postdesk.oauth.checked_http import CheckedHttp

_ASSERTION_LIFE = timedelta(minutes=10)  # the most that Entra recommends


class _NoCache(msal.TokenCache):  # type: ignore[misc]  # msal has no types
    """Keeps nothing: tokens live in our own store, and msal's stumbles over unusual answers."""

    def add(self, event: Mapping[str, object], now: float | None = None) -> None:
        """Forget what msal offers."""


def new_public(application: Application, http: CheckedHttp) -> msal.PublicClientApplication:
    """Return an application that sends no proof, as a device does; raises TryLater."""
    return _make(msal.PublicClientApplication, application, http, {})


def new_client(
    application: Application, http: CheckedHttp, *, now: datetime | None = None
) -> msal.ClientApplication:
    """Return an application with its proof, or a public one where it has none.

    ``now`` is the moment that a certificate's assertion is written for, the machine's if None.
    Raises NeedsPerson for a certificate that cannot be used, TryLater or NeedsPerson for what
    discovery says.
    """
    credential = application.credential
    if credential is None:
        return new_public(application, http)
    options: dict[str, object]
    if isinstance(credential, Certificate):
        check_pair(credential)
        # With the certificate itself msal signs by PS256 and names it by x5t#S256.
        proof = {
            "private_key": credential.private_key_pem,
            "public_certificate": credential.certificate_pem,
        }
        options = {"client_credential": proof, "client_claims": _moments(now)}
    else:
        options = {"client_credential": credential.value}
    return _make(msal.ConfidentialClientApplication, application, http, options)


def _moments(now: datetime | None) -> dict[str, int] | None:
    if now is None:
        return None
    ends_at = now + _ASSERTION_LIFE
    begins, ends = int(now.timestamp()), int(ends_at.timestamp())
    return {"iat": begins, "nbf": begins, "exp": ends}


def _make(
    kind: type[msal.ClientApplication],
    application: Application,
    http: CheckedHttp,
    options: Mapping[str, object],
) -> msal.ClientApplication:
    try:
        return kind(
            application.client_id,
            authority=application.cloud.authority_url(application.tenant),
            http_client=http,
            instance_discovery=False,  # the hosts come from our table, sovereign ones too
            token_cache=_NoCache(),
            **options,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        line = f"{application.cloud.authority_host} describes its endpoints in an unusual way."
        raise TryLater(line, raw=str(error)[:300]) from error
