"""What Postdesk finds itself, before or after it asks a provider; the codes are its own."""

from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    needs_correction,
    needs_sign_in,
)

OWN: dict[str, Entry] = {
    "certificate_unusable": needs_correction(
        "The certificate or its private key cannot be used.",
        "In the account form upload one PEM file with a valid certificate and the RSA key that "
        "fits it, or let Postdesk make a key pair.",
        button=Button.EDIT_CERTIFICATE,
    ),
    "service_account_key": needs_correction(
        "The key of the service account cannot be used.",
        "Add a key of the type JSON in the Google Cloud console (IAM & Admin, Service Accounts, "
        "Keys) and upload that file unchanged in the account form.",
        button=Button.EDIT_APPLICATION,
    ),
    "endpoint_unusable": needs_correction(
        "An endpoint of the provider is no https address, or gives no tokens.",
        "Compare both endpoints in the account form with the provider's documentation.",
        button=Button.EDIT_APPLICATION,
    ),
    "port": needs_correction(
        "Nothing that fits the account's encryption answers on this port of the mail server.",
        "Check server, port and encryption in the account: reading mostly 993 with TLS, sending "
        "mostly 587 with STARTTLS or 465 with TLS.",
        button=Button.EDIT_ACCOUNT,
    ),
    "token_type": needs_correction(
        "The provider gives tokens that no mail server takes.",
        "Register an application for bearer tokens at the provider, and enter its Client ID in the "
        "account form.",
        button=Button.EDIT_APPLICATION,
    ),
    "scope_missing": needs_sign_in(
        "The sign-in did not grant everything that the account needs.",
        "Add the missing permissions to the registration (Entra: API permissions), or leave every "
        "box on the provider's page ticked; then press Authorize.",
        who=Actor.DESK_ADMIN,
    ),
    "offline_missing": needs_sign_in(
        "The provider granted access for an hour only, not for good.",
        "Allow offline access for the application (the scope offline_access, where it is typed "
        "in), then press Authorize.",
        who=Actor.DESK_ADMIN,
    ),
    "wrong_tenant": needs_sign_in(
        "Somebody of another tenant signed in.",
        "Press Authorize and pick an account of your own organisation.",
    ),
}
