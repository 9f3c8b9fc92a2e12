"""The small parts that pages are made of."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from postdesk.base import clock
from postdesk.directory.models import Priority
from postdesk.tickets.models import Status


def drawn(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_shape_and_a_word(status: Status) -> None:
    page = drawn("{% status value %}", value=status.value)
    assert "<use href=" in page
    assert status.label in page


def test_most_urgent_priority_has_the_strongest_class() -> None:
    assert "prio--4" in drawn("{% prio value %}", value=Priority.URGENT)
    assert "prio--1" in drawn("{% prio value %}", value=Priority.LOW)


def test_words_of_health_are_escaped() -> None:
    assert "&lt;b&gt;" in drawn("{% health 'bad' text %}", text="<b>")


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=38), "38 m"),
        (timedelta(hours=2, minutes=59), "2 h"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=400), "400 d"),
        (timedelta(seconds=-5), "now"),
    ],
)
def test_age_is_short(ago: timedelta, words: str) -> None:
    clock.shift_to(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    page = drawn("{% age moment %}", moment=clock.now() - ago)
    assert f">{words}</time>" in page


def test_no_moment_has_no_age() -> None:
    assert drawn("{% age moment %}", moment=None) == ""


class _Form(forms.Form):
    name = forms.CharField(help_text="As on the door.", widget=forms.TextInput({"class": "mono"}))
    kind = forms.ChoiceField(choices=[("a", "A")])
    text = forms.CharField(widget=forms.Textarea)
    is_on = forms.BooleanField(label="On")
    many = forms.MultipleChoiceField(
        choices=[("x", "X")], widget=forms.CheckboxSelectMultiple, required=False
    )
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_field_ties_label_help_and_error_to_its_control() -> None:
    page = drawn("{% field form.name %}", form=_Form({}))
    assert '<label class="field__label" for="id_name">Name</label>' in page
    assert 'class="input mono"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name_helptext id_name_error"' in page
    assert 'id="id_name_helptext">As on the door.' in page
    assert 'id="id_name_error"' in page


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("kind", '<span class="select"><select'),
        ("text", 'class="textarea"'),
        ("is_on", '<label class="check" for="id_is_on">'),
        ("many", 'role="group"'),
    ],
)
def test_each_kind_of_control_has_its_shape(name: str, shape: str) -> None:
    form = _Form()
    assert shape in drawn("{% field bound %}", bound=form[name])


def test_hidden_field_has_no_label() -> None:
    assert "<label" not in drawn("{% field form.secret %}", form=_Form())


def test_links_to_other_pages_keep_the_filters() -> None:
    page = Paginator(range(120), 50).page(2)
    request = RequestFactory().get("/tickets/?view=open&q=a%26b&page=2")
    text = drawn("{% paginate page %}", page=page, request=request)
    assert "of 120" in text
    assert text.index(">51") < text.index("100 of 120")
    assert 'href="?view=open&amp;q=a%26b&amp;page=1"' in text
    assert 'href="?view=open&amp;q=a%26b&amp;page=3"' in text
