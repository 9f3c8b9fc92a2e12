from datetime import UTC, datetime

import pytest

from postdesk.message.dates import read_date

MOMENT = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "Mon, 4 Mar 2024 10:00:00 +0100",
        "4 Mar 2024 10:00 +0100 (CET)",
        "Mon, 04 Mar 2024 04:00:00 EST",
        "Mon, 4 Mar 24 09:00:00 GMT",
        "2024-03-04T10:00:00+01:00",
        "2024-03-04 09:00:00",
        "Mon, 4 Mar 2024 09:00:00 Nowhere",
    ],
)
def test_date_is_read_as_utc(value: str) -> None:
    assert read_date(value) == MOMENT


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Mon, 45 Mar 2024 10:00:00 +0000",
        "Mon, 4 Mar 2024 99:00:00 +0000",
        "Mon, 4 Mar 0000 10:00:00 +9999999",
        "31 Dec 9999 23:00:00 -2300",
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_none(value: str) -> None:
    assert read_date(value) is None
