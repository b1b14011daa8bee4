"""Ids come from the seed, and each test card behaves as its number says."""

from __future__ import annotations

import pytest

from tideover.simulator.account import cards
from tideover.simulator.account.issuer import Ask
from tideover.simulator.account.store import Ids

DAY = 86400


def test_the_same_seed_gives_the_same_ids_and_another_seed_others():
    one, same, other = Ids(1), Ids(1), Ids(2)
    drawn = [one.new("in") for _ in range(5)]
    assert drawn == [same.new("in") for _ in range(5)]
    assert not set(drawn) & {other.new("in") for _ in range(5)}


def test_every_published_number_has_a_valid_check_digit_but_the_one_meant_not_to():
    wrong = [card.number for card in cards.TEST_CARDS if not cards.passes_luhn(card.number)]
    assert wrong == ["4242424242424241"]


def test_every_token_names_a_card_of_the_table():
    assert set(cards.TOKENS.values()) <= set(cards.BY_NUMBER)
    assert cards.face_of(cards.TOKENS["pm_card_us"]).country == "US"
    assert {cards.face_of(cards.TOKENS[f"pm_card_{country.lower()}"]).country for country in cards.ABROAD} == set(
        cards.ABROAD
    )


def test_a_card_that_must_be_authenticated_unless_set_up_is_charged_after_its_setup():
    bank = cards.Cards()
    issuer = cards.CardIssuer(bank)
    bank.remember("pm_1", cards.behavior_of("4000002500003155"), since=0)

    def ask(purpose: str, *, authenticated: bool = False) -> str:
        return issuer.authorize(
            Ask(0, "pm_1", None, 100, "usd", "api", authenticated=authenticated, purpose=purpose)  # type: ignore[arg-type]
        ).outcome

    assert ask("charge") == "needs_authentication"
    assert ask("setup") == "needs_authentication"
    assert ask("setup", authenticated=True) == "approved"
    assert ask("charge") == "approved"


@pytest.mark.parametrize("token", ["pm_sim_decline_nonsense", "pm_sim_ok", "pm_sim_decline_"])
def test_a_token_that_spells_nothing_is_no_card(token: str):
    assert cards.scripted(token) is None
