"""Boot settings."""

import pytest

from postdesk.base.env import EnvironmentProblem, read_environment


def test_mistyped_name_is_refused_and_the_known_ones_are_listed():
    with pytest.raises(EnvironmentProblem, match="POSTDESK_PUBLIC_URL"):
        read_environment({"POSTDESK_PUBLIC_ULR": "https://desk.example"})


def test_names_of_tests_are_let_pass():
    assert read_environment({"POSTDESK_TEST_SEED": "1"}).public_url == ""


def test_slash_at_the_end_of_an_address_makes_no_difference():
    environment = read_environment({"POSTDESK_PUBLIC_URL": "https://desk.example/"})
    assert environment.public_url == "https://desk.example"


def test_secrets_do_not_stand_in_the_representation():
    environment = read_environment({"POSTDESK_SECRET_KEY": "very-secret"})
    assert "very-secret" not in repr(environment)
