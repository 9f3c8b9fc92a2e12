"""Small mails for the tests of this folder."""

from postdesk.message.parse import parse_message
from postdesk.message.parsed import ParsedMessage

HEAD = (
    "From: Anna <anna@example.org>\r\n"
    "To: support@contoso.test\r\n"
    "Date: Mon, 4 Mar 2024 10:00:00 +0000\r\n"
    "Message-ID: <m1@example.org>\r\n"
)


def make_mail(headers: str = "", body: str = "Hello.", *, subject: str = "Printer") -> bytes:
    """Return a mail with some usual headers, and ``headers`` (lines ending in \\n) before them."""
    lines = headers.replace("\n", "\r\n") + HEAD + f"Subject: {subject}\r\n\r\n{body}\r\n"
    return lines.encode("utf-8", "surrogateescape")


def read(headers: str = "", body: str = "Hello.", *, subject: str = "Printer") -> ParsedMessage:
    """Return the reading of such a mail."""
    return parse_message(make_mail(headers, body, subject=subject))


def read_html(html: str) -> ParsedMessage:
    """Return the reading of a mail that has nothing but HTML."""
    return read("MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n", html)
