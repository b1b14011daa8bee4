"""The sample shop: lived through as the product would, one for each person, and nothing of it ever acts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests import factories as make
from tests.fakes import FakeMail, FakeStripe, effects
from tideover.core.case import state_of
from tideover.core.declines import OF_CHARGES
from tideover.flow import stops
from tideover.gateways.answers import AccountRead
from tideover.messages.models import Message, MessageEvent
from tideover.recovery.figures import tallies
from tideover.recovery.learnt import as_fact
from tideover.recovery.models import Action, Attempt, Case, Link
from tideover.tenants import audit
from tideover.tenants.at_once import at_once
from tideover.tenants.connecting import Access, Names, OnlyASample, connect
from tideover.tenants.models import AuditEntry, Connection, Member, Organization, OrganizationErasure, Project, User
from tideover.tenants.people import NOT_THIS_ONE, OPERATOR, NotPossible, give_role, invite, remove
from tideover.tenants.roles import Permission, Role
from tideover.upkeep.checklist import is_wanted, wanted_asked
from tideover.upkeep.doctor import kept
from tideover.upkeep.invariants import look
from tideover.upkeep.mail import mail
from tideover.upkeep.privacy.organization import erase_organization, go_on, going, in_order, rows_of
from tideover.upkeep.rounds import keep_up, wind_up_all
from tideover.upkeep.sample.aging import LASTS, tend
from tideover.upkeep.sample.shop import close, make_anew, open_for, sample_of
from tideover.upkeep.sealing import seal
from tideover.upkeep.standing import standing
from tideover.worker.loop import next_due, run_once

pytestmark = pytest.mark.django_db
NOW = make.NOW
DAY = timedelta(days=1)
By = OrganizationErasure.By


@pytest.fixture
def sample(alice) -> Organization:
    return open_for(alice.user, NOW)


# ── what is in it ──


def test_every_state_kind_of_failure_and_way_is_there_in_two_currencies(sample):
    cases = Case.objects.filter(organization=sample)
    assert cases.count() == 60
    assert set(cases.values_list("state", flat=True)) == set(Case.State)
    assert set(cases.values_list("family", flat=True)) == set(OF_CHARGES)
    assert set(cases.values_list("currency", flat=True)) == {"usd", "eur"}
    assert {"retry", "email", "stripe", "customer"} <= set(cases.values_list("via", flat=True))
    assert {"authentication", "no_address", "refused"} <= set(cases.values_list("attention", flat=True))
    assert set(Action.objects.values_list("state", flat=True)) == {"planned", "done", "dropped"}
    assert {"opened", "clicked"} == set(MessageEvent.objects.values_list("kind", flat=True))
    assert Link.objects.exists()
    assert cases.filter(amount_disputed__gt=0).exists()
    assert cases.filter(amount_returned__gt=0, amount_disputed=0, amount_recovered__gt=0).exists()


def test_its_days_lie_around_the_moment_it_was_made(sample):
    opened = Case.objects.order_by("opened_at").values_list("opened_at", flat=True)
    assert NOW - 90 * DAY <= opened[0] < NOW - 60 * DAY
    assert NOW - 5 * DAY < opened[len(opened) - 1] < NOW
    assert not Action.objects.filter(state="planned", due_at__lte=NOW).exists()
    assert not Action.objects.exclude(state="planned").filter(settled_at__gt=NOW).exists()
    for rows, column in ((Attempt, "at"), (MessageEvent, "at"), (Message, "sent_at"), (Link, "first_opened_at")):
        assert not rows.objects.filter(**{f"{column}__gt": NOW}).exists(), rows


def test_what_is_said_of_a_case_holds_together(sample):
    for case in Case.objects.prefetch_related("facts", "attempts", "actions"):
        assert case.state == state_of(map(as_fact, case.facts.all()))
        assert all(action.due_at >= case.opened_at for action in case.actions.all())
        planned = [action for action in case.actions.all() if action.state == "planned"]
        assert bool(planned) == (case.state == "failing")
        if case.state == "recovered":
            paid = [attempt for attempt in case.attempts.all() if attempt.outcome == "paid"]
            assert [attempt.at for attempt in paid] == [case.ended_at]
            assert not Message.objects.filter(about=case.pk, sent_at__gte=case.ended_at).exists()


def test_its_figures_add_up_and_no_rule_that_must_hold_is_broken(sample):
    project = sample.projects.get()
    assert tallies.as_told(project) == tallies.as_it_is(project)
    assert not tallies.recount(list(Case.objects.values_list("pk", flat=True)))
    assert [found.name for found in look(NOW, sample.pk) if not found.fine] == []


def test_no_link_in_a_message_leads_anywhere(sample):
    for message in Message.objects.all():
        assert message.keys == []
        assert "http" not in message.text
        assert "/c/" not in message.html
    assert not Link.objects.filter(revoked_at=None).exists()


def test_it_is_the_same_for_the_same_seed_and_another_for_another(alice, bob, mallory):
    def told(person, seed):
        shop = open_for(person.user, NOW, seed)
        columns = ("invoice_id", "customer_name", "amount_due", "opened_at", "state", "ended_at")
        return list(Case.objects.filter(organization=shop).order_by("invoice_number").values_list(*columns))

    first = told(alice, 7)
    assert told(bob, 7) == first
    assert told(mallory, 8) != first


# ── one for each person ──


def test_each_person_has_one_and_looks_at_it_alone(alice, bob):
    mine, his = open_for(alice.user, NOW), open_for(bob.user, NOW)
    assert open_for(alice.user, NOW + DAY) == mine != his
    assert [(each.user, each.role) for each in mine.members.all()] == [(alice.user, Role.ANALYST)]
    assert mine.members.get().permissions == {Permission.READ}
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.create(name="Another", slug=mine.slug, created_at=NOW)


def test_nothing_of_ones_own_is_touched(alice):
    make.make_case(make.make_connection(alice.project))
    before = {model: rows_of(model, alice.organization.pk).count() for model in in_order()}
    open_for(alice.user, NOW)
    make_anew(alice.user, NOW)
    close(alice.user, NOW)
    assert {model: rows_of(model, alice.organization.pk).count() for model in in_order()} == before


def test_made_anew_its_days_count_from_then(alice, sample):
    anew = make_anew(alice.user, NOW + 40 * DAY)
    assert anew != sample
    assert sample_of(alice.user) == anew
    assert Case.objects.filter(organization=anew).order_by("-opened_at").first().opened_at > NOW + 30 * DAY


def test_closed_it_is_erased_row_by_row_and_its_person_stays(alice, sample):
    assert close(alice.user, NOW)
    assert not close(alice.user, NOW)
    assert sample_of(alice.user) is None
    while go_on(NOW + DAY, write=lambda *_: pytest.fail("nobody is written to")):
        pass
    assert [model for model in in_order() if rows_of(model, sample.pk).exists()] == []
    assert User.objects.filter(pk=alice.user.pk).exists()
    assert Member.objects.get(user=alice.user).organization == alice.organization


def test_whose_own_organization_is_erased_goes_and_so_does_the_sample(alice, bob, sample):
    assert going(alice.organization).people == 2
    erase_organization(alice.organization, By.OPERATOR, NOW)
    assert not User.objects.filter(pk__in=[alice.user.pk, bob.user.pk]).exists()
    sample.refresh_from_db()
    assert sample.ended_at == NOW


def test_who_belongs_elsewhere_too_keeps_theirs(alice, mallory, sample):
    make.make_member(alice.user, mallory.organization)
    erase_organization(alice.organization, By.OPERATOR, NOW)
    assert sample_of(alice.user) == sample


# ── nothing of it acts ──


@pytest.fixture
def silent():
    """A Stripe and a mail server that must not hear anything."""
    return FakeStripe(), FakeMail()


@pytest.mark.parametrize("later", [0, 1, 5, 12, 29, 60])
def test_no_work_of_any_kind_ever_reaches_stripe_or_a_person(sample, silent, later):
    stripe, post = silent
    now = NOW + later * DAY
    out = effects(stripe, post)
    before = list(Attempt.objects.order_by("pk").values()), list(Message.objects.order_by("pk").values())
    assert next_due(now) is None
    assert run_once(out, now).idle
    keep_up(out.stripe_for, now)
    wind_up_all(out.stripe_for, now)
    assert run_once(out, now).idle
    assert (stripe.writes, post.accepted) == ([], [])
    assert before == (list(Attempt.objects.order_by("pk").values()), list(Message.objects.order_by("pk").values()))


def test_it_cannot_be_started(sample):
    with pytest.raises(IntegrityError), transaction.atomic():
        stops.start(sample, by="operator", now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.filter(pk=sample.pk).update(stopped_at=None)
    connection = sample.connections.get()
    assert (connection.state, connection.api_key, connection.webhook_secret) == ("disconnected", "", "")
    assert not connection.may_write


def test_no_account_can_be_connected_to_it(sample):
    account = AccountRead("acct_1PqRsTuVwXyZ0123", "Sample shop", True, "US", "usd", "UTC")
    access = Access("rk_live_51QxVb02eZvKYlo2C", "act")
    with pytest.raises(OnlyASample, match="invented"):
        connect(account, access, Names(into=sample.projects.get()), NOW)
    assert sample.connections.count() == 1
    elsewhere = connect(account, access, Names(), NOW)  # one that is called the same is another one
    assert elsewhere.organization != sample


def test_nobody_else_comes_into_it(alice, bob, sample):
    member = sample.members.get()
    for act in (
        lambda: invite(sample, "dora@alpine.example", Role.ANALYST, OPERATOR, NOW),
        lambda: give_role(member, Role.OWNER, OPERATOR, NOW),
        lambda: remove(member, OPERATOR, NOW),
    ):
        with pytest.raises(NotPossible) as refused:
            act()
        assert str(refused.value) == NOT_THIS_ONE
    assert sample.members.count() == 1


def test_what_comes_due_in_it_is_dropped_and_after_a_month_it_is_gone(alice, sample):
    due_at = Action.objects.filter(state="planned").order_by("due_at").first().due_at
    assert tend(due_at) == 0
    assert Action.objects.filter(state="dropped", reason__contains="sample").exists()
    assert standing(due_at, sample.pk).oldest_due == timedelta(0)
    assert tend(NOW + LASTS - DAY) == 0
    assert tend(NOW + LASTS) == 1
    assert sample_of(alice.user) is None


# ── no figure of the operator's counts it ──


def test_no_figure_of_the_house_tells_of_it(alice, sample):
    Action.objects.filter(state="planned").update(due_at=NOW - DAY)
    (some,) = Action.objects.filter(state="done", do="charge")[:1]
    Action.objects.filter(pk=some.pk).update(state="dead", outcome="gave-up", sealed=False)
    Message.objects.update(state="unknown", claimed_at=NOW, sealed=False)
    Case.objects.filter(organization=sample).update(counted_version=-1, read_at=NOW - DAY)
    whole = standing(NOW)
    assert (whole.oldest_due, whole.dead_letters, whole.unknowns) == (timedelta(0), 0, 0)
    assert mail(NOW).lost == 0
    assert [found.name for found in look(NOW) if not found.fine] == []
    assert standing(NOW, sample.pk).dead_letters == 1, "what was broken above would show"
    entries = AuditEntry.objects.count()
    assert seal(NOW) == 0
    assert AuditEntry.objects.count() == entries
    assert list(audit.flaws(sample.pk)) == []


def test_nobody_is_asked_to_set_it_up_and_doctor_is_not_called(sample):
    project = sample.projects.get()
    assert not is_wanted(project, at_once(sample.pk, wanted_asked(project)))
    kept.ask(sample, NOW)
    assert not kept.is_asked()


def test_nobody_owns_it_and_its_account_is_active_nowhere(sample):
    assert not sample.members.filter(role=Role.OWNER).exists()
    assert not Connection.objects.filter(organization=sample, state="active").exists()
    assert Project.objects.get(organization=sample).organization.is_sample
