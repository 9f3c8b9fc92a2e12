"""Sends from a mailbox of Microsoft 365 through Microsoft Graph.

The mail is first stored as a draft, so that its id and the Message-ID that Exchange gives it are
known before it leaves. The draft keeps its id when it becomes the sent copy: after a lost line it
answers whether it was sent. Graph knows no envelope: recipients stand in the header, and the
null return path of automatic mail cannot be had.
"""

import base64

from postdesk.base.errors import OutcomeUnknown, ThisMessage
from postdesk.drivers.base import Envelope, Prepared, Receipt, Whereabouts
from postdesk.drivers.graph_errors import decide, is_gone, read_error
from postdesk.drivers.graph_requests import Bearer, GraphRequests, Payload, is_good
from postdesk.drivers.outgoing_octets import (
    as_crlf,
    find_message_id,
    join_ids,
    read_message_id,
    read_recipients,
)
from postdesk.drivers.session import AnswerTooLarge, HttpAnswer, HttpSession, LineLost

# A gateway that gave up may have passed the request on; 429 and 503 are refusals at the door.
_AMBIGUOUS = frozenset({500, 502, 504})


class GraphOutgoing:
    """One mailbox as a way out (``postdesk.drivers.base.Outgoing``)."""

    def __init__(
        self, session: HttpSession, *, base_url: str, mailbox: str, bearer: Bearer
    ) -> None:
        """Take what ``GraphRequests`` takes; the session stays the caller's to close."""
        self._requests = GraphRequests(session, base_url=base_url, mailbox=mailbox, bearer=bearer)
        self._mailbox = mailbox

    def probe(self) -> str:
        """Open the folder Drafts, where each mail begins; raises NeedsPerson or TryLater."""
        self._requests.call(
            "GET", self._requests.address("mailFolders", "drafts"), params={"$select": "id"}
        )
        return f"Microsoft Graph answers for {self._mailbox}."

    def prepare(self, envelope: Envelope) -> Prepared:
        """Store the draft; ``message_ids`` are ours and the one that Exchange gave.

        Raises ThisMessage when header and envelope name different recipients.
        """
        octets = _with_hidden_recipients(envelope)
        payload = Payload(content=base64.b64encode(octets), content_type="text/plain")
        answer = self._requests.call("POST", self._requests.address("messages"), payload=payload)
        draft = answer.read_object()
        remote_id, given = draft.get("id"), draft.get("internetMessageId")
        if not isinstance(remote_id, str) or not remote_id:
            raise ThisMessage("Microsoft Graph stored the draft but did not name it.")
        theirs = find_message_id(given) if isinstance(given, str) else ""
        return Prepared(remote_id=remote_id, message_ids=join_ids(read_message_id(octets), theirs))

    def dispatch(
        self,
        prepared: Prepared,
        envelope: Envelope,  # noqa: ARG002  the draft has it all
    ) -> Receipt:
        """Send the draft, unless it was sent already; the sent copy lands in the mailbox."""
        if not prepared.remote_id:
            raise ThisMessage("This mail has no draft.", remedy="Send it again from the start.")
        receipt = Receipt(message_ids=prepared.message_ids)
        whereabouts = self.find(prepared)
        if whereabouts is Whereabouts.SENT:
            return receipt
        if whereabouts is Whereabouts.CANNOT_TELL:
            raise OutcomeUnknown("The draft is gone: sent, or deleted by somebody.")
        self._send_draft(prepared)
        return receipt

    def find(self, prepared: Prepared) -> Whereabouts:
        """Ask for the draft by its id, then for any copy by Message-ID."""
        if prepared.remote_id:
            url = self._requests.address("messages", prepared.remote_id)
            answer = self._requests.send("GET", url, params={"$select": "id,isDraft"})
            if is_good(answer):
                return _read_draft_state(answer.read_object())
            error = read_error(answer)
            if not is_gone(error):
                raise decide(error, mailbox=self._mailbox)
        for message_id in prepared.message_ids:
            found = self._find_copy(message_id)
            if found is not None:
                return found
        # Without a draft nothing was ever handed over; a draft that vanished may have gone out.
        return Whereabouts.CANNOT_TELL if prepared.remote_id else Whereabouts.NOT_SENT

    def close(self) -> None:
        """Do nothing: the connections belong to the session."""

    def _send_draft(self, prepared: Prepared) -> None:
        url = self._requests.address("messages", prepared.remote_id, "send")
        try:
            answer = self._requests.send("POST", url, payload=_NOTHING)
        except (LineLost, AnswerTooLarge) as error:
            raise OutcomeUnknown(error.what) from error
        if is_good(answer):
            return
        error_answer = read_error(answer)
        if answer.status_code in _AMBIGUOUS:
            raise OutcomeUnknown(error_answer.line)
        if is_gone(error_answer):
            raise OutcomeUnknown("The draft went away while it was being sent.")
        raise decide(error_answer, mailbox=self._mailbox)

    def _find_copy(self, message_id: str) -> Whereabouts | None:
        quoted = message_id.replace("'", "''")
        answer: HttpAnswer = self._requests.call(
            "GET",
            self._requests.address("messages"),
            params={
                "$filter": f"internetMessageId eq '{quoted}'",
                "$select": "id,isDraft",
            },
        )
        copies = answer.read_object().get("value")
        states = [
            _read_draft_state(copy)
            for copy in (copies if isinstance(copies, list) else [])
            if isinstance(copy, dict)
        ]
        if Whereabouts.SENT in states:
            return Whereabouts.SENT
        return states[0] if states else None


_NOTHING = Payload(content=b"", content_type="application/json")


def _read_draft_state(message: dict[str, object]) -> Whereabouts:
    match message.get("isDraft"):
        case True:
            return Whereabouts.NOT_SENT
        case False:
            return Whereabouts.SENT
        case _:
            return Whereabouts.CANNOT_TELL


def _with_hidden_recipients(envelope: Envelope) -> bytes:
    """Return the octets with a Bcc line for recipients of the envelope that no header names.

    The other way round there is no remedy: Graph would send to everybody in the header.
    """
    named = read_recipients(envelope.octets)
    wanted = frozenset(address.lower() for address in envelope.recipients)
    surplus = named - wanted
    if surplus:
        raise ThisMessage(
            f"The header names people who shall not get this mail: {', '.join(sorted(surplus))}.",
            remedy="Microsoft Graph sends to everybody in To and Cc. Take them out, or send "
            "through an SMTP account.",
        )
    hidden = sorted(wanted - named)
    if not hidden:
        return as_crlf(envelope.octets)
    if any(not _is_plain_address(address) for address in hidden):
        raise ThisMessage("A recipient's address holds characters that no header can carry.")
    return b"Bcc: " + ",\r\n ".join(hidden).encode("ascii") + b"\r\n" + as_crlf(envelope.octets)


def _is_plain_address(address: str) -> bool:
    forbidden = set(' ,;:<>()[]"\\')
    return address.isascii() and address.isprintable() and not forbidden.intersection(address)
