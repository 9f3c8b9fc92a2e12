"""The key that signs reply tokens."""

from postdesk.site.encrypted import the_vault


def reply_token_key() -> bytes:
    """Return the key of reply tokens; it stays the same when the key ring is rotated."""
    return the_vault().signing_key("reply-token")
