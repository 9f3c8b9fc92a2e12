"""``postdesk doctor``: checks everything, says what to do, repairs a mistyped public URL."""

import argparse
import json
from dataclasses import asdict

from django.conf import settings

from postdesk.base import clock
from postdesk.base.env import EnvironmentProblem
from postdesk.cli.examining import examine
from postdesk.cli.findings import Finding
from postdesk.cli.preparing import follow_sandbox_clock, migrate, setup_address
from postdesk.cli.telling import answer, tell
from postdesk.site.options import (
    OptionsRefused,
    change_options,
    is_pinned,
    parse_public_url,
    public_url,
    redirect_uri,
)

MARKS = {"ok": "ok  ", "warn": "look", "bad": "BAD "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is to be repaired."""
    parser.add_argument(
        "--public-url", metavar="URL", help="set the public URL, e.g. https://desk.example.com"
    )
    parser.add_argument(
        "--setup-address", action="store_true", help="print a fresh one-time set-up address"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Repair what was asked for, then examine; status 1 when something needs a person."""
    if arguments.public_url or arguments.setup_address:
        migrate()
    if arguments.public_url:
        _set_public_url(arguments.public_url)
    if arguments.setup_address:
        return _print_setup_address()
    follow_sandbox_clock()
    tell(f"Examining {settings.DATA_DIR} ...")
    findings = []
    for finding in examine(now=clock.now()):
        findings.append(finding)
        if not arguments.json:
            _print(finding)
    if arguments.json:
        answer(json.dumps([asdict(finding) for finding in findings], indent=2))
    return 1 if any(finding.state == "bad" for finding in findings) else 0


def _set_public_url(text: str) -> None:
    if is_pinned():
        raise EnvironmentProblem("POSTDESK_PUBLIC_URL pins the public URL: change it there.")
    try:
        url = parse_public_url(text)
        change_options(
            by="postdesk doctor",
            now=clock.now(),
            public_scheme=url.scheme,
            public_host=url.host,
            public_port=url.port,
        )
    except OptionsRefused as refusal:
        raise EnvironmentProblem(str(refusal)) from refusal
    tell(f"The public URL is {url} now; register the redirect URI {redirect_uri()}.")


def _print_setup_address() -> int:
    address = setup_address(str(public_url()))
    if address is None:
        tell("The first Administrator exists; the set-up address is closed for good.")
        return 1
    answer(address)
    return 0


def _print(finding: Finding) -> None:
    answer(f"{MARKS[finding.state]}  {finding.title}: {finding.what}")
    if finding.remedy:
        answer(f"      -> {finding.remedy}")
