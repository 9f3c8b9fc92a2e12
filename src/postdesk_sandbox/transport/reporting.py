"""Non-delivery reports as Exchange Online words them, in the shape of RFC 3464."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 -- used by a dataclass at run time
from email.header import Header
from email.utils import format_datetime

from postdesk_sandbox.ids import object_guid
from postdesk_sandbox.mime import read_message

POSTMASTER = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.test"
_REPORT = """\
Return-Path: <>
From: Microsoft Outlook <{postmaster}>
To: {to}
Subject: {subject}
Message-ID: {report_id}
In-Reply-To: {message_id}
References: {message_id}
Date: {date}
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=us-ascii

Your message to {recipient} couldn't be delivered. The address wasn't found.
--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns;EURP190.PROD.OUTLOOK.COM

Final-Recipient: rfc822;{recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp;550 {status} {reason}

--{boundary}
Content-Type: text/rfc822-headers

{head}
--{boundary}--
""".replace("\n", "\r\n")
# PidTagAutoResponseSuppress (MS-OXCMAIL): who asks for one of these gets no report from Exchange.
_NO_REPORTS = frozenset({"all", "ndr"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a mail could not be delivered: the enhanced status code and its text."""

    status: str
    text: str


# What a server elsewhere answers, and what Exchange says of its own addresses.
NO_SUCH_ACCOUNT = Reason(status="5.1.1", text="The account that you tried to reach does not exist")
NOT_IN_TENANT = Reason(
    status="5.1.10",
    text="RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
)


def wants_no_report(mime: bytes) -> bool:
    """Say whether `X-Auto-Response-Suppress` forbids a report inside the organisation."""
    named = [text for name, text in read_message(mime).headers if name.lower() == _SUPPRESS]
    return any(one.strip().lower() in _NO_REPORTS for text in named for one in text.split(","))


_SUPPRESS = "x-auto-response-suppress"


def compose_report(
    mime: bytes, *, to: str, recipient: str, reason: Reason, report_id: str, at: datetime
) -> bytes:
    """Return the report about one recipient of a mail."""
    head, _, _ = mime.partition(b"\r\n\r\n")
    reading = read_message(mime)
    words = {
        "postmaster": POSTMASTER,
        "to": to,
        "subject": _encode(f"Undeliverable: {' '.join(reading.subject.split())}".rstrip()),
        "report_id": report_id,
        "message_id": reading.message_id,
        "date": format_datetime(at),
        "boundary": f"_{object_guid('report', recipient, report_id)}_",
        "recipient": recipient,
        "status": reason.status,
        "reason": reason.text,
        "head": head.decode("utf-8", "surrogateescape"),
    }
    return _REPORT.format_map(words).encode("utf-8", "surrogateescape")


def _encode(text: str) -> str:
    return Header(text, "us-ascii" if text.isascii() else "utf-8").encode(linesep="\r\n")
