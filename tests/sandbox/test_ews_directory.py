"""ConvertId, ResolveNames and GetServerTimeZones."""

import pytest

from tests.sandbox.ews_desk import SUPPORT, Desk, Reply
from tests.sandbox.visitor import make_mime


def convert(desk: Desk, given: str, wanted: str, identity: str, mailbox: str = SUPPORT) -> Reply:
    return desk.ask(
        f'<m:ConvertId DestinationFormat="{wanted}"><m:SourceIds><t:AlternateId Format="{given}" '
        f'Id="{identity}" Mailbox="{mailbox}"/></m:SourceIds></m:ConvertId>'
    )


def converted(desk: Desk, given: str, wanted: str, identity: str) -> str:
    found: str = convert(desk, given, wanted, identity).good().all("m:AlternateId")[0].get("Id")
    return found


def resolve(desk: Desk, entry: str, *, full: str = "false") -> Reply:
    return desk.ask(
        f'<m:ResolveNames ReturnFullContactData="{full}"><m:UnresolvedEntry>{entry}'
        "</m:UnresolvedEntry></m:ResolveNames>"
    )


@pytest.mark.parametrize("form", ["EwsId", "EntryId", "HexEntryId", "OwaId"])
def test_id_goes_into_another_form_and_back(desk: Desk, form: str) -> None:
    desk.visitor.inject(make_mime())
    identity = desk.find().good().id.id
    there = converted(desk, "EwsId", form, identity)
    assert (there == identity) == (form == "EwsId")
    assert converted(desk, form, "EwsId", there) == identity


def test_what_is_no_id_is_malformed(desk: Desk) -> None:
    for form, text in (("EwsId", "DUMMY"), ("HexEntryId", "xyz"), ("EntryId", "AAAA")):
        assert convert(desk, form, "EwsId", text).codes == ["ErrorInvalidIdMalformed"]


def test_answer_names_the_real_mailbox_whatever_was_asked(desk: Desk) -> None:
    desk.visitor.inject(make_mime())
    reply = convert(desk, "EwsId", "OwaId", desk.find().good().id.id, mailbox="who@ever.test")
    assert reply.good().all("m:AlternateId")[0].get("Mailbox") == SUPPORT


def test_form_that_is_not_there_is_refused_and_written_down(desk: Desk) -> None:
    assert convert(desk, "StoreId", "EwsId", "AAAA").codes == ["ErrorInvalidRequest"]
    assert desk.missed == ["ews ConvertId: AlternateId from StoreId to EwsId"]


def test_one_person_is_found_by_the_beginning_of_a_name(desk: Desk) -> None:
    reply = resolve(desk, "ber", full="true").good()
    assert reply.texts("t:Mailbox/t:EmailAddress") == ["anna@contoso.test"]
    assert reply.text("t:DisplayName") == "Anna Berg"


def test_several_people_are_a_warning_and_nobody_is_an_error(desk: Desk) -> None:
    several = resolve(desk, "contoso")
    assert several.codes == ["ErrorNameResolutionMultipleResults"]
    assert several.all("m:ResolveNamesResponseMessage")[0].get("ResponseClass") == "Warning"
    assert several.texts("t:Mailbox/t:EmailAddress") == [SUPPORT, "help@contoso.test"]
    assert resolve(desk, "zzz").codes == ["ErrorNameResolutionNoResults"]


def test_alias_resolves_to_the_primary_address(desk: Desk) -> None:
    desk.visitor.control("users", address="anna@contoso.test", aliases=["service@contoso.test"])
    reply = resolve(desk, "service@contoso.test").good()
    assert reply.texts("t:Mailbox/t:EmailAddress") == ["anna@contoso.test"]


def test_time_zones_come_by_name(desk: Desk) -> None:
    reply = desk.ask(
        '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids>'
        "<t:Id>W. Europe Standard Time</t:Id><t:Id>UTC</t:Id><t:Id>Mars</t:Id></m:Ids>"
        "</m:GetServerTimeZones>"
    ).good()
    names = [one.get("Id") for one in reply.all("t:TimeZoneDefinition")]
    assert names == ["UTC", "W. Europe Standard Time"]
    assert [one.get("Bias") for one in reply.all("t:Period")] == ["PT0H", "-PT1H", "-PT2H"]
