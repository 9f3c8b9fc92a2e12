"""Bodies and attachments of a tree: what a person reads, and what comes with it."""

import re
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

from postdesk.message.attachments import make_attachment
from postdesk.message.charsets import decode_octets
from postdesk.message.flowed import unflow
from postdesk.message.headers import decode_header
from postdesk.message.html_safe import is_safe_to_parse, sanitise_html
from postdesk.message.html_text import NestedTooDeep, read_html_text, strip_tags
from postdesk.message.limits import check_limits
from postdesk.message.transfer import undo_transfer_encoding
from postdesk.message.tree import Part, read_tree

if TYPE_CHECKING:
    from postdesk.message.parsed import Attachment

# Kinds of text that are documents of their own, never something to read in place.
_TEXT_DOCUMENTS = frozenset(
    [
        "text/calendar",
        "text/csv",
        "text/vcard",
        "text/x-vcard",
        "text/directory",
        "text/rtf",
        "text/richtext",
        "text/xml",
        "text/css",
        "text/javascript",
        "text/rfc822-headers",
        "text/x-python",
        "text/x-patch",
        "text/x-diff",
    ]
)
_DUPLICATES = frozenset({"text/x-amp-html", "text/watch-html"})  # the same words for one program
_MISSED_BOUNDARY = re.compile(
    rb"(?:\A|[\r\n])--([^\r\n]{1,200}?)[ \t]*(?:\r\n|\r|\n)(?=content-[a-z-]{1,40}:)", re.IGNORECASE
)
_MOST_GUESSES = 5  # boundaries that are guessed in one message
_ANGLES = re.compile(r"[<>\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The readable whole of a message: ``html`` is "" when no part has any."""

    text: str
    html: str
    attachments: "tuple[Attachment, ...]"


@dataclass(frozen=True, slots=True)
class _Block:
    """A readable piece. ``text`` is None when it has to be read out of the HTML, as it came."""

    text: str | None
    html: str | None


@dataclass(slots=True)
class BodyReader:
    """Collects bodies and attachments of one tree, and the ``problems`` met on the way."""

    problems: list[str]
    charset: str = ""  # the first that a readable part declares
    _found: "list[Attachment]" = field(default_factory=list)
    _leaves: int = 0
    _guesses: int = 0

    def read(self, tree: Part) -> Bodies:
        """Return what ``tree`` says and carries."""
        blocks = [block for block in self._read_part(tree, parent="") if _says_something(block)]
        html = "\n".join(_html_of(block) for block in blocks) if _any_html(blocks) else ""
        text = "\n\n".join(filter(None, (self._text_of(block) for block in blocks)))
        attachments = tuple(_mark_shown(attachment, html) for attachment in self._found)
        return Bodies(text=text, html=html, attachments=attachments)

    def _read_part(self, part: Part, *, parent: str) -> list[_Block]:
        media_type = part.get_content_type()
        if media_type.startswith("multipart/"):
            return self._read_multipart(part, media_type)
        self._leaves += 1
        if media_type.startswith("message/"):
            self._attach_message(part, media_type)
            return []
        if media_type in _DUPLICATES and parent == "multipart/alternative":
            return []
        if media_type.startswith("text/") and self._is_body(part, media_type, parent):
            return [self._read_text(part, media_type)]
        self._attach(part, media_type)
        return []

    def _read_multipart(self, part: Part, media_type: str) -> list[_Block]:
        children = part.children() or self._recover_children(part)
        if not children:
            return self._read_lone_multipart(part)
        readings = [self._read_part(child, parent=media_type) for child in children]
        if media_type == "multipart/alternative":
            return _choose(readings)
        return [block for blocks in readings for block in blocks]

    def _read_lone_multipart(self, part: Part) -> list[_Block]:
        self._leaves += 1
        if part.raw_body().strip():
            self._note("A multipart without parts is read as plain text.")
        return [self._read_text(part, "text/plain")]

    def _recover_children(self, part: Part) -> list[Part]:
        """Return the parts of a multipart whose boundary is missing or wrong, if one is visible."""
        octets = part.raw_body()
        match = _MISSED_BOUNDARY.search(octets)
        if match is None or b'"' in match[1] or self._guesses >= _MOST_GUESSES:
            return []
        self._guesses += 1
        self._note("The boundary of a multipart is missing or wrong; it was guessed.")
        mended = b'Content-Type: multipart/mixed; boundary="' + match[1] + b'"\r\n\r\n' + octets
        check_limits(mended)  # what hid behind the wrong boundary has not been counted yet
        return read_tree(mended).children()

    def _is_body(self, part: Part, media_type: str, parent: str) -> bool:
        """Tell whether a text part is read in place rather than attached.

        Alternatives always are. A part that is called an attachment is one if it has a name or
        company; a named one without that word is, unless it is the very first thing in the mail.
        """
        if media_type in _TEXT_DOCUMENTS:
            return False
        disposition, parameters = part.disposition()
        is_named = bool(parameters.get("filename") or part.content_parameters()[1].get("name"))
        if disposition == "attachment":
            return not is_named and not parent
        if parent == "multipart/alternative":
            return True
        return not is_named or self._leaves == 1

    def _read_text(self, part: Part, media_type: str) -> _Block:
        parameters = part.content_parameters()[1]
        declared = parameters.get("charset", "")
        text, problem = decode_octets(self._content(part), declared, hint=self.charset)
        self._note(problem)
        self.charset = self.charset or declared
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if media_type == "text/html":
            return self._read_html(text)
        if parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=parameters.get("delsp", "").lower() == "yes")
        return _Block(text.strip("\n"), None)

    def _read_html(self, html: str) -> _Block:
        if is_safe_to_parse(html):
            return _Block(None, html)
        self._note("The HTML is too large or complex to be shown; it is attached instead.")
        self._keep(html.encode(), name="message.html", media_type="text/html")
        return _Block(strip_tags(html), None)

    def _text_of(self, block: _Block) -> str:
        if block.text is not None or block.html is None:
            return block.text or ""
        try:
            return read_html_text(block.html)
        except NestedTooDeep:
            self._note("The HTML is nested very deep; its text may be poorly laid out.")
            return strip_tags(block.html)

    def _content(self, part: Part) -> bytes:
        content, problem = undo_transfer_encoding(
            part.raw_body(), part.raw_header("content-transfer-encoding")
        )
        self._note(problem)
        return content

    def _attach(self, part: Part, media_type: str) -> None:
        disposition, parameters = part.disposition()
        name = parameters.get("filename") or part.content_parameters()[1].get("name", "")
        if not name:
            name = decode_header(part.raw_header("content-location")).rpartition("/")[2]
        self._keep(
            self._content(part),
            name=name,
            media_type=media_type,
            content_id=_ANGLES.sub("", decode_header(part.raw_header("content-id"))),
            is_inline=disposition == "inline",
        )

    def _attach_message(self, part: Part, media_type: str) -> None:
        """Attach a message or report; one without a name is called by its subject."""
        disposition, parameters = part.disposition()
        name = parameters.get("filename") or part.content_parameters()[1].get("name", "")
        inner = part.children()
        content = part.inner_source()
        subject = decode_header(inner[0].raw_header("subject")) if inner else ""
        if len(inner) == 1 and not inner[0].items():
            # Base64 around a message is against the rules and quite common.
            content = self._undo_illegal_encoding(part, content)
        is_mail = media_type in {"message/rfc822", "message/global"}
        if is_mail and not name:
            name = (subject or "message").replace("/", "_") + ".eml"
        self._keep(
            content,
            name=name,
            media_type=media_type,
            content_id=_ANGLES.sub("", decode_header(part.raw_header("content-id"))),
            is_inline=disposition == "inline",
        )

    def _undo_illegal_encoding(self, part: Part, content: bytes) -> bytes:
        decoded, problem = undo_transfer_encoding(
            content, part.raw_header("content-transfer-encoding")
        )
        return content if problem else decoded

    def _keep(
        self,
        content: bytes,
        *,
        name: str,
        media_type: str,
        content_id: str = "",
        is_inline: bool = False,
    ) -> None:
        self._found.append(
            make_attachment(
                content,
                name=name,
                media_type=media_type,
                number=len(self._found) + 1,
                content_id=content_id,
                is_inline=is_inline,
            )
        )

    def _note(self, problem: str) -> None:
        if problem and problem not in self.problems:
            self.problems.append(problem)


