"""Connecting an account may be repeated, and never puts one merchant's account into another's house."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from tests.factories import NOW, make_connection
from tests.rooms.tenants.lost_keys import damage
from tideover.gateways.answers import AccountRead
from tideover.tenants.connecting import (
    Access,
    ConnectedElsewhere,
    Names,
    connect,
    keep_webhook_secret,
    standing,
    where_known,
)
from tideover.tenants.models import AuditEntry, Connection, Member, Organization, Project, User

pytestmark = pytest.mark.django_db
ACCOUNT = AccountRead(
    "acct_1QxVb02eZvKYlo2C", "Alpine", livemode=False, country="AT", currency="eur", time_zone="Europe/Vienna"
)
KEY = "rk_test_51QxVb02eZvKYlo2CcanaryT8hJ3kLm9Nq4Ws7Yx"
OBSERVE = Access(KEY, "observe")


def connected(name: str = "Alpine", number: int = 1, **names: str) -> Connection:
    return connect(replace(ACCOUNT, id=f"acct_{number}", name=name or "merchant"), OBSERVE, Names(**names), NOW)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("株式会社", "有限会社"), ("株式会社 ABC", "有限会社 ABC"), ("Żółw", "Żółć"), ("Café", "Cafe"), ("Москва", "Лондон"), ("!!!", "???"),
        ("A" * 60 + " North", "A" * 60 + " South"), ("merchant", "商人"), ("", "商人"),
    ],
)  # fmt: skip
def test_two_merchants_whose_names_look_alike_without_their_letters_are_two(first, second):
    one, other = connected(first, 1), connected(second, 2)
    assert one.organization_id != other.organization_id
    assert one.project_id != other.project_id


@pytest.mark.parametrize(
    "name", ["株式会社", "Żółw", "Café", "!!!", "A" * 300, "Alpine", "merchant", "two\nlines", "Ⅷ ﬁne"]
)
def test_the_same_name_again_is_the_same_merchant(name):
    one, again = connected(name), connected(name)
    assert (one.organization_id, one.project_id, one.pk) == (again.organization_id, again.project_id, again.pk)
    assert Organization.objects.count() == Project.objects.count() == Connection.objects.count() == 1


@pytest.mark.parametrize("again", ["alpine", "ALPINE", "Alpine ", "Alpine!"])
def test_case_blanks_and_points_make_no_other_merchant(again):
    assert connected("Alpine", 1).organization_id == connected(again, 2).organization_id


# ── one account, one connection ──


def test_an_account_that_was_renamed_at_stripe_stays_where_it_is():
    one, again = connected("Alpine"), connected("Alpine Ltd")
    assert (one.pk, Organization.objects.get().name) == (again.pk, "Alpine")
    again.refresh_from_db()
    assert again.account_name == "Alpine Ltd"


@pytest.mark.parametrize(
    "names", [{"organization": "Malt"}, {"project": "Another"}, {"organization": "Malt", "project": "Alpine"}]
)
def test_an_account_is_connected_once_and_who_names_another_place_is_told_where(names):
    connected(organization="Alpine", project="Alpine")
    with pytest.raises(ConnectedElsewhere, match="acct_1 is connected already") as refused:
        connected(**names)
    assert ("Alpine" in str(refused.value)) == ("organization" not in names)  # no other merchant is named
    assert Connection.objects.count() == Organization.objects.count() == Project.objects.count() == 1


def test_naming_only_the_merchant_finds_the_product_that_has_the_account():
    one = connected(organization="Alpine", project="Pro")
    assert connected(organization="Alpine").pk == one.pk


def test_a_merchant_that_was_renamed_here_is_found_by_its_new_name_and_by_that_of_before():
    one = connected(organization="Alpine", project="Pro")
    Organization.objects.update(name="Alpine Ltd")
    Project.objects.update(name="Pro Plus")
    for organization, project in (("Alpine", "Pro"), ("alpine ltd", "pro plus"), ("Alpine", ""), ("", "Pro")):
        assert connected(organization=organization, project=project).pk == one.pk
    assert connected("Another", 2, organization="Alpine Ltd").organization_id == one.organization_id
    assert connected("Alpine", 3).organization_id != one.organization_id, "it may be another merchant"


def test_an_account_that_was_disconnected_may_move():
    connected(organization="Alpine")
    Connection.objects.update(state="disconnected")
    assert connected(organization="Malt").organization.name == "Malt"


def test_an_account_that_was_disconnected_and_renamed_comes_back_where_it_was():
    before = connected("Alpine")
    Connection.objects.update(state="disconnected")
    assert connected("Alpine Ltd").pk == before.pk


def test_what_failed_while_an_account_was_disconnected_is_not_ours():
    made = connected()
    assert made.since == NOW
    Connection.objects.update(state="disconnected", disconnected_at=NOW)
    again = connect(replace(ACCOUNT, id="acct_1"), OBSERVE, Names(), NOW + timedelta(days=40))
    assert (again.pk, again.since) == (made.pk, NOW + timedelta(days=40))
    later = connect(replace(ACCOUNT, id="acct_1"), OBSERVE, Names(), NOW + timedelta(days=50))
    assert later.since == NOW + timedelta(days=40)


def test_the_database_holds_one_active_connection_of_an_account_and_as_many_former_ones_as_there_were():
    one = make_connection(state="disconnected")
    two = make_connection(account_id=one.account_id)
    make_connection(account_id=one.account_id, livemode=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_connection(account_id=two.account_id)


@pytest.mark.django_db(transaction=True)
def test_who_connects_at_the_same_moment_as_another_gets_the_same_connection():
    """Both saw that there is none; one of them was first."""
    gate, made = Barrier(2), list[Connection]()

    def connects():
        try:
            gate.wait(60)
            made.append(connected())
        finally:
            connections.close_all()

    both = [Thread(target=connects) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert [each.pk for each in made] == [Connection.objects.get().pk] * 2


def test_two_products_of_one_merchant_that_look_alike_are_two():
    one, other = (connected(number=number, organization="Alpine", project=name) for number, name in enumerate("雪山"))
    assert one.organization_id == other.organization_id
    assert one.project_id != other.project_id


def test_products_of_two_merchants_may_be_called_alike():
    one, other = (connected(name, number, project="Pro") for number, name in enumerate(("Alpine", "Malt")))
    assert one.project.organization != other.project.organization


@pytest.mark.parametrize("part", ["name", "id", "time_zone"])
def test_what_an_account_says_of_itself_is_kept_as_far_as_it_fits(part):
    said = {"name": "N" * 500, "id": "acct_" + "x" * 59, "time_zone": "Europe/Vienna"}
    made = connect(replace(ACCOUNT, **{part: said[part]}), OBSERVE, Names(), NOW)
    made.refresh_from_db()
    assert made.account_name == made.project.brand_name == (said["name"][:120] if part == "name" else "Alpine")


def test_repeating_changes_only_what_was_said():
    first = connect(ACCOUNT, Access(KEY, "act", "", "pk_test_1"), Names(sender="billing@alpine.example"), NOW)
    keep_webhook_secret(first, "whsec_1", NOW, endpoint_id="we_1")
    again = connect(ACCOUNT, Access(KEY), Names(), NOW)
    again.refresh_from_db()
    assert (again.mode, again.publishable_key, again.webhook_secret) == ("act", "pk_test_1", "whsec_1")
    assert connect(ACCOUNT, OBSERVE, Names(), NOW).mode == "observe"
    assert (again.hook_token, again.project.sender_email) == (first.hook_token, "billing@alpine.example")


def test_an_account_that_was_disconnected_is_active_again():
    connected()
    Connection.objects.update(state="disconnected", disconnected_at=NOW, api_key="")
    made = connected()
    assert (made.state, made.disconnected_at, made.api_key) == ("active", None, KEY)


def test_live_and_test_mode_of_one_account_are_two_connections():
    test = connect(ACCOUNT, Access("rk_test_1", "act"), Names(), NOW)
    live = connect(ACCOUNT, Access("rk_live_1", "observe"), Names(), NOW)
    assert (test.livemode, live.livemode, test.pk == live.pk) == (False, True, False)


def test_an_owner_is_one_person_however_the_address_is_written():
    for email in ("Ada@Alpine.example", "ada@alpine.example", "ADA@ALPINE.EXAMPLE"):
        connected(owner=email)
    assert (User.objects.get().email, Member.objects.get().role) == ("ada@alpine.example", "owner")


def test_an_owner_of_one_merchant_becomes_no_member_of_another():
    connected("Alpine", 1, owner="ada@alpine.example")
    connected("Malt", 2, owner="mallory@malt.example")
    assert {member.user.email: member.organization.name for member in Member.objects.all()} == {
        "ada@alpine.example": "Alpine", "mallory@malt.example": "Malt",
    }  # fmt: skip


def test_a_connection_that_cannot_be_written_leaves_nothing_behind():
    with pytest.raises(IntegrityError):
        connect(ACCOUNT, Access(KEY, "destroy"), Names(owner="ada@alpine.example"), NOW)


@pytest.mark.django_db(transaction=True)
def test_a_refused_connection_leaves_no_merchant_no_owner_and_no_entry():
    with pytest.raises(IntegrityError):
        connect(ACCOUNT, Access(KEY, "destroy"), Names(owner="ada@alpine.example"), NOW)
    assert not any(model.objects.exists() for model in (Organization, Project, User, Member, AuditEntry))


# ── keys that are lost ──


@pytest.mark.parametrize("column", ["api_key", "webhook_secret", "webhook_secret_previous"])
def test_connecting_again_heals_an_account_whose_secrets_cannot_be_read(column):
    made = connected()
    keep_webhook_secret(made, "whsec_1", NOW)
    keep_webhook_secret(made, "whsec_2", NOW)
    damage(made, column=column)
    again = Connection.objects.get(pk=connected().pk)
    secrets = {"api_key": KEY, "webhook_secret": "whsec_2", "webhook_secret_previous": "whsec_1"}
    assert {name: getattr(again, name) for name in secrets} == {**secrets, column: KEY if column == "api_key" else ""}


def test_a_key_that_took_the_place_of_an_unreadable_one_is_in_the_audit_log():
    damage(connected())
    connected()
    entry = AuditEntry.objects.order_by("-number").first()
    assert (entry.what, entry.before["key"]) == ("connected", "unreadable")
    assert "canary" not in str(list(AuditEntry.objects.values()))


# ── webhook secrets ──


def test_while_a_secret_is_rolled_two_are_kept_and_the_same_one_again_changes_nothing():
    connection = make_connection(webhook_secret="")
    for secret in ("whsec_1", "whsec_2", "whsec_2"):
        keep_webhook_secret(connection, secret, NOW)
    connection.refresh_from_db()
    assert (connection.webhook_secret, connection.webhook_secret_previous) == ("whsec_2", "whsec_1")


def test_a_new_secret_keeps_the_endpoint_that_is_known():
    connection = make_connection(webhook_endpoint_id="we_1")
    keep_webhook_secret(connection, "whsec_2", NOW)
    keep_webhook_secret(connection, "whsec_3", NOW, endpoint_id="we_3")
    assert Connection.objects.get().webhook_endpoint_id == "we_3"


def test_a_new_secret_takes_the_place_of_one_that_cannot_be_read():
    connection = make_connection()
    damage(connection, column="webhook_secret")
    keep_webhook_secret(Connection.objects.get(), "whsec_new", NOW)
    read = Connection.objects.get()
    assert (read.webhook_secret, read.webhook_secret_previous) == ("whsec_new", "")


# ── what is told ──


def test_an_account_that_is_not_connected_has_nothing_to_tell_and_one_that_is_tells_no_key():
    assert standing("acct_1", livemode=False) == {}
    connected(owner="ada@alpine.example", sender="billing@alpine.example")
    told = standing("acct_1", livemode=False)
    assert (told["owner"], told["sender"], told["mode"]) == ("ada@alpine.example", "billing@alpine.example", "observe")
    assert "canary" not in str(told)


def test_a_key_that_is_known_is_asked_about_at_the_address_it_is_known_under():
    connect(ACCOUNT, Access(KEY, "act", "http://127.0.0.1:12111"), Names(), NOW)
    damage(make_connection(api_base="http://127.0.0.1:1"))
    assert (where_known(KEY), where_known("rk_test_another")) == ("http://127.0.0.1:12111", "")
