"""Error codes that Graph and EWS share, because both speak for Exchange (MS-OXWSCDATA 2.2.5.24)."""

from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    concerns_one_mail,
    looks_after_itself,
    needs_correction,
    passes,
)

NO_ACCESS = needs_correction(
    "The signed-in account may not open the mailbox.",
    "Give that account Full Access to the mailbox in the Exchange admin center (and Send As, to "
    "send from it), or press Authorize and sign in as the mailbox's own person. For an application "
    "add the mailbox to its scope: New-ManagementRoleAssignment -App with -CustomResourceScope. A "
    "new right takes up to an hour to work.",
    button=Button.AUTHORIZE,
    who=Actor.MICROSOFT_ADMIN,
)
FULL = needs_correction(
    "The mailbox is full; it can neither receive nor send.",
    "Empty it, or raise its quota in the Exchange admin center: Set-Mailbox with "
    "-ProhibitSendReceiveQuota.",
    button=Button.TEST_CONNECTION,
    who=Actor.MICROSOFT_ADMIN,
)
SEND_AS = needs_correction(
    "The signed-in account may not send as the mailbox.",
    "Give that account Send As on the mailbox in the Exchange admin center: "
    "Add-RecipientPermission with -AccessRights SendAs. A new right takes up to an hour to work.",
    button=Button.TEST_CONNECTION,
    who=Actor.MICROSOFT_ADMIN,
)
NO_MAILBOX = needs_correction(
    "Microsoft 365 knows no mailbox with this address.",
    "Check the E-Mail Address in the account for typing errors, and that it is a mailbox's own "
    "address, no alias and no group.",
    button=Button.EDIT_ACCOUNT,
)
FOLDER_GONE = needs_correction(
    "A folder of the mailbox is gone.",
    "Check the name of the folder in the account, or make the folder again in Outlook.",
    button=Button.EDIT_ACCOUNT,
)
TOO_LARGE = concerns_one_mail(
    "The message is larger than Microsoft 365 takes in one piece.",
    "Send it again with smaller or fewer attachments.",
)
SENDING_LIMIT = passes(
    "The mailbox has reached its sending limit.",
    "Wait: Postdesk sends the rest when the limit allows it again, within a day.",
)
BUSY = passes("Exchange is busy and asks for a slower pace.")
PASSES = passes("Exchange has a passing fault.")
CHANGED_MEANWHILE = looks_after_itself(
    "The message was changed by somebody else at the same moment.",
    "Nothing is to be done in Outlook: Postdesk reads it again and goes on by itself.",
)
RECIPIENTS = concerns_one_mail(
    "A recipient's address is wrong, or there is none.",
    "Correct the recipients on the ticket, then press Send again.",
)
DAMAGED_MAIL = concerns_one_mail(
    "The server takes the outgoing mail for damaged.",
    "Press Send again; if it fails again, write it anew without its attachments.",
)

EXCHANGE: dict[str, Entry] = {
    "ErrorAccessDenied": NO_ACCESS,
    "ErrorSendAsDenied": SEND_AS,
    "ErrorQuotaExceeded": FULL,
    "ErrorItemNotFound": looks_after_itself(
        "The message is no longer in the mailbox: deleted, or moved by somebody.",
        "Nothing is to be done: Postdesk leaves it out and goes on. Look into Deleted Items in "
        "Outlook if it is missed.",
    ),
    "ErrorFolderNotFound": FOLDER_GONE,
    "ErrorMessageSizeExceeded": TOO_LARGE,
    "ErrorInvalidRecipients": RECIPIENTS,
    "ErrorMimeContentInvalidBase64String": DAMAGED_MAIL,
    "ErrorIrresolvableConflict": CHANGED_MEANWHILE,
    "ErrorServerBusy": BUSY,
    "ErrorTimeoutExpired": PASSES,
    "ErrorInternalServerError": PASSES,
    "ErrorInternalServerTransientError": PASSES,
    "ErrorMailboxMoveInProgress": passes(
        "Microsoft is moving the mailbox to another server.",
        "Wait: Postdesk tries again by itself; a move takes up to a day.",
    ),
    "ErrorMailboxStoreUnavailable": PASSES,
    "ErrorExceededMessageLimit": SENDING_LIMIT,
    "ErrorMessageSubmissionBlocked": SENDING_LIMIT,
    "ErrorSubmissionQuotaExceeded": SENDING_LIMIT,
}
