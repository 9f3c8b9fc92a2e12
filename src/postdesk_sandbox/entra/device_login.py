"""The device code flow, the person's side: the page where the code is entered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postdesk_sandbox import scopes
from postdesk_sandbox.entra import screens, signing_in
from postdesk_sandbox.entra.authorize_request import Wish
from postdesk_sandbox.entra.codes import EntraError, refusal
from postdesk_sandbox.entra.device_code import DEVICE_CODE_LIFE
from postdesk_sandbox.entra.directory import missing_consent, widen_default
from postdesk_sandbox.entra.refusing import answer_error_page
from postdesk_sandbox.entra.sending_back import sign_in_of

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from postdesk_sandbox.tenant import Person
    from postdesk_sandbox.tokens import DeviceCode
    from postdesk_sandbox.web import Call


def device_login(call: Call) -> Response:
    """Answer `/devicelogin`; the code travels in the address as `otc`, as at Microsoft."""
    entered = call.request.args.get("otc", "")
    device = call.world.grants.device_for(entered) if entered else None
    if device is None or not _is_open(call, device):
        return screens.ask_device_code(call, wrong=entered)
    try:
        return _walk(call, device)
    except EntraError as error:
        return answer_error_page(call, error)


def _is_open(call: Call, device: DeviceCode) -> bool:
    is_waiting = device.sign_in is None and not device.declined
    return is_waiting and call.now - device.issued_at < DEVICE_CODE_LIFE


def _walk(call: Call, device: DeviceCode) -> Response:
    app = call.world.tenant.apps.get(device.client_id)
    if app is None:
        raise refusal(700016, app=device.client_id, tenant=call.world.tenant.domain)

    def approve(call: Call, wish: Wish, person: Person) -> Response:
        device.sign_in = sign_in_of(call, wish, person)
        return screens.say_done(
            call,
            title="You have signed in",
            sentence=f"You have signed in to {wish.app.name}. You may now close this window.",
        )

    def decline(call: Call, wish: Wish) -> Response:
        device.declined = True
        sentence = f"You did not sign in to {wish.app.name}. You may now close this window."
        return screens.say_done(call, title="You did not sign in", sentence=sentence)

    visit = signing_in.Visit(
        wish=Wish(app=app, scopes=device.scopes, prompt="select_account"),
        arrive=_ask_consent_or_confirm,
        cancel=decline,
        steps={"consent": _accept, "approve": approve},
    )
    if call.request.method == "POST":
        return signing_in.take_step(call, visit)
    return signing_in.begin(call, visit)


def _ask_consent_or_confirm(call: Call, wish: Wish, person: Person) -> Response:
    if not missing_consent(wish.scopes, wish.app.consented_by(person)):
        return screens.confirm_device(call, wish, person)
    if not call.world.tenant.switches.user_consent_allowed:
        raise refusal(90094, app_name=wish.app.name)
    written = replace(wish, scopes=_written_out(wish))
    return screens.ask_consent(call, written, person, with_chips=False)


def _accept(call: Call, wish: Wish, person: Person) -> Response:
    if not call.world.tenant.switches.user_consent_allowed:
        raise refusal(90094, app_name=wish.app.name)
    asked = {scope for scope in _written_out(wish) if scopes.resource_of(scope)}
    if call.request.form.get("everyone") and person.admin:
        wish.app.delegated |= asked
    else:
        wish.app.personal_consent.setdefault(person.object_id, set()).update(asked)
    return screens.confirm_device(call, wish, person)


def _written_out(wish: Wish) -> tuple[str, ...]:
    return widen_default(wish.scopes, wish.app.configured_delegated)
