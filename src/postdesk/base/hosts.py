"""What the name of a host means."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Say whether a host name or address, bracketed or not, means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
