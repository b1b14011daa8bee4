"""No more is collected than is owed, in whatever order it comes, however often it is asked for, and whatever is lost.

The plan charges, the customer agrees to parts and clicks, a person asks for tries, money comes at Stripe itself; answers
are lost before and after Stripe has done as it was asked, and readings come late and twice. What came by the bank's own
book is what ours say, each part came once, and each charge was made once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_connection, make_project, make_ruleset
from tests.fakes import NOW, FakeStripe, a_charge, effects
from tests.rooms.recovery.conftest import World
from tideover import clock
from tideover.core.declines import Decline
from tideover.gateways.answers import Answer, Busy, Declined, InvoiceRead, LessIsOpen, Paid, Unknown
from tideover.gateways.payments.parts import Part
from tideover.recovery import commands, intake, links
from tideover.recovery.models import Action, Case
from tideover.recovery.paying import same_card
from tideover.recovery.paying.in_parts import Wish, agree
from tideover.recovery.reconcile import reconcile
from tideover.worker.loop import run_until_quiet

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWED = 9900
NO_MONEY = Declined(Decline("insufficient_funds"), "", "pi_1")


@dataclass
class Bank(FakeStripe):
    """Pays or not as `rich` says. What is asked next is lost as `fate` says: before it is done, or its answer."""

    rich: bool = False
    fate: str = ""

    def __post_init__(self) -> None:
        self.answer = lambda: Paid("") if self.rich else NO_MONEY

    def pay_invoice(self, *asked: object, **how: object) -> Answer:
        return self._on_the_way(lambda: FakeStripe.pay_invoice(self, *asked, **how))  # type: ignore[arg-type]

    def pay_part(self, invoice_id: str, part: Part, **how: object) -> Answer:
        assert self.invoice is not None
        if how["key"] not in self.answered and self.invoice.amount_remaining < part.amount:
            raise LessIsOpen("less is open than this part asks for")
        return self._on_the_way(lambda: FakeStripe.pay_part(self, invoice_id, part, **how))  # type: ignore[arg-type]

    def _on_the_way(self, call: Callable[[], Answer]) -> Answer:
        fate, self.fate = self.fate, ""
        if fate == "before":
            raise Unknown("connection reset")
        if fate == "busy":
            raise Busy("rate limit")
        answer = call()
        if fate == "after":
            raise Unknown("connection reset")
        return answer

    @property
    def read(self) -> InvoiceRead:
        assert self.invoice is not None
        return self.invoice

    @property
    def came(self) -> int:
        return sum(each.amount for each in self.read.attempts if each.outcome == "paid")


@dataclass
class Life:
    """Everything that may happen to one debt."""

    world: World
    bank: Bank
    readings: list[InvoiceRead] = field(default_factory=list)

    def happens(self, what: str, fate: str, *, rich: bool) -> None:
        self.bank.rich, self.bank.fate = rich, fate
        self.readings.append(self.bank.read)
        deed: Callable[[], object] = getattr(self, what)
        deed()
        self.settles()

    def settles(self) -> None:
        run_until_quiet(effects(self.bank), self.world.now)
        reconcile(effects(self.bank), self.world.now)

    @property
    def case(self) -> Case:
        return Case.objects.exclude(state=Case.State.CANCELED).get()

    def agrees(self) -> None:
        for _ in range(2):  # an impatient hand
            agree(self.case, Wish(3, self.case.owed.minor, Case.Via.CARD_PAGE), self.bank, self.world.now)  # type: ignore[arg-type]

    def clicks(self) -> None:
        link = links.find(links.make_link(self.case, message_id=None, now=self.world.now), self.world.now)
        assert link
        number = same_card.next_number(self.case)
        for _ in range(2):
            same_card.try_again(link, number, self.bank, self.world.now)  # type: ignore[arg-type]

    def person_asks(self) -> None:
        commands.retry_now(self.case, by="ada", now=self.world.now)

    def some_comes_at_stripe(self) -> None:
        """The customer pays a third of what is left by a transfer."""
        read = self.bank.read
        some = read.amount_remaining // 3
        if read.status == "open" and some:
            paid = replace(a_charge(None, at=self.world.now, number=len(read.attempts) + 1), amount=some)
            self.bank.invoice = replace(
                read,
                amount_paid=read.amount_paid + some,
                amount_remaining=read.amount_remaining - some,
                attempts=(*read.attempts, paid),
            )

    def an_old_reading_comes(self) -> None:
        intake.take_reading(self.world.connection, self.readings[len(self.readings) // 2], self.world.now)

    def a_reading_comes(self) -> None:
        for _ in range(2):
            intake.take_reading(self.world.connection, self.bank.read, self.world.now)


def begin() -> Life:
    Action.objects.update(state=Action.State.DROPPED)  # each example has a world of its own
    Case.objects.update(state=Case.State.CANCELED)
    project = make_project(plans_enabled=True, plans_from_day=0)
    connection = make_connection(project, mode="act")
    make_ruleset(project, "revguard")
    bank = Bank()
    world = World(connection, bank)
    world.payment_fails()
    return Life(world, bank)


DEEDS = [
    "a_reading_comes", "agrees", "agrees", "an_old_reading_comes", "clicks", "person_asks",
    "some_comes_at_stripe",
]  # fmt: skip


FATES = ["", "", "after", "after", "before", "busy"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(DEEDS), st.sampled_from(FATES), st.booleans(), st.integers(0, 60)),
        min_size=3,
        max_size=9,
    )
)
def test_no_more_comes_than_is_owed_and_both_books_say_the_same(db, deeds):
    life = begin()
    for what, fate, rich, hours in deeds:
        life.happens(what, fate, rich=rich)
        assert life.bank.came <= OWED
        life.world.day((life.world.now + hours * HOUR - NOW) / DAY)
    life.bank.fate = ""
    for _ in range(4):  # what is in doubt is asked about again when its lease has ended
        life.world.day((life.world.now + DAY - NOW) / DAY)
        life.settles()
    life.a_reading_comes()
    parts = Counter(each.part for each in life.bank.read.attempts if each.outcome == "paid" and each.part)
    assert set(parts.values()) <= {1}, parts
    assert life.bank.came == life.case.amount_recovered <= OWED
    assert (life.bank.came == OWED) == (life.case.state == Case.State.RECOVERED)
    clock.travel_to(None)
