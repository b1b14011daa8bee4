"""Readers by a customer's metadata at Stripe: heard by events and lists, followed both ways, and never over a person's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from tests.factories import NOW, make_case, make_connection, make_customer
from tests.people import Person
from tideover.core.ways.reader_file import Wish
from tideover.core.ways.reader_metadata import read_readers, readers_in
from tideover.core.ways.readers import Role, Source
from tideover.gateways.told import told_by
from tideover.mirror.importing import begin
from tideover.mirror.models import Customer
from tideover.mirror.taking import hold, said, take
from tideover.recovery.ways import from_stripe, recipients
from tideover.recovery.ways.from_stripe import follow_all, odd_of
from tideover.recovery.ways.rows import Recipient
from tideover.tenants.models import AuditEntry, Connection, Project
from tideover.upkeep import aging
from tideover.upkeep.privacy.erase import erase

pytestmark = pytest.mark.django_db
OFFICE, OWNER = "office@acme.example", "owner@acme.example"


@pytest.fixture
def account(alice: Person) -> Connection:
    connection = make_connection(alice.project)
    begin(connection, NOW)
    return connection


def told(account, later=0, **metadata):
    """Stripe tells of the customer, so many minutes later, and the worker follows."""
    thing = {
        "id": "cus_One00000000001",
        "object": "customer",
        "created": 1,
        "email": "pia@payer.example",
        "metadata": metadata,
    }
    at = NOW + timedelta(minutes=later)
    hold(account)
    take(account, [said(each, at) for each in told_by(thing)], lambda _organization, _words: ())
    follow_all(at)
    return Customer.objects.get()


def written_to():
    return list(Recipient.objects.order_by("address").values_list("address", "role", "from_day", "language", "source"))


def test_each_key_names_readers_of_its_role_with_a_day_and_a_language(account):
    told(account, tideover_billing=OFFICE, tideover_owner=f"{OWNER} 5 de; partner@acme.example, fr, 10", color="red")
    assert written_to() == [
        (OFFICE, "billing", 0, "", "stripe"),
        (OWNER, "owner", 5, "de", "stripe"),
        ("partner@acme.example", "owner", 10, "fr", "stripe"),
    ]
    assert {entry.who for entry in AuditEntry.objects.filter(what="recipient added")} == {"Stripe's metadata"}


def test_what_changes_or_goes_there_does_so_here(account):
    told(account, tideover_billing=OFFICE, tideover_owner=OWNER)
    told(account, 1, tideover_owner=f"{OWNER} 7")
    assert written_to() == [(OWNER, "owner", 7, "", "stripe")]
    told(account, 2)
    assert written_to() == []


def test_what_stays_as_it_was_is_looked_at_once(account):
    told(account, tideover_billing=OFFICE)
    before = AuditEntry.objects.count()
    told(account, 1, tideover_billing=OFFICE, color="red")
    assert (AuditEntry.objects.count(), follow_all(NOW)) == (before, 0)


def test_an_older_event_takes_nothing_back(account):
    told(account, 5, tideover_billing=OFFICE)
    told(account, 1)
    assert [row[0] for row in written_to()] == [OFFICE]


@pytest.mark.parametrize("source", [Source.PAGE, Source.FILE, Source.COMMAND, Source.PAYER])
def test_whom_a_person_wrote_stays_as_they_wrote_it_and_when_stripe_forgets_them(account, source):
    wish = Wish("cus_One00000000001", OFFICE, name="Olga", role=Role.ADMIN, from_day=3)
    recipients.add(account.project, wish, by="alice", source=source, now=NOW)
    told(account, tideover_billing=f"{OFFICE} 9")
    assert written_to() == [(OFFICE, "admin", 3, "", source)]
    told(account, 1)
    assert written_to() == [(OFFICE, "admin", 3, "", source)]


def test_whom_stripe_named_and_a_person_changed_is_the_persons_from_then_on(account):
    told(account, tideover_billing=OFFICE)
    wish = Wish("cus_One00000000001", OFFICE, role=Role.OWNER)
    recipients.add(account.project, wish, by="alice", source=Source.PAGE, now=NOW)
    told(account, 1)
    assert written_to() == [(OFFICE, "owner", 0, "", "page")]


def test_odd_values_are_passed_over_and_told_and_the_others_are_followed(account, caplog):
    customer = told(
        account, tideover_billing=f"nowhere; {OFFICE} 99; {OWNER} tlh; ok@acme.example", tideover_admin="x@ 1 2"
    )
    assert [row[0] for row in written_to()] == ["ok@acme.example"]
    odd = odd_of(customer)
    assert len(odd) == 4
    assert odd[0] == "tideover_billing: It names no address of mail."
    assert OFFICE not in caplog.text


def test_the_page_of_the_customer_says_who_is_named_in_stripe_and_what_is_odd(account, alice):
    customer = told(account, tideover_billing=f"{OFFICE}; nowhere")
    page = alice.browser().get(f"/customers/{customer.public_id}/").content.decode()
    assert "named in Stripe" in page
    assert "tideover_billing: It names no address of mail." in page


def test_in_minimal_mode_nothing_is_kept_and_nobody_named(account):
    told(account, tideover_billing=OFFICE)
    Project.objects.update(minimal=True)
    account.project.refresh_from_db()
    aging.clear(NOW + timedelta(minutes=1))
    assert not Recipient.objects.exists()
    row = told(account, 2, tideover_billing=OFFICE)
    assert (row.readers, row.readers_followed, written_to()) == ("", "", [])


def test_of_who_was_erased_nothing_is_followed(account):
    told(account, tideover_billing=OFFICE)
    make_case(account, customer_id="cus_One00000000001", customer_email="pia@payer.example", state="canceled")
    erase(account.organization, "pia@payer.example", "ada", NOW)
    follow_all(NOW)
    row = Customer.objects.get()
    assert (row.readers, row.readers_followed) == ("", "")
    assert not Recipient.objects.exclude(address="").exists()


def test_customers_that_break_keep_their_place_from_nobody_behind_them(account, monkeypatch):
    monkeypatch.setattr(from_stripe, "TOGETHER", 2)
    for named in ("written_by_a_newer_version=x", "written_by_a_newer_version=y", f"tideover_owner={OWNER}"):
        make_customer(account, readers=named)
    assert follow_all(NOW) == 3
    assert [row[0] for row in written_to()] == [OWNER]


def test_one_customer_that_breaks_stops_no_other(account):
    named = [f"tideover_owner=o{at}@acme.example" for at in range(3)]
    named[1] = "written_by_a_newer_version=o1@acme.example"
    rows = [make_customer(account, readers=readers) for readers in named]
    assert follow_all(NOW) == 3
    assert [row[0] for row in written_to()] == ["o0@acme.example", "o2@acme.example"]
    assert list(Customer.objects.exclude(readers=F("readers_followed"))) == [rows[1]]


def test_of_more_than_can_be_written_to_the_page_says_so(account):
    customer = told(account, tideover_other="; ".join(f"r{at:02}@acme.example" for at in range(12)))
    assert len(written_to()) == recipients.MOST
    assert "12 people are named, and 10 at most are written to." in odd_of(customer)


def test_another_merchants_customer_of_the_same_id_has_nobody(account, mallory):
    hers = make_connection(mallory.project)
    make_customer(hers, stripe_id="cus_One00000000001")
    hold(account)
    thing = {"id": "cus_One00000000001", "object": "customer", "created": 1, "metadata": {"tideover_billing": OFFICE}}
    take(account, [said(each, NOW) for each in told_by(thing)], lambda _organization, _words: ())
    follow_all(NOW)
    assert {row.connection_id for row in Recipient.objects.all()} == {account.pk}


@pytest.mark.parametrize("metadata", [{}, {"tideover_owner": ""}, {"tideover_owner": 5}, {"owner": OFFICE}])
def test_metadata_that_names_nobody_is_nothing(metadata):
    assert readers_in(metadata) == ""


def test_a_value_of_several_lines_is_one_value_and_names_each_once():
    read = read_readers(
        "cus_1", readers_in({"tideover_owner": f"{OFFICE};\ntideover_admin={OWNER}", "tideover_billing": OFFICE})
    )
    assert read.wishes[0].address == OFFICE
    assert {wish.role for wish in read.wishes if wish.address == OFFICE} == {Role.BILLING}
