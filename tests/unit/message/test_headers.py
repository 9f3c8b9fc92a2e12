import pytest

from postdesk.message.headers import decode_header
from postdesk.message.parameters import read_parameters


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"),
        ("=?utf-8?Q?one?=\r\n =?iso-8859-1?Q?=FCber?=", "oneüber"),
        ("=?utf-8?B?w7x?= no padding", "ü no padding"),
        ("=?utf-8*de?Q?=C3=BC?=", "ü"),
        ("=?nobody-knows?Q?caf=E9?=", "café"),
        ("=?utf-8?Q?with space?=", "with space"),
        ("folded\r\n\tvalue", "folded value"),
        ("=?utf-8?X?unknown_encoding?=", "=?utf-8?X?unknown_encoding?="),
        ("nul\0 and \x07bell", "nul and bell"),
        ("=?utf-7?Q?+2AA-?=", "\ufffd"),
        ("=?punycode?Q?abc?=", "abc"),
    ],
)
def test_header_is_decoded(raw: str, text: str) -> None:
    assert decode_header(raw) == text


def test_characters_split_over_two_words_are_whole() -> None:
    assert decode_header("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=") == "ü"
    assert decode_header("=?utf-8?B?5pel5py?= =?utf-8?B?s6Kqe?=") == "日本語"


def test_line_break_inside_an_encoded_word_stays_on_the_line() -> None:
    assert decode_header("=?utf-8?Q?one=0D=0ABcc=3A_two?=") == "one  Bcc: two"


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ('Text/HTML; Charset="utf-8"', "text/html", {"charset": "utf-8"}),
        ("text/html charset=utf-8", "text/html", {"charset": "utf-8"}),
        ("a/b; name*=UTF-8''%e2%82%ac.pdf", "a/b", {"name": "€.pdf"}),
        ("a/b; name=plain.pdf; name*=utf-8''%C3%BC.pdf", "a/b", {"name": "ü.pdf"}),
        ("a/b; n*1=two; n*0=one", "a/b", {"n": "onetwo"}),
        ("a/b; n*0*=utf-8''%C3; n*1*=%BC", "a/b", {"n": "ü"}),
        ('a/b; name="=?utf-8?Q?=C3=BC?="', "a/b", {"name": "ü"}),
        ('a/b; name="C:\\temp\\x.pdf"', "a/b", {"name": "C:\\temp\\x.pdf"}),
        ('a/b; name="say \\"hi\\".txt"', "a/b", {"name": 'say "hi".txt'}),
        ("a/b; name=with space.txt; size=3", "a/b", {"name": "with space.txt", "size": "3"}),
        ('a/b; name="never closed', "a/b", {"name": "never closed"}),
        (";;;=;", "", {}),
    ],
)
def test_parameters_are_read(value: str, main: str, parameters: dict[str, str]) -> None:
    assert read_parameters(value) == (main, parameters)


def test_boundary_is_not_decoded() -> None:
    _, parameters = read_parameters('multipart/mixed; boundary="=?utf-8?Q?x?="')

    assert parameters["boundary"] == "=?utf-8?Q?x?="
