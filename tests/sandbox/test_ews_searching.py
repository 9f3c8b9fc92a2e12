"""FindItem: restrictions, order, pages, and what it refuses."""

import pytest

from tests.sandbox.ews_desk import Desk, set_read, shape
from tests.sandbox.visitor import make_mime

SUBJECT = '<t:FieldURI FieldURI="item:Subject"/>'
RECEIVED = '<t:FieldURI FieldURI="item:DateTimeReceived"/>'
IS_READ = '<t:FieldURI FieldURI="message:IsRead"/>'
MESSAGE_ID = '<t:FieldURI FieldURI="message:InternetMessageId"/>'
FLAGS = '<t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/>'
IMAP_NUMBER = '<t:ExtendedFieldURI PropertyTag="0x0e23" PropertyType="Integer"/>'


def fill(desk: Desk) -> None:
    """Three messages: apple, Banana, cherry; the second one read, a day apart."""
    for day, subject in enumerate(("apple", "Banana", "cherry"), start=1):
        desk.visitor.inject(
            make_mime(
                subject=subject,
                message_id=f"<{subject}@x.test>",
                extra="X-Desk: yes\r\n" if day == 2 else "",
            ),
            received_at=f"2026-11-0{day}T12:00:00Z",
        )


def found(desk: Desk, restriction: str, inside: str = "") -> list[str]:
    more = f"<m:Restriction>{restriction}</m:Restriction>{inside}"
    return desk.find(inside=more, shaped=shape("item:Subject")).good().texts("t:Subject")


def compare(name: str, path: str, value: str) -> str:
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f"<t:{name}>{path}{constant}</t:{name}>"


def contains(path: str, value: str, mode: str = "Substring", comparison: str = "IgnoreCase") -> str:
    return (
        f'<t:Contains ContainmentMode="{mode}" ContainmentComparison="{comparison}">{path}'
        f'<t:Constant Value="{value}"/></t:Contains>'
    )


def header(name: str) -> str:
    return (
        '<t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders"'
        f' PropertyName="{name}" PropertyType="String"/>'
    )


@pytest.mark.parametrize(
    ("restriction", "expected"),
    [
        (compare("IsEqualTo", SUBJECT, "apple"), ["apple"]),
        (compare("IsNotEqualTo", SUBJECT, "apple"), ["cherry", "Banana"]),
        (compare("IsEqualTo", IS_READ, "false"), ["cherry", "Banana", "apple"]),
        (compare("IsGreaterThan", RECEIVED, "2026-11-02T12:00:00Z"), ["cherry"]),
        (
            compare("IsGreaterThanOrEqualTo", RECEIVED, "2026-11-02T13:00:00+01:00"),
            ["cherry", "Banana"],
        ),
        (compare("IsLessThan", RECEIVED, "2026-11-02T12:00:00Z"), ["apple"]),
        (compare("IsLessThanOrEqualTo", RECEIVED, "2026-11-01T12:00:00Z"), ["apple"]),
        (contains(SUBJECT, "AN"), ["Banana"]),
        (contains(SUBJECT, "AN", comparison="Exact"), []),
        (contains(SUBJECT, "ban", mode="Prefixed"), ["Banana"]),
        (contains(SUBJECT, "anana", mode="FullString"), []),
        (f"<t:Exists>{header('X-Desk')}</t:Exists>", ["Banana"]),
        (contains(header("x-desk"), "YES"), ["Banana"]),
        (
            f'<t:Excludes>{FLAGS}<t:Bitmask Value="0x8"/></t:Excludes>',
            ["cherry", "Banana", "apple"],
        ),
        (
            f"<t:And>{compare('IsNotEqualTo', SUBJECT, 'apple')}"
            f"<t:Not>{contains(SUBJECT, 'cherry')}</t:Not></t:And>",
            ["Banana"],
        ),
        (
            f"<t:Or>{compare('IsEqualTo', SUBJECT, 'apple')}"
            f"{compare('IsEqualTo', MESSAGE_ID, '&lt;cherry@x.test&gt;')}</t:Or>",
            ["cherry", "apple"],
        ),
    ],
)
def test_restriction_finds_what_it_means(desk: Desk, restriction: str, expected: list[str]) -> None:
    fill(desk)
    assert found(desk, restriction) == expected


def test_excludes_finds_numbers_without_the_bits(desk: Desk) -> None:
    fill(desk)
    banana = f"<m:Restriction>{compare('IsEqualTo', SUBJECT, 'Banana')}</m:Restriction>"
    desk.update(desk.find(inside=banana).id, set_read("true")).good()
    excludes = f'<t:Excludes>{FLAGS}<t:Bitmask Value="1"/></t:Excludes>'
    assert found(desk, excludes) == ["cherry", "apple"]


