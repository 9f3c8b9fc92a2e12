"""Graph: attachments put on drafts, small ones at once and big ones range by range."""

import base64
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx
import pytest

from tests.sandbox.visitor import Graph, Visitor, make_mime

MEGABYTE = 1024 * 1024
LETTER = make_mime(
    sender="support@contoso.test", to="client@fabrikam.example", extra="X-Desk: 1\r\n"
)
PDF = {
    "@odata.type": "#microsoft.graph.fileAttachment",
    "name": "Größe.pdf",
    "contentType": "application/pdf",
    "contentBytes": base64.b64encode(b"%PDF").decode(),
}


def make_draft(graph: Graph) -> str:
    return f"/messages/{graph.post_mime('/messages', LETTER).json()['id']}"


def begin_upload(graph: Graph, path: str, size: int, **item: Any) -> httpx.Response:
    item = {"attachmentType": "file", "name": "big.bin", "size": size} | item
    return graph.post(f"{path}/attachments/createUploadSession", json={"AttachmentItem": item})


def put_range(visitor: Visitor, url: str, content: bytes, span: str, **more: str) -> httpx.Response:
    headers = {"Content-Range": f"bytes {span}", "Content-Type": "application/octet-stream"}
    return visitor.http.put(url, content=content, headers=headers | more)


def test_small_attachment_is_posted_and_sent(visitor: Visitor, graph: Graph) -> None:
    path = make_draft(graph)
    posted = graph.post(f"{path}/attachments", json=PDF)
    assert posted.status_code == 201
    assert (posted.json()["name"], posted.json()["size"]) == ("Größe.pdf", 4)
    assert graph.get(f"{path}/attachments/{posted.json()['id']}/$value").content == b"%PDF"
    assert graph.get(path).json()["hasAttachments"] is True
    assert graph.post(f"{path}/send").status_code == 202
    sent = base64.b64decode(visitor.look("sent")[0]["mime"])
    mail = message_from_bytes(sent, policy=default)
    assert [part.get_filename() for part in mail.iter_attachments()] == ["Größe.pdf"]
    assert mail["X-Desk"] == "1"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip() == "It burns."


def test_picture_stands_beside_the_html_that_shows_it(visitor: Visitor, graph: Graph) -> None:
    path = make_draft(graph)
    html = {"contentType": "html", "content": '<p><img src="cid:logo"></p>'}
    assert graph.call("PATCH", path, json={"body": html}).status_code == 200
    picture = PDF | {"contentType": "image/png", "isInline": True, "contentId": "logo"}
    graph.post(f"{path}/attachments", json=picture)
    graph.post(f"{path}/attachments", json=PDF)
    raw = message_from_bytes(graph.get(f"{path}/$value").content, policy=default)
    kinds = [part.get_content_type() for part in raw.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/related", "text/html", "image/png", "application/pdf",
    ]  # fmt: skip


def test_attachment_is_taken_off_and_the_other_keeps_its_id(graph: Graph) -> None:
    path = make_draft(graph)
    first = graph.post(f"{path}/attachments", json=PDF).json()["id"]
    second = graph.post(f"{path}/attachments", json=PDF | {"name": "b.pdf"}).json()["id"]
    assert graph.call("DELETE", f"{path}/attachments/{first}").status_code == 204
    left = graph.get(f"{path}/attachments").json()["value"]
    assert [one["id"] for one in left] == [second]
    assert graph.call("DELETE", f"{path}/attachments/{first}").status_code == 404


def test_posted_attachment_of_three_megabytes_is_413(graph: Graph) -> None:
    path = make_draft(graph)
    for size, status in ((3 * MEGABYTE, 413), (3 * MEGABYTE - 3000, 201)):
        body = PDF | {"contentBytes": base64.b64encode(bytes(size)).decode()}
        assert graph.post(f"{path}/attachments", json=body).status_code == status


