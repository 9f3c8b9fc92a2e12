"""Google's scopes that concern mail and sign-in."""

from __future__ import annotations

from postdesk_sandbox.google.errors import GoogleError

MAIL = "https://mail.google.com/"
# For domain-wide delegation only: shows all labels over IMAP.
IMAP_ADMIN = "https://www.googleapis.com/auth/gmail.imap_admin"
_API = "https://www.googleapis.com/auth/"
_SENTENCES = {
    MAIL: "Read, compose, send, and permanently delete all your email from Gmail",
    f"{_API}gmail.modify": "Read, compose, and send emails from your Gmail account",
    f"{_API}gmail.send": "Send email on your behalf",
    f"{_API}gmail.readonly": "View your email messages and settings",
    "openid": "Associate you with your personal info on Google",
    f"{_API}userinfo.email": "See your primary Google Account email address",
    f"{_API}userinfo.profile": "See your personal info, including any personal info you've made "
    "publicly available",
}  # fmt: skip
_SHORT = {"email": f"{_API}userinfo.email", "profile": f"{_API}userinfo.profile"}
_SIGN_IN = ("openid", f"{_API}userinfo.email", f"{_API}userinfo.profile")
# What opens IMAP, POP and SMTP.
OPENS = {"imap": (MAIL, IMAP_ADMIN), "pop": (MAIL,), "smtp": (MAIL,)}
_DELEGABLE = (*_SENTENCES, IMAP_ADMIN)


def read_scopes(text: str) -> tuple[str, ...]:
    """Return the full names of what a client asks a person for. Raises GoogleError."""
    asked = tuple(dict.fromkeys(_SHORT.get(one, one) for one in text.split()))
    if not asked:
        raise GoogleError("invalid_request", "Missing required parameter: scope")
    if wrong := [one for one in asked if one not in _SENTENCES]:
        valid = [one for one in asked if one in _SENTENCES]
        raise GoogleError(
            "invalid_scope",
            "Some requested scopes were invalid. "
            f"{{valid=[{', '.join(valid)}], invalid=[{', '.join(wrong)}]}}",
        )
    return asked


def is_delegable(scope: str) -> bool:
    """Say whether a service account can be given this scope."""
    return scope in _DELEGABLE


def is_sign_in(scope: str) -> bool:
    """Say whether a scope only tells who somebody is; it cannot be unticked."""
    return scope in _SIGN_IN


def is_gmail(scope: str) -> bool:
    """Say whether a scope reaches mail: a new password ends tokens that hold one."""
    return scope == MAIL or scope.startswith(f"{_API}gmail.")


def sentence_for(scope: str) -> str:
    """Return what the consent page says."""
    return _SENTENCES[scope]
