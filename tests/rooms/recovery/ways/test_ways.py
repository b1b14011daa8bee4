"""Which ways to pay are offered: a card always, what the merchant left on, and nothing that is turned on in vain."""

from __future__ import annotations

import pytest

from tests import factories as make
from tests.factories import NOW
from tests.rooms.customer.till import Till, open_link
from tideover.gateways.answers import AccountRead, LockedOut, ReadOnly, Unreachable
from tideover.recovery import cards
from tideover.recovery.telling import ways
from tideover.tenants.settings import change

pytestmark = pytest.mark.django_db
ON = {"pay_page.paypal": True, "pay_page.link": True}


class Account:
    """A Stripe account: what it tells of itself, and what a setup intent for nobody takes there."""

    def __init__(self, kept: tuple[str, ...] | Exception = (), **told: bool) -> None:
        self.kept, self.told, self.asked = kept, told, 0
        self.may_read = True

    def account(self) -> AccountRead:
        self.asked += 1
        if not self.may_read:
            raise LockedOut("no permission")
        on, off = (tuple(way for way, said in self.told.items() if said == wanted) for wanted in (True, False))
        return AccountRead("acct_1", "Alpine", False, "GB", "gbp", "UTC", activated=on, not_activated=off)

    def methods_kept(self, methods: list[str], *, key: str) -> frozenset[str]:
        if isinstance(self.kept, Exception):
            raise self.kept
        return frozenset(self.kept) & set(methods)


@pytest.fixture
def project():
    found = make.make_connection().project
    change(found, dict.fromkeys(ON, False), "alice", NOW)
    found.refresh_from_db()
    return found


def refused(project, account, wanted=ON):
    return sorted(ways.refusals(project, wanted, lambda _: account))


def test_a_card_comes_first_and_what_is_off_is_left_out(project):
    assert ways.offered(project) == ["card", "us_bank_account", "sepa_debit", "bacs_debit"]
    change(project, dict.fromkeys(ways.WAYS.values(), False), "alice", NOW)
    project.refresh_from_db()
    assert ways.offered(project) == ["card"]


def test_the_page_asks_stripe_for_what_is_offered_and_nothing_else():
    case = make.make_case()
    change(case.project, {"pay_page.link": False, "pay_page.paypal": False}, "alice", NOW)
    till = Till(case)
    cards.begin_setup(open_link(case), till, NOW)
    assert till.methods == ["card", "us_bank_account", "sepa_debit", "bacs_debit"]


def test_what_the_account_has_not_activated_is_not_turned_on(project):
    assert refused(project, Account(kept=("card",), link=True)) == ["pay_page.paypal"]
    assert refused(project, Account(kept=("card", "paypal"), link=False)) == ["pay_page.link"]
    assert refused(project, Account(kept=("card", "paypal"), link=True)) == []


@pytest.mark.parametrize("silent", [ReadOnly("observe"), LockedOut("no permission"), Unreachable("timeout")])
def test_what_stripe_does_not_say_stands_in_nobodys_way(project, silent):
    assert refused(project, Account(kept=silent, link=True)) == []
    assert refused(project, Account(kept=silent, link=False)) == ["pay_page.link"]


def test_who_may_not_read_the_account_asks_by_a_setup_intent_alone(project):
    account = Account(kept=("card", "link"))
    account.may_read = False
    assert refused(project, account) == ["pay_page.paypal"]


def test_one_account_that_has_it_is_enough(project):
    make.make_connection(project, account_id="acct_other")
    answers = iter([Account(kept=("card",), link=False), Account(kept=("card", "paypal"), link=True)])
    assert ways.refusals(project, ON, lambda _: next(answers)) == {}


def test_stripe_is_asked_of_nothing_that_stays_or_goes_off(project):
    account = Account()
    off = {"pay_page.bacs_debit": False, "pay_page.sepa_debit": True, "general.zone": "UTC"}
    assert refused(project, account, off) == []
    assert account.asked == 0


def test_without_an_account_everything_may_be_chosen():
    assert ways.refusals(make.make_project(), ON, lambda _: Account()) == {}
