"""The pretend tenant under load: one mailbox with 20,000 messages, read whole over the line.

``python -m bench.sandbox_load [messages]`` starts a sandbox in a process of its own, fills
one mailbox, switches the limits off and prints how many messages a second it gives out.
"""

import base64
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from bench.table import Row, print_table

MAILBOX = "support@contoso.test"
PAGE_SIZE = 100
# As many as Exchange lets in at once, so that the floor is that of a client which obeys.
LINES = 4
_EWS = "/EWS/Exchange.asmx"
_TYPES = "http://schemas.microsoft.com/exchange/services/2006"
_ITEM_ID = re.compile(r'ItemId Id="([^"]+)"')
_ROOT = Path(__file__).resolve().parent.parent
_START = "from postdesk_sandbox.cli import main; main(['--port', '0', '--no-tls'])"
Work = TypeVar("Work")
_SENTENCE = "The printer in room 12 prints every page twice and then waits for a colour.\r\n"


@dataclass
class Line:
    """One kept-open connection."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._http = HTTPConnection(urlsplit(self.url).netloc, timeout=120)

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> bytes:
        """Return the body of a good answer."""
        self._http.request(method, path, body, self.headers | more)
        answer = self._http.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def close(self) -> None:
        """Hang up."""
        self._http.close()


@contextmanager
def sandbox_process() -> Iterator[tuple[str, int]]:
    """Run a sandbox; gives its address and process id."""
    command = [sys.executable, "-c", _START]
    environment = {"PYTHONPATH": str(_ROOT / "src"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            found = (re.search(r"http://\S+?:\d+", line) for line in process.stdout)
            yield next(one.group() for one in found if one), process.pid
        finally:
            process.terminate()


def measure(messages: int) -> list[Row]:
    """Fill the mailbox and read it in each way; a row for each."""
    with sandbox_process() as (url, pid):
        control = Line(url)
        control.ask("POST", "/_sandbox/limits", b'{"enabled": false}')
        rows = [_row("put in by control call", messages, lambda: _fill(url, messages), pid)]
        headers = {
            "Authorization": f"Bearer {_token(control)}",
            "Prefer": f'IdType="ImmutableId", odata.maxpagesize={PAGE_SIZE}',
        }
        ids: list[str] = []
        rows.append(
            _row("Graph delta", messages, lambda: ids.extend(_read_delta(url, headers)), pid)
        )
        assert len(set(ids)) == messages
        rows.append(
            _row("Graph MIME", messages, lambda: _read_mime(url, headers, ids), pid),
        )
        rows.append(_both(rows[1:]))
        synced: list[str] = []
        exchange = {"Authorization": _basic(), "Content-Type": "text/xml; charset=utf-8"}
        rows.append(
            _row("EWS SyncFolderItems", messages, lambda: synced.extend(_sync(url, exchange)), pid)
        )
        assert len(set(synced)) == messages
        rows.append(
            _row("EWS MIME", messages, lambda: _read_ews_mime(url, exchange, synced), pid),
        )
        rows.append(_both(rows[-2:]))
        control.close()
    return rows


def _row(what: str, messages: int, work: Callable[[], object], pid: int) -> Row:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return {
        "reading": what,
        "messages": messages,
        "seconds": seconds,
        "per_second": messages / seconds,
        "peak_mib": _peak_mib(pid),
    }


def _both(rows: Sequence[Row]) -> Row:
    seconds = sum(float(row["seconds"]) for row in rows)
    messages = int(rows[0]["messages"])
    return {
        **rows[-1],
        "reading": " + ".join(str(row["reading"]) for row in rows),
        "seconds": seconds,
        "per_second": messages / seconds,
    }


def _peak_mib(pid: int) -> float:
    """Return the largest resident size that the whole process ever had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found.group(1)) / 1024


def make_letter(number: int) -> bytes:
    """Return one of letters between 1 and 6 KB; each twentieth has a file of 15 KB."""
    head = (
        f"From: Client {number % 97} <client{number % 97}@fabrikam.example>\r\n"
        f"To: Contoso Support <{MAILBOX}>\r\nSubject: Ticket number {number}\r\n"
        f"Message-ID: <{number}@fabrikam.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\n"
    )
    text = _SENTENCE * (number % 60 + 8)
    if number % 20:
        return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}".encode()
    file = base64.encodebytes(bytes([number % 251]) * 15_000).decode().replace("\n", "\r\n")
    return (
        f'{head}Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        '--b\r\nContent-Type: application/pdf; name="a.pdf"\r\n'
        "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n"
        f"{file}\r\n--b--\r\n"
    ).encode()


