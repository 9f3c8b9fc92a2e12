"""What SMTP refusals mean: the reply, its enhanced status (RFC 3463), and a mark within.

A row holds for ``SMTP 535 5.7.139``, and ``SMTP 5.7.705`` for any reply with that status. The mark
behind a code is a name that the server writes into its text (``SendAsDenied``), or ``password``
for the words where Postdesk signs in by user name and password. The rows ``4yz`` and ``5yz``
(RFC 5321 section 4.2.1) are for all other replies.
"""

from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    concerns_one_mail,
    looks_after_itself,
    needs_correction,
    needs_policy,
    needs_sign_in,
    passes,
)

_USE_GRAPH = (
    "Choose the account type Microsoft 365 (Graph) for this outgoing account: it needs no password."
)
_SMTP_AUTH = (
    "Let an administrator switch on Authenticated SMTP for the mailbox: Set-CASMailbox with "
    "SmtpClientAuthenticationDisabled $false. Or choose the account type Microsoft 365 (Graph)."
)
_ENCRYPT = "Choose STARTTLS (mostly port 587) or TLS (port 465) in the account."
_APP_PASSWORD = needs_correction(
    "The server wants an app password or a sign-in in the browser.",
    "Make an app password in the security settings of the mailbox and enter it in the account.",
    button=Button.EDIT_ACCOUNT,
)
_ENCRYPTED_ONLY = needs_correction(
    "The server takes mail on encrypted lines only.", _ENCRYPT, button=Button.EDIT_ACCOUNT
)
_SEND_AS = needs_correction(
    "The signed-in account may not send with this sender address.",
    "Use the mailbox's own address, or give the account Send As on it in the Exchange admin "
    "center: Add-RecipientPermission with -AccessRights SendAs.",
    button=Button.EDIT_ACCOUNT,
    who=Actor.MICROSOFT_ADMIN,
)
_BLOCKED = needs_policy(
    "Microsoft has blocked sending from this account or organisation after suspicious mail.",
    "Let an administrator look at Restricted entities in the Microsoft Defender portal.",
    button=Button.TEST_CONNECTION,
)
_FULL = needs_correction(
    "The sending mailbox is full, so it cannot send.",
    "Empty it or raise its quota in the Exchange admin center.",
    button=Button.TEST_CONNECTION,
    who=Actor.MICROSOFT_ADMIN,
)
_NO_PASSWORDS = needs_policy(
    "Microsoft 365 no longer takes passwords for sending by SMTP.",
    _USE_GRAPH,
    button=Button.EDIT_ACCOUNT,
    who=Actor.DESK_ADMIN,
)
_SWITCHED_OFF = needs_policy(
    "Sending by SMTP is switched off for this mailbox or tenant.",
    _USE_GRAPH + " Or let an administrator switch on Authenticated SMTP for the mailbox.",
    button=Button.EDIT_ACCOUNT,
)
_DAY_IS_FULL = passes(
    "The mailbox has sent as much as the server allows for a day.",
    "Wait: Postdesk sends the rest when the limit allows it again.",
)
_RECIPIENT = concerns_one_mail(
    "The server knows no such recipient.",
    "Correct the recipients on the ticket, then press Send again.",
)
_BUSY = passes("The server has too many lines open at once.")
_PASSES = passes("The server has a passing fault.")

