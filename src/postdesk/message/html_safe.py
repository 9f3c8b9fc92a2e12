"""Mail HTML made harmless: an allow-list, no remote pictures, and no input that explodes.

The result is shown in a frame of its own under a strict policy; this module must be safe without.
"""

import re

import nh3

from postdesk.message import html_words

LONGEST_HTML = 2_000_000  # characters that are sanitised; longer bodies are shown as text
REMOTE_SOURCE = "data-remote-src"  # holds the address of a remote picture until asked for

_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style", "align", "valign", "bgcolor", "width", "height"},
    "a": {"href"},
    "blockquote": {"type"},
    "col": {"span"},
    "colgroup": {"span"},
    "font": {"color", "face", "size"},
    "hr": {"color", "noshade", "size"},
    "img": {"src", "alt", "border", "hspace", "vspace"},
    "li": {"value"},
    "ol": {"start", "type", "reversed"},
    "table": {"border", "cellpadding", "cellspacing", "rules"},
    "td": {"colspan", "rowspan", "nowrap", "headers"},
    "th": {"colspan", "rowspan", "nowrap", "scope"},
    "time": {"datetime"},
    "ul": {"type"},
}
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid"})
_CLEANER = nh3.Cleaner(
    tags=set(html_words.ALLOWED_TAGS),
    clean_content_tags=set(html_words.REMOVED_TAGS),
    attributes=_ATTRIBUTES,
    strip_comments=True,
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    filter_style_properties=set(html_words.ALLOWED_STYLES),
    url_schemes=set(_SCHEMES),
    url_relative="deny",
)

# The sanitiser's output is regular: lower-case names, every value in double quotes.
_TAG = re.compile(r'<[a-z][a-z0-9]*+((?:\s++[a-z-]++="[^"]*+")*+)\s*+>')
_SOURCE = re.compile(r'(\s)src="(?!cid:)', re.IGNORECASE)

_START = re.compile(r"<([a-zA-Z][^\s<>/]*+)([^<>]*+)")
_MOST_STACKED = 5000  # 40,000 nested <div> take three seconds, 5,000 a fiftieth of one
_MOST_ATTRIBUTES = 500  # of one tag; also quadratic
_MOST_REOPENED = 1_000_000  # elements that unclosed formatting may multiply to: 300 MB


def sanitise_html(html: str) -> str:
    """Return harmless HTML. ``html`` has passed ``is_safe_to_parse``.

    Pictures from the mail itself keep ``src="cid:..."``; those from elsewhere have their address
    in ``data-remote-src`` and load nothing. Links open a new page and tell nothing of this one.
    """
    clean: str = _CLEANER.clean(html)
    return _TAG.sub(_disarm_picture, clean) if "<img" in clean else clean


def is_safe_to_parse(html: str) -> bool:
    """Tell whether the HTML parsers will be done with ``html`` in reasonable time and memory.

    Counts, in one pass, what costs more than it weighs: block elements without end, attributes
    without end, and unclosed formatting elements, which each following tag opens again (three of
    a kind at most, by the HTML standard).
    """
    if len(html) > LONGEST_HTML:
        return False
    tags = stacked = 0
    formatting: set[str] = set()
    for name, attributes in _START.findall(html):
        lower = name.lower()
        tags += 1
        if lower in html_words.STACKED_TAGS:
            stacked += 1
        elif lower in html_words.FORMATTING_TAGS:
            formatting.add(lower + attributes)
        if len(attributes) > 2 * _MOST_ATTRIBUTES and _count_words(attributes) > _MOST_ATTRIBUTES:
            return False
    tags += html.count("</")
    return stacked <= _MOST_STACKED and 3 * len(formatting) * tags <= _MOST_REOPENED


def _count_words(attributes: str) -> int:
    return attributes.count("=") + len(attributes.split(None, _MOST_ATTRIBUTES + 1))


def _disarm_picture(tag: re.Match[str]) -> str:
    if not tag[0].startswith("<img"):
        return tag[0]
    return _SOURCE.sub(rf'\1{REMOTE_SOURCE}="', tag[0])
