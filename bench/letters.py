"""Who writes to the desk of the benchmark, and what: people, words and the marks of transport."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from random import Random

from bench.mime import CRLF, header_text, mailbox

DESK = "support@desk.example"
DOMAINS = ("north.example", "river-bank.example", "oak.example", "school-7.example")
_GIVEN = "Ada Björn Chloé Dmitri Ewa Farid Gül Hanna Iker Jürgen Keiko"
_FAMILY = "Adeyemi Bianchi Çelik Dvořák Ek Fuchs Gruber Hoang Ivanova Jones"
_THINGS = "printer VPN laptop calendar Drucker phone invoice share badge"
_TEXT = (
    "after the change of last week nobody in our team can open it any more and every try ends with "
    "the same window please tell us whether this is known and what we can do meanwhile because two "
    "customers wait for an answer today the number in the window is different each time größer für"
)
GIVEN, FAMILY, THINGS, WORDS = (text.split() for text in (_GIVEN, _FAMILY, _THINGS, _TEXT))
TROUBLES = ("stopped working", "is slow", "asks for a password", "startet nicht", "shows an error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Somebody who writes to the desk."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The domain of the address."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a later reply must know of a mail."""

    message_id: str
    subject: str
    writer: Writer
    copied: tuple[Writer, ...]
    text: str
    references: tuple[str, ...] = field(default=())


def invent_writers(random: Random, count: int) -> list[Writer]:
    """Return people with names in several alphabets' letters and addresses of their own."""
    writers = []
    for number in range(count):
        name = f"{random.choice(GIVEN)} {random.choice(FAMILY)}"
        writers.append(Writer(name=name, address=f"writer{number}@{random.choice(DOMAINS)}"))
    return writers


def invent_subject(random: Random) -> str:
    """Return a subject that hardly ever comes twice."""
    return f"{random.choice(THINGS)} {random.choice(TROUBLES)} ({random.randint(1000, 999999)})"


def invent_text(random: Random, writer: Writer) -> str:
    """Return a mail's text: paragraphs of 0.3 to 6 KB, closed by a signature."""
    wanted = min(6000, max(300, int(random.lognormvariate(6.9, 0.7))))
    paragraphs: list[str] = []
    while sum(map(len, paragraphs)) < wanted:
        words = random.choices(WORDS, k=random.randint(10, 60))
        lines = [" ".join(words[start : start + 12]) for start in range(0, len(words), 12)]
        paragraphs.append("\n".join(lines) + ".")
    signature = f"-- \n{writer.name}\nTel. +49 30 55501{random.randint(10, 99)}"
    return "Hello,\n\n" + "\n\n".join(paragraphs) + f"\n\nKind regards\n\n{signature}\n"


def quote(letter: Letter) -> str:
    """Return what a mail program puts below an answer."""
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines()[:60])
    return f"\nOn Monday, {letter.writer.name} wrote:\n{quoted}\n"


def as_html(text: str, *, picture: str) -> str:
    """Return a text as Word would send it, with a picture by its Content-ID."""
    styles = "".join(f"p.style{n} {{margin:0cm; font-family:Calibri}}\n" for n in range(30))
    paragraphs = "".join(f'<p class="MsoNormal">{part}</p>' for part in text.split("\n\n"))
    return (
        f"<html><head><style>\n{styles}</style></head><body>{paragraphs}"
        f'<p><img width="320" src="cid:{picture}"></p></body></html>\n'
    )


def head(
    random: Random,
    *,
    writer: Writer,
    subject: str,
    message_id: str,
    at: datetime,
    copied: tuple[Writer, ...] = (),
    return_path: str | None = None,
) -> list[str]:
    """Return the header lines of a mail up to its content, about 3 KB as from a cloud service."""
    path = writer.address if return_path is None else return_path
    copies = f",{CRLF} ".join(mailbox(other.name, other.address) for other in copied)
    return [
        f"Return-Path: <{path}>",
        *_marks_of_transport(random, writer, at),
        f"From: {mailbox(writer.name, writer.address)}",
        f"To: Support <{DESK}>",
        *([f"Cc: {copies}"] if copied else []),
        f"Subject: {header_text(subject)}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id}",
        "MIME-Version: 1.0",
    ]


def _marks_of_transport(random: Random, writer: Writer, at: datetime) -> list[str]:
    domain, moment = writer.domain, format_datetime(at)
    received = [
        f"Received: from mx{hop}.{domain} (192.0.2.{random.randint(1, 250)}) by{CRLF}"
        f" relay{hop}.desk.example with ESMTPS (TLS1.3){CRLF}"
        f" id {random.getrandbits(64):x}; {moment}"
        for hop in range(random.randint(3, 6))
    ]
    return [
        *received,
        f"Authentication-Results: spf=pass smtp.mailfrom={domain}; dkim=pass{CRLF}"
        f" header.d={domain}; dmarc=pass action=none header.from={domain}",
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=first;{CRLF}"
        f" h=From:Date:Subject:Message-ID;{CRLF} b={_folded(random, 256)}",
        f"X-Antispam-Report: {_folded(random, random.choice((300, 600, 900)))}",
    ]


def _folded(random: Random, octets: int) -> str:
    text = base64.b64encode(random.randbytes(octets)).decode()
    return f"{CRLF} ".join(text[start : start + 72] for start in range(0, len(text), 72))
