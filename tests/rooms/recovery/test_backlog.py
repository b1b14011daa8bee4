"""What had failed before an account was connected is read once, waits for going live, and may be left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import make_fact, make_project, make_ruleset
from tests.fakes import NOW, FakeMail, FakeStripe, a_charge, an_invoice, effects
from tideover import clock
from tideover.dashboard.cases.read import asked
from tideover.dashboard.cases.timeline import story_of
from tideover.gateways.answers import AccountRead, Busy, Garbled, Unpaid, Unreachable
from tideover.recovery import intake, sweep
from tideover.recovery.earlier.leaving import BECAUSE, LEFT, leave
from tideover.recovery.earlier.reading import read_all as read_accounts
from tideover.recovery.earlier.reading import unread
from tideover.recovery.models import Action, Case
from tideover.recovery.telling import earlier as telling
from tideover.recovery.telling.rehearsal import rehearse
from tideover.recovery.telling.whole import whole_of
from tideover.tenants.at_once import lines
from tideover.tenants.connecting import Access, Names, connect
from tideover.tenants.disconnecting import disconnect
from tideover.tenants.kept_apart import Backlog
from tideover.tenants.models import AuditEntry, Connection, Project
from tideover.tenants.settings import turn_recovery
from tideover.upkeep.rounds import keep_up
from tideover.worker.loop import run_until_quiet

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAGE = 2


class Account(FakeStripe):
    """An account of several open invoices, told in pages of two, the newest first."""

    def __init__(self, *invoices) -> None:
        super().__init__()
        self.there = {invoice.id: invoice for invoice in invoices}
        self.read: list[str] = []
        self.breaks: dict[str, Exception] = {}

    def unpaid_invoices(self, after=""):
        if "list" in self.breaks:
            raise self.breaks.pop("list")
        ordered = sorted(self.there.values(), key=lambda invoice: invoice.created_at, reverse=True)
        rest = [Unpaid(each.id, each.created_at) for each in ordered if each.status == "open"]
        start = [each.id for each in rest].index(after) + 1 if after else 0
        page = rest[start : start + PAGE]
        return page, page[-1].id if rest[start + PAGE :] else ""

    def list_open_invoices(self, since):
        yield [each.id for each in self.there.values() if each.status == "open"]

    def list_events(self, since, types):
        yield []

    def read_invoice(self, invoice_id, known=()):
        if invoice_id in self.breaks:
            raise self.breaks.pop(invoice_id)
        self.read.append(invoice_id)
        self.invoice = self.there[invoice_id]
        return self.invoice


def failed(number, *days, made=None, **values):
    """An invoice that failed so many days before NOW, each time."""
    tries = tuple(a_charge(at=NOW - day * DAY, number=number * 10 + n) for n, day in enumerate(days))
    at = NOW - (made or max(days)) * DAY
    own = {"customer_id": f"cus_{number}", "customer_email": f"payer{number}@payer.example"}
    read = an_invoice(at=at, id=f"in_{number}", attempts=tries, payment_intent_id=f"pi_{number}")
    return replace(read, **{**own, **values})


def connected(project, account="acct_1"):
    access = Access("rk_live_" + "x" * 20, mode="act", livemode=True)
    made = connect(AccountRead(account, "Alpine", True, "US", "usd", "UTC"), access, Names(into=project), NOW)
    return Connection.objects.select_related("organization", "project").get(pk=made.pk)


@pytest.fixture
def off(db):
    """A connection of a project that is not live."""
    project = make_project(recovery_enabled=False, created_at=NOW - DAY)
    make_ruleset(project, "tuned")
    clock.travel_to(NOW)
    yield connected(project)
    clock.travel_to(None)


def read_all(account, now=NOW):
    read_accounts(lambda _: account, now)
    return Backlog.objects.get()


def live(connection, at=NOW):
    turn_recovery(connection.project, on=True, by="alice@alpine.example", now=at)


# ── read ──


def test_what_is_open_at_stripe_already_becomes_cases_from_the_day_each_failed(off):
    account = Account(failed(1, 3), failed(2, 12, 9), failed(3, 29), failed(4, 35, 2))
    seen = read_all(account)
    assert (seen.older, seen.read_at, seen.read_to) == (1, NOW, "")
    opened = dict(Case.objects.values_list("invoice_id", "opened_at"))
    assert opened == {"in_1": NOW - 3 * DAY, "in_2": NOW - 12 * DAY, "in_3": NOW - 29 * DAY}
    assert len(rehearse(off.project, NOW).rows) == 3


def test_what_is_older_is_counted_and_where_its_age_alone_tells_it_is_not_even_read(off):
    account = Account(failed(1, 3), failed(2, 40), failed(3, 200))
    assert read_all(account).older == 2
    assert account.read == ["in_1", "in_2"]
    assert Case.objects.count() == 1


def test_what_is_no_failure_to_recover_is_neither_taken_in_nor_counted(off):
    first = failed(1, 3, billing_reason="subscription_create", subscription_status="incomplete")
    assert read_all(Account(first, failed(2, 40, collection_method="send_invoice"))).older == 0
    assert not Case.objects.exists()


def test_nothing_is_charged_or_sent_for_it_before_going_live(off):
    account, mail = Account(failed(1, 3), failed(2, 12)), FakeMail()
    read_all(account)
    for day in range(20):
        run_until_quiet(effects(account, mail), NOW + day * DAY)
    assert (account.writes, mail.accepted) == ([], [])


def test_going_live_goes_on_from_the_day_each_is_at(off):
    read_all(Account(failed(1, 3), failed(2, 12)))
    live(off)
    assert Action.objects.filter(state=Action.State.PLANNED).exists()
    assert not Action.objects.filter(due_at__lte=NOW).exists()


def test_reading_goes_on_where_stripe_fell_silent_and_counts_nothing_twice(off):
    account = Account(*(failed(number, number) for number in range(1, 6)), failed(6, 40), failed(7, 41))
    account.breaks["in_4"] = Busy("later")
    seen = read_all(account)
    assert (seen.read_to, seen.read_at) == ("in_2", None)
    assert Case.objects.count() == 3
    account.breaks["in_7"] = Busy("later")
    assert read_all(account).older == 1  # of the last page, which is told as a whole
    seen = read_all(account)
    assert (seen.older, seen.read_at) == (2, NOW)
    assert Case.objects.count() == 5
    assert sorted(set(account.read)) == sorted(f"in_{number}" for number in range(1, 8))


def test_one_odd_invoice_stops_no_other_and_one_account_no_other(off):
    other = connected(make_project(recovery_enabled=False), "acct_2")
    accounts = {off.pk: Account(failed(1, 3)), other.pk: Account(failed(2, 2), failed(3, 3))}
    accounts[off.pk].breaks["list"] = Unreachable("no route")
    accounts[other.pk].breaks["in_2"] = Garbled("odd")
    read_accounts(lambda connection: accounts[connection.pk], NOW)
    assert list(Case.objects.values_list("invoice_id", flat=True)) == ["in_3"]
    read_accounts(lambda connection: accounts[connection.pk], NOW)
    assert Case.objects.filter(connection=off).count() == 1


def test_a_round_of_a_worker_that_was_told_to_end_begins_with_no_account(off):
    read_accounts(lambda _: Account(failed(1, 3)), NOW, lambda: True)
    assert not Case.objects.exists()


def test_an_account_that_is_connected_to_a_live_project_begins_with_what_fails_from_then_on(db):
    connected(make_project(recovery_enabled=True))
    assert not Backlog.objects.exists()


def test_an_account_that_is_connected_again_is_looked_through_again_and_what_was_ended_stays_so(off):
    account = Account(failed(1, 3))
    read_all(account)
    disconnect(off, by="alice@alpine.example", now=NOW)
    assert not unread().exists()
    Case.objects.update(state=Case.State.CANCELED)
    connected(off.project)
    account.there["in_2"] = failed(2, 1)
    read_all(account)
    assert dict(Case.objects.values_list("invoice_id", "state")) == {"in_1": "canceled", "in_2": "failing"}


def test_a_new_key_for_an_account_that_is_connected_does_not_begin_anew(off):
    seen = read_all(Account(failed(1, 3)))
    connected(off.project)
    assert Backlog.objects.get() == seen
    assert Backlog.objects.get().read_at


def test_the_daily_sweep_waits_for_it_and_finds_what_it_passed_over(off):
    account = Account(failed(1, 3), failed(2, 5))
    keep_up(lambda _: account, NOW)
    assert account.read == []
    account.breaks["in_1"] = Unreachable("no route")
    read_all(account)
    assert Case.objects.count() == 1
    keep_up(lambda _: account, NOW)
    assert Case.objects.count() == 2


# ── by whatever way it is heard of ──


def test_news_of_an_earlier_failure_opens_its_case_from_its_first_day_as_the_reading_would(off):
    case = intake.take_reading(off, failed(1, 10, 0.1), NOW)
    assert case.opened_at == NOW - 10 * DAY
    read_all(Account(failed(1, 10, 0.1)))
    assert Case.objects.count() == 1


def test_what_was_paid_before_anybody_looked_is_no_case_and_brings_nothing(off):
    paid = (a_charge(number=1, at=NOW - 3 * DAY), a_charge(None, number=2, at=NOW - DAY))
    done = failed(1, 3, status="paid", status_at=NOW - DAY, amount_paid=9900, amount_remaining=0)
    assert intake.take_reading(off, replace(done, attempts=paid), NOW) is None


# ── left ──


def story(case):
    return story_of(whole_of(case, NOW), lines(asked(case)))


def left(connection, at=NOW):
    return leave(connection.project, "alice@alpine.example", at)


def test_who_begins_with_what_fails_from_then_on_has_the_open_cases_closed_with_the_reason(off):
    account, mail = Account(failed(1, 3), failed(2, 12)), FakeMail()
    read_all(account)
    assert left(off) == 0
    live(off)
    for day in range(40):
        run_until_quiet(effects(account, mail), NOW + day * DAY)
    assert (account.writes, mail.accepted) == ([], [])
    assert set(Case.objects.values_list("state", flat=True)) == {"canceled"}
    told = [detail for case in Case.objects.all() for entry in story(case).past for detail in entry.details]
    assert told.count(BECAUSE) == 2
    assert told.count("by alice@alpine.example") == 2
    assert AuditEntry.objects.get(what=LEFT).after == {"cases": 2}


def test_then_none_is_opened_any_more_of_what_had_failed_before(off):
    account = Account(failed(1, 3), failed(2, 4), failed(3, 5))
    account.breaks["in_3"] = Busy("later")
    read_all(account)
    left(off)
    assert not unread().exists()
    assert intake.take_reading(off, account.there["in_3"], NOW) is None
    sweep.sweep(off, account, NOW)
    assert Case.objects.filter(state="failing").count() == 0
    fresh = intake.take_reading(off, failed(9, 0), NOW)
    assert fresh.state == "failing"


def test_a_process_that_knew_the_account_from_before_the_choice_opens_none_either(off):
    stale = Connection.objects.select_related("organization", "project", "backlog").get(pk=off.pk)
    left(off)
    assert intake.take_reading(stale, failed(1, 3), NOW) is None


def test_a_case_that_cannot_be_closed_is_told_of_and_the_others_are_closed(off):
    read_all(Account(failed(1, 3), failed(2, 4)))
    make_fact(Case.objects.get(invoice_id="in_2"), kind="unheard of")
    assert left(off) == 1
    assert Case.objects.get(invoice_id="in_1").state == "canceled"


# ── told ──


def test_it_is_told_how_many_were_found_and_how_far_the_reading_is(off):
    account = Account(failed(1, 3), failed(2, 12), failed(3, 40))
    account.breaks["in_3"] = Busy("later")
    assert "from the newest on" in " ".join(telling.earlier(telling.connected(off.project))[0].sentences)
    read_all(account)
    assert [each.sentences for each in telling.earlier(telling.connected(off.project))] == [
        [
            "2 payments that had failed before Alpine was connected on Nov 2 are open still.",
            "Stripe's list of open invoices is being read, back to Oct 21: there may be more.",
        ]
    ]
    read_all(account)
    assert telling.earlier(telling.connected(off.project))[0].sentences[1:] == [
        "1 older one is left alone: what failed before Oct 3 is not taken up."
    ]
    left(off)
    assert telling.earlier(telling.connected(off.project)) == []


def test_nobody_elses_account_is_told_of(off):
    assert (
        telling.earlier(
            telling.connected(
                Project.objects.create(organization=make_project().organization, slug="x", created_at=NOW)
            )
        )
        == []
    )
