"""Secrets at rest."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from postdesk.base.vault import Vault, VaultError, read_or_make_secret_key

OLD, NEW = "o" * 40, "n" * 40


def test_what_the_old_key_wrote_is_read_after_a_new_key_was_put_in_front():
    locked = Vault([OLD]).lock("s3cret")
    assert "s3cret" not in locked
    assert Vault([NEW, OLD]).unlock(locked) == "s3cret"


def test_secret_of_a_lost_key_is_refused_with_what_to_do():
    locked = Vault([OLD]).lock("s3cret")
    with pytest.raises(VaultError, match="from your backup"):
        Vault([NEW]).unlock(locked)


def test_reply_tokens_stay_valid_when_keys_are_rotated():
    assert Vault([NEW, OLD]).signing_key("reply-token") == Vault([OLD]).signing_key("reply-token")


def test_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "secret-key"
    key = read_or_make_secret_key(path)
    assert read_or_make_secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_commands_that_start_at_once_share_one_whole_key(tmp_path):
    path = tmp_path / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _number: read_or_make_secret_key(path), range(64)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]


def test_short_key_is_refused():
    with pytest.raises(VaultError):
        Vault(["short"])
