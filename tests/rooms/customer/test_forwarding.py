"""Forwarding the link on the pay page: a plain form, whose answer tells nothing of the address."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import NOW, make_case
from tideover.core.ways.readers import Source
from tideover.messages.models import Suppression
from tideover.messages.suppression import suppress
from tideover.recovery import links
from tideover.recovery.models import Action, Case, LearntFact
from tideover.recovery.ways.rows import Forward, Recipient
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
OFFICE = "office@acme.example"


@pytest.fixture
def case(connection):
    return make_case(connection, customer_name="Zerelda Quillfeather", customer_email="zerelda@payer.example")


def page_of(case: Case) -> str:
    return f"/c/{links.make_link(case, message_id=None, now=NOW)}"


def text_of(answer) -> str:
    return answer.content.decode()


def test_the_payer_types_an_address_and_the_plan_has_the_message(client, case):
    url = page_of(case)
    assert "Forward this to a colleague" in text_of(client.get(url))
    answer = client.post(f"{url}/forward", {"address": OFFICE})
    assert (answer.status_code, answer["Location"]) == (302, f"{url}?forwarded=yes#forward")
    assert "the link arrives there soon" in text_of(client.get(answer["Location"]))
    assert Action.objects.get(template="forwarded").due_at == NOW
    assert Forward.objects.get().address == OFFICE
    assert not Recipient.objects.exists()


def test_the_box_has_them_written_to_from_then_on(client, case):
    client.post(f"{page_of(case)}/forward", {"address": OFFICE, "on": "on"})
    assert Recipient.objects.get().source == Source.PAYER


def opted_out(case):
    suppress(case.organization, "email", OFFICE, Suppression.Reason.UNSUBSCRIBED, NOW)


def had_it(case):
    Client().post(f"{page_of(case)}/forward", {"address": OFFICE})


def is_the_customers(case):
    Case.objects.filter(pk=case.pk).update(customer_email=OFFICE)


@pytest.mark.parametrize("before", [lambda _case: None, opted_out, had_it, is_the_customers])
def test_the_answer_is_the_same_whatever_is_known_of_the_address(client, case, before):
    before(case)
    url = page_of(case)
    answer = client.post(f"{url}/forward", {"address": OFFICE})
    assert (answer.status_code, answer["Location"], answer.content) == (302, f"{url}?forwarded=yes#forward", b"")


@pytest.mark.parametrize(
    "typed",
    ["", "office", "office@", "a@acme.example, b@acme.example", "a@acme.example\nBcc: b@acme.example", "x" * 300],
)
def test_what_is_not_one_address_is_told_and_nothing_is_sent(client, case, typed):
    url = page_of(case)
    answer = client.post(f"{url}/forward", {"address": typed})
    assert answer["Location"] == f"{url}?forwarded=no#forward"
    assert "This is no email address" in text_of(client.get(answer["Location"]))
    assert not LearntFact.objects.filter(kind="forwarded").exists()


def test_what_a_visitor_writes_besides_goes_nowhere(client, case):
    client.post(f"{page_of(case)}/forward", {"address": OFFICE, "message": "buy-here", "name": "buy-here"})
    assert "buy-here" not in str([*Action.objects.values(), *LearntFact.objects.values(), *Forward.objects.values()])


def test_of_one_visitor_no_more_is_heard_in_an_hour_than_a_person_asks_and_others_are(client, connection):
    cases = [make_case(connection) for _ in range(12)]
    for case in cases:
        assert client.post(f"{page_of(case)}/forward", {"address": OFFICE}).status_code == 302
    assert Forward.objects.count() == 10
    assert Client(REMOTE_ADDR="198.51.100.7").post(f"{page_of(cases[-1])}/forward", {"address": OFFICE})
    assert Forward.objects.filter(case=cases[-1]).exists()


def test_where_no_names_are_kept_it_is_not_offered(client, case):
    Project.objects.update(minimal=True)
    url = page_of(case)
    assert "Forward this to a colleague" not in text_of(client.get(url))
    client.post(f"{url}/forward", {"address": OFFICE})
    assert not Forward.objects.exists()


@pytest.mark.parametrize("state", sorted({*Case.State} - {Case.State.FAILING}))
def test_of_what_is_paid_or_closed_it_is_not_offered(client, case, state):
    Case.objects.filter(pk=case.pk).update(state=state, ended_at=NOW)
    url = page_of(case)
    client.post(f"{url}/forward", {"address": OFFICE})
    assert not Forward.objects.exists()


def test_looking_asks_for_nothing_and_a_form_of_elsewhere_is_refused(client, case):
    url = page_of(case)
    assert client.get(f"{url}/forward?address={OFFICE}").status_code == 405
    assert Client(enforce_csrf_checks=True).post(f"{url}/forward", {"address": OFFICE}).status_code == 403
    assert client.post(f"/c/{'x' * 32}/forward", {"address": OFFICE}).status_code == 404
    assert not Forward.objects.exists()