SIGNING_IN: dict[str, Entry] = {
    "SMTP 535": needs_sign_in(
        "The server does not accept the sign-in for this mailbox.",
        "Check that whoever signed in may send as this mailbox and that sending by SMTP is allowed "
        "for it; then press Re-Authorize.",
    ),
    "SMTP 535 password": needs_correction(
        "The server does not accept user name and password.",
        "Enter them again in the account. Accounts with a second factor mostly need a separate app "
        "password.",
        button=Button.EDIT_ACCOUNT,
    ),
    "SMTP 535 5.7.3": needs_correction(
        "Microsoft 365 does not accept the sign-in for this mailbox.",
        "Whoever signed in needs Send As on it, and the permission SMTP.Send. " + _SMTP_AUTH,
        button=Button.AUTHORIZE,
        who=Actor.MICROSOFT_ADMIN,
    ),
    "SMTP 535 5.7.139": needs_policy(
        "Sending by SMTP is switched off for this mailbox or tenant, or policy forbids it.",
        _SMTP_AUTH,
        button=Button.EDIT_ACCOUNT,
    ),
    "SMTP 535 5.7.139 password": needs_policy(
        "Microsoft 365 refuses this sign-in by password: it is wrong, or policy forbids it.",
        _USE_GRAPH,
        button=Button.EDIT_ACCOUNT,
        who=Actor.DESK_ADMIN,
    ),
    "SMTP 535 5.7.139 SmtpClientAuthentication": _SWITCHED_OFF,
    "SMTP 550 5.7.30": _NO_PASSWORDS,
    "SMTP 534 5.7.9": _APP_PASSWORD,
    "SMTP 534 5.7.14": _APP_PASSWORD,
    "SMTP 504 5.5.4": needs_correction(
        "The server offers no sign-in by OAuth on this line.",
        "Choose STARTTLS or TLS in the account. A server that knows no OAuth needs user name and "
        "password.",
        button=Button.EDIT_ACCOUNT,
    ),
    "SMTP 504 5.5.4 password": needs_correction(
        "The server offers no sign-in by password on this line.",
        "Choose STARTTLS or TLS in the account, or leave the user name empty if the server needs "
        "none.",
        button=Button.EDIT_ACCOUNT,
    ),
    "SMTP 530": needs_correction(
        "The server takes mail after signing in only.",
        "Enter user name and password in the account, or choose sign-in by OAuth.",
        button=Button.EDIT_ACCOUNT,
    ),
    "SMTP 530 STARTTLS": _ENCRYPTED_ONLY,
    "SMTP 538": needs_correction(
        "The server takes passwords on encrypted lines only.", _ENCRYPT, button=Button.EDIT_ACCOUNT
    ),
    "SMTP 454 4.7.0": passes("The server cannot check sign-ins just now."),
}

SENDING: dict[str, Entry] = {
    "SMTP 550 5.7.60": _SEND_AS,
    "SMTP 554 5.2.252": _SEND_AS,
    "SMTP SendAsDenied": _SEND_AS,
    "SMTP 550 5.1.8": _BLOCKED,
    "SMTP 5.7.705": _BLOCKED,
    "SMTP 5.7.708": _BLOCKED,
    "SMTP 5.7.750": _BLOCKED,
    "SMTP 554 5.2.2 QuotaExceeded": _FULL,
    "SMTP 554 QuotaExceeded": _FULL,
    "SMTP 5.2.2": concerns_one_mail(
        "A mailbox is full: the recipient's, or the one that sends.",
        "Read the server's words at the mail to see which, let it be emptied, then press Send "
        "again.",
    ),
    "SMTP SubmissionQuotaExceeded": _DAY_IS_FULL,
    "SMTP 550 5.4.5": _DAY_IS_FULL,
    "SMTP 554 5.2.0 MapiExceptionDuplicateDelivery": looks_after_itself(
        "The server has this mail already.",
        "Nothing is to be done: it lies in Sent Items of the mailbox.",
    ),
    "SMTP 432 4.3.2": _BUSY,
    "SMTP 421 4.3.2": _BUSY,
    "SMTP 451 4.7.0": _PASSES,
    "SMTP 451 4.7.500": passes("The server takes mail from this address at a slower pace."),
    "SMTP 450 4.7.1": passes("The server wants to see the same mail once more (greylisting)."),
    "SMTP 450 4.2.1": passes("The recipient's mailbox is busy."),
    "SMTP 421": passes("The server closed the line."),
    "SMTP 452 4.2.2": passes("The recipient's mailbox is full."),
    "SMTP 550 5.1.1": _RECIPIENT,
    "SMTP 550 5.1.10": _RECIPIENT,
    "SMTP 552 5.3.4": concerns_one_mail(
        "The mail is larger than the server takes.",
        "Send it again with smaller or fewer attachments.",
    ),
    "SMTP 550 5.7.1": concerns_one_mail(
        "The server refuses this mail by one of its rules.",
        "Read the server's words at the mail, correct it, then press Send again. If every mail "
        "fails so, ask whoever runs the server to allow this desk's address.",
    ),
    "SMTP 4yz": passes("The server put the mail off."),
    "SMTP 5yz": concerns_one_mail(
        "The server refused the mail.",
        "Check the recipients and the size, then press Send again.",
    ),
}

SMTP: dict[str, Entry] = {**SIGNING_IN, **SENDING}
