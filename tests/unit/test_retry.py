"""How long to wait."""

from datetime import timedelta

from postdesk.base.retry import backoff


def test_server_that_names_a_wait_is_obeyed_to_the_letter():
    assert backoff(9, retry_after=77) == timedelta(seconds=77)


def test_wait_grows_and_ends_at_a_quarter_of_an_hour():
    first, later = backoff(0), backoff(50)
    assert timedelta(seconds=12) <= first <= timedelta(seconds=18)
    assert timedelta(minutes=12) <= later <= timedelta(minutes=18)
