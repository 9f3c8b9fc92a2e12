"""How sign-in behaves where django-allauth leaves the choice."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter

from postdesk.web.session.rights import tech_of

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """No sign-up; only active techs sign in; one sentence for every way of failing."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": (
            "The e-mail address or the password is wrong. An Administrator can set a new password "
            "at Setup > People > Techs."
        ),
        "too_many_login_attempts": (
            "Too many failed attempts for this address. Wait five minutes, then try again."
        ),
    }

    def is_open_for_signup(self, request: "HttpRequest") -> bool:  # noqa: ARG002  allauth's signature
        """Nobody signs up: Administrators add techs."""
        return False

    def add_message(
        self,
        request: "HttpRequest",
        level: int,
        message_template: str | None = None,
        *others: Any,
        **named: Any,
    ) -> None:
        """Say what django-allauth has to say, but not that somebody signed in: they see it."""
        if message_template != "account/messages/logged_in.txt":
            super().add_message(request, level, message_template, *others, **named)

    def authenticate(self, request: "HttpRequest", **credentials: Any) -> "AbstractBaseUser | None":
        """Return the person with these credentials if that is an active tech."""
        person: AbstractBaseUser | None = super().authenticate(request, **credentials)
        return person if tech_of(person) else None
