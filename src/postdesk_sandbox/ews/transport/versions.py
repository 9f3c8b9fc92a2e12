"""Which RequestServerVersion a product understands."""

from __future__ import annotations

from postdesk_sandbox.ews.calling import EwsError
from postdesk_sandbox.exchange_switches import PRODUCTS

# From the oldest to the newest, as the schema lists them.
VERSIONS = (
    "Exchange2007", "Exchange2007_SP1", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2",
    "Exchange2012", "Exchange2013", "Exchange2013_SP1", "Exchange2015", "Exchange2016",
    "V2015_10_05", "V2016_01_06", "V2016_04_13", "V2016_07_13", "V2016_10_10", "V2017_01_07",
    "V2017_04_14", "V2017_07_11", "V2017_10_09", "V2018_01_08",
)  # fmt: skip


def check_version(version: str, *, product: str) -> None:
    """Raise EwsError ErrorInvalidServerVersion for a version unknown or newer than the server."""
    newest = VERSIONS.index(PRODUCTS[product])
    if version not in VERSIONS[: newest + 1]:
        raise EwsError("ErrorInvalidServerVersion", "The specified server version is invalid.")
