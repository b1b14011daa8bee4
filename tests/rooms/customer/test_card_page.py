"""The card page over HTTP: what it shows, to whom, and that looking at it changes nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from tests.factories import (
    DAY,
    NOW,
    make_action,
    make_attempt,
    make_case,
    make_connection,
    make_organization,
    make_project,
    make_ruleset,
)
from tests.rooms.messages.post import BROWSER, taking_no_writes
from tideover import clock
from tideover.core.rules import PRESETS, to_json
from tideover.recovery import links
from tideover.recovery.models import Action, Case, LearntFact, Link

pytestmark = pytest.mark.django_db
PK = "pk_test_alice"


@pytest.fixture
def connection():
    project = make_project(brand_name="Acme", brand_color="#ffee00", support_email="help@acme.example")
    return make_connection(project, publishable_key=PK)


@pytest.fixture
def case(connection):
    return make_case(connection, customer_name="Jane Payer", hosted_url="https://invoice.stripe.example/i/1")


def url_of(case: Case) -> str:
    return f"/c/{links.make_link(case, message_id=None, now=NOW)}"


def text_of(response) -> str:
    """What a person reads of the page."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# ── what it says ──


def test_the_page_says_who_what_how_much_and_why(client, case):
    text = text_of(client.get(url_of(case)))
    for said in ("Acme", "$99.00", "Pro, monthly", case.invoice_number, "November 19, 2026", "Visa •••• 4242"):
        assert said in text
    assert "There was not enough money available on your card." in text
    assert "Pay with another card" in text


def test_a_payer_without_money_hears_when_it_is_tried_again(client, case):
    make_action(case, due_at=NOW + 13 * DAY)
    assert "Today choose below Thu, Dec 3 tried again" in text_of(client.get(url_of(case)))


def test_the_day_is_the_payers_own(client, connection):
    case = make_case(connection, time_zone="Pacific/Auckland", stripe_next_attempt_at=NOW)
    assert "Sat, Nov 21 tried again" in text_of(client.get(url_of(case)))


def test_the_page_is_shown_while_the_database_takes_nothing_and_counts_the_next_visit(client, case):
    url = url_of(case)
    with taking_no_writes():
        assert client.get(url, headers=BROWSER).status_code == 200
    assert not Link.objects.filter(first_opened_at__isnull=False).exists()
    client.get(url, headers=BROWSER)
    assert Link.objects.get().first_opened_at == NOW


def test_until_when_access_is_kept_is_told_only_where_the_rules_say_what_follows(client, connection):
    assert "access kept until" not in text_of(client.get(url_of(make_case(connection))))
    rules = {**to_json(PRESETS["tuned"]), "consequence": "suspended", "consequence_day": 20}
    case = make_case(connection, ruleset=make_ruleset(connection.project, rules=rules))
    assert "Wed, Dec 9 access kept until" in text_of(client.get(url_of(case)))
    single = make_case(connection, ruleset=case.ruleset, billing_reason="manual")
    assert "access kept until" not in text_of(client.get(url_of(single)))


@pytest.mark.parametrize(("family", "code"), [("expired", "expired_card"), ("card_dead", "lost_card")])
def test_where_waiting_helps_nothing_the_page_does_not_speak_of_it(client, connection, family, code):
    case = make_case(connection, family=family, decline_code=code, stripe_next_attempt_at=NOW + DAY)
    assert "tried again" not in text_of(client.get(url_of(case)))


def test_lost_and_stolen_read_like_a_plain_decline(client, connection):
    for code in ("lost_card", "stolen_card", "fraudulent", "pickup_card"):
        text = text_of(client.get(url_of(make_case(connection, family="card_dead", decline_code=code))))
        assert "Your bank declined the payment." in text
        assert not re.search(r"lost|stolen|fraud", text, re.IGNORECASE)


def test_a_payment_that_waits_for_the_bank_is_confirmed_and_not_asked_for_again(client, connection):
    case = make_case(connection, family="authentication", decline_code="authentication_required")
    text = text_of(client.get(url_of(case)))
    assert "Confirm with your bank" in text
    assert "A payment did not go through" not in text


def test_all_open_invoices_of_the_customer_are_listed_with_their_total(client, connection):
    case = make_case(connection, customer_id="cus_jane")
    make_case(connection, customer_id="cus_jane", description="Add-on seats", amount_due=4900)
    make_case(connection, customer_id="cus_jane", description="Paid long ago", state="recovered")
    make_case(connection, customer_id="cus_else", description="Somebody else's")
    text = text_of(client.get(url_of(case)))
    assert "Add-on seats" in text
    assert "$148.00" in text
    assert "Paid long ago" not in text
    assert "Somebody else" not in text


