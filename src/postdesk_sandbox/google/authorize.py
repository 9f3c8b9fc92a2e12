"""The authorize page: sign-in, consent, and back to the client with a code."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from postdesk_sandbox import tokens
from postdesk_sandbox.google import screens
from postdesk_sandbox.google.authorize_request import Wish, read_wish
from postdesk_sandbox.google.errors import GoogleError, SentBackError, answer_error_page
from postdesk_sandbox.google.scopes import is_gmail, is_sign_in
from postdesk_sandbox.google_grants import GoogleCode
from postdesk_sandbox.web import redirect

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.google_directory import GoogleAccount
    from postdesk_sandbox.web import Call

COOKIE = "sandbox_google"


def authorize(call: Call) -> Response:
    """Answer `/o/oauth2/v2/auth`: GET begins, POST carries a step of the sign-in."""
    try:
        wish = read_wish(call)
    except GoogleError as error:
        return answer_error_page(call, error)
    try:
        return _take_step(call, wish) if call.request.method == "POST" else _begin(call, wish)
    except SentBackError as refused:
        return _send_back(wish, {"error": refused.error})
    except GoogleError as error:
        return answer_error_page(call, error)


def _begin(call: Call, wish: Wish) -> Response:
    google = call.world.google
    automatic = google.account(google.switches.auto_sign_in)
    if automatic is not None:
        _check_access(call, wish, automatic)
        shown = "consent" in wish.prompts or bool(_missing(wish, automatic))
        return _grant(call, wish, automatic, wish.scopes, consent_shown=shown)
    signed_in = _signed_in(call)
    if "none" in wish.prompts:
        return _without_asking(call, wish, signed_in)
    if "select_account" not in wish.prompts:
        if account := _obvious(wish, signed_in):
            return _ask_or_send(call, wish, account)
        if hinted := google.account(wish.login_hint):
            return screens.ask_password(call, wish, hinted)
    return screens.choose_account(call, wish)


def _without_asking(call: Call, wish: Wish, signed_in: list[GoogleAccount]) -> Response:
    account = _obvious(wish, signed_in)
    if account is None or _missing(wish, account):
        raise SentBackError("interaction_required")
    _check_access(call, wish, account)
    return _grant(call, wish, account, wish.scopes, consent_shown=False)


def _take_step(call: Call, wish: Wish) -> Response:
    form = call.request.form
    step, address = form.get("step", ""), form.get("account", "").strip()
    if step == "cancel":
        raise SentBackError("access_denied")
    account = call.world.google.account(address)
    if account is None:
        return screens.choose_account(call, wish, unknown=address or "without a name")
    if step == "password":
        return _check_password(call, wish, account)
    if account not in _signed_in(call):
        return screens.ask_password(call, wish, account)
    if step == "account":
        return _ask_or_send(call, wish, account)
    if step == "consent":
        return _accept(call, wish, account)
    raise GoogleError("invalid_request", "Unknown step of the sign-in")


def _check_password(call: Call, wish: Wish, account: GoogleAccount) -> Response:
    if call.request.form.get("password", "") != account.password:
        return screens.ask_password(call, wish, account, wrong=True)
    grants = call.world.google.grants
    cookie = call.request.cookies.get(COOKIE, "")
    if cookie not in grants.browsers:
        cookie = tokens.new_secret()
    answer = _ask_or_send(call, wish, account)
    grants.sign_in(cookie, account.user_id)
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="Lax", path="/")
    return answer


def _ask_or_send(call: Call, wish: Wish, account: GoogleAccount) -> Response:
    _check_access(call, wish, account)
    if "consent" in wish.prompts or _missing(wish, account):
        return screens.ask_consent(call, wish, account)
    return _grant(call, wish, account, wish.scopes, consent_shown=False)


def _accept(call: Call, wish: Wish, account: GoogleAccount) -> Response:
    """Remember what was ticked and hand out a code for that; nothing ticked is a refusal."""
    _check_access(call, wish, account)
    services = [one for one in wish.scopes if not is_sign_in(one)]
    ticked = set(call.request.form.getlist("scope")) if len(services) > 1 else set(services)
    granted = tuple(one for one in wish.scopes if is_sign_in(one) or one in ticked)
    if not granted:
        raise SentBackError("access_denied")
    return _grant(call, wish, account, granted, consent_shown=True)


def _check_access(call: Call, wish: Wish, account: GoogleAccount) -> None:
    """Refuse on Google's page whom client or administrator keep out. Raises GoogleError."""
    client = wish.client
    if account.disabled:
        raise GoogleError("access_denied", "This account has been disabled.")
    if client.user_type == "internal" and not account.domain:
        raise GoogleError("org_internal")
    if client.is_testing and account.address not in client.test_users:
        raise GoogleError(
            "access_denied",
            f"{client.name} has not completed the Google verification process. The app is "
            "currently being tested, and can only be accessed by developer-approved testers.",
        )
    restricts = call.world.google.switches.restricts_gmail and account.domain
    if restricts and any(is_gmail(one) for one in wish.scopes):
        raise GoogleError("admin_policy_enforced")


def _grant(
    call: Call,
    wish: Wish,
    account: GoogleAccount,
    granted: tuple[str, ...],
    *,
    consent_shown: bool,
) -> Response:
    allowed = account.consents.setdefault(wish.client.client_id, set())
    allowed.update(granted)
    if wish.adds_granted:
        granted = tuple(dict.fromkeys((*granted, *sorted(allowed))))
    code = GoogleCode(
        value=tokens.new_secret("4/0A"),
        client_id=wish.client.client_id,
        user_id=account.user_id,
        redirect_uri=wish.redirect_uri,
        scopes=granted,
        challenge=wish.challenge,
        challenge_method=wish.challenge_method,
        issued_at=call.now,
        brings_refresh_token=wish.offline and consent_shown,
        nonce=wish.nonce,
    )
    call.world.google.grants.codes[code.value] = code
    answer = {"code": code.value, "scope": " ".join(granted), "authuser": "0"}
    if account.domain:
        answer["hd"] = account.domain
    return _send_back(wish, {**answer, "prompt": "consent" if consent_shown else "none"})


def _send_back(wish: Wish, answer: dict[str, str]) -> Response:
    fields = {"state": wish.state, **answer} if wish.state else answer
    mark = "&" if "?" in wish.redirect_uri else "?"
    return redirect(f"{wish.redirect_uri}{mark}{urlencode(fields)}", status=302)


def _missing(wish: Wish, account: GoogleAccount) -> set[str]:
    return set(wish.scopes) - account.consents.get(wish.client.client_id, set())


def _signed_in(call: Call) -> list[GoogleAccount]:
    google = call.world.google
    known = google.grants.browsers.get(call.request.cookies.get(COOKIE, ""), [])
    found = (google.account_by_id(one) for one in known)
    return [one for one in found if one is not None]


def _obvious(wish: Wish, signed_in: list[GoogleAccount]) -> GoogleAccount | None:
    """Return who is meant when nobody needs to be asked."""
    if wish.login_hint:
        hint = wish.login_hint.lower()
        return next((one for one in signed_in if hint in {one.address, one.user_id}), None)
    return signed_in[0] if len(signed_in) == 1 else None
