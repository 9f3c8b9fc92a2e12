"""A desk at Exchange Web Services: operations by hand, answers taken apart."""

import base64
from dataclasses import dataclass
from typing import Any

from lxml import etree

from postdesk_sandbox.ews.names import PREFIXES
from tests.sandbox.ews_line import XML, basic, envelope
from tests.sandbox.visitor import Visitor

ID_ONLY = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
SUPPORT = "support@contoso.test"


def distinguished(name: str, mailbox: str = "") -> str:
    """Return a DistinguishedFolderId, perhaps in somebody else's mailbox."""
    address = f"<t:Mailbox><t:EmailAddress>{mailbox}</t:EmailAddress></t:Mailbox>"
    return f'<t:DistinguishedFolderId Id="{name}">{address if mailbox else ""}</t:DistinguishedFolderId>'  # noqa: E501


def shape(*uris: str, base: str = "IdOnly", before: str = "", more: str = "") -> str:
    """Return an ItemShape with properties beside the base."""
    paths = "".join(f'<t:FieldURI FieldURI="{one}"/>' for one in uris) + more
    wanted = f"<t:AdditionalProperties>{paths}</t:AdditionalProperties>" if paths else ""
    return f"<m:ItemShape><t:BaseShape>{base}</t:BaseShape>{before}{wanted}</m:ItemShape>"


def item_id(identity: "Identity", *, keyed: bool = True) -> str:
    key = f' ChangeKey="{identity.key}"' if keyed else ""
    return f'<t:ItemId Id="{identity.id}"{key}/>'


@dataclass(frozen=True)
class Identity:
    """An item's id and change key."""

    id: str
    key: str = ""


@dataclass
class Reply:
    """An answer: its parts in order, each with its code."""

    status: int
    root: Any

    @property
    def codes(self) -> list[str]:
        return self.texts("m:ResponseCode")

    def all(self, tag: str) -> list[Any]:
        found: list[Any] = self.root.findall(f".//{tag}", PREFIXES)
        return found

    def texts(self, tag: str) -> list[str]:
        return [one.text or "" for one in self.all(tag)]

    def text(self, tag: str) -> str:
        (found,) = self.texts(tag)
        return found

    @property
    def ids(self) -> list[Identity]:
        return [Identity(one.get("Id"), one.get("ChangeKey", "")) for one in self.all("t:ItemId")]

    @property
    def id(self) -> Identity:
        (found,) = self.ids
        return found

    @property
    def fault(self) -> str:
        found = self.root.find(".//{*}detail/{*}ResponseCode")
        return "" if found is None else str(found.text)

    def good(self) -> "Reply":
        assert self.status == 200, etree.tostring(self.root)
        assert set(self.codes) == {"NoError"}, etree.tostring(self.root)
        return self


