"""AADSTS codes about the person who signed in: mostly somebody must sign in once more."""

from postdesk.base.explanations.words import Actor, Entry, needs_sign_in

AGAIN = "Press Authorize (or Re-Authorize), sign in and accept the permissions."

_MFA = needs_sign_in(
    "Microsoft now asks for a second factor that this sign-in did not have.",
    "Press Authorize and sign in with the second factor; the connection keeps it from then on.",
)
_MFA_TO_SET_UP = needs_sign_in(
    "The account must set up a second factor before it may sign in.",
    "Press Authorize and follow Microsoft's pages, which set the second factor up; the connection "
    "keeps it from then on.",
)
_MFA_TOO_OLD = needs_sign_in(
    "The second factor of this sign-in is older than your organisation allows.",
    "Press Authorize and confirm it anew. Where this comes again and again, let an administrator "
    "exclude the account from that rule in Entra, or connect as an application.",
)
_PASSWORD = needs_sign_in(
    "The password of the connected account has expired.",
    "Set a new password at Microsoft, then press Authorize.",
)
_PASSWORD_CHANGED = needs_sign_in(
    "The sign-in ended because the account's password has expired or was changed.",
    "Press Authorize and sign in with the present password.",
)
_FOREIGN_ACCOUNT = needs_sign_in(
    "The account that signed in does not belong to this tenant.",
    "Press Authorize and pick an account of your organisation, not a personal or guest account.",
)

PERSON: dict[int, Entry] = {
    16000: _FOREIGN_ACCOUNT,
    50020: _FOREIGN_ACCOUNT,
    90072: _FOREIGN_ACCOUNT,
    50034: needs_sign_in(
        "The account does not exist in this tenant (any more).",
        "Check the Tenant ID and whether the account was deleted; then press Authorize with one "
        "that exists.",
        who=Actor.MICROSOFT_ADMIN,
    ),
    50053: needs_sign_in(
        "The account is locked after too many sign-ins, or its sign-in is blocked as risky.",
        "Wait half an hour or unblock the account in Entra under Identity Protection, Risky "
        "users; then press Authorize.",
        who=Actor.MICROSOFT_ADMIN,
    )._replace(waiting_helps=True),
    50055: _PASSWORD,
    50144: _PASSWORD,
    50057: needs_sign_in(
        "The account is disabled.",
        "Enable it in Entra. The own account of a shared mailbox is disabled by design: press "
        "Authorize and sign in as a person who has access to the mailbox.",
        who=Actor.MICROSOFT_ADMIN,
    ),
    50058: needs_sign_in(
        "Microsoft found nobody signed in who could answer for this account.",
        "Press Authorize and sign in.",
    ),
    50072: _MFA_TO_SET_UP,
    50079: _MFA_TO_SET_UP,
    50074: _MFA,
    50076: _MFA,
    50078: _MFA_TOO_OLD,
    50089: needs_sign_in(
        "The sign-in took too long.",
        "Press Authorize again and finish within ten minutes.",
    ),
    50126: needs_sign_in(
        "User name or password was wrong.",
        "Press Authorize and sign in on Microsoft's page; Postdesk itself never takes a password "
        "of Microsoft 365.",
    ),
    50132: _PASSWORD_CHANGED,
    50133: _PASSWORD_CHANGED,
    50173: needs_sign_in(
        "The sign-in was revoked: an administrator ended the account's sessions, or its password "
        "was reset.",
        AGAIN,
    ),
    54005: needs_sign_in(
        "The sign-in came back twice, and its one-time code was used already.",
        "If the account shows Authorized, all is well; otherwise press Authorize again.",
        who=Actor.DESK_ADMIN,
    ),
    500112: needs_sign_in(
        "The sign-in came back to another address than the one it was begun from.",
        "Press Authorize again and do not change the desk's public URL until you are back.",
        who=Actor.DESK_ADMIN,
    ),
    501481: needs_sign_in(
        "The sign-in that came back is not the one that was begun here.",
        "Press Authorize again, in one browser window.",
        who=Actor.DESK_ADMIN,
    ),
    65001: needs_sign_in(
        "The application has no consent for the permissions that Postdesk needs: it was never "
        "given, was withdrawn, or a permission is new.",
        "Press Authorize and accept the permissions. Where only administrators may consent, have "
        "one grant admin consent in Entra first.",
    ),
    65004: needs_sign_in(
        "The permissions were declined on Microsoft's page.",
        "Press Authorize again and choose Accept.",
    ),
    70000: needs_sign_in(
        "The stored sign-in is damaged, or covers fewer permissions than are needed now.",
        AGAIN,
    ),
    700005: needs_sign_in(
        "The sign-in was made in another tenant than the one it was meant for.",
        "Check the Tenant ID in the account, then press Authorize and pick an account of that "
        "tenant.",
        who=Actor.DESK_ADMIN,
    ),
    70008: needs_sign_in(
        "The sign-in has expired: its code is older than ten minutes, or it was not used for long.",
        AGAIN,
    ),
    700082: needs_sign_in(
        "The sign-in was not used for 90 days and has ended.",
        "Press Authorize and sign in. Postdesk renews every enabled connection daily, so this "
        "does not happen again while it runs.",
    ),
    70018: needs_sign_in(
        "The code that was typed on Microsoft's page is not the one shown here.",
        "Press Authorize again and type the new code exactly as it is shown.",
    ),
    70019: needs_sign_in(
        "The code was not typed on Microsoft's page in time.",
        "Press Authorize again and type the new code within a quarter of an hour.",
    ),
    70043: needs_sign_in(
        "Conditional Access limits how long this account stays signed in (sign-in frequency).",
        "Exclude the account and application from the sign-in frequency policy in Entra, or "
        "connect as an application; otherwise this comes again after each period. Then press "
        "Authorize.",
        who=Actor.MICROSOFT_ADMIN,
    ),
    9002313: needs_sign_in(
        "The stored sign-in, or what was typed, arrived at Microsoft incomplete.",
        "Press Authorize again. If it stays, paste the Client ID and Client Secret anew.",
        who=Actor.DESK_ADMIN,
    ),
}
