"""UpdateItem: properties one by one, guarded by change keys."""

import pytest

from tests.sandbox.ews_desk import Desk, Identity, set_field, set_read, shape
from tests.sandbox.visitor import Graph, make_mime

MIME = make_mime()
CATEGORIES = set_field("item:Categories", "<t:Categories><t:String>Red</t:String></t:Categories>")
VERB = '<t:ExtendedFieldURI PropertyTag="0x1081" PropertyType="Integer"/>'
NAMED = (
    '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="desk"'
    ' PropertyType="String"/>'
)


def injected(desk: Desk) -> Identity:
    desk.visitor.inject(MIME)
    return desk.find().good().id


def extended(path: str, value: str) -> str:
    return set_field(
        path, f"<t:ExtendedProperty>{path}<t:Value>{value}</t:Value></t:ExtendedProperty>"
    )


def test_update_answers_with_a_new_change_key_and_leaves_the_octets(desk: Desk) -> None:
    found = injected(desk)
    updated = desk.update(found, set_read("true"), CATEGORIES).good()
    assert updated.id.id == found.id
    assert updated.id.key != found.key
    assert updated.text("t:Count") == "0"
    assert desk.value(found, "message:IsRead") == "true"
    assert desk.get(found, shaped=shape("item:Categories")).texts("t:String") == ["Red"]
    assert desk.mime(found) == MIME


def test_missing_change_key_is_refused_unless_everything_may_be_overwritten(desk: Desk) -> None:
    found = Identity(injected(desk).id)
    for resolution in ("AutoResolve", "NeverOverwrite"):
        reply = desk.update(found, set_read("true"), resolution=resolution)
        assert reply.codes == ["ErrorChangeKeyRequiredForWriteOperations"]
    assert desk.value(found, "message:IsRead") == "false"
    desk.update(found, set_read("true"), resolution="AlwaysOverwrite").good()
    assert desk.value(found, "message:IsRead") == "true"


def test_old_change_key_is_a_conflict_where_the_same_was_changed(desk: Desk) -> None:
    found = injected(desk)
    desk.update(found, CATEGORIES).good()
    subject = set_field("item:Subject", "<t:Subject>Mine</t:Subject>")
    assert desk.update(found, subject).codes == ["ErrorIrresolvableConflict"]
    assert desk.value(found, "item:Subject") == "Printer on fire"


def test_old_change_key_passes_where_only_the_read_flag_was_changed(desk: Desk) -> None:
    found = injected(desk)
    desk.update(found, set_read("true")).good()
    desk.update(found, CATEGORIES).good()
    strict = desk.update(found, set_read("false"), resolution="NeverOverwrite")
    assert strict.codes == ["ErrorIrresolvableConflict"]


def test_change_by_graph_makes_the_key_old(desk: Desk, graph: Graph) -> None:
    found = injected(desk)
    identity = graph.get("/messages").json()["value"][0]["id"]
    graph.call("PATCH", f"/messages/{identity}", json={"categories": ["Blue"]})
    assert desk.update(found, CATEGORIES).codes == ["ErrorIrresolvableConflict"]


def test_key_of_another_item_is_a_conflict_and_no_base64_is_no_key(desk: Desk) -> None:
    first = injected(desk)
    desk.visitor.inject(MIME)
    other = next(one for one in desk.find().ids if one.id != first.id)
    assert desk.update(Identity(first.id, other.key), CATEGORIES).codes == [
        "ErrorIrresolvableConflict"
    ]
    assert desk.update(Identity(first.id, "?"), CATEGORIES).codes == ["ErrorInvalidChangeKey"]


def test_one_bad_change_undoes_none_and_does_none(desk: Desk) -> None:
    found = injected(desk)
    size = set_field("item:Size", "<t:Size>1</t:Size>")
    assert desk.update(found, CATEGORIES, size).codes == ["ErrorInvalidPropertySet"]
    assert desk.get(found, shaped=shape("item:Categories")).texts("t:String") == []


