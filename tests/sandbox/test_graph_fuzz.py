"""Whatever is sent to Graph and to the control calls, the answer is theirs: never a failure."""

import base64
import json
import socket
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from postdesk_sandbox.app import SandboxApp
from postdesk_sandbox.control.calls import LOOKS, ORDERS
from postdesk_sandbox.faults import SURFACES
from postdesk_sandbox.graph.routes import OPERATION_NAMES
from postdesk_sandbox.server import Sandbox
from postdesk_sandbox.state import State
from tests.sandbox.visitor import GONE, Graph, make_mime

SUPPORT = "support@contoso.test"
# In the manner of the documented refusals; 501 is the sandbox's own for what it does not do.
GRAPH_STATUSES = {
    200,
    201,
    202,
    204,
    400,
    401,
    403,
    404,
    405,
    409,
    410,
    412,
    413,
    415,
    416,
    429,
    501,
}
PREFER = 'IdType="ImmutableId"'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
BODY_KEYS = (
    "subject", "body", "toRecipients", "ccRecipients", "from", "replyTo", "importance", "isRead",
    "categories", "attachments", "internetMessageHeaders", "message", "comment", "saveToSentItems",
    "destinationId", "displayName", "inputIds", "sourceIdType", "targetIdType", "AttachmentItem",
    "requests", "@odata.type", "contentBytes", "name", "contentId", "isInline", "changeType",
    "resource", "notificationUrl", "expirationDateTime", "clientState",
)  # fmt: skip
RECIPIENT = st.fixed_dictionaries(
    {
        "emailAddress": st.fixed_dictionaries(
            {
                "name": st.text(max_size=8) | JSON,
                "address": st.sampled_from(
                    ["a@b.example", "a b@c", "@", "\r\nBcc: x@y.z", "anna@contoso.test"]
                )
                | JSON,
            }
        )
    }
)
VALUES = JSON | st.lists(RECIPIENT, max_size=2) | st.sampled_from(
    ["inbox", "archive", "high", "restId", "created", "me/messages",
     "#microsoft.graph.fileAttachment",
     "2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "\ud800",
     {"contentType": "html", "content": "<p>\x00</p>"},
     {"attachmentType": "file", "size": 4_000_000},
     {"attachmentType": "file", "name": "\x00", "size": 4_000_000, "contentType": "a/b/c"},
     [{"name": "X-A", "value": "1"}], [{"name": "X-A\n", "value": "\r\n"}],
     [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "\r\n", "contentBytes": "AA=="}],
     [{"id": "1", "method": "GET", "url": "/me/messages"}],
     [{"id": "1", "method": "G T", "url": "//[::1", "headers": {"a b": "\n"}, "body": "\ud800"}]]
)  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(BODY_KEYS), VALUES, max_size=5) | JSON
QUERIES = st.dictionaries(
    st.sampled_from(
        ["$select", "$top", "$skip", "$filter", "$orderby", "$search", "$expand", "$count",
         "$deltatoken", "$skiptoken", "changeType", "x"]
    ),
    st.text(max_size=20)
    | st.sampled_from(
        ["id,subject", "9" * 5000, "-1", "٣", "isRead eq true", "receivedDateTime ge 0001-01-01",
         "receivedDateTime ge 9999-12-31T23:59:59-23:59", "subject eq 'a''b'", "\ud800",
         "receivedDateTime desc", '"subject:x"', '"', "attachments", "AAAA", "e30="]
    ),
    max_size=3,
)  # fmt: skip
ODD_SEGMENTS = (
    "..", "%2e%2e", "%2f", "%00", "a%00b", "é", "%ff%fe", "('')", "('x", "()", "𐐷", "none", GONE,
    "inbox", "drafts", "x" * 3000, "%", "$value", "$batch", "messages", "delta", "..%2f..%2fetc",
)  # fmt: skip


