"""Back from an entry to the message as it came: octets, headers, files."""

from postdesk.mail.models import SpooledMessage
from postdesk.mail.octets import read_octets
from postdesk.message.parse import parse_message
from postdesk.message.parsed import Attachment


def original(spooled_number: int) -> bytes:
    """Return the octets; raises SpooledMessage.DoesNotExist or FileNotFoundError."""
    return read_octets(
        SpooledMessage.objects.select_related("octets").get(pk=spooled_number).octets
    )


def headers(spooled_number: int) -> list[tuple[str, str]]:
    """Return all headers, decoded, in their order."""
    return list(parse_message(original(spooled_number)).headers)


def attachment(spooled_number: int, position: int) -> Attachment | None:
    """Return the file at ``position`` of the message, or None when there is none."""
    files = parse_message(original(spooled_number)).attachments
    return files[position] if 0 <= position < len(files) else None


def story_of(spooled_number: int) -> SpooledMessage | None:
    """Return the ledger's row of a received message, with its trace."""
    return (
        SpooledMessage.objects.select_related("account", "octets").filter(pk=spooled_number).first()
    )
