"""Where the pages are served, and when that is safe."""

import argparse
import socket
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from postdesk.base.env import EnvironmentProblem
from postdesk.base.hosts import is_loopback
from postdesk.cli.certificate import make_certificate
from postdesk.cli.ports import check_free
from postdesk.site.options import public_url

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  recognised, to say an address that can be opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A listening address; with a certificate it speaks TLS."""

    host: str
    port: int
    certificate: Path | None
    key: Path | None

    @property
    def base_url(self) -> str:
        """The address to open in a browser."""
        scheme = "https" if self.certificate else "http"
        host = "localhost" if is_loopback(self.host) else self.host
        if host in EVERYWHERE:
            host = socket.getfqdn()
        return f"{scheme}://{host}:{self.port}"


def add_binding_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare host, port and TLS."""
    parser.add_argument("--host", default=DEFAULT_HOST, metavar="H")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, metavar="N")
    parser.add_argument("--tls-cert", type=Path, metavar="F", help="certificate chain, PEM")
    parser.add_argument("--tls-key", type=Path, metavar="F", help="private key, PEM")
    parser.add_argument(
        "--self-signed", action="store_true", help="TLS with a certificate made here"
    )


def read_binding(arguments: argparse.Namespace) -> Binding:
    """Return the binding; raises EnvironmentProblem where pages would travel unprotected."""
    certificate, key = arguments.tls_cert, arguments.tls_key
    if arguments.self_signed:
        names = [arguments.host, public_url().host, "localhost"]
        certificate, key = make_certificate(settings.DATA_DIR, names)
    if (certificate is None) != (key is None):
        raise EnvironmentProblem("--tls-cert and --tls-key belong together.")
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise EnvironmentProblem(f"{file} is no file that can be read.")
    is_protected = bool(certificate or settings.ENVIRONMENT.trusted_proxies)
    if not is_loopback(arguments.host) and not is_protected:
        raise EnvironmentProblem(
            f"Without TLS only this machine is served, not {arguments.host}. Add --tls-cert and "
            "--tls-key, or --self-signed, or name your reverse proxy in POSTDESK_TRUSTED_PROXIES."
        )
    check_free(arguments.host, arguments.port)
    return Binding(host=arguments.host, port=arguments.port, certificate=certificate, key=key)
