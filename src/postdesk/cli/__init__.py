"""The command ``postdesk``: reads its arguments, prepares the environment, runs one command."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Protocol

from postdesk import __version__

# Order of the help: what is used first stands first.
COMMANDS = {
    "run": "web pages and Mailer Daemon in one command",
    "demo": "a desk with a pretend Microsoft 365 mailbox connected, to try everything",
    "doctor": "check everything and say what to do",
    "serve": "web pages alone",
    "worker": "Mailer Daemon alone",
    "migrate": "bring the database up to date",
    "deliver-mail": "put one raw message into the pipeline, as an MTA's pipe would",
    "read-message": "print how a message is read, as JSON",
    "export-ledger": "print what became of every message, as JSON lines",
}
# An MTA gives a mail back to its sender for any status but 0 and EX_TEMPFAIL.
ASKED_BY_MTAS = {"deliver-mail"}
WITHOUT_DATABASE = {"read-message", "demo"}  # demo makes its own data directory first


class Command(Protocol):
    """What each module of a command offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        ...

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit status."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    from postdesk.base.env import EnvironmentProblem  # noqa: PLC0415  keeps --help instant

    name, rest = _read_command(list(sys.argv[1:] if argv is None else argv))
    try:
        return _run(name, rest)
    except EnvironmentProblem as problem:
        print(f"postdesk: {problem}", file=sys.stderr)  # noqa: T201  speaks to the shell
        return os.EX_TEMPFAIL if name in ASKED_BY_MTAS else os.EX_CONFIG
    except OSError as error:
        if name not in ASKED_BY_MTAS:
            raise
        print(f"postdesk: {error}", file=sys.stderr)  # noqa: T201  speaks to the shell
        return os.EX_TEMPFAIL
    except KeyboardInterrupt:
        return 130


def _read_command(argv: list[str]) -> tuple[str, list[str]]:
    """Split off the command's name; ``--help`` and ``--version`` end here."""
    listing = "\n".join(f"  {name:<14} {purpose}" for name, purpose in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="postdesk",
        description="A help desk whose e-mail channel can be trusted.",
        epilog=f"commands:\n{listing}\n\npostdesk COMMAND --help tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Postdesk {__version__}")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    arguments = parser.parse_args(argv[:1])
    return arguments.command, argv[1:]


def _run(name: str, rest: list[str]) -> int:
    """Import and run the command; its module may need Django, which needs the data directory."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data-dir", metavar="DIR", help="where everything is kept")
    known, _rest = common.parse_known_args(rest)
    if known.data_dir:
        os.environ["POSTDESK_DATA_DIR"] = known.data_dir
    if name not in WITHOUT_DATABASE:
        _prepare_django()
    command: Command = importlib.import_module(f"postdesk.cli.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"postdesk {name}", description=COMMANDS[name], parents=[common]
    )
    command.add_arguments(parser)
    return command.run(parser.parse_args(rest))


def _prepare_django() -> None:
    os.umask(0o077)  # what people write to the desk is nobody else's on this machine
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postdesk.config.settings")
    import django  # noqa: PLC0415  the settings read the environment that was prepared above

    django.setup()
