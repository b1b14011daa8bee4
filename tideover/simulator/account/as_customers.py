"""Customers that are accounts: within the simulator they are customers, to whoever asks they are `customer_account`.

An object names either a customer or an account that is configured as one, and the other is null; so do parameters.
Sources: https://docs.stripe.com/connect/accounts-v2 (an account with the configuration of a customer), and the field
`customer_account` of stripe-python 16.1. That an expanded `customer` is null then, too, is not confirmed.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from tideover.simulator.account.store import Json

ACCOUNT: Final = "acct_"
NAMED: Final = (b'"customer":"acct_', b'"customer":{"id":"acct_')


def told(written: bytes) -> bytes:
    """The JSON as it is told; most of it names no such customer, and is not read again."""
    return orjson.dumps(_told(orjson.loads(written))) if any(name in written for name in NAMED) else written


def _told(thing: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(thing, list):
        return [_told(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    account = _account(thing.get("customer"))
    named = {"customer": None, "customer_account": account} if account else {}
    return {key: _told(value) for key, value in thing.items()} | named


def _account(customer: Any) -> str:  # noqa: ANN401 - an id, an expanded customer or null
    key = customer["id"] if isinstance(customer, dict) else customer or ""
    return key if key.startswith(ACCOUNT) else ""


def asked(params: Json) -> Json:
    """The parameters as operations know them."""
    if "customer_account" not in params or "customer" in params:
        return params
    return {("customer" if name == "customer_account" else name): value for name, value in params.items()}
