"""What is to be registered, as one value: forms, scripts and letters are made of it."""

from dataclasses import dataclass

PERSON, DEVICE, APPLICATION = "person", "device", "application"
SECRET, CERTIFICATE = "secret", "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationOrder:
    """One application at Microsoft for one mailbox.

    ``way_in``, ``proof``, ``cloud`` and ``protocols`` are the values of Connection. Without
    ``client_id`` a new application is made, otherwise the one of that id is extended.
    ``certificate_pem`` is the public part, "" while none was made.
    """

    mailbox: str
    redirect_uri: str
    way_in: str = PERSON
    proof: str = SECRET
    cloud: str = "worldwide"
    tenant_id: str = ""
    client_id: str = ""
    protocols: tuple[str, ...] = ("graph",)
    is_shared: bool = False
    certificate_pem: str = ""

    @property
    def name(self) -> str:
        """What the application is called at Microsoft."""
        return f"Postdesk {self.mailbox}".strip()

    @property
    def is_application(self) -> bool:
        """Say whether nobody signs in."""
        return self.way_in == APPLICATION

    @property
    def is_public_client(self) -> bool:
        """Say whether the application proves nothing of itself: sign-in by a code."""
        return self.way_in == DEVICE

    @property
    def uses_certificate(self) -> bool:
        """Say whether a certificate stands in for the secret."""
        return self.proof == CERTIFICATE and not self.is_public_client

    @property
    def uses_secret(self) -> bool:
        """Say whether a secret has to be made."""
        return self.proof != CERTIFICATE and not self.is_public_client
