"""What breaks the schema is refused as a whole; nothing that anybody sends is a 500 of ours."""

import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from postdesk_sandbox.ews.checking import known_operations
from postdesk_sandbox.server import Sandbox
from tests.sandbox.ews_desk import ID_ONLY, Desk, distinguished, shape
from tests.sandbox.visitor import Visitor, make_mime

INBOX = f"<m:ParentFolderIds>{distinguished('inbox')}</m:ParentFolderIds>"
VIEW = '<m:IndexedPageItemView Offset="0" BasePoint="Beginning"/>'


@pytest.mark.parametrize(
    "operation",
    [
        f'<m:FindItem Traversal="Shallow">{INBOX}{ID_ONLY}</m:FindItem>',
        f'<m:FindItem Traversal="Shallow">{VIEW}{ID_ONLY}{INBOX}</m:FindItem>',
        f"<m:FindItem>{ID_ONLY}{INBOX}</m:FindItem>",
        f'<m:FindItem Traversal="Deep">{ID_ONLY}{INBOX}</m:FindItem>',
        f'<m:FindItem Traversal="Shallow" Extra="1">{ID_ONLY}{INBOX}</m:FindItem>',
        f'<m:FindItem Traversal="Shallow">{ID_ONLY}{INBOX}<m:Surprise/></m:FindItem>',
        f'<m:FindItem Traversal="Shallow">{shape("item:subject:x")}{INBOX}</m:FindItem>',
        f'<m:FindItem Traversal="Shallow">{shape("item:Sbject")}{INBOX}</m:FindItem>',
        "<m:GetItem><m:ItemIds><t:ItemId Id='x'/></m:ItemIds></m:GetItem>",
        "<m:GetItem>" + ID_ONLY + "<m:ItemIds/></m:GetItem>",
        "<m:GetItem>" + ID_ONLY.replace("m:", "t:") + "</m:GetItem>",
        "<m:DeleteItem DeleteType='Burn'><m:ItemIds><t:ItemId Id='x'/></m:ItemIds></m:DeleteItem>",
        "<m:CreateItem MessageDisposition='SaveOnly'><m:Items><t:Message>"
        "<t:IsRead>true</t:IsRead><t:Subject>x</t:Subject></t:Message></m:Items></m:CreateItem>",
        "<m:CreateItem MessageDisposition='SaveOnly'><m:Items><t:Message>"
        "<t:IsRead>perhaps</t:IsRead></t:Message></m:Items></m:CreateItem>",
        "<m:SendItem><m:ItemIds><t:ItemId Id='x'/></m:ItemIds></m:SendItem>",
    ],
)
def test_wrong_order_names_and_values_are_a_fault(desk: Desk, operation: str) -> None:
    reply = desk.ask(operation)
    assert (reply.status, reply.fault) == (500, "ErrorSchemaValidation")
    assert desk.missed == []


def test_unknown_operation_is_refused_and_written_down(desk: Desk) -> None:
    reply = desk.ask("<m:GetUserAvailabilityRequest/>")
    assert reply.status == 500
    assert desk.missed == ["ews operation GetUserAvailabilityRequest"]


