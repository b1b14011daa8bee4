"""A Stripe that keeps an invoice paid although its debit came back, and takes payments beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests import factories as make
from tests.factories import DAY, NOW
from tests.rooms.customer.till import Till
from tideover.core.declines import Decline
from tideover.core.facts import Learnt
from tideover.core.outcomes import Tried
from tideover.gateways.answers import (
    Answer,
    ChargeRead,
    Declined,
    NeedsAuthentication,
    NotPossible,
    Paid,
    Processing,
    Refused,
    Unknown,
)
from tideover.gateways.payments.beside import Beside, Debt
from tideover.inbox.translate import ChargeNews
from tideover.recovery.hearing import hear
from tideover.recovery.models import Case
from tideover.tenants.models import Connection

POOR = Decline(code="insufficient_funds", brand="visa")
BACK = NOW - DAY


@dataclass
class Intent:
    """A payment at Stripe. asks_with: the card whose bank has asked."""

    id: str
    debt: Debt
    status: str = "requires_payment_method"
    charges: list[ChargeRead] = field(default_factory=list)
    decline: Decline | None = None
    asks_with: str = ""

    def read(self) -> Beside:
        return Beside(
            self.id,
            self.status,
            self.debt.amount,
            self.debt.disputes,
            f"{self.id}_secret_x",
            self.asks_with,
            self.decline,
            tuple(self.charges),
        )


class Counter(Till):
    """How a card answers is said by its name: `poor`, `asks`, `slow`, `lost_before` and `lost_after`; others pay."""

    def __init__(self, case: Case, *, may_write: bool = True) -> None:
        super().__init__(case, may_write=may_write)
        self.paid(case.ended_at or NOW)
        self.made: dict[str, Intent] = {}
        self.answered: dict[str, Answer] = {}
        self.now = NOW
        self.while_making: Callable[[], object] = lambda: None
        self.looked_since: list[datetime | None] = []

    @property
    def live(self) -> list[Intent]:
        return [each for each in self.made.values() if each.status not in {"succeeded", "canceled"}]

    @property
    def came(self) -> int:
        """Minor units that came by payments beside the invoice."""
        return sum(each.debt.amount for each in self.made.values() if each.status == "succeeded")

    # ── what happens at Stripe ──

    def answers_the_bank(self, intent_id: str, *, yes: bool = True) -> None:
        intent = self.made[intent_id]
        if yes:
            self._succeed(intent, intent.asks_with)
        else:
            intent.status, intent.decline = (
                "requires_payment_method",
                Decline(code="payment_intent_authentication_failure"),
            )
        intent.asks_with = ""

    def _succeed(self, intent: Intent, method: str) -> Paid:
        charge = self._charge(intent, method, Tried.PAID)
        intent.status = "succeeded"
        return Paid(charge.id)

    def _charge(self, intent: Intent, method: str, outcome: Tried, decline: Decline | None = None) -> ChargeRead:
        card = next(each.card for each in self.intents.values() if each.payment_method_id == method)
        number = sum(len(each.charges) for each in self.made.values()) + 1
        charge = ChargeRead(
            f"ch_{intent.id}_{number}", intent.id, self.now, intent.debt.amount, intent.debt.currency, outcome, decline,
            card, reached_network=True,
        )  # fmt: skip
        intent.charges.append(charge)
        return charge

    # ── the gateway ──

    def make_beside(self, debt: Debt, *, key: str) -> str:
        self._guard()
        assert key.startswith("pr_")
        self.while_making()
        intent_id = f"pi_{key}"
        self.made.setdefault(intent_id, Intent(intent_id, debt))
        return intent_id

    def read_beside(self, intent_id: str) -> Beside | None:
        return self.made[intent_id].read() if intent_id in self.made else None

    def read_besides(self, customer_id: str, case: str, since: datetime | None) -> list[Beside]:
        self.looked_since.append(since)
        mine = [each for each in self.made.values() if (each.debt.customer_id, each.debt.case) == (customer_id, case)]
        return [each.read() for each in mine]

    def pay_beside(self, intent_id: str, payment_method: str, *, key: str, not_after: datetime | None = None) -> Answer:
        self._guard()
        self.while_paying()
        if key in self.answered:
            return self.answered[key]
        if payment_method.startswith("pm_lost_before"):
            raise Unknown("it never arrived")
        answer = self.answered[key] = self._tried(self.made[intent_id], payment_method)
        if payment_method.startswith("pm_lost_after"):
            raise Unknown("its answer was lost")
        return answer

    def _tried(self, intent: Intent, method: str) -> Answer:
        if intent.status == "succeeded":
            return Paid(intent.charges[-1].id)
        if intent.status in {"canceled", "processing"}:
            return Refused("payment_intent_unexpected_state", "it takes no try any more")
        match method.removeprefix("pm_").split("_")[0]:
            case "poor":
                charge = self._charge(intent, method, Tried.DECLINED, POOR)
                intent.status, intent.decline = "requires_payment_method", POOR
                return Declined(POOR, charge.id, intent.id, intent.debt.amount)
            case "asks":
                intent.status, intent.asks_with = "requires_action", method
                return NeedsAuthentication(f"{intent.id}_secret_x", "", "", intent.id, intent.debt.amount)
            case "slow":
                intent.status = "processing"
                return Processing(intent.id, self._charge(intent, method, Tried.PROCESSING).id, intent.debt.amount)
            case _:
                return self._succeed(intent, method)

    def drop_payment(self, payment_intent_id: str, *, key: str) -> None:
        self._guard()
        intent = self.made[payment_intent_id]
        if intent.status in {"succeeded", "canceled", "processing"}:
            raise NotPossible("it cannot be canceled any more")
        intent.status = "canceled"


# ── a case whose debit came back ──


def paid_by_debit(connection: Connection, **values: object) -> Case:
    """A case that a bank debit ended twenty days ago."""
    case = make.make_case(
        connection,
        **{
            "state": "recovered", "opened_at": NOW - 30 * DAY, "ended_at": NOW - 20 * DAY, "amount_recovered": 9900,
            "amount_open": 0, "card_brand": "sepa_debit", "card_last4": "3000", **values,
        },
    )  # fmt: skip
    at = case.ended_at
    make.make_attempt(case, at=at, outcome="paid", card_brand="sepa_debit", charge_id="py_1", code="")
    make.make_fact(case, kind="received", key="received:py_1", at=at, detail={"charge": "py_1", "amount": 9900})
    make.make_fact(case, kind="paid", key="paid", at=at)
    return case


def moved(
    case: Case, kind: Learnt = Learnt.DISPUTED, *, at: datetime = BACK, charge: str = "py_1", **values: object
) -> Case:
    """Stripe tells of a dispute of this charge; the case as it is then."""
    about = {"payment_intent_id": "", "about": f"dp_{charge}", "amount": 9900, **values}
    assert hear(case.connection, ChargeNews(kind=kind, charge_id=charge, at=at, **about), NOW)
    return Case.objects.select_related("connection__organization", "project__organization", "ruleset").get(pk=case.pk)


def came_back(connection: Connection, **values: object) -> Case:
    """A case that is open again."""
    return moved(paid_by_debit(connection, **values))