def test_sums_of_two_currencies_stay_two_sums(client, connection):
    case = make_case(connection, customer_id="cus_jane")
    make_case(connection, customer_id="cus_jane", currency="jpy", amount_due=9900)
    assert "$99.00 and ¥9,900" in text_of(client.get(url_of(case)))


def test_the_same_customer_id_at_another_merchant_is_another_customer(client, connection):
    case = make_case(connection, customer_id="cus_jane")
    make_case(make_connection(), customer_id="cus_jane", description="Mallory's invoice")
    assert "Mallory" not in text_of(client.get(url_of(case)))


def test_a_merchants_bright_color_is_made_readable(client, case):
    page = client.get(url_of(case)).content.decode()
    assert "--button:#ffee00;--on-button:#0b1220" in page


def test_the_form_carries_what_the_script_and_the_simulated_people_need(client, case):
    url = url_of(case)
    page = client.get(url).content.decode()
    assert f'data-setup-url="{url}/setup"' in page
    assert f'data-done-url="{url}/done"' in page
    assert f'data-publishable-key="{PK}"' in page
    assert 'data-stripe-js="https://js.stripe.com/v3/"' in page
    assert 'name="csrfmiddlewaretoken"' in page


def test_a_recovered_case_shows_thanks_and_no_form(client, case):
    url = url_of(case)
    Case.objects.filter(pk=case.pk).update(state="recovered", via="card_page", amount_recovered=9900)
    page = client.get(url)
    assert "Thank you" in text_of(page)
    assert b"card-form" not in page.content


def test_who_paid_elsewhere_is_told_that_nothing_is_left_to_do(client, case):
    url = url_of(case)
    Case.objects.filter(pk=case.pk).update(state="recovered", via="stripe", amount_recovered=9900)
    assert "Already paid" in text_of(client.get(url))


def test_a_bank_debit_under_way_is_not_asked_for_again(client, connection):
    page = client.get(url_of(make_case(connection, processing=True)))
    assert "on its way" in text_of(page)
    assert b"card-form" not in page.content


@pytest.mark.parametrize(
    ("brand", "expected"),
    [
        ("us_bank_account", "Wed, Jan 14"),
        ("sepa_debit", "Thu, Jan 15"),
        ("bacs_debit", "Tue, Jan 13"),
    ],
)
def test_a_bank_debit_under_way_says_since_when_and_when_the_money_is_there(client, connection, brand, expected):
    case = make_case(connection, processing=True, card_brand=brand, card_last4="6789")
    make_attempt(case, at=datetime(2026, 1, 8, 12, tzinfo=UTC), outcome="processing")
    said = text_of(client.get(url_of(case)))
    assert "Started on Thu, Jan 8" in said
    assert "•••• 6789" in said
    assert f"Expected to arrive by {expected}" in said


@pytest.mark.parametrize(
    "hinder",
    [{"mode": "observe"}, {"publishable_key": ""}, {"state": "disconnected"}],
)
def test_where_we_may_not_charge_the_page_leads_to_stripes_own(client, case, hinder):
    type(case.connection).objects.filter(pk=case.connection_id).update(**hinder)
    page = client.get(url_of(case)).content.decode()
    assert 'href="https://invoice.stripe.example/i/1"' in page
    assert "card-form" not in page


def test_a_merchant_who_stopped_everything_takes_no_card_here(client):
    organization = make_organization(stopped_at=NOW)
    stopped = make_case(make_connection(make_project(organization), publishable_key=PK))
    assert b"card-form" not in client.get(url_of(stopped)).content


def test_markup_in_a_description_is_text(client, connection):
    case = make_case(connection, description="<script>alert(1)</script>")
    assert b"<script>alert" not in client.get(url_of(case)).content


# ── who may see it ──


