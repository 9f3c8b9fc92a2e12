"""What OAuth's own errors mean (RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5).

They answer for providers without codes of their own, and for codes that no table lists.
"""

from postdesk.base.explanations.entra_person import AGAIN
from postdesk.base.explanations.words import (
    Actor,
    Button,
    Entry,
    needs_correction,
    needs_sign_in,
    our_mistake,
    passes,
)

_SIGN_IN_AGAIN = needs_sign_in("The provider wants the person to sign in again.", AGAIN)
_PASSES = passes("The provider's sign-in service has a passing fault.")

BY_ERROR: dict[str, Entry] = {
    "invalid_grant": needs_sign_in("The provider no longer accepts the stored sign-in.", AGAIN),
    "interaction_required": _SIGN_IN_AGAIN,
    "login_required": _SIGN_IN_AGAIN,
    "invalid_token": _SIGN_IN_AGAIN,
    "consent_required": needs_sign_in("A permission is not consented to.", AGAIN),
    "insufficient_scope": needs_sign_in(
        "The sign-in covers fewer permissions than are needed now.", AGAIN
    ),
    "access_denied": needs_sign_in(
        "The sign-in was declined.", "Press Authorize again and choose Accept."
    ),
    "invalid_client": needs_correction(
        "The provider does not accept the application's Client ID and Client Secret.",
        "Check the Client Secret and its date of expiry in the account form, and enter a new one "
        "if needed.",
        button=Button.EDIT_SECRET,
    ),
    "unauthorized_client": needs_correction(
        "The application may not sign in this way.",
        "Check Client ID and Tenant ID in the account form, and that the application is enabled "
        "at the provider (Entra: Enterprise applications, Properties).",
        button=Button.EDIT_APPLICATION,
    ),
    "invalid_scope": needs_correction(
        "The provider does not know a permission that was asked for.",
        "Check the cloud, or the typed scopes, in the account form.",
        button=Button.EDIT_APPLICATION,
    ),
    "invalid_resource": needs_correction(
        "The provider has no mail service under the address that was asked for.",
        "Check the cloud in the account form, and that the organisation has Exchange Online.",
        button=Button.EDIT_APPLICATION,
    ),
    "invalid_request": needs_correction(
        "The provider does not understand the request.",
        "Compare Client ID, addresses and scopes in the account form with the registration at the "
        "provider.",
        button=Button.EDIT_APPLICATION,
    ),
    "redirect_uri_mismatch": needs_correction(
        "The redirect URI of this Postdesk is not registered for the application.",
        "Copy the redirect URI from the account form and add it to the application at the "
        "provider, exactly as it stands.",
        button=Button.COPY_REDIRECT_URI,
        who=Actor.DESK_ADMIN,
    ),
    "unsupported_grant_type": our_mistake("The provider offers no sign-in of this kind."),
    "unsupported_response_type": our_mistake("The provider gives no answer of this kind."),
    "authorization_pending": passes(
        "Nobody has typed the code on the provider's page yet.",
        "Type the code on the provider's page; Postdesk waits for it and goes on by itself.",
    ),
    "slow_down": passes("The provider wants to be asked less often."),
    "expired_token": needs_sign_in(
        "The code was not typed on the provider's page in time.",
        "Press Authorize again and type the new code.",
    ),
    "temporarily_unavailable": _PASSES,
    "server_error": _PASSES,
}

OTHERWISE = needs_sign_in(
    "The provider refused, for a reason that Postdesk does not know.",
    "Compare the account's settings with the application at the provider, then press Authorize. "
    "The History of the account has the provider's own words.",
    who=Actor.DESK_ADMIN,
)
