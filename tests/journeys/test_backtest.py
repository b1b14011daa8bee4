"""The demo's ninety days, small: what the rules would have done by its history is what they did while it was live."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db.models import Min

from tideover import clock
from tideover.cli.demo import shop as ours
from tideover.cli.demo.options import STARTS_AT, Options
from tideover.cli.demo.world import world
from tideover.config import config
from tideover.core.editing.lives import Kind
from tideover.core.facts import Learnt
from tideover.recovery.models import Action, Case, LearntFact
from tideover.recovery.telling.backtest import backtest
from tideover.worker.effects import real_effects
from tideover.worker.timemachine import TimeMachine

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS = 30
BROUGHT = [Learnt.METHOD_ATTACHED, Learnt.CARD_REPLACED, Learnt.CARD_RENEWED, Learnt.METHOD_CHANGED]
NEVER = datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def lived(tmp_path, transactional_db, live_server, monkeypatch):
    def run(preset, days, *, coexist):
        how = {"serve": False, "json": True, "open_browser": False, "coexist": coexist}
        options = Options(tmp_path, days, CUSTOMERS, 7, preset, 0, **how)
        flag = "--smart-retries" if coexist else "--no-smart-retries"
        with world(options, flag, "--mail-dir", str(tmp_path), log=tmp_path / "simulator.log") as shop:
            for name, value in {
                "smtp_host": "127.0.0.1",
                "smtp_port": shop.smtp_port,
                "base_url": live_server.url,
            }.items():
                monkeypatch.setattr(config(), name, value)
            clock.travel_to(STARTS_AT)
            machine = TimeMachine(shop.control, real_effects(), STARTS_AT)
            connection = ours.open_shop(shop, live_server.url, preset, STARTS_AT)
            machine.move(options.ends_at)
            ours.read_history(machine.effects.stripe_for, machine.now)
            return backtest(connection.project, machine.now)

    yield run
    clock.travel_to(None)


@pytest.mark.parametrize(("preset", "coexist", "days"), [("relay", True, 90), ("revguard", False, 60)])
def test_the_back_test_of_what_was_lived_is_what_was_done(lived, preset, coexist, days):
    """Step for step, up to where a customer brought a card: of that no history tells but by what it paid.

    A try of ours is known by the ledger: the back-test has its true outcome, and so the same story before each step.
    """
    found = lived(preset, days, coexist=coexist)
    before = Action.objects.count()
    rows = list(found.every())
    cases = {case.invoice_id: case for case in Case.objects.all()}
    assert {row.invoice.stripe_id for row in rows} == set(cases)
    assert sum(len(row.charges) for row in rows) > 0
    assert sum(len(row.messages) for row in rows) > 4
    for row in rows:
        case = cases[row.invoice.stripe_id]
        assert (row.opened_at, row.family) == (case.opened_at, case.family)
        assert relived(row, brought_at(case)) == done(case), case.invoice_id
        assert all(mark.tried for mark in row.charges if mark.at < brought_at(case))
    assert Action.objects.count() == before


def brought_at(case):
    """When the customer brought a card, or never."""
    facts = LearntFact.objects.filter(case=case, kind__in=BROUGHT)
    return facts.aggregate(first=Min("at"))["first"] or NEVER


def relived(row, until):
    """The steps of ours, in order: which, with what words, and when."""
    steps = [(mark.at, mark.step) for mark in row.marks if mark.step and mark.kind != Kind.PASSED and mark.at < until]
    return [(step.step, step.template, f"{at:%F %H:%M}") for at, step in steps]


def done(case):
    rows = Action.objects.filter(case=case, state=Action.State.DONE, settled_at__lt=brought_at(case))
    return [(each.step, each.template, f"{each.settled_at:%F %H:%M}") for each in rows.order_by("settled_at", "id")]
