"""An old link's page: what happened to it, a new link for who asks, and nothing for a stranger to learn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import DAY, NOW, make_case, make_fact, make_message
from tideover import clock
from tideover.customer.old_links import DRAWN, Old
from tideover.recovery import links
from tideover.recovery.models import Action, Case, LearntFact, Link

pytestmark = pytest.mark.django_db
SOMEBODYS = {"customer_name": "Zerelda Quillfeather", "customer_email": "zerelda@payer.example"}


def old(case: Case, **changes: object) -> str:
    """The address of a link that has opened the case's page, and does no more."""
    token = links.make_link(case, message_id=None, now=NOW - 31 * DAY)
    Link.objects.filter(token_hash=links._hash(token)).update(**changes)
    return f"/c/{token}"


@pytest.fixture
def case(connection):
    connection.project.support_email = "help@merchant.example"
    connection.project.save()
    return make_case(connection, **SOMEBODYS)


def text_of(answer) -> str:
    return answer.content.decode()


def test_an_expired_link_says_so_with_one_button_and_names_no_amount_and_no_person(client, case):
    answer = client.get(old(case))
    page = text_of(answer)
    assert (answer.status_code, answer["Cache-Control"]) == (410, "no-store")
    assert "This link is too old" in page
    assert (page.count("<button"), page.count("<script")) == (1, 0)
    assert case.project.brand_name in page
    assert "help@merchant.example" in page
    for told in ("99.00", "Zerelda", "zerelda@", "4242", case.invoice_number, case.description):
        assert told not in page


def test_who_asks_is_told_to_look_at_their_mail_and_the_plan_has_the_message(client, case):
    make_message(case)
    url = old(case)
    answer = client.post(f"{url}/new-link", follow=True)
    assert answer.redirect_chain == [(f"{url}?asked=1", 302)]
    assert "Please look at your email" in text_of(answer)
    assert "<button" not in text_of(answer)
    assert Action.objects.get(template="new_link").due_at == NOW
    assert LearntFact.objects.get(kind="link_asked").at == NOW


def asked_often(case):
    for number in range(1, 4):
        make_fact(case, "link_asked", key=f"link-asked:{number}", at=NOW - timedelta(minutes=number))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _case: None,
        asked_often,
        lambda case: Case.objects.filter(pk=case.pk).update(customer_email=""),
    ],
    ids=["sent", "asked too often", "no address"],
)
def test_the_answer_is_the_same_whether_or_not_anything_is_sent(client, case, spoil):
    spoil(case)
    url = old(case)
    answer = client.post(f"{url}/new-link")
    assert (answer.status_code, answer["Location"], answer.content) == (302, f"{url}?asked=1", b"")
    assert text_of(client.get(answer["Location"])).count("Please look at your email") == 2


def test_of_one_visitor_no_more_is_heard_in_an_hour_than_a_person_asks_and_others_are(client, connection):
    cases = [make_case(connection) for _ in range(12)]
    for case in cases:
        assert client.post(f"{old(case)}/new-link").status_code == 302
    assert LearntFact.objects.filter(kind="link_asked").count() == 10
    assert Client(REMOTE_ADDR="198.51.100.7").post(f"{old(cases[-1])}/new-link").status_code == 302
    assert LearntFact.objects.filter(kind="link_asked", case=cases[-1]).exists()


def test_what_the_visitor_types_is_no_address(client, case):
    client.post(f"{old(case)}/new-link", {"email": "mallory@elsewhere.example", "to": "mallory@elsewhere.example"})
    assert "mallory" not in str([*Action.objects.values(), *LearntFact.objects.values(), *Case.objects.values()])


@pytest.mark.parametrize("path", ["", "/new-link"])
def test_a_link_that_was_never_ours_gets_the_dead_page_and_nothing_else(client, case, path):
    url = f"/c/{'x' * 32}{path}"
    answer = client.post(url) if path else client.get(url)
    assert answer.status_code == 404
    assert "This link does not work" in text_of(answer)
    assert "<button" not in text_of(answer)
    assert case.project.brand_name not in text_of(answer)
    assert not LearntFact.objects.exists()


def test_of_who_was_erased_an_old_link_is_one_that_never_was(client, case):
    Case.objects.filter(pk=case.pk).update(erased_at=NOW)
    answers = [client.get(url) for url in (old(case), old(case, revoked_at=NOW), f"/c/{'x' * 32}")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({answer.content for answer in answers}) == 1


def test_a_link_that_was_withdrawn_says_whom_to_write_to_and_has_no_button(client, case):
    page = text_of(client.get(old(case, revoked_at=NOW)))
    assert "This link was withdrawn" in page
    assert "<button" not in page
    assert "help@merchant.example" in page
    client.post(f"{old(case, revoked_at=NOW)}/new-link")
    assert not LearntFact.objects.exists()


@pytest.mark.parametrize(
    ("state", "fact", "says"),
    [
        ("recovered", "paid", "Already paid"),
        ("canceled", "void", "Nothing to pay"),
        ("canceled", "uncollectible", "Nothing to pay"),
        ("canceled", "forgiven", "Nothing to pay"),
    ],
)
def test_of_what_is_paid_or_closed_it_says_so_instead(client, case, state, fact, says):
    kind = {"void": "voided"}.get(fact, fact)
    make_fact(case, kind, key=fact)
    Case.objects.filter(pk=case.pk).update(state=state, ended_at=NOW)
    url = old(case)
    page = text_of(client.get(url))
    assert says in page
    assert "<button" not in page
    client.post(f"{url}/new-link")
    assert not LearntFact.objects.filter(kind="link_asked").exists()


def test_looking_asks_for_nothing(client, case):
    url = old(case)
    for method in ("get", "head"):
        assert getattr(client, method)(url).status_code == 410
    assert client.get(f"{url}/new-link").status_code == 405
    assert not LearntFact.objects.exists()


def test_a_form_that_was_open_as_the_link_ended_leads_to_its_page_and_a_script_is_told(client, case):
    url = old(case)
    answer = client.post(f"{url}/promise", {"day": "2026-11-25"})
    assert (answer.status_code, answer["Location"]) == (302, url)
    told = client.post(f"{url}/setup", headers={"accept": "application/json"})
    assert (told.status_code, told.json()["state"]) == (404, "closed")


def test_a_new_link_asked_for_by_a_form_of_elsewhere_is_refused(case):
    assert Client(enforce_csrf_checks=True).post(f"{old(case)}/new-link").status_code == 403


def test_every_page_of_an_old_link_is_drawn():
    assert set(DRAWN) == set(Old)


def test_the_invoices_own_address_leads_an_old_link_to_its_page(client, case):
    token = old(case).rpartition("/")[2]
    answer = client.get(f"/api/update-payment/{case.invoice_id}?token={token}")
    assert (answer.status_code, answer["Location"]) == (302, f"/c/{token}")
    assert clock.now() == NOW