def test_big_attachment_arrives_in_ranges(visitor: Visitor, graph: Graph) -> None:
    path, content = make_draft(graph), bytes(range(256)) * 16 * 1024
    size, half = len(content), 3 * MEGABYTE
    begun = begin_upload(graph, path, size, contentType="image/jpeg")
    assert begun.status_code == 201
    assert begun.json()["nextExpectedRanges"] == ["0-"]
    url = begun.json()["uploadUrl"]
    first = put_range(visitor, url, content[:half], f"0-{half - 1}/{size}")
    assert (first.status_code, first.json()["NextExpectedRanges"]) == (200, [str(half)])
    assert graph.get(f"{path}/attachments").json()["value"] == []
    last = put_range(visitor, url, content[half:], f"{half}-{size - 1}/{size}")
    assert (last.status_code, last.content) == (201, b"")
    identity = last.headers["Location"].rpartition("/Attachments('")[2].removesuffix("')")
    assert graph.get(f"{path}/attachments/{identity}/$value").content == content
    shown = graph.get(f"{path}/attachments/{identity}?$select=name,contentType").json()
    assert (shown["name"], shown["contentType"]) == ("big.bin", "image/jpeg")
    assert put_range(visitor, url, content[:10], f"0-9/{size}").status_code == 404


def test_upload_address_is_that_of_exchange_behind_the_real_host_name(graph: Graph) -> None:
    path = make_draft(graph)
    graph.headers["Host"] = "graph.microsoft.com"
    url = begin_upload(graph, path, 4 * MEGABYTE).json()["uploadUrl"]
    assert url.startswith("https://outlook.office.com/api/v2.0/Users('")


@pytest.mark.parametrize(
    ("span", "length", "status"),
    [
        ("5-9/{size}", 5, 416),
        ("0-9/{size}", 9, 400),
        ("0-9/11", 10, 400),
        ("0-9", 10, 400),
        ("nonsense", 10, 400),
        ("0-4194304/{size}", 4 * MEGABYTE + 1, 413),
    ],
)
def test_range_that_does_not_fit_is_refused_and_the_session_lives(
    visitor: Visitor, graph: Graph, span: str, length: int, status: int
) -> None:
    size = 5 * MEGABYTE
    url = begin_upload(graph, make_draft(graph), size).json()["uploadUrl"]
    assert put_range(visitor, url, bytes(length), span.format(size=size)).status_code == status
    assert put_range(visitor, url, bytes(10), f"0-9/{size}").status_code == 200


def test_upload_takes_no_authorization_and_no_other_token(visitor: Visitor, graph: Graph) -> None:
    url = begin_upload(graph, make_draft(graph), 3 * MEGABYTE).json()["uploadUrl"]
    bearer = graph.headers["Authorization"]
    refused = put_range(visitor, url, b"0", f"0-0/{3 * MEGABYTE}", Authorization=bearer)
    assert refused.status_code == 401
    assert put_range(visitor, f"{url}x", b"0", f"0-0/{3 * MEGABYTE}").status_code == 401


def test_upload_session_ends_by_the_clock_and_on_request(visitor: Visitor, graph: Graph) -> None:
    path = make_draft(graph)
    late = begin_upload(graph, path, 3 * MEGABYTE).json()["uploadUrl"]
    gone = begin_upload(graph, path, 3 * MEGABYTE).json()["uploadUrl"]
    assert visitor.http.delete(gone).status_code == 204
    assert put_range(visitor, gone, b"0", f"0-0/{3 * MEGABYTE}").status_code == 404
    visitor.control("clock", advance_seconds=3601)
    assert put_range(visitor, late, b"0", f"0-0/{3 * MEGABYTE}").status_code == 404


@pytest.mark.parametrize(
    ("size", "status", "code"),
    [
        (3 * MEGABYTE - 1, 400, "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"),
        (151 * MEGABYTE, 413, "ErrorMessageSizeExceeded"),
    ],
)
def test_upload_session_is_for_three_to_a_hundred_and_fifty_megabytes(
    graph: Graph, size: int, status: int, code: str
) -> None:
    answer = begin_upload(graph, make_draft(graph), size)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_received_mail_takes_no_attachment(visitor: Visitor, graph: Graph) -> None:
    path = f"/messages/{visitor.inject(LETTER)}"
    assert graph.post(f"{path}/attachments", json=PDF).status_code == 400
    assert begin_upload(graph, path, 4 * MEGABYTE).status_code == 400
    assert len(visitor.look("unimplemented")) == 2


def test_uploads_are_limited_by_octets_in_five_minutes(visitor: Visitor, graph: Graph) -> None:
    path = make_draft(graph)
    visitor.control("limits", upload_bytes_per_5_minutes=4000)
    body = PDF | {"contentBytes": base64.b64encode(bytes(1800)).decode()}
    statuses = [graph.post(f"{path}/attachments", json=body).status_code for _ in range(2)]
    assert statuses == [201, 429]
    visitor.control("clock", advance_seconds=301)
    assert graph.post(f"{path}/attachments", json=body).status_code == 201
