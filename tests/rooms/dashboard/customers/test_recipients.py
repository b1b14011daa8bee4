"""The customer's page says who else is written to; a person adds and takes away."""

from __future__ import annotations

import pytest

from tests.factories import make_case, make_connection, make_customer
from tideover.mirror.models import Customer
from tideover.recovery.ways.rows import Recipient
from tideover.tenants.models import Project

pytestmark = pytest.mark.django_db
TYPED = {"address": "office@acme.example", "name": "Olga", "role": "billing", "from_day": "3", "language": "de"}


@pytest.fixture
def customer(alice) -> Customer:
    connection = make_connection(alice.project)
    case = make_case(connection)
    return make_customer(connection, stripe_id=case.customer_id)


def page_of(person, customer):
    return person.browser().get(f"/customers/{customer.public_id}/").content.decode()


def add(person, customer, **typed):
    return person.browser().post(f"/customers/{customer.public_id}/recipients/", {**TYPED, **typed})


def test_who_is_added_stands_on_the_page_and_who_is_taken_away_no_more(alice, customer):
    assert add(alice, customer).status_code == 302
    row = Recipient.objects.get()
    assert (row.customer_id, row.role, row.from_day, row.language) == (customer.stripe_id, "billing", 3, "de")
    assert (row.source, row.made_by) == ("page", alice.user.email)
    page = page_of(alice, customer)
    assert "office@acme.example" in page
    assert "Olga, billing contact, from day 3, in de" in page
    gone = alice.browser().post(f"/customers/{customer.public_id}/recipients/{row.public_id}/remove/", follow=True)
    assert "office@acme.example is written to no more." in gone.content.decode()
    assert not Recipient.objects.exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"address": "nobody"}, "Enter a valid email address"),
        ({"from_day": "61"}, "Choose a number from 0 to 60."),
        ({"role": "boss"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nobody_is_added(alice, customer, typed, said):
    answer = add(alice, customer, **typed)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert not Recipient.objects.exists()


def test_who_is_there_already_is_changed(alice, customer):
    add(alice, customer)
    add(alice, customer, address="OFFICE@acme.example", role="owner")
    assert Recipient.objects.get().role == "owner"


def test_where_no_names_are_kept_the_page_offers_nothing(alice, customer):
    Project.objects.update(minimal=True)
    assert "Somebody else" not in page_of(alice, customer)
    assert "keeps no names" in add(alice, customer).content.decode()


def test_another_merchant_meets_nothing(alice, mallory, customer):
    add(alice, customer)
    row = Recipient.objects.get()
    assert add(mallory, customer).status_code == 404
    assert (
        mallory.browser().post(f"/customers/{customer.public_id}/recipients/{row.public_id}/remove/").status_code == 404
    )
    hers = make_customer(make_connection(mallory.project), stripe_id=customer.stripe_id)
    assert mallory.browser().post(f"/customers/{hers.public_id}/recipients/{row.public_id}/remove/").status_code == 404
    assert Recipient.objects.count() == 1
