"""The message about a debit that came back: sent once, held while its payer pays, and never sent after that."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import DAY, NOW, make_connection, make_project
from tests.fakes import FakeMail, effects
from tests.rooms.customer.beside import Counter, came_back, moved
from tests.rooms.customer.till import open_link
from tideover import clock
from tideover.core.facts import Learnt
from tideover.recovery import cards
from tideover.recovery.models import Action, Case
from tideover.worker.loop import next_due, run_until_quiet

pytestmark = pytest.mark.django_db


class Desk:
    """A case of which something came back, its Stripe, and what was mailed."""

    def __init__(self, **connection: object) -> None:
        project = make_project(brand_name="Harbor", support_email="help@harbor.example")
        about = {"publishable_key": "pk_live_alice", "livemode": True, **connection}
        self.case = came_back(make_connection(project, **about))
        self.till, self.mail = Counter(self.case), FakeMail()

    def work(self, until=NOW + 3 * DAY) -> None:
        """Whatever is due by then is done at its own time."""
        while (due := next_due(clock.now())) is not None and due <= until:
            clock.travel_to(max(due, clock.now()))
            self.till.now = clock.now()
            run_until_quiet(effects(self.till, self.mail), clock.now())

    def pay(self, name: str = "new") -> None:
        link = open_link(Case.objects.get(pk=self.case.pk))
        cards.finish(link, self.till.card_entered(name), self.till, clock.now(), {self.case.public_id: 9900})

    @property
    def step(self) -> Action:
        return Action.objects.get(case=self.case, do="message", step="message-returned-1")


@pytest.fixture
def desk():
    clock.travel_to(NOW)
    yield Desk()
    clock.travel_to(None)


def test_it_says_what_happened_and_how_to_pay_and_goes_out_once(desk):
    desk.work()
    [(to, mail)] = desk.mail.accepted
    text = mail.get_body(("plain",)).get_content()
    assert (to, mail["Subject"]) == (desk.case.customer_email, "Your bank returned your payment of $99.00")
    for said in ("it had gone through, and your bank returned it later", "pay it in another way", "/c/"):
        assert said in " ".join(text.split())
    assert "did not go through" not in text
    desk.work(NOW + 30 * DAY)
    assert len(desk.mail.accepted) == 1


def test_who_has_paid_it_is_not_told(desk):
    desk.pay()
    desk.work()
    assert (desk.mail.accepted, desk.step.state) == ([], "dropped")


def test_who_has_paid_it_by_their_bank_of_which_only_stripe_knows_is_not_told(desk):
    desk.pay("asks")
    [intent] = desk.till.made
    desk.till.answers_the_bank(intent)
    desk.work()
    assert desk.mail.accepted == []
    assert Case.objects.get().state == "recovered"


def test_while_their_bank_asks_them_it_waits(desk):
    desk.pay("asks")
    run_until_quiet(effects(desk.till, desk.mail), max(clock.now(), desk.step.due_at))
    assert (desk.mail.accepted, desk.step.state) == ([], "planned")


def test_what_was_won_before_it_went_out_is_not_told(desk):
    moved(desk.case, Learnt.DISPUTE_WON, at=NOW + timedelta(minutes=1))
    desk.work()
    assert desk.mail.accepted == []


def test_where_the_page_takes_no_card_it_is_left_with_the_reason():
    clock.travel_to(NOW)
    desk = Desk(publishable_key="")
    desk.work()
    assert desk.mail.accepted == []
    assert "takes no card" in desk.step.reason
    clock.travel_to(None)


def test_in_observe_mode_it_is_never_planned():
    clock.travel_to(NOW)
    desk = Desk(mode="observe")
    assert not Action.objects.filter(case=desk.case, do="message", state="planned").exists()
    clock.travel_to(None)
