"""``postdesk demo``: a desk with a pretend Microsoft 365 mailbox connected, to try everything.

The pretend tenant runs in a process of its own; all data lies in a folder that goes with it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from postdesk.base.env import EnvironmentProblem
from postdesk.cli.ports import check_free
from postdesk.cli.telling import tell

DESK_PORT = 8080
SANDBOX_PORT = 8180
SANDBOX_TLS_PORT = 8543
START_SECONDS = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the ports, for machines where the usual ones are taken."""
    parser.add_argument("--port", type=int, default=DESK_PORT, metavar="N", help="of the desk")
    parser.add_argument(
        "--sandbox-port", type=int, default=SANDBOX_PORT, metavar="N", help="of the pretend tenant"
    )
    parser.add_argument(
        "--sandbox-tls-port", type=int, default=SANDBOX_TLS_PORT, metavar="N", help="its https"
    )


def run(arguments: argparse.Namespace) -> int:
    """Start both, connect them, say what to open, and clean up at the end."""
    check_free("127.0.0.1", arguments.port)
    check_free("127.0.0.1", arguments.sandbox_port, option="--sandbox-port")
    check_free("127.0.0.1", arguments.sandbox_tls_port, option="--sandbox-tls-port")
    folder = arguments.data_dir or tempfile.mkdtemp(prefix="postdesk-demo-")
    sandbox_url = f"http://localhost:{arguments.sandbox_port}"
    os.environ["POSTDESK_DATA_DIR"] = folder
    os.environ["POSTDESK_SANDBOX_URL"] = sandbox_url
    os.environ["POSTDESK_PUBLIC_URL"] = f"http://localhost:{arguments.port}"
    tell("1/3  Starting the pretend Microsoft 365 tenant ...")
    ports = ["--port", str(arguments.sandbox_port), "--tls-port", str(arguments.sandbox_tls_port)]
    sandbox = _start_sandbox(ports)
    try:
        return _run_desk(arguments, sandbox, sandbox_url)
    finally:
        sandbox.terminate()
        sandbox.wait()
        if not arguments.data_dir:
            shutil.rmtree(folder, ignore_errors=True)


def _start_sandbox(ports: Sequence[str]) -> subprocess.Popen[bytes]:
    program = Path(sys.executable).with_name("postdesk-sandbox")
    # A session of its own, so that Ctrl-C reaches the desk first and the tenant ends after it.
    return subprocess.Popen([program, *ports], stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603  our own program


def _run_desk(
    arguments: argparse.Namespace, sandbox: subprocess.Popen[bytes], sandbox_url: str
) -> int:
    import django  # noqa: PLC0415  the settings read the environment that was prepared above

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postdesk.config.settings")
    django.setup()
    from postdesk.cli import demo_desk, preparing, run  # noqa: PLC0415  they need Django

    _wait_for(sandbox, sandbox_url)
    preparing.migrate()
    preparing.follow_sandbox_clock()
    tell("2/3  Making people, request types and a connected mailbox ...")
    doors = demo_desk.make_desk(sandbox_url)
    tell("3/3  Starting the desk ...")
    binding = argparse.Namespace(
        host="127.0.0.1", port=arguments.port, tls_cert=None, tls_key=None, self_signed=False
    )
    _tell_doors(f"http://localhost:{arguments.port}", sandbox_url, doors)
    return run.run(binding)


def _wait_for(sandbox: subprocess.Popen[bytes], sandbox_url: str) -> None:
    from postdesk.connections.sandbox_clock import read_sandbox_clock  # noqa: PLC0415  needs Django

    deadline = time.monotonic() + START_SECONDS
    while read_sandbox_clock(sandbox_url) is None:
        if sandbox.poll() is not None or time.monotonic() > deadline:
            raise EnvironmentProblem(
                f"The pretend tenant does not start at {sandbox_url}; what it said stands above."
            )
        time.sleep(0.1)


def _tell_doors(desk_url: str, sandbox_url: str, doors: Sequence[tuple[str, str]]) -> None:
    tell("")
    tell(f"  The desk              {desk_url}")
    for email, password in doors:
        tell(f"    sign in as          {email}   {password}")
    tell(f"  The pretend tenant    {sandbox_url}   (write as a client, see what comes back)")
    tell("")
    tell("  Ctrl-C stops both and removes all that they made.")
    tell("")
