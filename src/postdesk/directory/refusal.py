"""What the verbs of this package raise when a change cannot be made."""


class ChangeRefused(ValueError):
    """A change was not made; the message says what to do, ``field`` which entry it is about."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field
