"""What a form's page answers: itself, its problems, or the way on; to a browser without scripts and to one with."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.rooms.dashboard.forms.sample import BAD, GOOD, put_on_site

pytestmark = pytest.mark.django_db
BY_SCRIPT = {"HX-Request": "true"}


@pytest.fixture
def sample(settings):
    return put_on_site(settings)


def good():
    return {**GOOD, "logo": SimpleUploadedFile("logo.png", b"x", "image/png")}


def test_a_page_that_is_looked_at_shows_what_is_kept(alice, sample):
    answer = alice.browser().get(sample)
    assert answer.status_code == 200
    assert 'value="Alpine Analytics"' in answer.content.decode()


def test_what_was_saved_is_said_on_the_page_one_is_led_to(alice, sample):
    browser = alice.browser()
    answer = browser.post(sample, good())
    assert (answer.status_code, answer.url) == (302, sample)
    assert "Saved as Alpine." in browser.get(sample).content.decode()


def test_what_is_wrong_comes_back_as_the_whole_page(alice, sample):
    answer = alice.browser().post(sample, BAD)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "things are not right yet" in html
    assert "<html" in html


def test_an_empty_post_is_a_form_with_nothing_in_it(alice, sample):
    assert alice.browser().post(sample, {}).status_code == 422


def test_a_script_gets_the_form_alone_and_then_the_way_on(alice, sample):
    browser = alice.browser()
    wrong = browser.post(sample, BAD, headers=BY_SCRIPT)
    assert wrong.status_code == 422
    assert wrong.content.decode().startswith('<form id="sample"')
    assert "csrfmiddlewaretoken" in wrong.content.decode()
    right = browser.post(sample, good(), headers=BY_SCRIPT)
    assert (right.status_code, right["HX-Redirect"]) == (200, sample)


def test_a_form_needs_its_token(alice, sample):
    assert alice.browser(enforce_csrf_checks=True).post(sample, good()).status_code == 403
