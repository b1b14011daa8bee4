"""Two browsers at the same instant, on two database connections: one payment."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from django.db import connections

from tests.factories import NOW, make_case
from tests.rooms.customer.till import PAID, Till, open_link
from tideover.recovery import cards
from tideover.recovery.models import Case

pytestmark = pytest.mark.django_db(transaction=True)


def in_parallel(*tasks) -> None:
    def alone(task):
        try:
            task()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=alone, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def race(same_card: bool) -> tuple[Till, list[str]]:
    """Both have set the default and are about to claim the charge when the barrier lets them go."""
    case = make_case()
    till = Till(case, PAID, PAID)
    first = till.card_entered("first")
    second = first if same_card else till.card_entered("second")
    barrier, answers = threading.Barrier(2), []

    def meet():
        with suppress(threading.BrokenBarrierError):  # the other may have been told before it came here
            barrier.wait(1)

    def finish(intent):
        answers.append(cards.finish(open_link(Case.objects.get(pk=case.pk)), intent, till, NOW).state)

    till.while_setting = meet
    in_parallel(lambda: finish(first), lambda: finish(second))
    return till, answers


@pytest.mark.parametrize("same_card", [True, False], ids=["one card", "two cards"])
@pytest.mark.parametrize("round_", range(5))
def test_two_browsers_at_once_are_one_payment(same_card, round_):
    till, answers = race(same_card)
    assert len(till.payments) == 1
    assert len(answers) == 2
    assert "paid" in answers
