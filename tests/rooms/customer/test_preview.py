"""The merchant's preview of the pay page: as a payer of such a failure would see it, and nothing can be paid."""

from __future__ import annotations

import pytest
import typer
from django.urls import reverse

from tests import factories as make
from tests.rooms.customer.test_card_page import text_of
from tests.rooms.messages.post import taking_no_writes
from tideover.cli.previewing import pay_page
from tideover.core.declines import Decline, Family
from tideover.core.declines import family as family_of
from tideover.customer.preview.sample import CODES
from tideover.messages.languages import all_languages
from tideover.recovery.models import Action, Case, Link

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice):
    make.make_connection(alice.project, publishable_key="pk_test_alice")
    alice.project.brand_name, alice.project.support_email = "Harbor", "help@harbor.example"
    alice.project.save()
    return alice.browser()


def look(browser, **asked):
    return browser.get(reverse("customer:preview"), asked)


@pytest.mark.parametrize("family", sorted(family for family, code in CODES.items() if code))
def test_what_the_bank_says_is_of_the_family_that_is_looked_at(family):
    assert family_of(Decline(CODES[family], brand="visa")) == family


def test_there_is_a_failure_for_every_family():
    assert set(CODES) == set(Family)


@pytest.mark.parametrize("family", sorted(Family))
def test_each_family_has_its_page_and_no_row_is_written(browser, family):
    with taking_no_writes():
        page = look(browser, family=family)
    assert page.status_code == 200
    for said in ("A preview with sample data", "Harbor", "$99.00", "help@harbor.example"):
        assert said in text_of(page)
    assert not (Case.objects.exists())
    assert not (Link.objects.exists())
    assert not Action.objects.exists()


DOORS = {
    Family.NO_FUNDS: "Pay on another day",
    Family.AUTHENTICATION: "Confirm with your bank",
    Family.EXPIRED: "Enter a card that is still valid",
}


@pytest.mark.parametrize("family", sorted(DOORS))
def test_the_doors_are_those_of_the_failure(browser, family):
    assert DOORS[family] in text_of(look(browser, family=family))


@pytest.mark.parametrize("language", sorted(all_languages()))
def test_it_is_in_the_language_that_is_chosen(browser, language):
    page = look(browser, language=language).content.decode()
    assert f'<html lang="{language}"' in page


def test_no_script_runs_in_it_and_no_form_leaves_it(browser):
    page = look(browser)
    policy = page.headers["Content-Security-Policy"]
    assert "sandbox allow-same-origin" in policy
    assert "form-action 'none'" in policy
    assert "script" not in policy
    assert b"data-publishable-key" not in page.content
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_what_is_sent_there_all_the_same_finds_no_link(client):
    assert client.post(reverse("customer:setup", args=["preview"])).status_code == 404


def test_before_an_account_is_connected_it_is_as_one_that_charges_would_have_it(alice):
    page = look(alice.browser())
    assert b'class="drawn"' in page.content


def test_in_observe_mode_it_leads_to_stripes_page_as_it_does_for_payers(alice):
    make.make_connection(alice.project, mode="observe", publishable_key="pk_test_alice")
    page = look(alice.browser())
    assert b'class="drawn"' not in page.content
    assert b"https://invoice.stripe.com/i/preview" in page.content


@pytest.mark.parametrize("asked", [{"family": "nothing"}, {"language": "xx"}])
def test_what_there_is_not_is_not_found(browser, asked):
    assert look(browser, **asked).status_code == 404


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get(reverse("customer:preview")).status_code == 302


def test_the_settings_page_offers_each_family_and_language(browser):
    page = browser.get(reverse("dashboard:settings-pay-page")).content.decode()
    assert all(f'value="{family}"' in page for family in Family)
    assert all(f'value="{code}"' in page for code in all_languages())
    assert f'src="{reverse("customer:preview")}"' in page


def test_the_command_tells_what_the_page_says(alice, capsys):
    pay_page("no_funds", language="de", organization=alice.organization.slug, project=None)
    said = capsys.readouterr().out
    assert "99,00" in said
    assert "- An einem anderen Tag bezahlen" in said


def test_the_command_says_which_failures_there_are(alice, capsys):
    with pytest.raises(typer.Exit):
        pay_page("nothing", language="", organization=alice.organization.slug, project=None)
    assert "no_funds" in capsys.readouterr().err
