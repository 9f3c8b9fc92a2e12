"""The web server: gunicorn with threads around the WSGI application."""

from typing import Any

from django.db import connections
from gunicorn.app.base import BaseApplication

from postdesk.cli.binding import Binding
from postdesk.cli.preparing import follow_sandbox_clock

THREADS = 12


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """One process with threads; the application is loaded before it forks."""

    def __init__(self, binding: Binding) -> None:
        self._binding = binding
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        host = f"[{self._binding.host}]" if ":" in self._binding.host else self._binding.host
        options: dict[str, Any] = {
            "bind": f"{host}:{self._binding.port}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "preload_app": True,
            "keepalive": 5,
            "timeout": 120,
            "graceful_timeout": 10,
            "loglevel": "warning",
            "proc_name": "postdesk web",
            "forwarded_allow_ips": "",  # X-Forwarded-* is judged by our own middleware
            "control_socket_disable": True,
            # Threads do not survive a fork: the clock is followed where the pages are made.
            "post_fork": lambda _server, _worker: follow_sandbox_clock(),
        }
        if self._binding.certificate:
            options["certfile"] = str(self._binding.certificate)
            options["keyfile"] = str(self._binding.key)
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the application, with no database connection open that a fork would share."""
        from postdesk.config.wsgi import application  # noqa: PLC0415  loaded in the web child only

        connections.close_all()
        return application


def serve_pages(binding: Binding) -> None:
    """Serve until the process is told to stop."""
    WebServer(binding).run()
