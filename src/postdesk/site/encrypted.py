"""The one field for secrets at rest."""

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from postdesk.base.vault import Vault, VaultError

log = logging.getLogger(__name__)


def the_vault() -> Vault:
    """Return the vault of this installation."""
    vault: Vault = settings.VAULT
    return vault


if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


class Unreadable(str):
    """Stands for a secret that no key of the ring fits: empty, and written back untouched.

    So every page still opens after the key was lost, and restoring the key restores the secret.
    """

    __slots__ = ("locked",)
    locked: str


class EncryptedTextField(TextField):
    """Text that is encrypted in the database and plain in Python."""

    def get_prep_value(self, value: Any) -> Any:
        """Encrypt on the way in."""
        if isinstance(value, Unreadable):
            return value.locked
        return value if value is None else the_vault().lock(str(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:  # noqa: ARG002  Django's signature
        """Decrypt on the way out; what cannot be decrypted comes out empty, as Unreadable."""
        if value is None:
            return None
        try:
            return the_vault().unlock(value)
        except VaultError:
            log.error("A stored secret cannot be decrypted: is this the right secret-key file?")  # noqa: TRY400  the trace tells nothing more
            unreadable = Unreadable()
            unreadable.locked = value
            return unreadable
