"""The kinds of payment methods that an account may have activated, and what of them fits a currency.

Sources: https://docs.stripe.com/connect/account-capabilities, https://docs.stripe.com/payments/paypal (currencies).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tideover.simulator.account.debits import CLEARINGS
from tideover.simulator.account.store import Json
from tideover.simulator.account.world import Simulator

# Each kind, and the account's capability that tells of it: of PayPal none does.
# https://docs.stripe.com/connect/account-capabilities
KINDS: Final[Mapping[str, str]] = {
    "card": "card_payments",
    "us_bank_account": "us_bank_account_ach_payments",
    "link": "link_payments",
    "sepa_debit": "sepa_debit_payments",
    "bacs_debit": "bacs_debit_payments",
    "paypal": "",
}
# Those in which something can be paid; any, where nothing is said.
_CURRENCIES: Final[Mapping[str, frozenset[str]]] = {
    **{kind: frozenset({clearing.currency}) for kind, clearing in CLEARINGS.items()},
    "paypal": frozenset(
        {"aud", "cad", "chf", "czk", "dkk", "eur", "gbp", "hkd", "nok", "nzd", "pln", "sek", "sgd", "usd"}
    ),
}


def capabilities(sim: Simulator) -> Json:
    """How far each is granted to the account."""
    activated = {name: kind in sim.settings.methods for kind, name in KINDS.items() if name}
    return {name: "active" if on else "inactive" for name, on in sorted({**activated, "transfers": True}.items())}


def offered(sim: Simulator, currency: str | None = None) -> list[str]:
    """What the account offers where nobody has chosen, in this currency where there is one."""
    return [kind for kind in KINDS if kind in sim.settings.methods and _fits(kind, currency)]


def _fits(kind: str, currency: str | None) -> bool:
    return currency is None or kind not in _CURRENCIES or currency in _CURRENCIES[kind]
