"""A web address that somebody types."""

from urllib.parse import SplitResult, urlsplit


def read_web_address(text: str) -> SplitResult | None:
    """Return the parts of an http or https address with a host and a port, if any; else None."""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        return None
    return parts if is_usable else None
