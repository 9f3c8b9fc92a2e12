"""What Entra's error codes mean, as data: what happened, who must act, and what to do.

The wording is ours; the codes are Microsoft's (AADSTS numbers without the letters). The last
table answers for codes that are not listed, by the OAuth ``error`` (RFC 6749 section 5.2).
"""

from postdesk.base.explanations.words import Actor, Button, Entry, Outcome

_AGAIN = "Press Authorize (or Re-Authorize), sign in and accept the permissions."
_MFA = Entry(
    "Microsoft now asks for a second factor that this sign-in did not have.",
    Actor.SIGNED_IN,
    "Press Authorize and sign in with the second factor; the connection keeps it from then on.",
    Button.AUTHORIZE,
    Outcome.REAUTHORIZE,
)
_DEVICE = Entry(
    "Conditional Access asks for a managed device, which this server is not.",
    Actor.MICROSOFT_ADMIN,
    "Exclude this application and account from the device policy in Entra, then press Authorize.",
    Button.AUTHORIZE,
    Outcome.BLOCKED,
)
_PASSWORD = Entry(
    "The password of the connected account has expired.",
    Actor.SIGNED_IN,
    "Set a new password at Microsoft, then press Authorize.",
    Button.AUTHORIZE,
    Outcome.REAUTHORIZE,
)
_WRONG_APPLICATION = Entry(
    "The tenant does not know an application with this Client ID.",
    Actor.DESK_ADMIN,
    "Compare Client ID and Tenant ID with the application's Overview page in Entra; they are two "
    "different numbers there and are easily swapped.",
    Button.EDIT_APPLICATION,
    Outcome.MISCONFIGURED,
)
_FOREIGN_ACCOUNT = Entry(
    "The account that signed in does not belong to this tenant.",
    Actor.SIGNED_IN,
    "Press Authorize and pick an account of your organisation, not a personal or guest account.",
    Button.AUTHORIZE,
    Outcome.REAUTHORIZE,
)
_ADMIN_CONSENT = Entry(
    "Your organisation lets only administrators consent to applications.",
    Actor.MICROSOFT_ADMIN,
    "Have an administrator grant consent for the application in Entra (API permissions, Grant "
    "admin consent), then press Authorize.",
    Button.GRANT_CONSENT,
    Outcome.REAUTHORIZE,
)
_REGISTRATION = Entry(
    "The application's registration does not carry a permission that was asked for.",
    Actor.MICROSOFT_ADMIN,
    "Add the permissions that the account form lists under API permissions in Entra, grant "
    "consent, then press Authorize.",
    Button.GRANT_CONSENT,
    Outcome.MISCONFIGURED,
)
_WRONG_CLOUD = Entry(
    "The tenant lives in another Microsoft cloud.",
    Actor.DESK_ADMIN,
    "Choose the cloud in which the tenant and the application are registered.",
    Button.EDIT_APPLICATION,
    Outcome.MISCONFIGURED,
)
_PASSES = Entry(
    "Microsoft's sign-in service has a passing fault.",
    Actor.NOBODY,
    "Wait: Postdesk tries again by itself.",
    Button.NONE,
    Outcome.PASSING,
    waiting_helps=True,
)

