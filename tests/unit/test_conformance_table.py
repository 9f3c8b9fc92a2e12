"""The page of foreign clients."""

from tests.conformance.table import render

LINE = {
    "client": "msal",
    "version": "1.39.0",
    "how": "code",
    "steps": [
        {"step": "sign in", "result": "passed", "seconds": 0.25},
        {"step": "refresh", "result": "failed", "seconds": 0.5},
    ],
}


def test_row_counts_steps_and_those_that_passed():
    page = render([LINE], day="2026-11-23")
    assert "| msal | 1.39.0 | code | 2 | 1 | 0.8 |" in page
    assert "- refresh: failed" in page