def _choose(readings: list[list[_Block]]) -> list[_Block]:
    """Return the blocks of the alternatives: words of the first plain one, HTML of the last.

    A plain alternative without words is worth nothing beside an HTML one.
    """
    texts = [blocks for blocks in readings if blocks and not _any_html(blocks)]
    htmls = [blocks for blocks in readings if _any_html(blocks)]
    if not htmls:
        return next((blocks for blocks in texts if any(map(_says_something, blocks))), [])
    chosen = [block for block in htmls[-1] if _says_something(block)]
    plain = "\n\n".join(block.text or "" for block in (texts[0] if texts else []))
    if not plain.strip():
        return chosen
    # The words stand with the first piece; the others only show.
    words = [plain, *[""] * len(chosen)]
    return [_Block(text, _source_of(block)) for text, block in zip(words, chosen, strict=False)]


def _any_html(blocks: list[_Block]) -> bool:
    return any(block.html is not None for block in blocks)


def _says_something(block: _Block) -> bool:
    return bool((block.text or "").strip() or (block.html or "").strip())


def _html_of(block: _Block) -> str:
    return sanitise_html(_source_of(block))


def _source_of(block: _Block) -> str:
    """Return the HTML of a block, not yet sanitised; text beside HTML keeps its lines."""
    if block.html is not None:
        return block.html
    return f'<div style="white-space:pre-wrap">{escape(block.text or "")}</div>'


def _mark_shown(attachment: "Attachment", html: str) -> "Attachment":
    """Return the attachment as inline when the HTML shows it."""
    if not attachment.content_id or f'"cid:{escape(attachment.content_id)}"' not in html:
        return attachment
    return replace(attachment, is_inline=True)
