"""What IMAP's response codes (RFC 5530, RFC 3501, Gmail's own) and POP's (RFC 3206) mean.

``IMAP AUTHENTICATE`` and ``POP AUTH`` stand for a refused sign-in without a code, as Exchange
Online gives it; ``IMAP NOTCONNECTED`` for its BAD after a sign-in that succeeded, and ``IMAP
NOOAUTH`` for a server without that offer.
"""

from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    looks_after_itself,
    needs_correction,
    needs_policy,
    needs_sign_in,
    our_mistake,
    passes,
)

_REFUSED = needs_sign_in(
    "The mail server does not accept the sign-in for this mailbox.",
    "Press Re-Authorize and sign in as somebody who may open the mailbox (Full Access in the "
    "Exchange admin center). Where the account signs in by password, enter it again; accounts with "
    "a second factor mostly need an app password.",
)
_PASSES = passes("The mail server has a passing fault.")
_BUSY = passes(
    "Too many programs have the mailbox open at once.",
    "Wait: Postdesk tries again by itself. If it stays, close other programs that read the mailbox "
    "by IMAP or POP.",
)
_FULL = needs_correction(
    "The mailbox is full.",
    "Empty it or let its quota be raised; then press Test connection.",
    button=Button.TEST_CONNECTION,
    who=Actor.SERVER_ADMIN,
)
_FOLDER = needs_correction(
    "The folder that the account names does not exist.",
    "Check the name of the folder in the account.",
    button=Button.EDIT_ACCOUNT,
)
_ASK_SERVER_ADMIN = needs_policy(
    "The mail server refuses until its administrator does something.",
    "Ask whoever runs the mail server; its own words are in the account's History. Then press Test "
    "connection.",
    button=Button.TEST_CONNECTION,
    who=Actor.SERVER_ADMIN,
)
_NOTHING_LOST = "Nothing is to be done: Postdesk reads the folder again and goes on by itself."

IMAP: dict[str, Entry] = {
    "IMAP AUTHENTICATE": _REFUSED,
    "IMAP AUTHENTICATIONFAILED": _REFUSED,
    "IMAP AUTHENTICATIONFAILED password": needs_correction(
        "The server does not accept user name and password.",
        "Enter them again in the account. Accounts with a second factor mostly need a separate app "
        "password.",
        button=Button.EDIT_ACCOUNT,
    ),
    "IMAP NOTCONNECTED": needs_correction(
        "The sign-in was accepted, but the mailbox does not open: the person has no Full Access, "
        "IMAP is switched off for it, the application is not registered in Exchange, or too many "
        "lines are open.",
        "Give Full Access in the Exchange admin center and switch IMAP on (Set-CASMailbox with "
        "-ImapEnabled $true); for an application run New-ServicePrincipal and "
        "Add-MailboxPermission. Then press Test connection.",
        button=Button.TEST_CONNECTION,
        who=Actor.MICROSOFT_ADMIN,
    )._replace(waiting_helps=True),
    "IMAP AUTHORIZATIONFAILED": needs_correction(
        "Whoever signed in may not open this mailbox.",
        "Give that account full access to the mailbox, or press Authorize and sign in as the "
        "mailbox itself.",
        button=Button.AUTHORIZE,
        who=Actor.SERVER_ADMIN,
    ),
    "IMAP EXPIRED": needs_sign_in(
        "The sign-in or the password has expired.",
        "Press Re-Authorize. Where a password signs in, set a new one at the mail server and enter "
        "it in the account.",
    ),
    "IMAP WEBALERT": needs_sign_in(
        "Google wants the person to sign in at its web site first.",
        "Let that person sign in at Gmail in a browser and confirm that it was they; then press "
        "Test connection.",
    ),
    "IMAP PRIVACYREQUIRED": needs_correction(
        "The server takes sign-ins on encrypted lines only.",
        "Choose TLS (port 993) or STARTTLS (port 143) in the account.",
        button=Button.EDIT_ACCOUNT,
    ),
    "IMAP CONTACTADMIN": _ASK_SERVER_ADMIN,
    "IMAP NOPERM": needs_correction(
        "The signed-in account may not do this in the folder.",
        "Give it the right to read, mark and move mail there; then press Test connection.",
        button=Button.TEST_CONNECTION,
        who=Actor.SERVER_ADMIN,
    ),
    "IMAP OVERQUOTA": _FULL,
    "IMAP LIMIT": _BUSY,
    "IMAP ALERT": needs_correction(
        "The mail server has a message for the owner of the mailbox: it wants an app password or a "
        "sign-in in a browser, or IMAP is switched off.",
        "Read the server's words in the account's History. Make an app password in the security "
        "settings of the mailbox and enter it in the account, sign in once in a browser, or let "
        "IMAP be switched on; then press Test connection.",
        button=Button.TEST_CONNECTION,
        who=Actor.SIGNED_IN,
    ),
    "IMAP THROTTLED": passes("The mail server limits how fast the mailbox may be read."),
    "IMAP INUSE": passes("Another program holds the folder locked."),
    "IMAP UNAVAILABLE": _PASSES,
    "IMAP SERVERBUG": _PASSES,
    "IMAP BYE": passes("The mail server closed the line."),
    "IMAP CORRUPTION": needs_correction(
        "The mail server says that the mailbox is damaged.",
        "Let whoever runs the mail server repair it; then press Test connection.",
        button=Button.TEST_CONNECTION,
        who=Actor.SERVER_ADMIN,
    ),
    "IMAP CLIENTBUG": our_mistake("The mail server does not understand what Postdesk asked."),
    "IMAP CANNOT": needs_correction(
        "The server cannot take this password.",
        "Set one of plain letters, digits and marks for the mailbox, and enter it in the account.",
        button=Button.EDIT_ACCOUNT,
    ),
    "IMAP NOOAUTH": needs_correction(
        "The server offers no sign-in by OAuth on this line.",
        "Choose TLS or STARTTLS in the account. A server that knows no OAuth needs user name and "
        "password.",
        button=Button.EDIT_ACCOUNT,
    ),
    "IMAP READ-ONLY": needs_correction(
        "The server lets the mailbox be read only.",
        "Give the sign-in full access to the mailbox, or choose Leave as it is as After "
        "processing in the account.",
        button=Button.EDIT_ACCOUNT,
        who=Actor.SERVER_ADMIN,
    ),
    "IMAP NONEXISTENT": _FOLDER,
    "IMAP TRYCREATE": _FOLDER,
    "IMAP ALREADYEXISTS": looks_after_itself(
        "The folder exists already.", "Nothing is to be done: Postdesk uses it and goes on."
    ),
    "IMAP EXPUNGEISSUED": looks_after_itself(
        "A message was deleted by somebody at the same moment.", _NOTHING_LOST
    ),
    "IMAP UIDVALIDITY": looks_after_itself(
        "The mail server has numbered the folder anew.",
        "Nothing is to be done: Postdesk reads the folder from its beginning, and nothing twice.",
    ),
    "IMAP UNKNOWN-CTE": looks_after_itself(
        "The mail server cannot decode this one message.",
        "Nothing is to be done: Postdesk takes it undecoded.",
    ),
}

POP: dict[str, Entry] = {
    "POP AUTH": _REFUSED,
    "POP IN-USE": passes("Another program has the mailbox open by POP."),
    "POP LOGIN-DELAY": passes("The mail server wants to be asked less often."),
    "POP SYS/TEMP": _PASSES,
    "POP SYS/PERM": _ASK_SERVER_ADMIN,
}
