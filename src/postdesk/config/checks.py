"""Checks at start: what would make the desk fail later is said before it opens."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def data_directory_is_writable(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:  # noqa: ARG001  Django's signature
    """The data directory holds the database, keys and large messages; it must be ours."""
    directory = settings.DATA_DIR
    if directory.exists() and not os.access(directory, os.W_OK | os.X_OK):
        return [
            Error(
                f"The data directory {directory} cannot be written.",
                hint="Give it to the user that runs Postdesk, or name another with --data-dir.",
                id="postdesk.E001",
            )
        ]
    return []
