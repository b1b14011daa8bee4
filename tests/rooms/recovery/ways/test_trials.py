"""What a trial leaves behind: a case of its own kind; and several invoices of one customer, charged in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import make_ruleset
from tests.fakes import NOW, an_invoice
from tideover.core.choices import AfterTrial
from tideover.core.rules import PRESETS, to_json
from tideover.core.trials import NO_CARD
from tideover.inbox.translate import MethodNews
from tideover.recovery import intake
from tideover.recovery.hearing import hear
from tideover.recovery.models import Action
from tideover.recovery.telling.why import why


def test_who_never_gave_a_card_for_a_trial_is_left_alone_and_it_is_said_why(world):
    case = world.payment_fails(card=None, attempts=(), after_trial=True, payment_method_from="")
    assert why(case, NOW).no_charge == (NO_CARD,)
    world.day(20)
    assert (world.mail.subjects, world.stripe.writes, world.case.state) == ([], [], "abandoned")


def test_its_case_goes_by_the_preset_that_is_chosen_for_it(world):
    rules = replace(PRESETS["revguard"], name="ours", after_trial=AfterTrial.PAYMENTRESCUE)
    make_ruleset(world.connection.project, rules=to_json(rules))
    world.payment_fails(after_trial=True)
    world.day(20)
    assert world.stripe.payments == []
    assert [line.split(": ")[0] for line in world.story()][:3] == [
        "day 0  message failed", "day 3  message urgent", "day 7  message final",
    ]  # fmt: skip


@pytest.mark.parametrize("order", [(3, 1, 2), (2, 3, 1), (1, 2, 3)])
def test_on_a_card_that_is_brought_every_open_invoice_is_charged_the_oldest_first(world, order):
    for number in order:
        at = NOW - timedelta(days=10 - number)
        read = an_invoice(at=at, id=f"in_{number}", payment_intent_id=f"pi_{number}")
        read = replace(read, attempts=(replace(read.attempts[0], id=f"ch_{number}0"),))
        assert intake.take_reading(world.connection, read, NOW)
    hear(world.connection, MethodNews("cus_1", "pm_new", NOW, renewed=False, event_id="evt_1"), NOW)
    planned = Action.objects.filter(do="charge", step__startswith="charge-on-", state="planned")
    assert [action.case.invoice_id for action in planned.order_by("due_at", "id")] == ["in_1", "in_2", "in_3"]
