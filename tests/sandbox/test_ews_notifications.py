"""Subscriptions: made, pulled, waited for, ended."""

import threading

import pytest

from postdesk_sandbox.ews.calling import EwsCall
from postdesk_sandbox.ews.events import EventSource, SubscriptionLostError
from postdesk_sandbox.ews.writing import make
from postdesk_sandbox.server import Sandbox
from tests.sandbox.ews_desk import Desk, Reply, distinguished, set_read
from tests.sandbox.visitor import make_mime

ALL = ("CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent", "NewMailEvent")


def subscribe(desk: Desk, *kinds: str, folder: str = "inbox", streaming: bool = False) -> Reply:
    types = "".join(f"<t:EventType>{one}</t:EventType>" for one in kinds or ALL)
    name = "StreamingSubscriptionRequest" if streaming else "PullSubscriptionRequest"
    timeout = "" if streaming else "<t:Timeout>10</t:Timeout>"
    return desk.ask(
        f"<m:Subscribe><m:{name}><t:FolderIds>{distinguished(folder)}</t:FolderIds>"
        f"<t:EventTypes>{types}</t:EventTypes>{timeout}</m:{name}></m:Subscribe>"
    )


def pull(desk: Desk, key: str, watermark: str) -> Reply:
    return desk.ask(
        f"<m:GetEvents><m:SubscriptionId>{key}</m:SubscriptionId>"
        f"<m:Watermark>{watermark}</m:Watermark></m:GetEvents>"
    )


def end(desk: Desk, key: str) -> list[str]:
    return desk.ask(
        f"<m:Unsubscribe><m:SubscriptionId>{key}</m:SubscriptionId></m:Unsubscribe>"
    ).codes


def told(reply: Reply) -> list[str]:
    return [
        one.tag.rpartition("}")[2]
        for one in reply.all("m:Notification/*")
        if one.tag.endswith("Event")
    ]


def started(desk: Desk, *kinds: str) -> tuple[str, str]:
    reply = subscribe(desk, *kinds).good()
    return reply.text("m:SubscriptionId"), reply.text("m:Watermark")


def test_new_mail_is_told_with_its_id_and_folder(desk: Desk) -> None:
    key, watermark = started(desk)
    desk.visitor.inject(make_mime())
    reply = pull(desk, key, watermark).good()
    assert told(reply) == ["CreatedEvent", "NewMailEvent"]
    assert {one.id for one in reply.ids} == {desk.find().good().id.id}
    assert reply.text("t:PreviousWatermark") == watermark


def test_watermark_of_the_last_event_begins_the_next_call(desk: Desk) -> None:
    key, watermark = started(desk)
    desk.visitor.inject(make_mime())
    last = pull(desk, key, watermark).texts("t:Watermark")[-1]
    quiet = pull(desk, key, last).good()
    assert told(quiet) == ["StatusEvent"]
    assert told(pull(desk, key, watermark).good()) == ["CreatedEvent", "NewMailEvent"]


def test_everything_that_can_happen_has_its_event(desk: Desk) -> None:
    for number in range(3):
        desk.visitor.inject(make_mime(message_id=f"<{number}@x.test>"))
    third, second, first = desk.find().good().ids
    key, watermark = started(desk)
    desk.update(first, set_read("true")).good()
    desk.move(second, distinguished("junkemail")).good()
    desk.delete(third).good()
    desk.move(first, distinguished("inbox"), operation="CopyItem").good()
    reply = pull(desk, key, watermark).good()
    assert told(reply) == ["ModifiedEvent", "MovedEvent", "DeletedEvent", "CopiedEvent"]
    assert reply.all("t:MovedEvent/t:OldItemId")[0].get("Id") == second.id


def test_draft_saved_in_a_folder_is_created_and_no_new_mail(desk: Desk) -> None:
    key, watermark = started(desk)
    desk.create("<t:Subject>x</t:Subject>", target=distinguished("inbox")).good()
    assert told(pull(desk, key, watermark).good()) == ["CreatedEvent"]


def test_only_the_wanted_kinds_and_folders_are_told(desk: Desk) -> None:
    key, watermark = started(desk, "MovedEvent")
    desk.visitor.inject(make_mime())
    desk.create("<t:Subject>x</t:Subject>").good()
    assert told(pull(desk, key, watermark).good()) == ["StatusEvent"]


