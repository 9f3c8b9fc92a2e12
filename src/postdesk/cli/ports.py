"""Whether an address is free to listen on, said before anything is started there."""

import socket

from postdesk.base.env import EnvironmentProblem


def check_free(host: str, port: int, *, option: str = "--port") -> None:
    """Raise EnvironmentProblem when nobody may listen there; ``option`` chooses another port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise EnvironmentProblem(
                f"Nothing can listen on {host}, port {port}: {error.strerror}. Stop the program "
                f"that does, or choose another port with {option}."
            ) from error
