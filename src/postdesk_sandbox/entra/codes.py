"""The AADSTS codes that the sandbox can say, with Entra's `error` value and wording."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_TABLE = Path(__file__).with_name("codes.toml")
CATALOGUE: dict[int, dict[str, str]] = {
    int(code): entry for code, entry in tomllib.loads(_TABLE.read_text("utf-8")).items()
}
# Conditional Access names what is missing; the client replays it to the authorize page.
_ACRS = '{"access_token":{"capolids":{"essential":true,"values":["6b1c5f0e-3a51-4d1e-9c4f"]}}}'
CLAIMS = {50076: _ACRS, 50079: _ACRS, 53000: _ACRS, 53003: _ACRS}


@dataclass(slots=True)
class EntraError(Exception):
    """Entra refuses, with the numbers and words that the caller will see."""

    code: int
    error: str
    sentence: str
    suberror: str = ""
    claims: str = ""
    status: int = 400

    def __post_init__(self) -> None:
        Exception.__init__(self, self.description)

    @property
    def description(self) -> str:
        """The sentence with its code in front."""
        return f"AADSTS{self.code}: {self.sentence}"


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
        claims=CLAIMS.get(code, ""),
        status=401 if error == "invalid_client" else 400,
    )