@lru_cache(maxsize=1)
def application() -> tuple[Client, dict[str, str], dict[str, str]]:
    """One tenant for all examples: its client, the headers, and ids that name something."""
    state = State()
    client = Client(SandboxApp(state))
    state.world.limits.enabled = False
    form = {"client_id": "client-1", "client_secret": "s3cret", "grant_type": "client_credentials",
            "scope": "https://graph.microsoft.com/.default"}  # fmt: skip
    token = client.post("/contoso.test/oauth2/v2.0/token", data=form).json
    assert token is not None
    headers = {"Authorization": f"Bearer {token['access_token']}", "Prefer": PREFER}
    body = {"mailbox": SUPPORT, "mime": base64.b64encode(make_mime()).decode()}
    injected = client.post("/_sandbox/inject", json=body).json
    assert injected is not None
    draft = client.post(f"/v1.0/users/{SUPPORT}/messages", json={}, headers=headers).json
    assert draft is not None
    return client, headers, {"<message>": injected["id"], "<draft>": draft["id"]}


@st.composite
def graph_paths(draw: st.DrawFn) -> str:
    """Draw a path of an operation, with ids that exist, odd ones, or odd segments between."""
    name = draw(st.sampled_from(sorted(OPERATION_NAMES)))
    ids = application()[2]
    segments = []
    for segment in name.partition(" ")[2].split("/"):
        if segment == "<message>":
            segments.append(draw(st.sampled_from([*ids.values(), *ODD_SEGMENTS])))
        elif segment.startswith("<"):
            segments.append(draw(st.sampled_from(["inbox", "drafts", *ODD_SEGMENTS])))
        else:
            segments.append(segment)
    if draw(st.integers(0, 4)) == 0:
        segments.insert(draw(st.integers(0, len(segments))), draw(st.sampled_from(ODD_SEGMENTS)))
    user = draw(
        st.sampled_from([f"users/{SUPPORT}", "users/nobody", "me", "users('')", "groups", ""])
    )
    version = draw(st.sampled_from(["v1.0", "v1.0", "beta"]))
    return f"/{version}/{user if draw(st.booleans()) else f'users/{SUPPORT}'}/{'/'.join(segments)}"


def is_refusal(answer: TestResponse) -> bool:
    error = json.loads(answer.data)["error"]
    return {"code", "message", "innerError"} == set(error) and bool(error["code"])


@settings(max_examples=250, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "HEAD"]),
    path=graph_paths(),
    query=QUERIES,
    body=BODIES,
    kind=st.sampled_from(["application/json", "text/plain", "", "multipart/form-data; boundary=x"]),
)
def test_graph_answers_everything(
    method: str, path: str, query: dict[str, str], body: Any, kind: str
) -> None:
    client, headers, _ = application()
    answer = client.open(
        path,
        method=method,
        query_string="&".join(
            f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}"
            for name, value in query.items()
        ),
        data=json.dumps(body),
        headers=headers | {"Content-Type": kind},
    )
    assert answer.status_code in GRAPH_STATUSES, answer.data
    if answer.status_code >= 400 and method != "HEAD":
        assert is_refusal(answer)


@settings(max_examples=80, deadline=None)
@given(
    content=st.binary(max_size=60)
    | st.binary(max_size=60).map(base64.b64encode)
    | st.sampled_from(
        [b"[" * 100_000, b'{"a":' * 50_000, b"9" * 5000, b'"\\ud800"', b"\xff{}", b"NaN"]
    ),
    path=st.sampled_from(
        ["messages", "sendMail", "messages/<draft>/$value", "messages/<draft>/attachments",
         "messages/<message>/createReply", "messages/<message>/forward", "mailFolders",
         "messages/<message>/move", "translateExchangeIds", "messages/<draft>"]
    ),
    kind=st.sampled_from(["application/json", "text/plain"]),
)  # fmt: skip
def test_graph_answers_any_octets(content: bytes, path: str, kind: str) -> None:
    client, headers, ids = application()
    for name, value in ids.items():
        path = path.replace(name, value)
    for method in ("POST", "PUT", "PATCH"):
        answer = client.open(
            f"/v1.0/users/{SUPPORT}/{path}",
            method=method,
            data=content,
            headers=headers | {"Content-Type": kind},
        )
        assert answer.status_code in GRAPH_STATUSES, answer.data
    shown = client.get(f"/v1.0/users/{SUPPORT}/messages?$top=5", headers=headers)
    assert shown.status_code == 200


