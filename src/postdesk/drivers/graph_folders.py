"""Finds the folder that processed mail is moved to, and makes it when it is not there."""

from postdesk.base.errors import TryLater
from postdesk.drivers.graph_errors import decide, read_error
from postdesk.drivers.graph_requests import GraphRequests, as_json, is_good

# Graph's own names; they mean the same folder in each language.
_WELL_KNOWN = frozenset({"archive", "deleteditems", "junkemail"})
_ROOT = "msgfolderroot"


def find_or_make_folder(requests: GraphRequests, name: str) -> str:
    """Return the id of folder ``name`` beside the inbox, or the well-known name itself.

    Another worker may make the folder at the same moment; then theirs is taken.
    """
    plain = name.replace(" ", "").lower()
    if plain in _WELL_KNOWN:
        return plain
    return _find(requests, name) or _make(requests, name) or _demand(requests, name)


def _find(requests: GraphRequests, name: str) -> str:
    quoted = name.replace("'", "''")
    answer = requests.call(
        "GET",
        requests.address("mailFolders", _ROOT, "childFolders"),
        params={"$filter": f"displayName eq '{quoted}'"},
    )
    folders = answer.read_object().get("value")
    for folder in folders if isinstance(folders, list) else []:
        if isinstance(folder, dict) and isinstance(folder.get("id"), str):
            return str(folder["id"])
    return ""


def _make(requests: GraphRequests, name: str) -> str:
    answer = requests.send(
        "POST",
        requests.address("mailFolders", _ROOT, "childFolders"),
        payload=as_json({"displayName": name}),
    )
    if answer.status_code == 409:  # ErrorFolderExists: somebody was faster
        return ""
    if not is_good(answer):
        raise decide(read_error(answer), mailbox=requests.mailbox)
    made = answer.read_object().get("id")
    return made if isinstance(made, str) else ""


def _demand(requests: GraphRequests, name: str) -> str:
    found = _find(requests, name)
    if not found:
        raise TryLater(f"The folder {name} of {requests.mailbox} is neither there nor can be made.")
    return found
