"""`postdesk-sandbox`: the pretend tenant as a program of its own."""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
import threading

from postdesk_sandbox.server import Sandbox

_LOOPBACK = ("127.", "localhost", "::1")


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM or SIGINT; returns the exit status."""
    options = _parse(arguments)
    is_public = not options.host.startswith(_LOOPBACK)
    token = secrets.token_urlsafe(24) if is_public else ""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        sandbox = Sandbox(
            host=options.host,
            port=options.port,
            tls=not options.no_tls,
            tls_port=options.tls_port,
            control_token=token,
        )
    except OSError as error:
        sys.stderr.write(f"postdesk-sandbox: cannot listen on {options.host}: {error}\n")
        return 1
    with sandbox:
        _announce(sandbox, token)
        stop.wait()
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="postdesk-sandbox",
        description="A pretend Microsoft 365 tenant. Nothing reaches Microsoft.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8180, help="port for http")
    parser.add_argument("--tls-port", type=int, default=8543, help="port for https")
    parser.add_argument("--no-tls", action="store_true", help="http only")
    return parser.parse_args(arguments)


def _announce(sandbox: Sandbox, token: str) -> None:
    lines = [
        "The pretend tenant contoso.test is ready. Everybody's password is: pw",
        f"  pages and http   {sandbox.url}/",
    ]
    if sandbox.tls_url:
        lines.append(f"  https            {sandbox.tls_url}/  (CA: {sandbox.url}/_sandbox/ca.pem)")
    lines.append(f"  control calls    {sandbox.url}/_sandbox/")
    if token:
        lines.append(f"  control token    {token}  (Authorization: Bearer, or ?token=)")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
