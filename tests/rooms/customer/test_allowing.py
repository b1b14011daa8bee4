"""The payer allows backup methods on their page, in words that are kept, and takes it back there."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from tests.factories import NOW, make_case, make_connection, make_fact, make_project
from tideover import clock
from tideover.recovery import links
from tideover.recovery.models import Action, Case, LearntFact
from tideover.recovery.ways.consents import agreed_at, backups_of

pytestmark = pytest.mark.django_db
ASKS = "may charge another one that I have saved with them"


@pytest.fixture
def case():
    project = make_project(brand_name="Acme", backup_methods=True)
    return make_case(make_connection(project, publishable_key="pk_test_alice"))


def url_of(case: Case) -> str:
    return f"/c/{links.make_link(case, message_id=None, now=NOW)}"


def page(client: Client, case: Case) -> str:
    return unescape(client.get(url_of(case)).content.decode())


def say(client: Client, case: Case, what: str):
    return client.post(f"{url_of(case)}/allow", {"allow": what})


def test_what_is_agreed_to_is_kept_with_its_words_its_time_and_its_link(client, case):
    assert ASKS in page(client, case)
    address = url_of(case)
    answer = client.post(f"{address}/allow", {"allow": "yes"})
    assert answer.headers["Location"] == address
    [kept] = LearntFact.objects.filter(kind="backup_allowed")
    assert kept.at == NOW
    assert kept.detail["words"].startswith("If a payment to Acme cannot be made with my usual payment method, Acme may")
    assert kept.detail["link"]
    told = page(client, case)
    assert "You allowed Acme on" in told
    assert ASKS not in told


def test_it_plans_a_try_for_every_open_invoice_of_the_customer_and_withdrawing_drops_them(client, case):
    other = make_case(case.connection, customer_id=case.customer_id)
    say(client, case, "yes")
    planned = Action.objects.filter(step="charge-backup-1", state="planned")
    assert {action.case_id for action in planned} == {case.pk, other.pk}
    clock.travel_to(NOW.replace(minute=30))
    say(client, other, "no")
    assert not planned.all().exists()
    assert agreed_at(case) is None


def test_saying_it_twice_is_saying_it_once_and_nonsense_says_nothing(client, case):
    for what in ("yes", "yes", "", "perhaps"):
        say(client, case, what)
    assert LearntFact.objects.filter(kind__startswith="backup").count() == 1


def test_looking_at_the_page_agrees_to_nothing(client, case):
    page(client, case)
    assert client.get(f"{url_of(case)}/allow").status_code == 405
    assert agreed_at(case) is None


@pytest.mark.parametrize("settings", [{"backup_methods": False}, {"backup_methods": True, "backup_by_contract": True}])
def test_where_it_needs_no_consent_or_none_is_charged_nothing_is_asked(client, settings):
    project = make_project(brand_name="Acme", **settings)
    case = make_case(make_connection(project, publishable_key="pk_test_alice"))
    assert ASKS not in page(client, case)
    say(client, case, "yes")
    assert not LearntFact.objects.filter(kind="backup_allowed").exists()


def test_what_was_allowed_can_be_taken_back_also_after_the_merchant_turned_it_off(client, case):
    make_fact(case, "backup_allowed", at=NOW)
    type(case.project).objects.update(backup_methods=False)
    assert "Do not allow it any more" in page(client, case)
    clock.travel_to(NOW.replace(minute=30))
    say(client, case, "no")
    assert agreed_at(case) is None


def test_who_has_paid_may_allow_it_for_the_next_time(client, case):
    Case.objects.update(state="recovered", via="card_page", ended_at=NOW)
    case.refresh_from_db()
    assert ASKS in page(client, case)
    say(client, case, "yes")
    later = make_case(case.connection, customer_id=case.customer_id)
    assert backups_of([later])


def test_the_consent_of_one_account_is_none_in_another(client, case):
    say(client, case, "yes")
    elsewhere = make_case(make_connection(case.project), customer_id=case.customer_id)
    assert backups_of([elsewhere]) == {}