BY_CODE: dict[int, Entry] = {
    16000: _FOREIGN_ACCOUNT,
    50011: Entry(
        "The redirect URI of this Postdesk is not registered for the application.",
        Actor.MICROSOFT_ADMIN,
        "Copy the redirect URI from the account form and add it in Entra under Authentication, "
        "platform Web. Scheme, server DNS name, port and the case of the path must be the same.",
        Button.COPY_REDIRECT_URI,
        Outcome.MISCONFIGURED,
    ),
    500133: Entry(
        "The clock of this server is wrong.",
        Actor.DESK_ADMIN,
        "Set the server's clock (NTP), then press Authorize.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50020: _FOREIGN_ACCOUNT,
    50034: Entry(
        "The account does not exist in this tenant (any more).",
        Actor.MICROSOFT_ADMIN,
        "Check the Tenant ID and whether the account was deleted; then press Authorize with one "
        "that exists.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50053: Entry(
        "The account is locked after too many sign-ins, or its sign-in is blocked as risky.",
        Actor.MICROSOFT_ADMIN,
        "Wait or unblock the account in Entra, then press Authorize.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50055: _PASSWORD,
    50144: _PASSWORD,
    50057: Entry(
        "The account is disabled.",
        Actor.MICROSOFT_ADMIN,
        "Enable it in Entra. The own account of a shared mailbox is disabled by design: press "
        "Authorize and sign in as a person who has access to the mailbox.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50072: _MFA,
    50074: _MFA,
    50076: _MFA,
    50078: _MFA,
    50079: _MFA,
    50089: Entry(
        "The sign-in took too long.",
        Actor.SIGNED_IN,
        "Press Authorize again and finish within ten minutes.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50105: Entry(
        "The application is limited to assigned people, and this account is not one of them.",
        Actor.MICROSOFT_ADMIN,
        "In Entra, Enterprise applications, assign the account to the application or switch off "
        "Assignment required; then press Authorize.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50131: _DEVICE,
    53000: _DEVICE,
    53001: _DEVICE,
    50132: _PASSWORD,
    50133: _PASSWORD,
    50173: Entry(
        "The sign-in was revoked: an administrator ended the account's sessions, or its password "
        "was reset.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    50194: Entry(
        "The application belongs to one tenant, and no tenant was named.",
        Actor.DESK_ADMIN,
        "Enter the Directory (tenant) ID of the application's Overview page in Entra as Tenant ID.",
        Button.EDIT_APPLICATION,
        Outcome.MISCONFIGURED,
    ),
    50196: Entry(
        "Microsoft saw the same request too often and stopped answering it.",
        Actor.NOBODY,
        "Wait a quarter of an hour: Postdesk tries again by itself.",
        Button.NONE,
        Outcome.PASSING,
        waiting_helps=True,
    ),
    53003: Entry(
        "A Conditional Access policy of your organisation forbids this sign-in.",
        Actor.MICROSOFT_ADMIN,
        "Look up the failed sign-in in Entra's sign-in log to see which policy it was; exclude "
        "this account and application, or add this server's address as a trusted location. Then "
        "press Authorize.",
        Button.AUTHORIZE,
        Outcome.BLOCKED,
    ),
    530032: Entry(
        "A security policy of the tenant blocks this sign-in.",
        Actor.MICROSOFT_ADMIN,
        "Ask the security administrator to exclude this account and application, then press "
        "Authorize.",
        Button.AUTHORIZE,
        Outcome.BLOCKED,
    ),
    54005: Entry(
        "The sign-in came back twice, and its one-time code was used already.",
        Actor.DESK_ADMIN,
        "If the account shows Authorized, all is well; otherwise press Authorize again.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    500011: Entry(
        "The tenant has no Microsoft Graph mail service under the address that was asked for.",
        Actor.DESK_ADMIN,
        "Choose the cloud of the tenant, and check that it has Exchange Online.",
        Button.EDIT_APPLICATION,
        Outcome.MISCONFIGURED,
    ),
    500113: Entry(
        "The application has no redirect URI at all.",
        Actor.MICROSOFT_ADMIN,
        "Copy the redirect URI from the account form and add it in Entra under Authentication, "
        "platform Web.",
        Button.COPY_REDIRECT_URI,
        Outcome.MISCONFIGURED,
    ),
    501481: Entry(
        "The sign-in that came back is not the one that was begun here.",
        Actor.DESK_ADMIN,
        "Press Authorize again, in one browser window.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    65001: Entry(
        "The application has no consent for the permissions that Postdesk needs: it was never "
        "given, was withdrawn, or a permission is new.",
        Actor.SIGNED_IN,
        "Press Authorize and accept the permissions. Where only administrators may consent, have "
        "one grant admin consent in Entra first.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    65004: Entry(
        "The permissions were declined on Microsoft's page.",
        Actor.SIGNED_IN,
        "Press Authorize again and choose Accept.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    65005: _REGISTRATION,
    650053: _REGISTRATION,
    650056: _REGISTRATION,
    650057: _REGISTRATION,
    70000: Entry(
        "The stored sign-in is damaged, or covers fewer permissions than are needed now.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    70001: _WRONG_APPLICATION,
    700016: _WRONG_APPLICATION,
    7000112: Entry(
        "The application is disabled in the tenant.",
        Actor.MICROSOFT_ADMIN,
        "Enable it in Entra under Enterprise applications, Properties, Enabled for users to "
        "sign-in.",
        Button.AUTHORIZE,
        Outcome.MISCONFIGURED,
    ),
    700025: Entry(
        "The application is registered as a public client, which has no secret.",
        Actor.MICROSOFT_ADMIN,
        "Register the redirect URI under the platform Web in Entra, not under Mobile and desktop.",
        Button.COPY_REDIRECT_URI,
        Outcome.MISCONFIGURED,
    ),
    70008: Entry(
        "The sign-in has expired: its code is older than ten minutes, or it was not used for long.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    700082: Entry(
        "The sign-in was not used for 90 days and has ended.",
        Actor.SIGNED_IN,
        "Press Authorize and sign in. Postdesk renews every enabled connection daily, so this "
        "does not happen again while it runs.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    700084: Entry(
        "The redirect URI is registered as a single-page application, so sign-ins end after a day.",
        Actor.MICROSOFT_ADMIN,
        "In Entra, remove it from Single-page application and add it under the platform Web; then "
        "press Authorize.",
        Button.COPY_REDIRECT_URI,
        Outcome.MISCONFIGURED,
    ),
    70011: Entry(
        "Microsoft does not know a permission that was asked for.",
        Actor.DESK_ADMIN,
        "Choose the cloud in which the tenant and the application are registered.",
        Button.EDIT_APPLICATION,
        Outcome.MISCONFIGURED,
    ),
    70043: Entry(
        "Conditional Access limits how long this account stays signed in (sign-in frequency).",
        Actor.MICROSOFT_ADMIN,
        "Exclude the account and application from the sign-in frequency policy, or this comes "
        "again after each period. Then press Authorize.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    7000215: Entry(
        "The Client Secret is wrong.",
        Actor.DESK_ADMIN,
        "Enter the secret's Value from Entra, not its Secret ID; the value is shown only once, so "
        "make a new secret if it is lost.",
        Button.EDIT_SECRET,
        Outcome.MISCONFIGURED,
    ),
    7000218: Entry(
        "Microsoft received no Client Secret.",
        Actor.DESK_ADMIN,
        "Enter the Client Secret of the application.",
        Button.EDIT_SECRET,
        Outcome.MISCONFIGURED,
    ),
    7000222: Entry(
        "The Client Secret has expired. The sign-in itself is still good.",
        Actor.MICROSOFT_ADMIN,
        "Make a new secret in Entra under Certificates & secrets and enter its Value and its date "
        "of expiry here. Authorizing again is not needed.",
        Button.EDIT_SECRET,
        Outcome.MISCONFIGURED,
    ),
    90002: Entry(
        "Microsoft does not know this tenant.",
        Actor.DESK_ADMIN,
        "Check the Tenant ID (or the verified domain) and the cloud.",
        Button.EDIT_APPLICATION,
        Outcome.MISCONFIGURED,
    ),
    90033: _PASSES,
    90006: _PASSES,
    90012: _PASSES,
    90024: _PASSES,
    50033: _PASSES,
    50087: _PASSES,
    90055: _PASSES,
    90038: _WRONG_CLOUD,
    900382: _WRONG_CLOUD,
    900432: _WRONG_CLOUD,
    90072: _FOREIGN_ACCOUNT,
    90094: _ADMIN_CONSENT,
    90095: _ADMIN_CONSENT,
    9001023: Entry(
        "Sign-ins must name the tenant.",
        Actor.DESK_ADMIN,
        "Enter the Directory (tenant) ID of the application's Overview page in Entra as Tenant ID.",
        Button.EDIT_APPLICATION,
        Outcome.MISCONFIGURED,
    ),
}

BY_ERROR: dict[str, Entry] = {
    "invalid_grant": Entry(
        "Microsoft no longer accepts the stored sign-in.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    "interaction_required": Entry(
        "Microsoft wants the person to sign in again.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    "login_required": Entry(
        "Microsoft wants the person to sign in again.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    "consent_required": Entry(
        "A permission is not consented to.",
        Actor.SIGNED_IN,
        _AGAIN,
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    "access_denied": Entry(
        "The sign-in was declined.",
        Actor.SIGNED_IN,
        "Press Authorize again and choose Accept.",
        Button.AUTHORIZE,
        Outcome.REAUTHORIZE,
    ),
    "invalid_client": Entry(
        "Microsoft does not accept the application's Client ID and Client Secret.",
        Actor.DESK_ADMIN,
        "Check the Client Secret and its date of expiry, and enter a new one if needed.",
        Button.EDIT_SECRET,
        Outcome.MISCONFIGURED,
    ),
    "unauthorized_client": Entry(
        "The application may not sign in this way in this tenant.",
        Actor.DESK_ADMIN,
        "Check Client ID and Tenant ID, and that the application is enabled in Entra.",
        Button.EDIT_APPLICATION,
        Outcome.MISCONFIGURED,
    ),
    "invalid_scope": BY_CODE[70011],
    "invalid_resource": BY_CODE[500011],
    "temporarily_unavailable": _PASSES,
    "server_error": _PASSES,
}

OTHERWISE = Entry(
    "Microsoft refused the sign-in.",
    Actor.DESK_ADMIN,
    "Compare the account's settings with the application in Entra, then press Authorize. The "
    "History of the account has Microsoft's own words.",
    Button.AUTHORIZE,
    Outcome.REAUTHORIZE,
)
