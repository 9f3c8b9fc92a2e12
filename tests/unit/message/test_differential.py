"""Messages that nobody here wrote, against independent readers.

``EXTRA_CORPUS_DIR`` names a folder with ``imap_tools/`` and ``bounces/``; without it our own corpus
serves. They disagree on purpose where ours repairs more, so shares are asserted, not equality:

* subjects: imap-tools drops raw octets that are no ASCII, and keeps the white space of folds;
* senders: both others stop at torn header lines, and invent addresses from what is none;
* attachments: imap-tools reads into attached messages, which ours keeps closed as one ``.eml``;
* bounces: flufl.bounce takes the words of a bounce for one whoever wrote them, ours only when a
  mail system did.
"""

import email
import os
from pathlib import Path

import mailparser
from flufl.bounce import all_failures
from imap_tools import MailMessage

from postdesk.message.describe import describe_message
from postdesk.message.parse import parse_message
from postdesk.message.parsed import ParsedMessage

FOLDER = os.environ.get("EXTRA_CORPUS_DIR", "")
OWN = Path(__file__).parents[2] / "corpus"
# Our own messages are trouble by choice: there ours repairs what the others leave broken.
LEEWAY = 0.0 if FOLDER else 0.12


def _files(name: str) -> list[Path]:
    if FOLDER:
        return sorted(path for path in (Path(FOLDER) / name).iterdir() if path.is_file())
    reports = sorted((OWN / "reports").glob("*.eml"))
    others = sorted(path for path in OWN.rglob("*.eml") if path not in reports)
    return reports if name == "bounces" else others


def _share(agreements: list[bool]) -> float:
    return sum(agreements) / len(agreements)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _pairs() -> list[tuple[ParsedMessage, MailMessage]]:
    pairs = []
    for path in _files("imap_tools"):
        octets = path.read_bytes()
        pairs.append((parse_message(octets), MailMessage.from_bytes(octets)))
    return pairs


def test_subjects_senders_and_texts_mostly_equal_those_of_imap_tools() -> None:
    pairs = _pairs()

    assert _share([_squeeze(o.subject) == _squeeze(t.subject) for o, t in pairs]) > 0.97 - LEEWAY
    assert _share([o.from_.email.lower() == t.from_.lower() for o, t in pairs]) > 0.95 - LEEWAY
    assert _share([_squeeze(t.text) in _squeeze(o.text) for o, t in pairs]) > 0.85 - LEEWAY


def test_attachments_mostly_equal_those_of_imap_tools() -> None:
    with_files = [(ours, theirs) for ours, theirs in _pairs() if theirs.attachments]
    named = [
        {each.filename for each in theirs.attachments if each.filename}
        <= {each.name for each in ours.attachments}
        for ours, theirs in with_files
    ]
    contents = [
        {each.payload for each in theirs.attachments if each.filename}
        <= {each.content for each in ours.attachments}
        for ours, theirs in with_files
    ]

    assert _share(named) > 0.85 - LEEWAY
    assert _share(contents) > 0.85 - LEEWAY


def test_subjects_mostly_equal_those_of_mail_parser() -> None:
    agreements = []
    for path in _files("imap_tools"):
        octets = path.read_bytes()
        theirs = mailparser.parse_from_bytes(octets).subject
        first = theirs[0] if isinstance(theirs, list) else theirs
        agreements.append(_squeeze(parse_message(octets).subject) == _squeeze(first))

    assert _share(agreements) > 0.9 - LEEWAY


def test_bounces_are_found_with_the_recipients_of_flufl_bounce() -> None:
    missed, different = [], []
    for path in _files("bounces"):
        octets = path.read_bytes()
        delayed, failed = all_failures(email.message_from_bytes(octets))
        theirs = {each.decode().lower() for each in delayed | failed}
        bounce = parse_message(octets).bounce
        ours = {each.address.lower() for each in bounce.recipients} if bounce else set()
        if theirs and not ours:
            missed.append(path.name)
        elif ours != theirs:
            different.append(path.name)

    assert len(missed) <= 6
    assert not different


def test_no_mail_of_people_is_taken_for_a_bounce() -> None:
    found = [
        path.name
        for path in _files("imap_tools")
        if describe_message(path.read_bytes(), name="x")["bounce"]
        and b"multipart/report" not in path.read_bytes()
    ]

    assert found == []
