"""An organization is erased: all stops at once, nobody is in it, Stripe has back what we held, and no row is left."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from structlog.testing import capture_logs

from tests import factories as make
from tests.fakes import FakeStripe
from tests.rooms.upkeep.privacy.test_erasing import kept
from tests.rooms.upkeep.test_copying import house  # noqa: F401 - a fixture: a row in every table
from tideover.flow.stops import why_stopped
from tideover.inbox.endpoints import endpoint_at
from tideover.inbox.models import StripeEvent
from tideover.messages import optouts
from tideover.messages.keyed import address_hash
from tideover.recovery import claims
from tideover.recovery.models import Action, Case
from tideover.tenants.ending import lasting
from tideover.tenants.founding import has_no_organization, is_empty
from tideover.tenants.models import Connection, Member, Organization, OrganizationErasure, User
from tideover.upkeep.leaving import wind_up
from tideover.upkeep.privacy import organization as erasing
from tideover.upkeep.privacy.organization import erase_organization, go_on, going, in_order, rows_of
from tideover.upkeep.privacy.tables import TABLES, Goes, table_of
from tideover.upkeep.restoring import applied

pytestmark = pytest.mark.django_db(transaction=True)
NOW, LATER = make.NOW, make.NOW + timedelta(minutes=11)
By = OrganizationErasure.By
OURS = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("tideover.")]


class Post:
    """What owners were told."""

    def __init__(self, *, takes: bool = True) -> None:
        self.letters: list[tuple[str, str]] = []
        self.takes = takes

    def __call__(self, address, letter, _now) -> bool:
        self.letters.append((address, " ".join([letter.subject, *letter.paragraphs])))
        return self.takes


def given_back(organization) -> None:
    for connection in Connection.objects.filter(organization=organization):
        wind_up(connection, FakeStripe(), NOW)


def gone(organization, **how) -> OrganizationErasure:
    """Rounds until all is done."""
    given_back(organization)
    for _ in range(100):
        if not go_on(LATER, write=Post(), **how):
            break
    return OrganizationErasure.objects.get(pk=organization.pk)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_table_says_with_whom_its_rows_go(model):
    belongs = any(field.name == "organization" for field in model._meta.concrete_fields) or model is Organization
    of_person = any(field.name == "user" for field in model._meta.concrete_fields) or model is User
    goes = Goes.ORGANIZATION if belongs else Goes.PERSON if of_person else Goes.NOBODY
    assert table_of(model).goes == goes


def test_what_refers_to_others_goes_before_them():
    order = in_order()
    for model in order:
        refers_to = {field.related_model for field in model._meta.concrete_fields if field.related_model}
        assert not (refers_to - {model}) & set(order[: order.index(model)]), model


def test_no_row_of_it_is_left_and_every_row_of_others_is(house, mallory):  # noqa: F811
    organization, other = house.organization, make.make_case(make.make_connection(mallory.project))
    assert all(rows_of(model, organization.pk).exists() for model in in_order())
    assert erase_organization(organization, By.OPERATOR, NOW)
    done = gone(organization)
    assert [model for model in in_order() if rows_of(model, organization.pk).exists()] == []
    assert (done.done_at, done.by, done.tell) == (LATER, "operator", "")
    assert done.rows >= len(in_order()) - 4, "one each, but for members, invitations and notices, which went at once"
    assert Case.objects.get() == other
    assert User.objects.get() == mallory.user
    for model in OURS:
        if TABLES[model._meta.label].goes == Goes.PERSON and model is not User:
            assert not model._default_manager.exists(), model


def test_nothing_of_it_can_be_found_in_the_database_or_the_log(alice, settings, tmp_path):
    case = make.make_case(
        make.make_connection(alice.project), customer_name="Pia Canary", customer_email="canary@x.example"
    )
    make.make_message(case, to_address="canary@x.example", html="<p>Canary</p>")
    Organization.objects.filter(pk=alice.organization.pk).update(name="Canary Works", slug="canary-works")
    alice.organization.refresh_from_db()
    browser = alice.browser()
    User.objects.filter(pk=alice.user.pk).update(email="owner.canary@x.example")
    member = Member.objects.select_related("user").get()
    assert "canary" in kept().lower()
    with capture_logs() as logged:
        erase_organization(alice.organization, member, NOW)
        assert "canary works" not in kept().lower(), "its name goes at once, and so do its people"
        assert "owner.canary" not in kept().lower()
        done = gone(alice.organization)
    assert "canary" not in kept().lower()
    assert "canary" not in str(logged).lower()
    assert (done.by, done.by_hash) == ("owner", address_hash("owner.canary@x.example"))
    assert browser.get("/").status_code == 302
    assert "canary" not in optouts.path().read_text().lower()


def test_from_that_commit_on_nothing_is_done_for_it(alice):
    shop = make.make_connection(alice.project, mode="act")
    case = make.make_case(shop)
    make.make_action(case, due_at=NOW, state="planned")
    assert claims.claim_due(NOW, limit=10)
    Action.objects.update(state="planned", lease_until=None)
    erase_organization(alice.organization, By.OPERATOR, NOW)
    assert claims.claim_due(NOW, limit=10) == []
    shop.refresh_from_db()
    assert why_stopped(shop)
    assert not shop.may_write
    assert endpoint_at(shop.hook_token) is None, "what Stripe posts is answered as that of a stranger"


def test_no_row_goes_before_stripe_has_back_what_is_held_there(alice):
    case = make.make_case(make.make_connection(alice.project, mode="act"))
    erase_organization(alice.organization, By.OPERATOR, NOW)
    post = Post()
    assert go_on(LATER, write=post) == 1
    assert (Case.objects.get(), post.letters) == (case, [])
    assert Connection.objects.get().api_key, "with which it is given back"
    gone(alice.organization)
    assert not Case.objects.exists()


def test_its_owners_are_told_what_is_left_to_them_and_then_their_addresses_go(alice):
    shop = make.make_connection(alice.project, account_name="Alpine Ltd", api_key="rk" + "_test_4242")
    name, address = alice.organization.name, alice.user.email
    erase_organization(alice.organization, Member.objects.get(), NOW)
    wind_up(Connection.objects.get(pk=shop.pk), FakeStripe(), NOW)
    post = Post(takes=False)
    with capture_logs() as logged:
        go_on(LATER, write=post)
        go_on(LATER, write=post)
    [(to, said)] = post.letters
    assert to == address
    assert said.startswith(f"{name} is erased")
    assert "Alpine Ltd: The key ending in 4242 is forgotten here" in said
    assert [line["event"] for line in logged].count("organization.not_told") == 1
    assert OrganizationErasure.objects.get().tell == ""


def test_rows_go_some_in_each_round_and_a_round_that_ends_early_loses_nothing(alice, monkeypatch):
    monkeypatch.setattr(erasing, "AT_ONCE", 2)
    monkeypatch.setattr(erasing, "ROWS_IN_A_ROUND", 4)
    shop = make.make_connection(alice.project)
    for _ in range(9):
        make.make_case(shop)
    erase_organization(alice.organization, By.OPERATOR, NOW)
    given_back(alice.organization)
    go_on(LATER, write=Post())
    assert OrganizationErasure.objects.get().rows == 4
    go_on(LATER, lambda: OrganizationErasure.objects.get().rows >= 6, Post())
    assert OrganizationErasure.objects.get().rows == 6
    done = gone(alice.organization)
    assert (Case.objects.count(), Organization.objects.filter(pk=alice.organization.pk).exists()) == (0, False)
    assert done.rows > 9


def test_what_who_was_at_work_still_writes_goes_too(alice):
    shop = make.make_connection(alice.project)
    erase_organization(alice.organization, By.OPERATOR, NOW)
    given_back(alice.organization)
    go_on(NOW, write=Post())
    assert Connection.objects.exists(), "whoever is at work refers to it"
    make.make_case(Connection.objects.get(pk=shop.pk), customer_name="Late Canary")
    Connection.objects.filter(pk=shop.pk).update(state="active", disconnected_at=None)  # somebody was on the way in
    go_on(LATER, write=Post())
    gone(alice.organization)
    assert "canary" not in kept().lower()
    assert not Organization.objects.exists()


def test_who_belongs_to_another_organization_stays_and_is_signed_in(alice, mallory):
    make.make_member(alice.user, mallory.organization, role="support")
    browser = alice.browser()
    bob = make.make_user("bob@alpine.example")
    make.make_member(bob, alice.organization)
    before = going(alice.organization)
    assert (before.members, before.people) == (2, 1)
    erase_organization(alice.organization, By.OPERATOR, NOW)
    assert not User.objects.filter(pk=bob.pk).exists()
    assert browser.get("/").status_code == 200
    assert Session.objects.exists()


def test_the_last_one_that_goes_leaves_no_door_to_who_knows_the_set_up_code(alice, client):
    erase_organization(alice.organization, By.OPERATOR, NOW)
    assert not is_empty()
    gone(alice.organization)
    assert not User.objects.exists()
    assert (has_no_organization(), is_empty()) == (True, False)
    assert "Sign-up is closed" in client.get("/signup/").content.decode()


def test_its_account_can_be_connected_by_others_at_once_and_its_name_is_free(alice, mallory):
    shop = make.make_connection(alice.project)
    name, slug = alice.organization.name, alice.organization.slug
    erase_organization(alice.organization, By.OPERATOR, NOW)
    make.make_connection(mallory.project, account_id=shop.account_id, livemode=shop.livemode)
    assert not Organization.objects.filter(name=name).exists()
    assert not Organization.objects.filter(slug=slug).exists()
    assert list(lasting()) == [mallory.organization]


def test_it_is_done_once(alice):
    assert erase_organization(alice.organization, By.OPERATOR, NOW)
    assert not erase_organization(alice.organization, By.OPERATOR, LATER)
    assert OrganizationErasure.objects.get().at == NOW
    gone(alice.organization)
    assert go_on(LATER) == 0


def test_a_restored_backup_of_before_loses_it_again_and_nothing_is_asked_of_stripe(alice, mallory):
    shop = make.make_connection(alice.project, api_key="rk" + "_test_4242")
    make.make_case(shop)
    make.make_stripe_event(shop, state=StripeEvent.State.STORED)
    told = optouts.OptOut(str(alice.organization.pk), optouts.EVERYBODY, "", optouts.ERASED, NOW.isoformat())
    assert applied([told]) == 1
    assert applied([told]) == 0
    shop.refresh_from_db()
    assert (shop.api_key, shop.state, shop.left_at) == ("", "disconnected", NOW)
    post = Post()
    for _ in range(3):
        go_on(LATER, write=post)
    assert post.letters == []
    assert list(Organization.objects.all()) == [mallory.organization]
    assert OrganizationErasure.objects.get().by == "restore"


def test_erasing_is_kept_in_the_file_of_opt_outs_for_a_restore(alice):
    erase_organization(alice.organization, By.OPERATOR, NOW)
    *_, line = optouts.path().read_text().splitlines()
    assert json.loads(line) == {
        "organization": str(alice.organization.pk), "address_hash": "*", "channel": "", "reason": "erased",
        "at": NOW.isoformat(),
    }  # fmt: skip
