"""What Google's errors mean: of its OAuth (developers.google.com), its pages and the Gmail API."""

from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    needs_correction,
    needs_policy,
    needs_sign_in,
    passes,
)

_CREDENTIALS = "Google Cloud console, APIs & Services, Credentials"
_DISABLED = needs_correction(
    "The OAuth client was deleted or disabled at Google.",
    f"Make a new one ({_CREDENTIALS}), enter its Client ID and Client Secret in the account form "
    "and press Authorize.",
    button=Button.EDIT_APPLICATION,
)
_SESSION_CONTROL = needs_policy(
    "Your Google Workspace wants people to sign in again after some hours (session control).",
    "Exempt the application in the Google Admin console (Security, Google Cloud session control, "
    "Exempt trusted apps), or connect by a service account; then press Authorize.",
    who=Actor.GOOGLE_ADMIN,
)
_BUSY = passes(
    "Google limits how fast the mailbox may be read.",
    "Wait: Postdesk goes on by itself at a slower pace.",
)

GOOGLE: dict[str, Entry] = {
    "Google invalid_grant": needs_sign_in(
        "Google no longer accepts the stored sign-in: it was withdrawn, the password was changed, "
        "it was not used for six months, or the application is still in Testing, where Google ends "
        "sign-ins after seven days.",
        "Press Authorize and sign in. If it comes back after a week, set the user type to Internal "
        "or publish the application (Google Cloud console, OAuth consent screen).",
    ),
    "Google service account invalid_grant": needs_correction(
        "Google does not accept the service account's key, or does not know the mailbox.",
        "Check the mailbox's address, and that service account and key are enabled (Google Cloud "
        "console, IAM & Admin, Service Accounts, Keys); upload a new key in the account form if "
        "they are not. A clock that is wrong by some minutes does the same.",
        button=Button.EDIT_APPLICATION,
    ),
    "Google invalid_client": needs_correction(
        "Google does not accept the Client ID and Client Secret.",
        f"Compare both with the OAuth client ({_CREDENTIALS}) and enter them again in the account "
        "form.",
        button=Button.EDIT_SECRET,
    ),
    "Google deleted_client": _DISABLED,
    "Google disabled_client": _DISABLED,
    "Google unauthorized_client": needs_correction(
        "The application or service account may not act for this mailbox.",
        "Add its Client ID with the scope https://mail.google.com/ in the Google Admin console "
        "(Security, API controls, Domain-wide delegation), then press Test connection; a change "
        "takes up to a day to work.",
        button=Button.TEST_CONNECTION,
        who=Actor.GOOGLE_ADMIN,
    ),
    "Google org_internal": needs_sign_in(
        "The application is for people of its own organisation, and another account signed in.",
        "Press Authorize and pick an account of that organisation; or set the user type to "
        "External (Google Cloud console, OAuth consent screen).",
    ),
    "Google access_denied": needs_sign_in(
        "The sign-in was declined, or the account is none of the application's test users.",
        "Press Authorize again and choose Allow. While the application is in Testing, add the "
        "account under Test users (Google Cloud console, OAuth consent screen).",
    ),
    "Google redirect_uri_mismatch": needs_correction(
        "The redirect URI of this Postdesk is not registered at Google.",
        "Copy the redirect URI from the account form and add it to the OAuth client under "
        f"Authorized redirect URIs ({_CREDENTIALS}), exactly as it stands.",
        button=Button.COPY_REDIRECT_URI,
    ),
    "Google invalid_rapt": _SESSION_CONTROL,
    "Google rapt_required": _SESSION_CONTROL,
    "Google admin_policy_enforced": needs_policy(
        "A policy of your Google Workspace keeps this application out.",
        "Trust the application in the Google Admin console (Security, API controls, App access "
        "control), then press Authorize.",
        who=Actor.GOOGLE_ADMIN,
    ),
    "Google invalid_scope": needs_correction(
        "Google does not offer a permission that was asked for.",
        "Enable the Gmail API in the Google Cloud console (APIs & Services, Library) and add the "
        "scope https://mail.google.com/ to the OAuth consent screen; then press Authorize.",
        button=Button.AUTHORIZE,
    ),
    "Google disallowed_useragent": needs_sign_in(
        "Google does not sign people in inside other programs.",
        "Open Postdesk in an ordinary browser and press Authorize there.",
    ),
    "Google insufficientPermissions": needs_sign_in(
        "The sign-in covers fewer permissions than are needed now.",
        "Press Authorize and leave all permissions ticked on Google's page.",
    ),
    "Google accessNotConfigured": needs_correction(
        "The Gmail API is switched off for the application.",
        "Enable the Gmail API in the Google Cloud console (APIs & Services, Library), then press "
        "Test connection.",
        button=Button.TEST_CONNECTION,
    ),
    "Google rateLimitExceeded": _BUSY,
    "Google userRateLimitExceeded": _BUSY,
    "Google dailyLimitExceeded": passes(
        "The application has used up what Google allows for a day.",
        "Wait until midnight Pacific time: Postdesk goes on by itself.",
    ),
}