class Desk:
    """One person at the line, with a password."""

    def __init__(self, visitor: Visitor, person: str = SUPPORT) -> None:
        self.visitor = visitor
        self.headers = XML | basic(person)

    def ask(self, operation: str, **more: str) -> Reply:
        content = envelope(operation, **more).encode()
        answer = self.visitor.http.post("/EWS/Exchange.asmx", content=content, headers=self.headers)
        return Reply(answer.status_code, etree.fromstring(answer.content))

    def find(self, folder: str = "inbox", *, inside: str = "", shaped: str = ID_ONLY) -> Reply:
        """Find items of a folder; `inside` stands between the shape and the folder."""
        where = folder if folder.startswith("<") else distinguished(folder)
        return self.ask(
            f'<m:FindItem Traversal="Shallow">{shaped}{inside}'
            f"<m:ParentFolderIds>{where}</m:ParentFolderIds></m:FindItem>"
        )

    def get(self, *identities: Identity, shaped: str = ID_ONLY) -> Reply:
        ids = "".join(item_id(one, keyed=False) for one in identities)
        return self.ask(f"<m:GetItem>{shaped}<m:ItemIds>{ids}</m:ItemIds></m:GetItem>")

    def value(self, identity: Identity, uri: str) -> str:
        """Return one property as text, empty when the item has none."""
        found = self.get(identity, shaped=shape(uri)).good().texts(f"t:{uri.partition(':')[2]}")
        return found[0] if found else ""

    def mime(self, identity: Identity) -> bytes:
        before = "<t:IncludeMimeContent>true</t:IncludeMimeContent>"
        text = self.get(identity, shaped=shape(before=before)).good().text("t:MimeContent")
        return base64.b64decode(text)

    def move(self, identity: Identity, target: str, *, operation: str = "MoveItem") -> Reply:
        return self.ask(
            f"<m:{operation}><m:ToFolderId>{target}</m:ToFolderId>"
            f"<m:ItemIds>{item_id(identity)}</m:ItemIds></m:{operation}>"
        )

    def delete(self, identity: Identity, kind: str = "HardDelete") -> Reply:
        return self.ask(
            f'<m:DeleteItem DeleteType="{kind}"><m:ItemIds>{item_id(identity)}</m:ItemIds>'
            "</m:DeleteItem>"
        )

    def update(
        self,
        identity: Identity,
        *changes: str,
        resolution: str = "AutoResolve",
        disposition: str = "SaveOnly",
    ) -> Reply:
        key = f' ChangeKey="{identity.key}"' if identity.key else ""
        return self.ask(
            f'<m:UpdateItem ConflictResolution="{resolution}" MessageDisposition="{disposition}">'
            f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{identity.id}"{key}/>'
            f"<t:Updates>{''.join(changes)}</t:Updates></t:ItemChange></m:ItemChanges>"
            "</m:UpdateItem>"
        )

    def create(self, *messages: str, disposition: str = "SaveOnly", target: str = "") -> Reply:
        saved = f"<m:SavedItemFolderId>{target}</m:SavedItemFolderId>" if target else ""
        items = "".join(f"<t:Message>{one}</t:Message>" for one in messages)
        return self.ask(
            f'<m:CreateItem MessageDisposition="{disposition}">{saved}'
            f"<m:Items>{items}</m:Items></m:CreateItem>"
        )

    def sync(
        self, folder: str = "inbox", *, state: str = "", size: int = 100, **more: str
    ) -> Reply:
        known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        return self.ask(
            f"<m:SyncFolderItems>{more.get('shaped', ID_ONLY)}"
            f"<m:SyncFolderId>{distinguished(folder)}</m:SyncFolderId>{known}"
            f"{more.get('ignore', '')}<m:MaxChangesReturned>{size}</m:MaxChangesReturned>"
            "</m:SyncFolderItems>"
        )

    def create_folder(self, name: str, parent: str = "msgfolderroot") -> str:
        """Create a folder and return its FolderId element."""
        reply = self.ask(
            f"<m:CreateFolder><m:ParentFolderId>{distinguished(parent)}</m:ParentFolderId>"
            f"<m:Folders><t:Folder><t:DisplayName>{name}</t:DisplayName></t:Folder></m:Folders>"
            "</m:CreateFolder>"
        ).good()
        return f'<t:FolderId Id="{reply.all("t:FolderId")[0].get("Id")}"/>'

    def delete_folder(self, folder: str, kind: str = "HardDelete") -> Reply:
        ids = f"<m:FolderIds>{folder}</m:FolderIds>"
        return self.ask(f'<m:DeleteFolder DeleteType="{kind}">{ids}</m:DeleteFolder>')

    @property
    def missed(self) -> list[str]:
        """What the journal lists as not implemented."""
        return [one["feature"] for one in self.visitor.look("unimplemented")]


def set_read(value: str) -> str:
    return set_field("message:IsRead", f"<t:IsRead>{value}</t:IsRead>")


def set_field(uri: str, content: str) -> str:
    path = uri if uri.startswith("<") else f'<t:FieldURI FieldURI="{uri}"/>'
    return f"<t:SetItemField>{path}<t:Message>{content}</t:Message></t:SetItemField>"


def mime_content(mime: bytes) -> str:
    encoded = base64.b64encode(mime).decode()
    return f'<t:MimeContent CharacterSet="UTF-8">{encoded}</t:MimeContent>'
