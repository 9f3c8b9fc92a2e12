"""Loaded before Django's settings: a data directory of its own, and no settings from outside."""

import os
import tempfile

_INHERITED = ("_CERT", "_CA_BUNDLE", "CERT_FILE", "CERT_DIR", "CAINFO", "_PROXY", "_proxy")

for _name in list(os.environ):
    if any(part in _name for part in _INHERITED) or (
        _name.startswith("POSTDESK_") and not _name.startswith("POSTDESK_TEST_")
    ):
        del os.environ[_name]

_DATA_DIR = tempfile.TemporaryDirectory(prefix="postdesk-test-", ignore_cleanup_errors=True)
os.environ["POSTDESK_DATA_DIR"] = _DATA_DIR.name
os.environ["POSTDESK_SECRET_KEY"] = "a-key-for-tests-only-0123456789abcdefghij"
os.environ["POSTDESK_LOG_LEVEL"] = "WARNING"
if os.environ.get("POSTDESK_TEST_DATABASE_URL"):
    os.environ["POSTDESK_DATABASE_URL"] = os.environ["POSTDESK_TEST_DATABASE_URL"]
