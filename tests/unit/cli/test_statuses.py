"""What commands answer to whoever started them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

POSTDESK = Path(sys.executable).with_name("postdesk")


def status_of(*command, **settings):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("POSTDESK_")
    }
    done = subprocess.run(
        [POSTDESK, *command],
        env=environment | settings,
        input=b"",
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode


@pytest.mark.parametrize(
    "settings",
    [
        {"POSTDESK_SECRET_KEY": "short"},
        {"POSTDESK_LOG_LEVEL": "LOUD"},
        {"POSTDESK_SECRET_KEY_FILE": "/proc/nowhere/key"},
        {},
    ],
    ids=["a key that is too short", "a wrong setting", "no key to be had", "no database"],
)
def test_mta_is_asked_to_try_again_whatever_is_wrong_here(tmp_path, settings):
    command = ("deliver-mail", "--account", "help@x.example", "-")
    status = status_of(*command, POSTDESK_DATA_DIR=str(tmp_path), **settings)
    assert status == os.EX_TEMPFAIL


def test_wrong_setting_ends_a_command_with_words_and_the_status_for_it(tmp_path):
    settings = {"POSTDESK_DATA_DIR": str(tmp_path), "POSTDESK_SECRET_KEY": "short"}
    assert status_of("doctor", **settings) == os.EX_CONFIG