def _fill(url: str, messages: int) -> None:
    def put_in(line: Line, number: int) -> None:
        mime = base64.b64encode(make_letter(number)).decode()
        line.ask(
            "POST", "/_sandbox/inject", json.dumps({"mailbox": MAILBOX, "mime": mime}).encode()
        )

    _share_out(url, {}, list(range(messages)), put_in)


def _token(line: Line) -> str:
    form = {
        "client_id": "client-1",
        "client_secret": "s3cret",
        "grant_type": "client_credentials",
        "scope": "https://graph.microsoft.com/.default",
    }
    kind = "application/x-www-form-urlencoded"
    path = "/contoso.test/oauth2/v2.0/token"
    answer = line.ask("POST", path, urlencode(form).encode(), **{"Content-Type": kind})
    token: str = json.loads(answer)["access_token"]
    return token


def _read_delta(url: str, headers: dict[str, str]) -> Iterator[str]:
    line = Line(url, headers)
    select = "id,internetMessageId,receivedDateTime,isRead,subject,from,hasAttachments"
    link = f"/v1.0/users/{MAILBOX}/mailFolders/inbox/messages/delta?$select={select}"
    while link:
        page = json.loads(line.ask("GET", link))
        yield from (one["id"] for one in page["value"])
        link = page.get("@odata.nextLink", "").removeprefix(url)
    line.close()


def _read_mime(url: str, headers: dict[str, str], ids: list[str]) -> None:
    def read(line: Line, identity: str) -> None:
        assert line.ask("GET", f"/v1.0/users/{MAILBOX}/messages/{identity}/$value")

    _share_out(url, headers, ids, read)


def _basic() -> str:
    return "Basic " + base64.b64encode(f"{MAILBOX}:pw".encode()).decode()


def _envelope(body: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
        f' xmlns:t="{_TYPES}/types" xmlns:m="{_TYPES}/messages"><s:Header>'
        '<t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _sync(url: str, headers: dict[str, str]) -> Iterator[str]:
    """Yield the ids that SyncFolderItems tells, 512 a page as Exchange allows at most."""
    line, state, is_last = Line(url, headers), "", False
    while not is_last:
        known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        page = line.ask(
            "POST",
            _EWS,
            _envelope(
                "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
                '<m:SyncFolderId><t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>'
                f"{known}<m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems>"
            ),
        ).decode()
        yield from _ITEM_ID.findall(page)
        state = page.partition("SyncState>")[2].partition("<")[0]
        is_last = "IncludesLastItemInRange>true<" in page
    line.close()


def _read_ews_mime(url: str, headers: dict[str, str], ids: list[str]) -> None:
    def read(line: Line, some: list[str]) -> None:
        items = "".join(f'<t:ItemId Id="{identity}"/>' for identity in some)
        answer = line.ask(
            "POST",
            _EWS,
            _envelope(
                "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape>"
                "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>"
                f"<m:ItemIds>{items}</m:ItemIds></m:GetItem>"
            ),
        )
        assert answer.count(b"<t:MimeContent") == len(some), answer[:2000]

    batches = [ids[start : start + 20] for start in range(0, len(ids), 20)]
    _share_out(url, headers, batches, read)


def _share_out(
    url: str, headers: dict[str, str], work: list[Work], do: Callable[[Line, Work], None]
) -> None:
    """Do all the work over a few lines at once. Raises what went wrong on any of them."""
    queue: SimpleQueue[Work] = SimpleQueue()
    for one in work:
        queue.put(one)
    problems: list[Exception] = []

    def run() -> None:
        line = Line(url, headers)
        try:
            while not problems:
                do(line, queue.get_nowait())
        except Empty:
            return
        except Exception as problem:  # noqa: BLE001 -- handed to the caller below
            problems.append(problem)
        finally:
            line.close()

    threads = [threading.Thread(target=run) for _ in range(LINES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


if __name__ == "__main__":
    print("The pretend tenant, one mailbox, limits off")
    print_table(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))
