"""A running sandbox: state, application and listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from postdesk_sandbox.app import SandboxApp
from postdesk_sandbox.certificates import make_certificates
from postdesk_sandbox.listening import Listener
from postdesk_sandbox.state import State

if TYPE_CHECKING:
    from types import TracebackType


class Sandbox:
    """The pretend tenant, answering from the moment it is made until `close`.

    Port 0 takes a free one. With `tls` an https listener is there too, whose
    authority is `ca_pem`. Raises OSError when a port is taken.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        tls_port: int = 0,
        control_token: str = "",
    ) -> None:
        self.state = State()
        certificates = make_certificates(host) if tls else None
        self.ca_pem = certificates.ca_pem if certificates else b""
        app = SandboxApp(self.state, control_token=control_token, ca_pem=self.ca_pem)
        self._listeners = [Listener(app, host=host, port=port, certificates=None)]
        self.url = self._listeners[0].url
        self.tls_url = ""
        if certificates is not None:
            try:
                secure = Listener(app, host=host, port=tls_port, certificates=certificates)
            except BaseException:
                self.close()
                raise
            self._listeners.append(secure)
            self.tls_url = secure.url

    def close(self) -> None:
        """Stop all listeners; calling it again does no harm."""
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener.close()
        self.state.webhooks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
