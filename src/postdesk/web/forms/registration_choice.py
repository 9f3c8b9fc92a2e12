"""What is chosen in the registration part of a form just now, checked or not."""

from django import forms

from postdesk.connections.models import Connection

NEW = "new"
Provider = Connection.Provider
WayIn = Connection.WayIn
Proof = Connection.Proof
# In the words of Web Help Desk's Authentication Mode.
MODES = {
    WayIn.PERSON: "OAuth, signed in as a person",
    WayIn.DEVICE: "OAuth, by a code on another device",
    WayIn.APPLICATION: "OAuth as an application",
}
MODES_OF = {
    Provider.MICROSOFT: (WayIn.PERSON, WayIn.DEVICE, WayIn.APPLICATION),
    Provider.GOOGLE: (WayIn.PERSON, WayIn.APPLICATION),
    Provider.GENERIC: (WayIn.PERSON,),
}
# Hosts of these clouds are not certain (microsoft.md 2), so they can be corrected.
_UNCERTAIN = ("dod", "france", "germany", "singapore")


class RegistrationChoice(forms.Form):
    """Questions about the choice; ``own`` and ``others`` are set by the part with the fields."""

    own: Connection | None
    others: dict[str, Connection]

    @property
    def is_new(self) -> bool:
        """Say whether a new registration is typed."""
        return str(self["connection"].value()) == NEW

    @property
    def is_of_another(self) -> bool:
        """Say whether the connection of another account is chosen."""
        return str(self["connection"].value()) in self.others

    @property
    def has_choice(self) -> bool:
        """Say whether there is more than one connection to choose from."""
        return bool(self.others) or self.own is not None

    @property
    def chosen_provider(self) -> Provider:
        """The provider that is chosen now."""
        value = str(self["provider"].value() or "")
        return Provider(value) if value in Provider.values else Provider.MICROSOFT

    @property
    def chosen_way_in(self) -> WayIn:
        """The mode that is chosen now, or the first that the provider has."""
        offered = MODES_OF[self.chosen_provider]
        value = str(self["way_in"].value() or "")
        return next((mode for mode in offered if mode == value), offered[0])

    @property
    def chosen_proof(self) -> Proof:
        """The credential that is chosen now; a certificate is Microsoft's alone."""
        is_certificate = str(self["proof"].value()) == Proof.CERTIFICATE
        return Proof.CERTIFICATE if is_certificate and self.has_proof else Proof.SECRET

    @property
    def chosen_cloud(self) -> str:
        """The key of the cloud that is chosen now."""
        return str(self["cloud"].value() or "")

    @property
    def is_microsoft(self) -> bool:
        """Say whether Microsoft is chosen."""
        return self.chosen_provider is Provider.MICROSOFT

    @property
    def is_generic(self) -> bool:
        """Say whether endpoints are typed in."""
        return self.chosen_provider is Provider.GENERIC

    @property
    def is_device(self) -> bool:
        """Say whether somebody types a code elsewhere; the application then proves nothing."""
        return self.chosen_way_in is WayIn.DEVICE

    @property
    def is_application(self) -> bool:
        """Say whether nobody signs in."""
        return self.chosen_way_in is WayIn.APPLICATION

    @property
    def is_service_account(self) -> bool:
        """Say whether Google's key of a service account is asked for."""
        return self.is_application and not self.is_microsoft

    @property
    def has_proof(self) -> bool:
        """Say whether secret or certificate can be chosen."""
        return self.is_microsoft and not self.is_device

    @property
    def has_secret(self) -> bool:
        """Say whether a Client Secret is asked for."""
        is_without = self.is_device or self.is_service_account
        return not is_without and self.chosen_proof is Proof.SECRET

    @property
    def has_certificate(self) -> bool:
        """Say whether a certificate is asked for."""
        return self.chosen_proof is Proof.CERTIFICATE

    @property
    def is_host_uncertain(self) -> bool:
        """Say whether the cloud's Exchange host should be open to correction at once."""
        return self.chosen_cloud.rpartition(":")[2] in _UNCERTAIN

    def shown_fields(self) -> set[str]:
        """Return the names of the fields that the choice shows."""
        shown = {"provider", "way_in"}
        if self.is_microsoft:
            shown |= {"cloud", "tenant_id", "exchange_host"}
        if self.is_generic:
            shown |= {"authorize_endpoint", "token_endpoint", "scopes_typed"}
        if not self.is_service_account:
            shown.add("client_id")
        if not self.is_application:
            shown.add("for_shared_mailbox")
        if self.has_proof:
            shown.add("proof")
        if self.has_secret:
            shown |= {"client_secret", "secret_ends_on", "secret_end_unknown"}
        return shown

    def needed_fields(self) -> tuple[str, ...]:
        """Return the names of those that cannot stay empty; the credential is another matter."""
        if self.is_microsoft:
            return ("tenant_id", "client_id")
        if self.is_generic:
            return ("client_id", "authorize_endpoint", "token_endpoint", "scopes_typed")
        return () if self.is_service_account else ("client_id",)
