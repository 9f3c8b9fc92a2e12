import pytest

from postdesk.message.charsets import decode_octets


@pytest.mark.parametrize(
    ("text", "charset", "declared"),
    [
        ("Grüße", "utf-8", "UTF-8"),
        ("Grüße", "latin-1", "iso-8859-1"),
        ("“€”", "cp1252", "iso-8859-1"),
        ("“€”", "cp1252", "windows-1252"),
        ("中文朱镕基", "gb18030", "gb2312"),
        ("안녕하세요", "cp949", "ks_c_5601-1987"),
        ("日本語①", "cp932", "Shift_JIS"),
        ("日本語", "iso2022_jp", "iso-2022-jp"),
        ("Привет", "koi8-r", "koi8-r"),
        ("שלום", "iso8859-8", "iso-8859-8-i"),
        ("żółw", "utf-16", "utf-16"),
    ],
)
def test_declared_charset_is_used(text: str, charset: str, declared: str) -> None:
    assert decode_octets(text.encode(charset), declared) == (text, "")


@pytest.mark.parametrize("declared", ["", "us-ascii", "x-unknown", "no such charset", "utf-16"])
def test_utf8_is_found_without_a_right_declaration(declared: str) -> None:
    assert decode_octets("Grüße ✓".encode(), declared)[0] == "Grüße ✓"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Schöne Grüße aus Köln, der Drucker geht wieder.", "latin-1"),
        ("Здравствуйте, принтер не печатает.", "cp1251"),
        ("プリンターが動きません。助けてください。", "shift_jis"),
        ("打印机坏了。请帮忙看一下。", "gb18030"),
    ],
)
def test_undeclared_charset_is_guessed(text: str, charset: str) -> None:
    found, problem = decode_octets(text.encode(charset))

    assert found == text
    assert "does not say its charset" in problem


def test_cut_off_utf8_is_not_taken_for_something_else() -> None:
    octets = ("Grüße, schöne Wörter, ärgerliche Störung, für Müller " * 3).encode()[:-3] + b"\xc3"

    assert decode_octets(octets, "utf-8")[0].startswith("Grüße, schöne Wörter")


@pytest.mark.parametrize("declared", ["punycode", "idna", "unicode_escape", "rot13", "zlib", "\0"])
def test_codecs_that_are_none_of_mail_are_never_run(declared: str) -> None:
    assert decode_octets(b"caf\xc3\xa9 \\u0041", declared)[0] == "café \\u0041"


def test_nothing_that_cannot_be_stored_comes_out() -> None:
    text, _ = decode_octets(b"a\0b\x07c\xef\xbb\xbf", "utf-8")

    assert text == "abc"
    assert decode_octets(b"+2AA-", "utf-7")[0] == "\ufffd"
