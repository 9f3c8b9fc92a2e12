"""Putting foreign words into a script so that they stay words."""

import base64
import re
import shlex

# PowerShell takes each of these for a single quote, and a doubled one for the character itself.
_POWERSHELL_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def in_powershell(text: str) -> str:
    """Return a PowerShell literal: nothing in single quotes is expanded."""
    return "'" + _POWERSHELL_QUOTES.sub(r"\1\1", one_line(text)) + "'"


def in_shell(text: str) -> str:
    """Return a word of the POSIX shell."""
    return shlex.quote(one_line(text))


def in_filter(text: str) -> str:
    """Return a literal of an Exchange filter (OPATH) or of OData, where quotes are doubled."""
    return "'" + one_line(text).replace("'", "''") + "'"


def one_line(text: str) -> str:
    """Return ``text`` without line ends and other control characters: a comment stays one."""
    return "".join(mark if mark.isprintable() else " " for mark in text).strip()


def certificate_base64(pem: str) -> str:
    """Return the certificate of ``pem`` in plain base64, "" when there is none."""
    found = _PEM.search(pem)
    if found is None:
        return ""
    return base64.b64encode(base64.b64decode(found[1])).decode()


def certificate_lines(pem: str) -> list[str]:
    """Return the certificate of ``pem`` as clean PEM, whatever stood around it."""
    text = certificate_base64(pem)
    body = [text[place : place + 64] for place in range(0, len(text), 64)]
    return ["-----BEGIN CERTIFICATE-----", *body, "-----END CERTIFICATE-----"]
