"""Listeners and the command: start, https, stop."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from postdesk_sandbox.server import Sandbox


def test_https_is_trusted_by_its_own_authority(tmp_path: Path) -> None:
    with Sandbox(port=0, tls=True) as sandbox:
        pem = httpx.get(f"{sandbox.url}/_sandbox/ca.pem", trust_env=False).content
        assert pem == sandbox.ca_pem
        context = ssl.create_default_context(cadata=pem.decode())
        path = "/contoso.test/v2.0/.well-known/openid-configuration"
        for host in ("127.0.0.1", "localhost"):
            address = sandbox.tls_url.replace("127.0.0.1", host)
            answer = httpx.get(address + path, verify=context, trust_env=False)
            assert answer.json()["issuer"].startswith(address)


def test_closed_sandbox_answers_no_more_and_cuts_open_lines() -> None:
    sandbox = Sandbox(port=0)
    with httpx.Client(base_url=sandbox.url, trust_env=False) as line:
        assert line.get("/_sandbox/clock").status_code == 200
        sandbox.close()
        sandbox.close()
        with pytest.raises(httpx.TransportError):
            line.get("/_sandbox/clock")


def test_taken_port_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use"):
            Sandbox(port=port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_announces_itself_and_stops_on_a_signal(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": "src"}
    command = [sys.executable, "-c", "import sys; from postdesk_sandbox.cli import main;"
               "sys.exit(main(sys.argv[1:]))", "--port", "0", "--tls-port", "0"]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        found = re.search(r"http://127\.0\.0\.1:\d+", "".join(lines))
        assert found, lines
        assert httpx.get(found.group() + "/_sandbox/clock", trust_env=False).status_code == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_command_names_a_taken_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code = "import sys; from postdesk_sandbox.cli import main; sys.exit(main(sys.argv[1:]))"
        ended = subprocess.run(
            [sys.executable, "-c", code, "--port", port, "--no-tls"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "PYTHONPATH": "src"},
        )
    assert ended.returncode == 1
    assert "cannot listen on 127.0.0.1" in ended.stderr


def test_silent_caller_keeps_nobody_waiting_at_the_https_door() -> None:
    with Sandbox(port=0, tls=True) as sandbox:
        port = int(sandbox.tls_url.rpartition(":")[2])
        context = ssl.create_default_context(cadata=sandbox.ca_pem.decode())
        with socket.create_connection(("127.0.0.1", port)):
            address = f"https://localhost:{port}/_sandbox/clock"
            answer = httpx.get(address, verify=context, trust_env=False, timeout=5)
        assert answer.status_code == 200


def test_garbage_on_the_line_does_no_harm(sandbox: Sandbox) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    for octets in (
        b"\x16\x03\x01\x00\xa5",
        b"GET",
        b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(octets)
            line.shutdown(socket.SHUT_WR)
            line.recv(100)
    assert httpx.get(f"{sandbox.url}/_sandbox/clock", trust_env=False).status_code == 200