def test_every_link_that_was_never_ours_gets_the_very_same_answer(client, case):
    url_of(case)
    answers = [client.get(url) for url in ("/c/x", "/c/" + "x" * 32, "/c/" + "y" * 5000)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    of_the_request = {"Set-Cookie", "X-Request-Id"}
    headers = [{k: v for k, v in answer.headers.items() if k not in of_the_request} for answer in answers]
    assert headers[0] == headers[1] == headers[2]


@pytest.mark.parametrize("path", ["/setup", "/done"])
def test_a_dead_link_posts_nowhere(client, case, path):
    url = url_of(case)
    Link.objects.update(revoked_at=NOW)
    answer = client.post(url + path, {"intent": "seti_x"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["state"]) == (404, "closed")


def test_neither_name_nor_address_of_the_payer_stands_in_the_page_or_its_addresses(client, case):
    url = url_of(case)
    page = client.get(url).content.decode()
    for secret in (case.customer_name, case.customer_email, case.customer_id, str(case.pk)):
        assert secret not in page + url


# ── safe to look at ──


def rows():
    """Everything a look could change, except that the first visit is noted."""
    return [
        list(Case.objects.values()),
        list(Action.objects.values()),
        list(LearntFact.objects.values()),
        [{**row, "first_opened_at": None} for row in Link.objects.values()],
    ]


def test_a_scanner_that_opens_everything_changes_nothing(client, case):
    make_action(case)
    url = url_of(case)
    before = rows()
    for method in ("get", "head", "options"):
        for path in ("", "/setup", "/done"):
            assert getattr(client, method)(url + path).status_code in {200, 405}
    assert rows() == before
    assert b"card-form" in client.get(url).content  # and the link still works for the customer


def test_the_page_itself_takes_no_post(client, case):
    assert client.post(url_of(case)).status_code == 405


def test_a_persons_look_is_noted_for_the_funnel_and_a_scanners_is_not(client, case):
    url = url_of(case)
    client.head(url, headers=BROWSER)
    client.get(url, headers={"User-Agent": "Barracuda Sentinel (EE)"})
    client.get(url)
    assert Link.objects.get().first_opened_at is None
    client.get(url, headers=BROWSER)
    assert Link.objects.get().first_opened_at == NOW


def test_posts_need_the_token_of_the_page(case):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(url_of(case) + "/setup").status_code == 403


def test_more_posts_than_a_person_makes_get_a_page_with_words(client, case):
    url = url_of(case)
    for _ in range(30):
        assert client.post(url + "/done", {"intent": "nonsense"}).status_code == 200
    answer = client.post(url + "/done", {"intent": "nonsense"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert "Please wait a little" in text_of(answer)
    other = client.post(url_of(case) + "/done", {"intent": "nonsense"})
    assert other.status_code == 200  # another link is another person


def test_a_stripe_that_cannot_be_reached_charges_nothing_and_says_so(client, case):
    type(case.connection).objects.filter(pk=case.connection_id).update(api_base="http://127.0.0.1:9")
    for path, fields in (("/setup", {}), ("/done", {"intent": "seti_1"}), ("/done", {"intent": "pi_1"})):
        answer = client.post(url_of(case) + path, fields, headers={"accept": "application/json"}).json()
        assert answer["state"] == "declined"
        assert "Nothing was charged" in answer["message"]


# ── headers ──


def test_the_address_leaks_nowhere_and_the_page_is_kept_nowhere(client, case):
    for url in (url_of(case), "/c/wrong"):
        answer = client.get(url)
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cache-Control"] == "no-store"
        assert "noindex" in answer["X-Robots-Tag"]


def test_only_stripe_may_run_beside_us(client, case):
    policy = dict(part.split(" ", 1) for part in client.get(url_of(case))["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self' https://js.stripe.com https://*.js.stripe.com"
    assert policy["connect-src"] == "'self' https://api.stripe.com"
    assert "https://hooks.stripe.com" in policy["frame-src"]
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'none'")
    assert "style-src-attr" not in policy
    assert not any("unsafe" in value for value in policy.values())


def test_a_simulator_takes_stripes_place_in_the_policy(client, case):
    type(case.connection).objects.filter(pk=case.connection_id).update(api_base="http://127.0.0.1:4242")
    page = client.get(url_of(case))
    assert 'data-stripe-js="http://127.0.0.1:4242/v3/"' in page.content.decode()
    policy = page["Content-Security-Policy"]
    assert "script-src 'self' http://127.0.0.1:4242" in policy.split("; ")  # in no order of its own
    assert "stripe.com" not in policy


def test_every_other_page_keeps_the_strict_policy(client):
    assert "stripe.com" not in client.get("/sign-in/")["Content-Security-Policy"]


def test_the_page_is_small(client, case):
    assert len(client.get(url_of(case)).content) < 20_000


def test_a_link_dies_after_its_thirty_days(client, case):
    url = url_of(case)
    clock.travel_to(NOW + 30 * DAY - timedelta(seconds=1))
    assert client.get(url).status_code == 200
    clock.travel_to(NOW + 30 * DAY)
    assert client.get(url).status_code == 410