def test_path_and_property_have_to_agree(desk: Desk) -> None:
    found = injected(desk)
    wrong = set_field("message:IsRead", "<t:Subject>x</t:Subject>")
    assert desk.update(found, wrong).codes == ["ErrorUpdatePropertyMismatch"]
    two = set_field("message:IsRead", "<t:Subject>x</t:Subject><t:IsRead>true</t:IsRead>")
    assert desk.update(found, two).codes == ["ErrorIncorrectUpdatePropertyCount"]


def test_disposition_is_demanded_for_messages(desk: Desk) -> None:
    found = injected(desk)
    reply = desk.ask(
        f'<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f'<t:ItemId Id="{found.id}"/><t:Updates>{CATEGORIES}</t:Updates></t:ItemChange>'
        "</m:ItemChanges></m:UpdateItem>"
    )
    assert reply.codes == ["ErrorMessageDispositionRequired"]


def test_recipients_of_a_message_that_came_stay(desk: Desk) -> None:
    found = injected(desk)
    people = "<t:ToRecipients><t:Mailbox><t:EmailAddress>a@x.test</t:EmailAddress></t:Mailbox></t:ToRecipients>"  # noqa: E501
    reply = desk.update(found, set_field("message:ToRecipients", people))
    assert reply.codes == ["ErrorInvalidPropertyUpdateSentMessage"]


@pytest.mark.parametrize(("path", "value"), [(VERB, "102"), (NAMED, "T-1")])
def test_extended_properties_are_kept_shown_and_deleted(desk: Desk, path: str, value: str) -> None:
    found = injected(desk)
    changed = desk.update(found, extended(path, value)).good().id
    assert desk.get(found, shaped=shape(more=path)).good().texts("t:Value") == [value]
    desk.update(changed, f"<t:DeleteItemField>{path}</t:DeleteItemField>").good()
    assert desk.get(found, shaped=shape(more=path)).good().texts("t:Value") == []


def test_extended_property_of_the_wrong_type_is_refused(desk: Desk) -> None:
    found = injected(desk)
    assert desk.update(found, extended(VERB, "many")).codes == ["ErrorInvalidExtendedPropertyValue"]
    both = '<t:ExtendedFieldURI PropertyTag="0x1081" PropertyName="x" PropertyType="Integer"/>'
    assert desk.update(found, extended(both, "1")).codes == ["ErrorInvalidExtendedProperty"]


def test_extended_property_follows_the_message(desk: Desk) -> None:
    found = injected(desk)
    changed = desk.update(found, extended(NAMED, "T-1")).good().id
    moved = desk.move(changed, desk.create_folder("Processed")).good().id
    assert desk.get(moved, shaped=shape(more=NAMED)).good().texts("t:Value") == ["T-1"]


def test_flag_is_the_same_by_name_and_by_tag(desk: Desk) -> None:
    found = injected(desk)
    flag = "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"
    desk.update(found, set_field("item:Flag", flag)).good()
    tag = '<t:ExtendedFieldURI PropertyTag="4240" PropertyType="Integer"/>'
    reply = desk.get(found, shaped=shape("item:Flag", more=tag)).good()
    assert reply.texts("t:Value") == ["2"]
    assert reply.text("t:FlagStatus") == "Flagged"


def test_keywords_by_name_are_the_categories(desk: Desk) -> None:
    found = injected(desk)
    path = (
        '<t:ExtendedFieldURI PropertySetId="00020329-0000-0000-C000-000000000046"'
        ' PropertyName="Keywords" PropertyType="StringArray"/>'
    )
    values = "<t:Values><t:Value>Red</t:Value><t:Value>Blue</t:Value></t:Values>"
    content = f"<t:ExtendedProperty>{path}{values}</t:ExtendedProperty>"
    desk.update(found, set_field(path, content)).good()
    assert desk.get(found, shaped=shape("item:Categories")).texts("t:String") == ["Red", "Blue"]


def test_what_the_sandbox_cannot_set_is_refused_and_written_down(desk: Desk) -> None:
    found = injected(desk)
    culture = set_field("item:Culture", "<t:Culture>de-DE</t:Culture>")
    assert desk.update(found, culture).codes == ["ErrorInvalidRequest"]
    assert desk.missed == ["ews UpdateItem: setting item:Culture"]