@pytest.mark.parametrize(
    ("order", "path", "expected"),
    [
        ("Ascending", SUBJECT, ["apple", "Banana", "cherry"]),
        ("Descending", SUBJECT, ["cherry", "Banana", "apple"]),
        ("Ascending", RECEIVED, ["apple", "Banana", "cherry"]),
        ("Descending", IMAP_NUMBER, ["cherry", "Banana", "apple"]),
    ],
)
def test_order_is_kept(desk: Desk, order: str, path: str, expected: list[str]) -> None:
    fill(desk)
    inside = f'<m:SortOrder><t:FieldOrder Order="{order}">{path}</t:FieldOrder></m:SortOrder>'
    reply = desk.find(inside=inside, shaped=shape("item:Subject")).good()
    assert reply.texts("t:Subject") == expected


def page(desk: Desk, size: int, offset: int, base: str = "Beginning") -> tuple[list[str], str, str]:
    view = (
        f'<m:IndexedPageItemView MaxEntriesReturned="{size}" Offset="{offset}" BasePoint="{base}"/>'
    )
    order = f'<m:SortOrder><t:FieldOrder Order="Ascending">{SUBJECT}</t:FieldOrder></m:SortOrder>'
    reply = desk.find(inside=view + order, shaped=shape("item:Subject")).good()
    root = reply.all("m:RootFolder")[0]
    assert root.get("TotalItemsInView") == "3"
    return (
        reply.texts("t:Subject"),
        root.get("IndexedPagingOffset"),
        root.get("IncludesLastItemInRange"),
    )


def test_pages_follow_one_another(desk: Desk) -> None:
    fill(desk)
    assert page(desk, 2, 0) == (["apple", "Banana"], "2", "false")
    assert page(desk, 2, 2) == (["cherry"], "3", "true")
    assert page(desk, 2, 9) == ([], "3", "true")
    assert page(desk, 2, 0, base="End") == (["Banana", "cherry"], "2", "false")
    assert page(desk, 2, 2, base="End") == (["apple"], "3", "true")


def test_negative_offset_is_refused(desk: Desk) -> None:
    view = '<m:IndexedPageItemView Offset="-1" BasePoint="Beginning"/>'
    assert desk.find(inside=view).codes == ["ErrorInvalidIndexedPagingParameters"]


@pytest.mark.parametrize("uri", ["item:Body", "message:ToRecipients", "item:MimeContent"])
def test_what_only_get_item_shows_is_refused(desk: Desk, uri: str) -> None:
    fill(desk)
    assert desk.find(shaped=shape(uri)).codes == ["ErrorInvalidPropertyForOperation"]


def test_sender_comes_without_the_address(desk: Desk) -> None:
    desk.visitor.inject(make_mime(sender="Clara <clara@x.test>"))
    reply = desk.find(shaped=shape("message:From")).good()
    assert reply.texts("t:From/t:Mailbox/t:Name") == ["Clara"]
    assert reply.texts("t:EmailAddress") == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ('<t:FieldURI FieldURI="item:EffectiveRights"/>', "ErrorUnsupportedPathForQuery"),
        ('<t:FieldURI FieldURI="calendar:Start"/>', "ErrorUnsupportedPathForQuery"),
        (
            '<t:ExtendedFieldURI PropertyTag="0x6001" PropertyType="String"/>',
            "ErrorUnsupportedPathForQuery",
        ),
    ],
)
def test_search_by_what_cannot_be_searched_is_refused_and_written_down(
    desk: Desk, path: str, code: str
) -> None:
    restriction = compare("IsEqualTo", path, "1")
    reply = desk.find(inside=f"<m:Restriction>{restriction}</m:Restriction>")
    assert reply.codes == [code]
    assert len(desk.missed) == 1


def test_flag_cannot_be_searched_by_exists(desk: Desk) -> None:
    reply = desk.find(inside=f"<m:Restriction><t:Exists>{IS_READ}</t:Exists></m:Restriction>")
    assert reply.codes == ["ErrorInvalidPropertyForExists"]


def test_constant_of_another_kind_is_refused(desk: Desk) -> None:
    fill(desk)
    for path, value in ((IS_READ, "maybe"), (RECEIVED, "yesterday")):
        reply = desk.find(
            inside=f"<m:Restriction>{compare('IsEqualTo', path, value)}</m:Restriction>"
        )
        assert reply.codes == ["ErrorInvalidValueForProperty"]


@pytest.mark.parametrize(
    "inside",
    [
        '<m:FractionalPageItemView Numerator="0" Denominator="1"/>',
        '<m:GroupBy Order="Ascending"/>',
        '<m:CalendarView StartDate="2026-01-01T00:00:00Z" EndDate="2026-02-01T00:00:00Z"/>',
    ],
)
def test_views_that_are_not_there_are_refused(desk: Desk, inside: str) -> None:
    assert "NoError" not in desk.find(inside=inside).codes
    assert len(desk.missed) == 1
