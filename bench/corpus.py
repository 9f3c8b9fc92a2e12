"""The mail that is measured with: made here from a fixed seed, or a folder of somebody's own."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

from bench.mail_making import MailMaker

SEED = 20261123
# Of a hundred mails to a shared support mailbox.
MIX = {"new": 55, "reply": 25, "picture": 10, "attachment": 5, "auto_reply": 3, "bounce": 2}
# What a desk must make of each kind; a fast answer that is wrong counts for nothing.
FATES = {
    "new": "opened",
    "picture": "opened",
    "attachment": "opened",
    "reply": "appended",
    "auto_reply": "recorded",
    "bounce": "recorded",
}
_OURS = re.compile(r"\d{6}-(\w+)\.eml")
_FIRST_OF_ALL = 20  # new requests, so that replies have something to answer


class NoCorpus(Exception):
    """The folder holds no mail; the message says which files are looked for."""


def write_corpus(folder: Path, *, count: int, seed: int = SEED) -> None:
    """Write ``count`` messages in the order of their arrival, as ``000001-new.eml``."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = MailMaker(count=count, seed=seed)
    for number, kind in enumerate(_kinds(count, seed=seed), start=1):
        (folder / f"{number:06}-{kind}.eml").write_bytes(maker.make(kind))


def find_messages(folder: Path) -> list[Path]:
    """Return the messages of a folder of .eml files or of a maildir, in their order."""
    if (folder / "cur").is_dir():
        found = [*folder.glob("cur/*"), *folder.glob("new/*")]
    else:
        found = list(folder.rglob("*.eml"))
    if not found:
        raise NoCorpus(f"{folder} holds neither .eml files nor a maildir with cur/ and new/.")
    return sorted(found)


def read_in_batches(messages: Sequence[Path], size: int) -> Iterator[list[bytes]]:
    """Yield the octets of ``size`` messages at a time, so that memory is not the corpus's."""
    for start in range(0, len(messages), size):
        yield [path.read_bytes() for path in messages[start : start + size]]


def expected_fates(messages: Iterable[Path]) -> Counter[str] | None:
    """Return how many messages must meet which fate; None for a corpus that is not ours."""
    kinds = [_OURS.fullmatch(path.name) for path in messages]
    if not all(kinds):
        return None
    return Counter(FATES[found[1]] for found in kinds if found)


def _kinds(count: int, *, seed: int) -> list[str]:
    kinds = [kind for kind, share in MIX.items() for _ in range(count * share // 100)]
    kinds += ["new"] * (count - len(kinds))
    first = min(_FIRST_OF_ALL, kinds.count("new"))
    for _ in range(first):
        kinds.remove("new")
    Random(seed).shuffle(kinds)
    return ["new"] * first + kinds


if __name__ == "__main__":
    write_corpus(Path(sys.argv[1]), count=int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
