"""What commands say to the person at the shell: progress on standard error, answers on output."""

import sys


def tell(line: str = "") -> None:
    """Say what is being done."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201  speaks to the shell


def answer(line: str) -> None:
    """Print what was asked for."""
    print(line, flush=True)  # noqa: T201  speaks to the shell
