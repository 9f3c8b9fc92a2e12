"""Logging: one line an event, constant text plus arguments, never a token, password or body."""

import re
from typing import Any

_SECRET = re.compile(
    r"(?i)\b(pdk_[a-z0-9]{8}_|bearer\s+|access_token[=:]\s*|refresh_token[=:]\s*|client_secret[=:]\s*|code=|password[=:]\s*)"
    r"[^\s&\"',;]+"
)


def redact(text: str) -> str:
    """Return ``text`` with everything that looks like a token or password struck out."""
    return _SECRET.sub(lambda match: match[1] + "[struck out]", text)


def logging_settings(level: str) -> dict[str, Any]:
    """Return the dictConfig for the whole process, to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # It logs each refused request with its path, and a path may hold a one-time token.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "msal": {"level": "WARNING"},
            # It logs every line, bodies of mails included.
            "imapclient": {"level": "WARNING"},
        },
    }
