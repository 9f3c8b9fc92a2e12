"""Paths of Graph: `users('x')` like `users/x`, known words in their usual spelling."""

from __future__ import annotations

import re

_KEY_SYNTAX = re.compile(r"\('((?:[^']|'')*)'\)")
_WORDS = {
    word.lower(): word
    for word in (
        "me", "users", "mailFolders", "childFolders", "messages", "delta", "attachments",
        "move", "copy", "send", "sendMail", "$value", "$batch", "$count", "createUploadSession",
        "reply", "replyAll", "forward", "createReply", "createReplyAll", "createForward",
        "permanentDelete", "translateExchangeIds", "subscriptions", "reauthorize",
    )
}  # fmt: skip


def split_path(rest: str) -> list[str]:
    """Return the segments of what follows the version."""
    slashed = _KEY_SYNTAX.sub(lambda found: "/" + found.group(1).replace("''", "'"), rest)
    parts = [part.removesuffix("()") for part in slashed.strip("/").split("/")]
    parts = [part.removeprefix("microsoft.graph.") for part in parts]
    return [_WORDS.get(part.lower(), part) for part in parts]
