"""AADSTS codes about the application: its registration, secret, certificate, tenant, cloud."""

from postdesk.base.explanations.words import Actor, Button, Entry, needs_correction, our_mistake

_WRONG_APPLICATION = needs_correction(
    "The tenant does not know an application with this Client ID.",
    "Compare Client ID and Tenant ID with the application's Overview page in Entra; they are two "
    "different numbers there and are easily swapped.",
    button=Button.EDIT_APPLICATION,
)
_REGISTRATION = needs_correction(
    "The application's registration does not carry a permission that was asked for.",
    "Add the permissions that the account form lists under API permissions in Entra, grant "
    "consent, then press Authorize.",
    button=Button.GRANT_CONSENT,
    who=Actor.MICROSOFT_ADMIN,
)
_NO_SERVICE = needs_correction(
    "The tenant has no mail service under the address that was asked for.",
    "Choose the cloud of the tenant, and check in the Microsoft 365 admin center that it has "
    "Exchange Online.",
    button=Button.EDIT_APPLICATION,
)
_NO_REDIRECT_URI = needs_correction(
    "The application has no redirect URI at all.",
    "Copy the redirect URI from the account form and add it in Entra under Authentication, "
    "platform Web.",
    button=Button.COPY_REDIRECT_URI,
    who=Actor.MICROSOFT_ADMIN,
)
_SINGLE_PAGE = needs_correction(
    "The redirect URI is registered as a single-page application, so sign-ins end after a day.",
    "In Entra, remove it from Single-page application and add it under the platform Web; then "
    "press Authorize.",
    button=Button.COPY_REDIRECT_URI,
    who=Actor.MICROSOFT_ADMIN,
)
_DISABLED = needs_correction(
    "The application is disabled in the tenant.",
    "Enable it in Entra under Enterprise applications, Properties, Enabled for users to "
    "sign-in. Postdesk tries again by itself; Authorize tries at once.",
    button=Button.AUTHORIZE,
    who=Actor.MICROSOFT_ADMIN,
)
_WRONG_CERTIFICATE = needs_correction(
    "Microsoft does not accept the application's certificate.",
    "Download the certificate from the account form and upload it in Entra under Certificates & "
    "secrets, Certificates; compare the thumbprint shown in both places, and this server's clock.",
    button=Button.EDIT_CERTIFICATE,
    who=Actor.MICROSOFT_ADMIN,
)
_WRONG_CLOCK = needs_correction(
    "The clock of this server is wrong.",
    "Set the server's clock (NTP), then press Authorize.",
    button=Button.AUTHORIZE,
)
_WRONG_CLOUD = needs_correction(
    "The tenant lives in another Microsoft cloud.",
    "Choose the cloud in which the tenant and the application are registered, in the account form.",
    button=Button.EDIT_APPLICATION,
)
_NO_TENANT = needs_correction(
    "Sign-ins must name the tenant.",
    "Enter the Directory (tenant) ID of the application's Overview page in Entra as Tenant ID.",
    button=Button.EDIT_APPLICATION,
)
_PARAMETER = our_mistake("Postdesk left out a part of its request that Microsoft asks for.")

APPLICATION: dict[int, Entry] = {
    28000: our_mistake("Postdesk asked for permissions of two services in one request."),
    50011: needs_correction(
        "The redirect URI of this Postdesk is not registered for the application.",
        "Copy the redirect URI from the account form and add it in Entra under Authentication, "
        "platform Web. Scheme, server DNS name, port and the case of the path must be the same.",
        button=Button.COPY_REDIRECT_URI,
        who=Actor.MICROSOFT_ADMIN,
    ),
    50013: _WRONG_CERTIFICATE,
    50027: _WRONG_CERTIFICATE,
    50048: _WRONG_CERTIFICATE,
    700021: _WRONG_CERTIFICATE,
    700023: _WRONG_CERTIFICATE,
    700027: _WRONG_CERTIFICATE,
    500133: _WRONG_CLOCK,
    700024: _WRONG_CLOCK,
    50049: _WRONG_CLOUD,
    50194: needs_correction(
        "The application belongs to one tenant, and no tenant was named.",
        "Enter the Directory (tenant) ID of the application's Overview page in Entra as Tenant ID.",
        button=Button.EDIT_APPLICATION,
    ),
    500011: _NO_SERVICE,
    650052: _NO_SERVICE,
    500113: _NO_REDIRECT_URI,
    900971: _NO_REDIRECT_URI,
    65005: _REGISTRATION,
    650053: _REGISTRATION,
    650056: _REGISTRATION,
    650057: _REGISTRATION,
    70001: _WRONG_APPLICATION,
    700016: _WRONG_APPLICATION,
    7000112: _DISABLED,
    1000031: _DISABLED,
    700025: needs_correction(
        "The application is registered as a public client, which has no secret.",
        "Register the redirect URI under the platform Web in Entra, not under Mobile and desktop.",
        button=Button.COPY_REDIRECT_URI,
        who=Actor.MICROSOFT_ADMIN,
    ),
    700084: _SINGLE_PAGE,
    9002325: _SINGLE_PAGE,
    9002327: _SINGLE_PAGE,
    70011: needs_correction(
        "Microsoft does not know a permission that was asked for.",
        "Choose the cloud in which the tenant and the application are registered, in the account "
        "form.",
        button=Button.EDIT_APPLICATION,
    ),
    7000215: needs_correction(
        "The Client Secret is wrong.",
        "Enter the secret's Value from Entra, not its Secret ID; the value is shown only once, so "
        "make a new secret if it is lost.",
        button=Button.EDIT_SECRET,
    ),
    70002: needs_correction(
        "Microsoft does not accept the application's credentials, and does not say why.",
        "Check the Client Secret (or certificate) and its date of expiry in Entra under "
        "Certificates & secrets, and enter a new one if needed.",
        button=Button.EDIT_SECRET,
    ),
    7000218: needs_correction(
        "Microsoft received no Client Secret.",
        "Enter the Client Secret of the application in the account form. To sign in by a code "
        "without one, set Allow public client flows to Yes in Entra under Authentication.",
        button=Button.EDIT_SECRET,
    ),
    7000222: needs_correction(
        "The Client Secret has expired. The sign-in itself is still good.",
        "Make a new secret in Entra under Certificates & secrets and enter its Value and its date "
        "of expiry here. Authorizing again is not needed.",
        button=Button.EDIT_SECRET,
        who=Actor.MICROSOFT_ADMIN,
    ),
    90002: needs_correction(
        "Microsoft does not know this tenant.",
        "Check the Tenant ID (or the verified domain) and the cloud in the account form.",
        button=Button.EDIT_APPLICATION,
    ),
    90038: _WRONG_CLOUD,
    900382: _WRONG_CLOUD,
    900432: _WRONG_CLOUD,
    9001023: _NO_TENANT,
    50050: _PARAMETER,
    90014: _PARAMETER,
    900144: _PARAMETER,
    70003: our_mistake("Postdesk asked for a sign-in of a kind that Microsoft does not offer."),
    70005: our_mistake("Postdesk asked for an answer of a kind that the application may not have."),
    901002: our_mistake("Postdesk asked in a way that only the older sign-in service knew."),
    1002012: our_mistake(
        "Postdesk asked for single permissions where an application gets all of its own at once."
    ),
}
