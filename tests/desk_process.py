"""A desk in processes of its own, as an administrator runs it, for crashes and clicks."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 60.0


@dataclass
class DeskProcess:
    """A data directory and the commands that work on it."""

    data_dir: Path
    sandbox_url: str
    database_url: str = ""
    port: int = 0
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self.logs = Path(tempfile.mkdtemp(prefix="postdesk-test-log-"))

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        outside = {
            name: value for name, value in os.environ.items() if not name.startswith("POSTDESK_")
        }
        settings = {
            "POSTDESK_DATA_DIR": str(self.data_dir),
            "POSTDESK_SANDBOX_URL": self.sandbox_url,
            "POSTDESK_LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "postdesk.config.settings",
        }
        if self.database_url:
            settings["POSTDESK_DATABASE_URL"] = self.database_url
        return outside | settings

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start ``postdesk COMMAND`` in the background; what it says goes into a file."""
        with (self.logs / f"{command[0]}.log").open("w") as log:
            process = subprocess.Popen(
                [BIN / "postdesk", *command],
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run ``postdesk COMMAND`` to its end."""
        return subprocess.run(
            [BIN / "postdesk", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def do(self, code: str) -> str:
        """Run Python with Django ready on this data directory; returns what it printed."""
        lines = f"import django\ndjango.setup()\n{code}"
        done = subprocess.run(
            [sys.executable, "-c", lines],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start_run(self) -> str:
        """Start ``postdesk run`` and return its one-time set-up address, "" if it printed none."""
        process = self.start("run", "--port", str(self.port))
        wait_until(
            lambda: answers(f"{self.url}/healthz") or process.poll() is not None,
            "the pages are served",
        )
        said = self.log_of(process).read_text()
        assert process.poll() is None, said
        return next((line.strip() for line in said.splitlines() if "/set-up/" in line), "")

    def log_of(self, process: subprocess.Popen[str]) -> Path:
        """Return the file that holds what a command says."""
        return self.logs / f"{process.args[1]}.log"  # type: ignore[index]

    def kill(self, process: subprocess.Popen[str]) -> None:
        """Send SIGKILL to a command and everything it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        self._bury(process)

    def stop(self, process: subprocess.Popen[str]) -> None:
        """Ask a command to end, and make sure of it."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill(process)
        self._bury(process)

    def _bury(self, process: subprocess.Popen[str]) -> None:
        process.wait()
        if process in self.processes:
            self.processes.remove(process)

    def close(self) -> None:
        """End everything that still runs."""
        for process in list(self.processes):
            self.stop(process)


@contextlib.contextmanager
def desk_process(
    data_dir: Path, sandbox_url: str, *, database_url: str = ""
) -> Iterator[DeskProcess]:
    """Yield a desk and end its processes afterwards."""
    desk = DeskProcess(data_dir=data_dir, sandbox_url=sandbox_url, database_url=database_url)
    try:
        yield desk
    finally:
        desk.close()
        shutil.rmtree(desk.logs, ignore_errors=True)


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Say whether something answers 200 there."""
    try:
        return httpx.get(url, trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def wait_until(
    condition: Callable[[], object], what: str, *, seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait for something, and fail with words when it does not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(0.1)