def test_property_that_is_not_there_is_refused_and_written_down(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    found = desk.find().good().id
    assert desk.get(found, shaped=shape("item:Mentions")).codes == ["ErrorInvalidRequest"]
    odd = '<t:ExtendedFieldURI PropertyTag="0x6001" PropertyType="String"/>'
    assert desk.get(found, shaped=shape(more=odd)).codes == ["ErrorInvalidRequest"]
    assert desk.missed == [
        "ews GetItem: property item:Mentions",
        "ews GetItem: extended property String 0x6001",
    ]


def test_part_of_a_shape_that_changes_nothing_here_is_refused(desk: Desk) -> None:
    wanted = shape(before="<t:MaximumBodySize>10</t:MaximumBodySize>")
    assert desk.find(shaped=wanted).fault == "ErrorInvalidRequest"
    assert desk.missed == ["ews FindItem: MaximumBodySize in a shape"]


@pytest.mark.parametrize("product", ["2013", "2016", "2019", "SE", "Online"])
def test_every_answer_names_the_version_of_the_server(desk: Desk, product: str) -> None:
    desk.visitor.control("tenant", exchange=product)
    version = desk.find().good().all("t:ServerVersionInfo")[0]
    minor = {"2013": "0", "2016": "1", "2019": "2", "SE": "2", "Online": "20"}
    assert (version.get("MajorVersion"), version.get("MinorVersion")) == ("15", minor[product])


def test_restriction_too_deep_or_too_long_is_refused(desk: Desk) -> None:
    flag = '<t:FieldURI FieldURI="item:Subject"/>'
    deep = "<t:Not>" * 60 + f"<t:Exists>{flag}</t:Exists>" + "</t:Not>" * 60
    assert desk.find(inside=f"<m:Restriction>{deep}</m:Restriction>").codes == [
        "ErrorRestrictionTooLong"
    ]
    wide = f"<t:Or>{f'<t:Exists>{flag}</t:Exists>' * 400}</t:Or>"
    assert desk.find(inside=f"<m:Restriction>{wide}</m:Restriction>").codes == [
        "ErrorRestrictionTooComplex"
    ]


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_moments_beyond_the_calendar_are_refused(desk: Desk, value: str) -> None:
    desk.visitor.inject(make_mime())
    extended = '<t:ExtendedFieldURI PropertyTag="0x0e06" PropertyType="SystemTime"/>'
    plain = '<t:FieldURI FieldURI="item:DateTimeReceived"/>'
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    for path, code in (
        (extended, "ErrorInvalidExtendedPropertyValue"),
        (plain, "ErrorInvalidValueForProperty"),
    ):
        later = f"<t:IsLessThan>{path}{constant}</t:IsLessThan>"
        assert desk.find(inside=f"<m:Restriction>{later}</m:Restriction>").codes == [code]


def test_bitmask_without_digits_is_zero(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    path = '<t:ExtendedFieldURI PropertyTag="0x0e07" PropertyType="Integer"/>'
    excludes = f'<t:Excludes>{path}<t:Bitmask Value="0x"/></t:Excludes>'
    assert len(desk.find(inside=f"<m:Restriction>{excludes}</m:Restriction>").good().ids) == 1


NAMES = sorted(known_operations())
TEXTS = st.one_of(
    st.text(alphabet=string.printable.replace("\x0b", "").replace("\x0c", ""), max_size=30),
    st.sampled_from(
        ["AAMkADEx", "0x0e07", "true", "-1", "../..", "ü", "AAMkADEx" + "A" * 43 + "="]
    ),
)
PARTS = st.sampled_from(
    [
        "t:ItemId", "t:FolderId", "t:DistinguishedFolderId", "m:ItemShape", "m:ItemIds",
        "t:BaseShape", "m:FolderShape", "m:FolderIds", "m:Items", "t:Message", "m:SyncState",
        "t:FieldURI", "m:Restriction", "t:And", "t:ExtendedFieldURI", "m:SavedItemFolderId",
        "m:ParentFolderIds",
    ]
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["Id", "ChangeKey", "FieldURI", "PropertyTag", "PropertyType", "Traversal"]),
    TEXTS,
    max_size=2,
)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.tuples(PARTS, ATTRIBUTES, TEXTS, st.just([])),
    lambda inner: st.tuples(PARTS, ATTRIBUTES, TEXTS, st.lists(inner, max_size=3)),
    max_leaves=8,
)


def write(tree: tuple[str, dict[str, str], str, list[object]]) -> str:
    name, attributes, text, children = tree
    inside = "".join(write(one) for one in children)  # type: ignore[arg-type]
    given_attributes = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{given_attributes}>{escape(text)}{inside}</{name}>"


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


@pytest.fixture(scope="module")
def hard_desk() -> object:
    with Sandbox(port=0) as running:
        visitor = Visitor(running)
        visitor.inject(make_mime())
        yield Desk(visitor)
        visitor.close()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(NAMES), children=st.lists(TREES, max_size=4))
def test_arbitrary_trees_get_the_documented_refusal(
    hard_desk: Desk, name: str, children: list[object]
) -> None:
    inside = "".join(write(one) for one in children)  # type: ignore[arg-type]
    reply = hard_desk.ask(f"<m:{name}>{inside}</m:{name}>")
    assert reply.fault or reply.codes
    assert reply.fault != "ErrorInternalServerError"


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    identity=VALUES,
    key=VALUES,
    state=VALUES,
    tag=st.integers(0, 65535),
    kind=st.sampled_from(["String", "Integer", "Boolean", "SystemTime", "Binary", "StringArray"]),
    constant=VALUES,
)
def test_arbitrary_values_in_the_right_places_are_answered(
    hard_desk: Desk, identity: str, key: str, state: str, tag: int, kind: str, constant: str
) -> None:
    path = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
    value = f'<t:FieldURIOrConstant><t:Constant Value="{escape(constant)}"/></t:FieldURIOrConstant>'
    restriction = f"<m:Restriction><t:IsLessThan>{path}{value}</t:IsLessThan></m:Restriction>"
    item = f'<t:ItemId Id="{escape(identity)}" ChangeKey="{escape(key)}"/>'
    replies = [
        hard_desk.find(inside=restriction),
        hard_desk.sync(state=escape(state)),
        hard_desk.ask(f"<m:GetItem>{shape(more=path)}<m:ItemIds>{item}</m:ItemIds></m:GetItem>"),
        hard_desk.create(f"<t:Subject>{escape(constant)}</t:Subject>"),
    ]
    for reply in replies:
        assert reply.codes or reply.fault
        assert "ErrorInternalServerError" not in [*reply.codes, reply.fault], etree.tostring(
            reply.root
        )
