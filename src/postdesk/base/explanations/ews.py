"""What EWS's own response codes and HTTP answers mean; those of Graph too are in exchange.py."""

from postdesk.base.explanations.exchange import (
    BUSY,
    CHANGED_MEANWHILE,
    DAMAGED_MAIL,
    FOLDER_GONE,
    NO_MAILBOX,
    PASSES,
    RECIPIENTS,
)
from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    Outcome,
    looks_after_itself,
    needs_correction,
    needs_policy,
    needs_sign_in,
    our_mistake,
    passes,
)

_FORGOTTEN = looks_after_itself(
    "Exchange has forgotten how far the folder was read.",
    "Nothing is to be done: Postdesk reads the folder from its beginning, and nothing twice.",
)
_WATCH_LOST = looks_after_itself(
    "Exchange has stopped telling about new mail.",
    "Nothing is to be done: Postdesk asks for it anew and looks what came meanwhile.",
)
_UNREADABLE = Entry(
    "Exchange cannot give this one message as it was received: it is damaged, or holds a virus.",
    Actor.DESK_ADMIN,
    "Open it in Outlook. What can be read of it is in the ticket; the message itself stays in the "
    "mailbox.",
    Button.NONE,
    Outcome.NONE,
)
_NO_IMPERSONATION = needs_correction(
    "The application may not open mailboxes of others by EWS.",
    "Give it the role Application EWS.AccessAsApp on this mailbox in Exchange Online "
    "(New-ManagementRoleAssignment -App); on a server of your own, ApplicationImpersonation. "
    "Then press Test connection.",
    button=Button.TEST_CONNECTION,
    who=Actor.MICROSOFT_ADMIN,
)
_NO_PASSWORDS = needs_policy(
    "Exchange no longer takes passwords on this way in.",
    "Choose OAuth 2.0 as Authentication Mode in the account, then press Authorize.",
    who=Actor.DESK_ADMIN,
)
_BAD_REQUEST = our_mistake("Exchange does not understand what Postdesk asked.")

EWS: dict[str, Entry] = {
    "ErrorImpersonateUserDenied": _NO_IMPERSONATION,
    "ErrorImpersonationFailed": _NO_IMPERSONATION,
    "ErrorNonExistentMailbox": NO_MAILBOX,
    "ErrorMissingEmailAddress": needs_correction(
        "Whoever signed in has no mailbox, and none was named.",
        "Enter the mailbox's own address as E-Mail Address in the account.",
        button=Button.EDIT_ACCOUNT,
    ),
    "ErrorStaleObject": CHANGED_MEANWHILE,
    "ErrorInvalidChangeKey": CHANGED_MEANWHILE,
    "ErrorChangeKeyRequired": CHANGED_MEANWHILE,
    "ErrorChangeKeyRequiredForWriteOperations": CHANGED_MEANWHILE,
    "ErrorExceededConnectionCount": BUSY,
    "ErrorExceededSubscriptionCount": BUSY,
    "ErrorExceededFindCountLimit": BUSY,
    "ErrorConnectionFailed": PASSES,
    "ErrorADUnavailable": PASSES,
    "ErrorBatchProcessingStopped": PASSES,
    "ErrorNotEnoughMemory": PASSES,
    "ErrorTooManyObjectsOpened": PASSES,
    "ErrorMissingRecipients": RECIPIENTS,
    "ErrorInvalidSmtpAddress": RECIPIENTS,
    "ErrorMimeContentInvalid": DAMAGED_MAIL,
    "ErrorInvalidLicense": needs_correction(
        "The mailbox has no licence that lets programs open it.",
        "Assign an Exchange Online licence to it in the Microsoft 365 admin center, then press "
        "Test connection.",
        button=Button.TEST_CONNECTION,
        who=Actor.MICROSOFT_ADMIN,
    ),
    "ErrorSyncFolderNotFound": FOLDER_GONE,
    "ErrorInvalidSyncStateData": _FORGOTTEN,
    "ErrorMimeContentConversionFailed": _UNREADABLE,
    "ErrorContentConversionFailed": _UNREADABLE,
    "ErrorUnsupportedMimeConversion": _UNREADABLE,
    "ErrorCorruptData": _UNREADABLE,
    "ErrorVirusDetected": _UNREADABLE,
    "ErrorVirusMessageDeleted": _UNREADABLE,
    "ErrorInvalidSubscription": _WATCH_LOST,
    "ErrorSubscriptionNotFound": _WATCH_LOST,
    "ErrorReadEventsFailed": _WATCH_LOST,
    "ErrorInvalidWatermark": _WATCH_LOST,
    "ErrorMissedNotificationEvents": _WATCH_LOST,
    "ErrorProxyRequestNotAllowed": _WATCH_LOST,
    "ErrorInvalidServerVersion": _BAD_REQUEST,
    "ErrorSchemaValidation": _BAD_REQUEST,
    "ErrorPasswordExpired": needs_sign_in(
        "The password of the account has expired.",
        "Set a new password for it; then press Authorize, or enter it in the account where "
        "Postdesk signs in by password.",
    ),
}

# Answers that are no EWS at all: Exchange says these by the status alone.
EWS_ANSWERS: dict[str, Entry] = {
    "EWS 302": passes("Exchange sent Postdesk to its page of errors."),
    "EWS 401": needs_sign_in(
        "Exchange does not accept the sign-in.",
        "Press Authorize and sign in again; on a server of your own check user name and password "
        "in the account.",
    ),
    "EWS 403": needs_policy(
        "Your Exchange keeps EWS shut: for the organisation, for this application, for this "
        "mailbox, or because its licence (F1, F3, Kiosk) has no EWS.",
        "Choose the account type Microsoft 365 (Graph). Or let an administrator run "
        "Set-OrganizationConfig -EwsEnabled:$true, add the Client ID to -EwsAllowedAppIDs (which "
        "replaces the list: read it first) and Set-CASMailbox -EwsEnabled:$true; it takes hours to "
        "work. Exchange Online ends EWS for everybody on 1 April 2027.",
        button=Button.EDIT_ACCOUNT,
    ),
    "EWS 440": _NO_PASSWORDS,
    "EWS 456": _NO_PASSWORDS,
    "EWS X-CasErrorCode": passes(
        "A front server of Exchange could not reach the mailbox.",
        "Wait: Postdesk tries again by itself. If it stays, check the E-Mail Address in the "
        "account.",
    ),
    "EWS 503": BUSY,
}