def test_ended_unknown_and_malformed_subscriptions(desk: Desk) -> None:
    key, watermark = started(desk)
    assert end(desk, key) == ["NoError"]
    assert end(desk, key) == ["ErrorSubscriptionNotFound"]
    assert pull(desk, key, watermark).codes == ["ErrorSubscriptionNotFound"]
    assert pull(desk, "nonsense", watermark).codes == ["ErrorInvalidSubscription"]


def test_watermarks_that_are_none_or_of_another(desk: Desk) -> None:
    key, _ = started(desk)
    _, other = started(desk)
    for watermark in (other, "AAAA", "?"):
        assert pull(desk, key, watermark).codes == ["ErrorInvalidWatermark"]


def test_subscription_of_another_person_is_denied(desk: Desk) -> None:
    key, watermark = started(desk)
    anna = Desk(desk.visitor, "anna@contoso.test")
    assert pull(anna, key, watermark).codes == ["ErrorSubscriptionAccessDenied"]


def test_pull_subscription_dies_when_nobody_asks(desk: Desk) -> None:
    key, watermark = started(desk)
    desk.visitor.control("clock", advance_seconds=601)
    assert pull(desk, key, watermark).codes == ["ErrorSubscriptionNotFound"]


def test_twenty_subscriptions_for_a_mailbox_and_no_more(desk: Desk) -> None:
    for _ in range(20):
        subscribe(desk).good()
    assert subscribe(desk).codes == ["ErrorExceededSubscriptionCount"]


def test_streaming_subscription_is_not_pulled(desk: Desk) -> None:
    key = subscribe(desk, streaming=True).good().text("m:SubscriptionId")
    assert pull(desk, key, "AAAA").codes == ["ErrorInvalidPullSubscriptionId"]


def test_push_is_refused_and_written_down(desk: Desk) -> None:
    reply = desk.ask("<m:Subscribe><m:PushSubscriptionRequest/></m:Subscribe>")
    assert reply.codes == ["ErrorInvalidRequest"]
    assert desk.missed == ["ews Subscribe: PushSubscriptionRequest"]


def test_folders_or_all_of_them_but_not_both(desk: Desk) -> None:
    types = "<t:EventTypes><t:EventType>NewMailEvent</t:EventType></t:EventTypes>"
    reply = desk.ask(
        f"<m:Subscribe><m:StreamingSubscriptionRequest>{types}</m:StreamingSubscriptionRequest>"
        "</m:Subscribe>"
    )
    assert reply.codes == ["ErrorInvalidSubscriptionRequest"]
    desk.ask(
        f'<m:Subscribe><m:StreamingSubscriptionRequest SubscribeToAllFolders="true">{types}'
        "</m:StreamingSubscriptionRequest></m:Subscribe>"
    ).good()


def source_of(sandbox: Sandbox) -> EventSource:
    person = sandbox.state.world.tenant.people["support@contoso.test"]
    call = EwsCall(
        state=sandbox.state,
        now=sandbox.state.clock.now(),
        operation=make("m:GetStreamingEvents"),
        person=person,
    )
    return EventSource(call)


def test_waiting_ends_as_soon_as_mail_arrives(desk: Desk, sandbox: Sandbox) -> None:
    key = subscribe(desk, streaming=True).good().text("m:SubscriptionId")
    source = source_of(sandbox)
    assert source.wait([key], 0.05) == []
    later = threading.Timer(0.1, desk.visitor.inject, [make_mime()])
    later.start()
    (notification,) = source.wait([key], 10)
    later.join()
    kinds = [one.tag.rpartition("}")[2] for one in notification]
    assert kinds == ["SubscriptionId", "CreatedEvent", "NewMailEvent"]
    assert source.wait([key], 0.05) == []


def test_waiting_for_a_lost_subscription_names_it(desk: Desk, sandbox: Sandbox) -> None:
    key = subscribe(desk, streaming=True).good().text("m:SubscriptionId")
    pulled = subscribe(desk).good().text("m:SubscriptionId")
    source = source_of(sandbox)
    assert source.missing([key, pulled, "?"]) == [pulled, "?"]
    desk.visitor.control("reset")
    with pytest.raises(SubscriptionLostError) as caught:
        source.wait([key], 1)
    assert caught.value.ids == [key]