@settings(max_examples=60, deadline=None)
@given(
    span=st.text(max_size=30)
    | st.from_regex(r"bytes \d{1,3}-\d{1,8}/\d{1,8}", fullmatch=True)
    | st.just("bytes 0-" + "9" * 5000 + "/10"),
    content=st.binary(max_size=20),
    token=st.text(max_size=20),
    method=st.sampled_from(["PUT", "DELETE", "GET", "POST"]),
)
def test_upload_address_answers_everything(
    span: str, content: bytes, token: str, method: str
) -> None:
    client, headers, ids = application()
    item = {"AttachmentItem": {"attachmentType": "file", "name": "a", "size": 3 * 1024 * 1024}}
    path = f"/v1.0/users/{SUPPORT}/messages/{ids['<draft>']}/attachments/createUploadSession"
    begun = client.post(path, json=item, headers=headers).json
    assert begun is not None
    url = urlsplit(begun["uploadUrl"])
    odd = "".join(one for one in span if one.isprintable() and one.isascii())
    for query in (url.query, f"authtoken={quote(token.encode('utf-8', 'surrogatepass'))}"):
        answer = client.open(
            url.path, method=method, query_string=query, data=content,
            headers={"Content-Range": odd},
        )  # fmt: skip
        assert answer.status_code in GRAPH_STATUSES, answer.data


CONTROL_VALUES = JSON | st.sampled_from(
    [SUPPORT, "client-1", "", "2030-01-01T00:00:00Z", "9999-12-31T23:59:59Z", -1, 10**30, 1e308,
     "AAAA", "inbox", [SUPPORT], *SURFACES, "missed", "newest", ["\ud800"], "\ud800@contoso.test",
     "x" * 5000 + "@contoso.test", float("nan"), {"Application Mail.Read": [SUPPORT]}]
)  # fmt: skip


@st.composite
def control_bodies(draw: st.DrawFn, name: str) -> Any:
    """Draw a body with keys that this call knows, some of them with values of the right kind."""
    keys = ORDERS[name].keys if name in ORDERS else ("x",)
    body = {key: draw(CONTROL_VALUES) for key in draw(st.sets(st.sampled_from(keys or ("x",))))}
    example = ORDERS[name].example if name in ORDERS else {}
    return example | body if draw(st.booleans()) else draw(st.just(body) | JSON)


@settings(max_examples=250, deadline=None)
@given(
    data=st.data(),
    name=st.sampled_from([*sorted(ORDERS), *sorted(LOOKS), "nothing", "%00", "é"]),
    method=st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]),
)
def test_control_calls_answer_everything(data: st.DataObject, name: str, method: str) -> None:
    body = data.draw(control_bodies(name))
    if isinstance(body, dict):
        body.pop("delay_seconds", None)  # an order to wait would be obeyed
    client = Client(SandboxApp(State()))
    answer = client.open(f"/_sandbox/{name}", method=method, data=json.dumps(body))
    assert answer.status_code in {200, 400, 401, 404}, answer.data
    for path in ("/", f"/_sandbox/mailbox?address={SUPPORT}", "/_sandbox/users", "/_sandbox/apps",
                 "/_sandbox/clock", "/_sandbox/journal"):  # fmt: skip
        assert client.get(path).status_code < 500, (path, body)


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        (b"GET /v1.0/me HTTP/1.1\r\nHost: x\r\nX-Big: " + b"a" * 10_000_000 + b"\r\n\r\n", b"431"),
        (b"GET /v1.0/" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET /v1.0/me\x00x HTTP/1.1\r\nHost: x\r\n\r\n", b"401"),
        (b"GET /v1.0/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", b"401"),
        (b"GET /v1.0/%2f%2e%2e%2f HTTP/1.1\r\nHost: x\r\n\r\n", b"401"),
        (b"POST /v1.0/$batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", b""),
    ],
)
def test_line_answers_or_hangs_up(sandbox: Sandbox, octets: bytes, wanted: bytes) -> None:
    port = int(sandbox.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(octets)
            line.shutdown(socket.SHUT_WR)
            answer = line.recv(4000)
        except OSError:
            answer = b""  # refused before it was read to its end
    assert not answer.startswith(b"HTTP/1.1 5")
    assert not answer or wanted in answer.partition(b"\r\n")[0]


def test_signed_tokens_of_other_shape_are_401(graph: Graph) -> None:
    for bearer in ("e30.e30.e30", "a" * 20_000, "é".encode().decode("latin-1"), ".."):
        answer = graph.get(
            "/messages", headers={"Authorization": f"Bearer {bearer}".encode("latin-1")}
        )
        assert answer.status_code == 401
