"""Keys of the API: made once, found by their text, ended."""

from datetime import datetime, timedelta

import pytest

from postdesk.directory.models import Tech
from postdesk.site.api_keys import (
    KeyRefused,
    KeySettingsRefused,
    NewKey,
    find_key,
    make_key,
    revoke_key,
)
from postdesk.site.models import ApiKey, AuditEntry

pytestmark = pytest.mark.django_db
YEAR = timedelta(days=365)


@pytest.fixture
def new_key(administrator: Tech, now: datetime) -> NewKey:
    return make_key(
        name="Monitoring",
        scopes=["health:read"],
        expires_at=now + YEAR,
        by=administrator.person,
        now=now,
    )


def test_key_has_its_form_and_is_found(new_key: NewKey, now: datetime) -> None:
    prefix, key_id, secret = new_key.text.split("_", 2)
    assert (prefix, len(key_id), len(secret)) == ("pdk", 8, 43)
    assert find_key(new_key.text, now=now) == new_key.row
    assert new_key.row.prefix == f"pdk_{key_id}"


def test_secret_is_stored_nowhere(new_key: NewKey) -> None:
    secret = new_key.text.split("_", 2)[2]
    stored = [*ApiKey.objects.values(), *AuditEntry.objects.values()]
    assert secret not in repr(stored)
    assert secret not in repr(new_key)


def test_key_with_another_secret_is_unknown(new_key: NewKey, now: datetime) -> None:
    last = "A" if new_key.text[-1] != "A" else "B"
    with pytest.raises(KeyRefused, match="is unknown"):
        find_key(new_key.text[:-1] + last, now=now)


def test_unknown_id_is_told_in_the_words_of_a_wrong_secret(new_key: NewKey, now: datetime) -> None:
    with pytest.raises(KeyRefused, match="is unknown"):
        find_key("pdk_zzzzzzzz_" + "A" * 43, now=now)


@pytest.mark.parametrize("text", ["", "pdk_", "Bearer x", "pdk_ABCDEFGH_" + "a" * 43])
def test_what_is_no_key_is_told_so(text: str, now: datetime) -> None:
    with pytest.raises(KeyRefused, match="is no key"):
        find_key(text, now=now)


def test_key_ends(new_key: NewKey, now: datetime) -> None:
    assert find_key(new_key.text, now=now + YEAR - timedelta(seconds=1))
    with pytest.raises(KeyRefused, match="ended on 2027-11-23"):
        find_key(new_key.text, now=now + YEAR)


def test_revoked_key_opens_nothing(new_key: NewKey, administrator: Tech, now: datetime) -> None:
    assert revoke_key(new_key.row, by=administrator.person, now=now)
    assert not revoke_key(new_key.row, by=administrator.person, now=now + YEAR)
    with pytest.raises(KeyRefused, match="was revoked"):
        find_key(new_key.text, now=now)
    new_key.row.refresh_from_db()
    assert new_key.row.revoked_at == now


def test_last_use_is_written_once_a_minute(new_key: NewKey, now: datetime) -> None:
    for seconds in (0, 30, 59):
        find_key(new_key.text, now=now + timedelta(seconds=seconds))
    new_key.row.refresh_from_db()
    assert new_key.row.last_used_at == now
    find_key(new_key.text, now=now + timedelta(seconds=60))
    new_key.row.refresh_from_db()
    assert new_key.row.last_used_at == now + timedelta(seconds=60)


def test_making_and_revoking_are_audited(
    new_key: NewKey, administrator: Tech, now: datetime
) -> None:
    revoke_key(new_key.row, by=administrator.person, now=now)
    assert list(AuditEntry.objects.order_by("id").values_list("action", "target")) == [
        ("api_key_made", str(new_key.row)),
        ("api_key_revoked", str(new_key.row)),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["health:read", "everything"]}, "scopes"),
        ({"days": -1}, "ends_on"),
        ({"days": 4000}, "ends_on"),
    ],
)
def test_key_that_cannot_be_is_refused(
    changes: dict[str, object], field: str, administrator: Tech, now: datetime
) -> None:
    asked = {"name": "x", "scopes": ["health:read"], "days": 1, **changes}
    end = now + timedelta(days=asked.pop("days"))  # type: ignore[arg-type]
    with pytest.raises(KeySettingsRefused) as refusal:
        make_key(**asked, expires_at=end, by=administrator.person, now=now)  # type: ignore[arg-type]
    assert refusal.value.field == field
    assert not ApiKey.objects.exists()
