"""The tree of errors that carry a decision.

::

    CarriesDecision
    ├── NeedsPerson     stop, mark the account, show ``remedy``
    ├── TryLater        keep the row, come back after ``retry_after`` seconds or the backoff
    ├── ThisMessage     hold this one message, go on with the next
    └── OutcomeUnknown  it may have happened: ask the server before doing it again

Foreign errors (httpx, msal, smtplib) become one of these in ``drivers`` or ``oauth``, never above.
"""


class CarriesDecision(Exception):
    """Base of all errors that tell the caller what to do next."""


class NeedsPerson(CarriesDecision):
    """Nothing will work until a person acts.

    ``what`` says what happened, ``remedy`` what to do and who can do it, ``code`` is the
    provider's own (``AADSTS700082``, ``ErrorAccessDenied``, ``535 5.7.3``) or "", ``raw`` is what
    the provider said, in its own words and cut to a few kilobytes; never a secret.
    """

    def __init__(self, what: str, *, remedy: str, code: str = "", raw: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code
        self.raw = raw


class TryLater(CarriesDecision):
    """The other side is busy, away or throttling; ``retry_after`` is in seconds, or None."""

    def __init__(self, what: str, *, retry_after: float | None = None, raw: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.retry_after = retry_after
        self.raw = raw


class ThisMessage(CarriesDecision):
    """One message cannot be handled; the others can. ``remedy`` says what a person may do."""

    def __init__(self, what: str, *, remedy: str = "", code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.code = code


class OutcomeUnknown(CarriesDecision):
    """The line was lost after the point of no return; whether it happened must be asked."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
