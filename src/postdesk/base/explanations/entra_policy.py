"""AADSTS codes about what the organisation permits: an administrator must allow it first."""

from postdesk.base.explanations.words import Actor, Button, Entry, Outcome, needs_policy

_DEVICE = needs_policy(
    "Conditional Access asks for a managed device, which this server is not.",
    "Exclude this application and account from the device policy in Entra (Protection, "
    "Conditional Access), or connect as an application; then press Authorize.",
)
_ADMIN_CONSENT = Entry(
    "Your organisation lets only administrators consent to applications.",
    Actor.MICROSOFT_ADMIN,
    "Have an administrator grant consent for the application in Entra (API permissions, Grant "
    "admin consent), then press Authorize.",
    Button.GRANT_CONSENT,
    Outcome.REAUTHORIZE,
)

POLICY: dict[int, Entry] = {
    50105: needs_policy(
        "The application is limited to assigned people, and this account is not one of them.",
        "In Entra, Enterprise applications, assign the account to the application or switch off "
        "Assignment required; then press Authorize.",
    ),
    50131: _DEVICE,
    53000: _DEVICE,
    53001: _DEVICE,
    53003: needs_policy(
        "A Conditional Access policy of your organisation forbids this sign-in.",
        "Look up the failed sign-in in Entra's sign-in log to see which policy it was; exclude "
        "this account and application, or add this server's address as a trusted location. Then "
        "press Authorize.",
    ),
    530032: needs_policy(
        "A security policy of the tenant blocks this sign-in.",
        "Ask the security administrator to exclude this account and application in Entra, then "
        "press Authorize.",
    ),
    530035: needs_policy(
        "The security defaults of the tenant block this sign-in.",
        "Connect by signing in in the browser instead of by code, or replace the security "
        "defaults by Conditional Access in Entra (Overview, Properties); then press Authorize.",
    ),
    530036: needs_policy(
        "A Conditional Access policy forbids signing in by a code that is typed on another device.",
        "Choose signing in in the browser as the account's way in, or exclude this account and "
        "application from that policy in Entra (Authentication flows); then press Authorize.",
    ),
    90093: _ADMIN_CONSENT,
    90094: _ADMIN_CONSENT,
    90095: _ADMIN_CONSENT._replace(
        happened="Consent was asked of your administrators, who have not given it yet.",
        remedy="Have an administrator answer the request in Entra (Enterprise applications, Admin "
        "consent requests), then press Authorize.",
    ),
}
