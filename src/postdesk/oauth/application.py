"""The application that Postdesk acts as at Microsoft, and what it proves itself with."""

from dataclasses import dataclass, field

from postdesk.oauth.clouds import Cloud


@dataclass(frozen=True, slots=True)
class Secret:
    """A client secret: its value, not the Secret ID that Entra shows beside it."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate uploaded to the registration, and the RSA key that fits it; both PEM."""

    certificate_pem: str
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A registration in Entra. ``tenant`` is the tenant's GUID or verified domain.

    Without ``credential`` it is a public client: device code needs "Allow public client flows".
    """

    cloud: Cloud
    tenant: str
    client_id: str
    credential: Secret | Certificate | None = None
