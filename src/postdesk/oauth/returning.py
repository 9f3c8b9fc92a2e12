"""Checks what the browser brings back from a sign-in page (RFC 6749 section 4.1.2)."""

import hmac
from collections.abc import Mapping

from postdesk.base.errors import NeedsPerson
from postdesk.base.explain import explain
from postdesk.oauth.answer import text_of
from postdesk.oauth.refusal import decide, read_refusal


def read_code(
    flow: Mapping[str, object], answer: Mapping[str, str], *, services: tuple[str, ...] = ()
) -> str:
    """Return the code in ``answer``, the query of the redirect.

    Raises NeedsPerson for the answer to another sign-in, and for a declined one; TryLater when the
    provider is not well.
    """
    expected = text_of(flow.get("state"))
    if not expected or not hmac.compare_digest(
        expected.encode(), answer.get("state", "").encode(errors="replace")
    ):
        raise foreign_answer()
    if answer.get("error"):
        raise decide(
            read_refusal(0, answer, services=services), action="OAuth authorization failed"
        )
    if not answer.get("code"):
        raise foreign_answer()
    return answer["code"]


def foreign_answer() -> NeedsPerson:
    """Return the error for what does not belong to the sign-in that was begun."""
    explanation = explain(501481)
    return NeedsPerson(explanation.happened, remedy=explanation.remedy)
