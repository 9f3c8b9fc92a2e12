"""The documentation of error codes says what the program says."""

from pathlib import Path

from tests.house.error_page import render

DOCS = Path(__file__).resolve().parents[2] / "docs" / "admin"


def test_page_of_error_codes_is_what_the_table_says():
    page = (DOCS / "error-codes.md").read_text(encoding="utf-8")

    assert page == render(), "run `make docs`"


def test_pages_for_troubled_people_lead_to_the_codes():
    for name in ("troubleshooting.md", "connect-microsoft-365.md"):
        assert "(error-codes.md" in (DOCS / name).read_text(encoding="utf-8")
