"""Readable text from HTML: paragraphs, lists, tables, links, and quotes with ``>``."""

import re
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser

from postdesk.message import html_words
from postdesk.message.html_writer import TextWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

DEEPEST_NESTING = 400  # elements in one another; Outlook's longest threads have about a hundred
_LISTS = frozenset({"ul", "ol"})
_CELLS = frozenset({"td", "th"})
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_ENDED = html_words.BLOCK_TAGS | html_words.PARAGRAPH_TAGS | {"a"}
_CHILDLESS = html_words.UNSEEN_TAGS | {"-text", "br", "img", "hr"}
_ACTED_ON = _ENDED | _CELLS | {"-text", "br", "img"}
_HIDEABLE = html_words.BLOCK_TAGS | html_words.PARAGRAPH_TAGS | {"span", "td"}
# Paragraphs without space between them: Outlook's, and those of its web editor.
_TIGHT = re.compile(r"\bMso[A-Z]|margin(?:-bottom)?:\s*0(?!\.?[1-9])")
_WHITE = re.compile(r"[ \t\r\n\f]+")
_RULE = "-" * 20


class NestedTooDeep(Exception):
    """Elements stand in one another deeper than is shown; use ``strip_tags``."""


def read_html_text(html: str) -> str:
    """Return the text of ``html`` as a person reads it. Raises NestedTooDeep.

    ``html`` has passed ``is_safe_to_parse``.
    """
    root = LexborHTMLParser(html).root
    if root is None:
        return ""
    writer = TextWriter()
    for node, tag, is_end in _walk(root, html):
        if tag == "-text":  # half of all nodes: asked first, for speed
            writer.write(node.text_content or "")
        elif is_end:
            _leave(writer, tag)
        else:
            _enter(writer, node, tag)
    return writer.finish()


def strip_tags(html: str) -> str:
    """Return the bare text of HTML that is too large or deep to be parsed; linear."""
    text = _cut(_cut(html, "<script", "</script"), "<style", "</style")
    text = re.sub(r"<(?:br|p|div|tr|li|/p|/div)\b[^<>]*>", "\n", text, flags=re.IGNORECASE)
    lines = (_WHITE.sub(" ", line).strip() for line in re.sub(r"<[^<>]*>", "", text).split("\n"))
    plain = "\n".join(line for line in lines if line)
    return (
        plain.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    )


def _cut(html: str, opening: str, closing: str) -> str:
    """Return ``html`` without what stands from each ``opening`` to its ``closing``."""
    lower, out, at = html.lower(), [], 0
    while (start := lower.find(opening, at)) >= 0:
        out.append(html[at:start])
        end = lower.find(closing, start)
        if end < 0:
            return "".join(out)
        at = end
    return "".join([*out, html[at:]])


def _walk(root: "LexborNode", html: str) -> "Iterator[tuple[LexborNode, str, bool]]":
    """Yield the nodes that matter for text, with their tags: at their start, and at their end."""
    style = _Style(html)
    open_nodes: list[tuple[LexborNode, str]] = []
    node: LexborNode | None = root
    while node is not None:
        tag = node.tag or ""
        if style.matters and tag in _HIDEABLE:
            tag = style.tag_of(node, tag)
        if tag in _ACTED_ON:
            yield node, tag, False
        child = None if tag in _CHILDLESS else node.child
        if child is not None:
            open_nodes.append((node, tag))
            if len(open_nodes) > DEEPEST_NESTING:
                raise NestedTooDeep
            node = child
            continue
        if tag in _ENDED:
            yield node, tag, True
        following = node.next
        while following is None and open_nodes:
            node, tag = open_nodes.pop()
            if tag in _ENDED:
                yield node, tag, True
            following = node.next
        node = following if open_nodes else None


class _Style:
    """Reads what style attributes change for text; looks at none when the document has none."""

    def __init__(self, html: str) -> None:
        self._may_hide = _HIDDEN.search(html) is not None
        self._may_be_tight = _TIGHT.search(html) is not None
        self.matters = self._may_hide or self._may_be_tight

    def tag_of(self, node: "LexborNode", tag: str) -> str:
        """Return the tag to treat the node as: hidden ones as unseen, tight paragraphs as lines."""
        if self._may_hide and tag in _HIDEABLE and _HIDDEN.search(_attribute(node, "style")):
            return "template"
        if self._may_be_tight and tag == "p" and _is_tight(node):
            return "div"
        return tag


def _is_tight(node: "LexborNode") -> bool:
    return _attribute(node, "class").startswith("Mso") or bool(
        _TIGHT.search(_attribute(node, "style"))
    )


def _attribute(node: "LexborNode", name: str) -> str:
    return node.attributes.get(name) or ""


def _enter(writer: TextWriter, node: "LexborNode", tag: str) -> None:
    if tag == "br":
        writer.end_line()
    elif tag in html_words.PARAGRAPH_TAGS:
        writer.start_paragraph()
        writer.quote_depth += tag == "blockquote"
        writer.verbatim_depth += tag == "pre"
    elif tag in _CELLS:
        writer.start_cell()
    elif tag in html_words.BLOCK_TAGS:
        writer.start_block()
        _enter_block(writer, tag)
    elif tag == "img":
        writer.write_picture(_attribute(node, "alt"))
    elif tag == "a":
        writer.start_link(_attribute(node, "href"))


def _enter_block(writer: TextWriter, tag: str) -> None:
    if tag in _LISTS:
        writer.start_list(is_numbered=tag == "ol")
    elif tag == "li":
        writer.start_item()
    elif tag == "hr":
        writer.write(_RULE)
        writer.start_block()


def _leave(writer: TextWriter, tag: str) -> None:
    if tag in html_words.PARAGRAPH_TAGS:
        writer.start_block()
        writer.quote_depth -= tag == "blockquote"
        writer.verbatim_depth -= tag == "pre"
        writer.start_paragraph()
    elif tag in html_words.BLOCK_TAGS:
        writer.start_block()
        if tag in _LISTS:
            writer.end_list()
    elif tag == "a":
        writer.end_link()
