"""The AADSTS codes that the sandbox can say, with Entra's `error` value and wording."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

_TABLE = Path(__file__).with_name("codes.toml")
CATALOGUE: dict[int, dict[str, Any]] = {
    int(code): entry for code, entry in tomllib.loads(_TABLE.read_text("utf-8")).items()
}
# Conditional Access names what is missing; the client replays it to the authorize page.
_POLICIES = '{"access_token":{"capolids":{"essential":true,"values":["6b1c5f0e-3a51-4d1e-9c4f"]}}}'
_WITH_CLAIMS = (50072, 50074, 50076, 50078, 50079, 50131, 53000, 53001, 53003)


@dataclass(slots=True)
class EntraError(Exception):
    """Entra refuses, with the numbers and words that the caller will see.

    `wrapper` is the general code that older answers put in front of the telling one.
    """

    code: int
    error: str
    sentence: str
    suberror: str = ""
    claims: str = ""
    status: int = 400
    wrapper: int = 0

    def __post_init__(self) -> None:
        Exception.__init__(self, self.description)

    @property
    def description(self) -> str:
        """The sentence with its code in front."""
        text = f"AADSTS{self.code}: {self.sentence}"
        if not self.wrapper:
            return text
        return f"AADSTS{self.wrapper}: {refusal(self.wrapper).sentence} {text}"

    @property
    def codes(self) -> list[int]:
        """All codes of the answer, the general one first."""
        return [self.wrapper, self.code] if self.wrapper else [self.code]


class _Blanks(dict[str, str]):
    """Leaves a placeholder that nobody filled readable instead of failing."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def refusal(code: int, **words: object) -> EntraError:
    """Return the error for a code of the catalogue, its sentence filled in."""
    entry = CATALOGUE.get(code, {"error": "invalid_grant", "sentence": "The request was refused."})
    error = entry["error"]
    filled = entry["sentence"].format_map(
        _Blanks({key: str(value) for key, value in words.items()})
    )
    return EntraError(
        code=code,
        error=error,
        sentence=filled,
        suberror=entry.get("suberror", ""),
        claims=_POLICIES if code in _WITH_CLAIMS else "",
        status=entry.get("status", 401 if error == "invalid_client" else 400),
    )


def precise(moment: datetime) -> str:
    """Return a moment with seven digits of a second, as Entra's sentences have it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}0Z"
