"""What Microsoft Graph's own codes mean, and its statuses where no code came."""

from postdesk.base.explanations.exchange import (
    CHANGED_MEANWHILE,
    FULL,
    NO_ACCESS,
    NO_MAILBOX,
    SENDING_LIMIT,
    TOO_LARGE,
)
from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    Outcome,
    concerns_one_mail,
    looks_after_itself,
    needs_correction,
    needs_policy,
    needs_sign_in,
    our_mistake,
    passes,
)

_TOKEN = needs_sign_in(
    "Microsoft Graph does not accept the sign-in.", "Press Authorize and sign in again."
)
_NOT_IN_THE_CLOUD = needs_correction(
    "There is no active mailbox in Exchange Online: it has no licence, was deleted, or lives on an "
    "Exchange server of your own.",
    "Give it a licence or restore it in the Microsoft 365 admin center; for a server of your own "
    "choose the account type Exchange (EWS).",
    button=Button.EDIT_ACCOUNT,
    who=Actor.MICROSOFT_ADMIN,
)
_NO_ODATA = needs_policy(
    "Exchange lets only listed programs open the mailbox, and Postdesk is not on the list.",
    "Add Postdesk/* to EwsAllowList in Exchange Online (Set-OrganizationConfig or Set-CASMailbox "
    "with -EwsAllowList), then press Test connection.",
    button=Button.TEST_CONNECTION,
)
_FORGOTTEN = looks_after_itself(
    "Microsoft has forgotten how far the mailbox was read.",
    "Nothing is to be done: Postdesk reads the folder from its beginning, and nothing twice.",
)
_BUSY = passes(
    "Microsoft limits how fast the mailbox may be read.",
    "Wait: Postdesk goes on by itself at the pace that Microsoft asks for.",
)
_PASSES = passes("Microsoft Graph has a passing fault.")
_BAD_REQUEST = our_mistake(
    "Microsoft Graph does not understand what Postdesk asked.", outcome=Outcome.NONE
)
_UNREADABLE = concerns_one_mail(
    "Microsoft Graph refused this one message.",
    "Open it in Outlook to see whether it can be read there; then try again.",
)

GRAPH: dict[str, Entry] = {
    "InvalidAuthenticationToken": _TOKEN,
    "AuthenticationError": _TOKEN,
    "AccessDenied": NO_ACCESS,
    "Authorization_RequestDenied": needs_correction(
        "The application lacks a permission.",
        "Grant the permissions that the account form lists (Entra, API permissions), then press "
        "Authorize.",
        button=Button.GRANT_CONSENT,
        who=Actor.MICROSOFT_ADMIN,
    ),
    "ErrorAccessDenied RAOP": needs_policy(
        "An application access policy of your Exchange keeps this application out of the mailbox.",
        "Add the mailbox to the scope of that policy in Exchange Online (Get-ManagementScope, or "
        "the older Get-ApplicationAccessPolicy, shows it), then press Test connection; a change "
        "takes up to an hour to work.",
        button=Button.TEST_CONNECTION,
    ),
    "ErrorAccessDenied OData": _NO_ODATA,
    "ExtensionError": _NO_ODATA,
    "MailboxNotEnabledForRESTAPI": _NOT_IN_THE_CLOUD,
    "MailboxNotSupportedForRESTAPI": _NOT_IN_THE_CLOUD,
    "ResourceNotFound": NO_MAILBOX,
    "Request_ResourceNotFound": NO_MAILBOX,
    "ErrorInvalidUser": NO_MAILBOX,
    "MailboxNotFound": NO_MAILBOX,
    "ErrorBlockedOrMissingSender": SENDING_LIMIT,
    "ErrorFolderExists": looks_after_itself(
        "The folder exists already.", "Nothing is to be done: Postdesk uses it and goes on."
    ),
    "SyncStateNotFound": _FORGOTTEN,
    "SyncStateInvalid": _FORGOTTEN,
    "resyncRequired": _FORGOTTEN,
    "RequestEntityTooLarge": TOO_LARGE,
    "ErrorInvalidIdMalformed": _UNREADABLE,
    "RequestBroker--ParseUri": _BAD_REQUEST,
    "BadRequest": _BAD_REQUEST,
    "InefficientFilter": _BAD_REQUEST,
    "ApplicationThrottled": _BUSY,
    "TooManyRequests": _BUSY,
    "activityLimitReached": _BUSY,
    "UnknownError": _PASSES,
    "serviceNotAvailable": _PASSES,
}

# Where an answer has no code that says more.
HTTP: dict[str, Entry] = {
    "HTTP 400": _UNREADABLE,
    "HTTP 401": _TOKEN,
    "HTTP 403": NO_ACCESS,
    "HTTP 404": NO_MAILBOX,
    "HTTP 409": CHANGED_MEANWHILE,
    "HTTP 410": _FORGOTTEN,
    "HTTP 412": CHANGED_MEANWHILE,
    "HTTP 413": TOO_LARGE,
    "HTTP 422": _UNREADABLE,
    "HTTP 429": _BUSY,
    "HTTP 500": _PASSES,
    "HTTP 502": _PASSES,
    "HTTP 503": _PASSES,
    "HTTP 504": _PASSES,
    "HTTP 507": FULL,
}
