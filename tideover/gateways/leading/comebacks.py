"""Somebody who has left: whether they subscribe again, what they are offered, and Stripe's Checkout to come back by.

Nothing is charged by any of it: they pay in Checkout themselves, or do not.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import stripe

from tideover.core.ahead.offers import Discount
from tideover.gateways.errors import in_writing
from tideover.gateways.leading.sessions import Renewals, whose
from tideover.gateways.recurring import USAGE
from tideover.gateways.shape import Json, customer_of, given, id_of, number, part, rows, text
from tideover.gateways.told import LED_BY
from tideover.gateways.way import plain

BEGUN: Final = frozenset({"incomplete", "incomplete_expired"})  # its first payment was never made
THERE: Final = "resource_already_exists"


@dataclass(frozen=True, slots=True)
class Session:
    """What a Checkout is asked for by. code_id: of the promotion code; empty without one. letter: what the new
    subscription names in its metadata. back: where the customer is led from it. key: of idempotency.
    """

    subscription_id: str
    code_id: str
    letter: str
    back: str
    key: str


class Comebacks(Renewals):
    """What is asked and written for somebody who may come back."""

    def subscribes(self, customer_id: str) -> bool:
        """Whether they have a subscription that has not ended: without a status Stripe lists those alone.

        https://docs.stripe.com/api/subscriptions/list
        """
        asked: Any = {**whose(customer_id), "limit": 100}
        with self._read():
            found = rows(plain(self._v1.subscriptions.list(asked)))
            return any(text(each, "status") not in BEGUN for each in found)

    def offer(self, customer_id: str, discount: Discount, until: datetime, *, key: str) -> str:
        """A promotion code for this customer alone, to be used once before that.

        Its id; empty where our key may make none. Its coupon is one for all who are offered the same: https://docs.stripe.com/api/promotion_codes/create.
        """
        self._must_write()
        with self._heard(in_writing(), (stripe.AuthenticationError,)):
            try:
                asked: Any = {
                    "promotion": {"type": "coupon", "coupon": self._coupon(discount, key)},
                    **whose(customer_id),
                    "max_redemptions": 1,
                    "expires_at": int(until.timestamp()),
                }
                made = self._v1.promotion_codes.create(asked, {"idempotency_key": key})
            except stripe.PermissionError:
                return ""
            return given(plain(made), "id")

    def _coupon(self, discount: Discount, key: str) -> str:
        """Its id, which tells what it is, so that there is one of a kind. Of another of that id nothing is changed."""
        off = {"amount_off": discount.off.minor, "currency": discount.off.currency} if discount.off else None
        taken = "-".join(map(str, off.values())) if off else f"{discount.percent}-percent"
        asked: Any = {
            "id": f"tideover-winback-{taken}-{discount.months}-months",
            "name": f"Win-back: {discount}"[:40],
            "duration": "repeating",
            "duration_in_months": discount.months,
            **(off or {"percent_off": discount.percent}),
        }
        try:
            self._v1.coupons.create(asked, {"idempotency_key": f"{key}_coupon"})
        except stripe.InvalidRequestError as refused:
            if refused.code != THERE:
                raise
        return str(asked["id"])

    def open_checkout(self, session: Session) -> str:
        """Where the customer of an ended subscription takes up the same again, at the same prices, by a subscription of
        their own. Empty where our key may open none.

        It is short-lived: for one who clicks now. https://docs.stripe.com/api/checkout/sessions/create
        """
        self._must_write()
        with self._heard(in_writing(), (stripe.AuthenticationError,)):
            asked: Any = self._asked(session)
            try:
                made = self._v1.checkout.sessions.create(asked, {"idempotency_key": session.key})
            except stripe.PermissionError:
                return ""
            return given(plain(made), "url")

    def close_checkout(self, session: Session) -> None:
        """The one that was opened by the same words leads nowhere any more. Nothing where none was, or it is over.

        By its key Stripe tells of it again. https://docs.stripe.com/api/checkout/sessions/expire
        """
        self._must_write()
        with self._heard(in_writing(), (stripe.AuthenticationError,)):
            asked: Any = self._asked(session)
            with suppress(stripe.InvalidRequestError, stripe.PermissionError):
                made = self._v1.checkout.sessions.create(asked, {"idempotency_key": session.key})
                self._v1.checkout.sessions.expire(made.id, {}, {"idempotency_key": f"{session.key}_over"})

    def _asked(self, session: Session) -> Json:
        was = plain(self._v1.subscriptions.retrieve(session.subscription_id))
        return {
            "mode": "subscription",
            **whose(customer_of(was)),
            "line_items": [_line(item) for item in rows(part(was, "items"))],
            "subscription_data": {"metadata": {LED_BY: session.letter}},
            "success_url": session.back,
            "cancel_url": session.back,
            **({"discounts": [{"promotion_code": session.code_id}]} if session.code_id else {}),
        }


def _line(item: Json) -> dict[str, Any]:
    """As it was; of what is paid by use nobody says how much."""
    price = part(item, "price")
    by_use = text(part(price, "recurring"), "usage_type") == USAGE
    quantity = {} if by_use or item.get("quantity") is None else {"quantity": number(item, "quantity")}
    return {"price": id_of(price, "id"), **quantity}
