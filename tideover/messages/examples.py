"""Example messages: one that knows everything, one that knows nothing, and every situation a text can be met in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice, product
from typing import Any, Final

from tideover.core.ahead.offers import Discount
from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import Reason
from tideover.core.methods import Means
from tideover.core.money import Money
from tideover.messages.languages import Language
from tideover.messages.wording import CardEnds, InParts, Offered, Owed, Renewal, WonBack, Wording, known, manner

EXAMPLE: Final = Wording(
    template=Template.FAILED,
    tone=Tone.FRIENDLY,
    channel=Channel.EMAIL,
    locale="en-US",
    zone="America/New_York",
    merchant="Harbor Analytics",
    brand_color="#00d4aa",
    support_email="help@harbor.example",
    postal_address="1 Pier Road, Boston",
    customer_name="Jane Doe",
    amount=Money(9900, "usd"),
    invoice_number="A-0012",
    description="Pro plan",
    failed_on=date(2026, 11, 3),
    reason=Reason.REFUSED,
    card_brand="visa",
    card_last4="4242",
    next_charge_at=None,
    update_url="https://pay.harbor.example/c/example",
    hosted_url="",
    unsubscribe_url="https://pay.harbor.example/u/example",
    consequence=Consequence.NONE,
    consequence_on=None,
    psychology=False,
    step_number=1,
    step_count=6,
    open_url="https://pay.harbor.example/o/example.gif",
    card_ends=CardEnds(date(2026, 10, 31), date(2026, 11, 3)),
    renewal=Renewal(date(2026, 11, 3)),
    won_back=WonBack(date(2026, 11, 3), Offered(Discount(3, percent=20), date(2026, 11, 17))),
)
SPARSE: Final = replace(
    EXAMPLE,
    support_email="",
    postal_address="",
    customer_name="",
    invoice_number="",
    description="",
    failed_on=None,
    reason=None,
    card_brand="",
    card_last4="",
    means=Means.OTHER,
    update_url="",
)
# A single invoice, and one of two things whose bank debit came back; and one of somebody who never had a way to pay.
SINGLE: Final = replace(EXAMPLE, is_subscription=False)
DEBIT: Final = replace(
    EXAMPLE,
    card_brand="us_bank_account",
    card_last4="6789",
    means=Means.BANK_ACCOUNT,
    is_subscription=False,
    other_lines=1,
)
NO_METHOD: Final = replace(EXAMPLE, card_brand="", card_last4="", means=Means.NONE, reason=Reason.NO_METHOD)
# An invoice that was sent, and that nobody charges.
SENT: Final = replace(
    EXAMPLE, card_brand="", card_last4="", means=Means.NONE, failed_on=None, reason=None, due_on=date(2026, 11, 3)
)
SEVERAL: Final = replace(
    EXAMPLE,
    is_test=True,
    promised_on=date(2026, 11, 20),
    also=(Owed(Money(4900, "usd"), "A-0013", "Starter"), Owed(Money(1900, "usd"), "", "")),
)
# The second part of a plan, and the last one.
IN_PARTS: Final = tuple(
    replace(EXAMPLE, parts=parts)
    for parts in (
        InParts(2, 3, Money(3300, "usd"), date(2026, 12, 3), Money(3300, "usd"), Money(3300, "usd")),
        InParts(3, 3, Money(3300, "usd")),
    )
)
# A card that ends soon, one that has ended; and one of which little more is known than that it ends.
CARDS_THAT_END: Final = (
    EXAMPLE,
    replace(EXAMPLE, card_ends=CardEnds(date(2026, 9, 30), date(2026, 11, 3), is_over=True)),
    replace(SPARSE, amount=Money(0, "usd"), means=Means.CARD),
)
# What is charged by a card, what is sent to be paid by hand; and one of which little more is known than its day.
RENEWALS: Final = (
    EXAMPLE,
    replace(EXAMPLE, card_brand="", card_last4="", means=Means.NONE, renewal=Renewal(date(2026, 11, 3), by_hand=True)),
    replace(SPARSE, amount=Money(0, "usd"), means=Means.NONE),
)
OF_INVOICES: Final = (EXAMPLE, SPARSE, SINGLE, DEBIT, NO_METHOD, SENT, SEVERAL)
# Who is offered a percentage, who an amount, who nothing; and one of whom little more is known than that they left.
LEFT: Final = (
    EXAMPLE,
    replace(
        EXAMPLE, won_back=WonBack(date(2026, 11, 3), Offered(Discount(1, off=Money(1000, "usd")), date(2026, 12, 3)))
    ),
    replace(EXAMPLE, won_back=WonBack(date(2026, 11, 3))),
    replace(SPARSE, amount=Money(0, "usd"), means=Means.NONE, won_back=WonBack(date(2026, 11, 3))),
)
TO_COME: Final[Mapping[Template, tuple[Wording, ...]]] = {
    Template.CARD_EXPIRING: CARDS_THAT_END,
    Template.RENEWAL: RENEWALS,
    Template.TRIAL_ENDING: RENEWALS,
    **dict.fromkeys((template for template, about in TEMPLATES.items() if about.wins_back), LEFT),
}
NEXT_CHARGES: Final[tuple[Mapping[str, Any], ...]] = (
    {"next_charge_at": datetime(2026, 11, 20, 14, 0, tzinfo=UTC)},
    {"next_charge_at": None, "no_more_charges": True},
    {"next_charge_at": None, "no_more_charges": False},
)
UNDATED: Final = {Consequence.NONE, Consequence.CANCELED}
CONSEQUENCES: Final[tuple[Mapping[str, Any], ...]] = tuple(
    {"consequence": stated, "consequence_on": None if stated in UNDATED else date(2026, 12, 1)}
    for stated in Consequence
)

# How a thing is told, whatever it is about.
MANNERS: Final[tuple[Mapping[str, Any], ...]] = tuple(
    {"tone": tone, "psychology": psychology, "step_number": step}
    for tone, psychology, step in product(Tone, (True, False), (1, 6))
)
SPARSELY: Final = 5  # every fifth situation; what they are made of comes in twos, threes, fours and sevens


def _in_short(base: Wording) -> Wording:
    """As a text message has to bear it: a large amount, a link of thirty letters, and the least of a name."""
    page = "https://x.example/s/Ab12Cd34Ef" if base.update_url else ""
    return replace(base, merchant="Harborly", amount=Money(1234500, "usd"), update_url=page, hosted_url="")


def like(template: Template) -> Template:
    """The kind of message whose situations it shares: all but those ahead of a payment are about what is owed."""
    return template if TEMPLATES[template].ahead else Template.PART_DUE


def bases(template: Template, channel: Channel, locale: str) -> Iterator[Wording]:
    """The examples that a kind of message may be about, the same ones for all that are alike."""
    about = TEMPLATES[template]
    for base in TO_COME.get(template, (*OF_INVOICES, *(IN_PARTS if about.of_plan else ()))):
        yield replace(
            base if channel == Channel.EMAIL else _in_short(base),
            template=like(template),
            channel=channel,
            locale=locale,
            card_ends=base.card_ends if template == Template.CARD_EXPIRING else None,
            renewal=base.renewal if about.tells_how_to_cancel else None,
            won_back=base.won_back if about.wins_back else None,
        )


@lru_cache(maxsize=32)
def merges(language: Language, channel: Channel, template: Template, step: int) -> Sequence[Mapping[str, Any]]:
    """The facts of these situations, of all or of each fifth: what a text is filled with when it is tried."""
    about = (known_there for base in bases(template, channel, language.code) for known_there in _known(base, language))
    manners = [manner(replace(EXAMPLE, **how)) for how in MANNERS]
    return [{**how, **known_there} for known_there, how in islice(product(about, manners), None, None, step)]


@lru_cache(maxsize=256)
def _known(base: Wording, language: Language) -> Sequence[Mapping[str, Any]]:
    """What is known of an example, however it is told: most of the facts, and slow to word."""
    met = product(NEXT_CHARGES, CONSEQUENCES)
    return [known(replace(base, **charge, **consequence), language) for charge, consequence in met]
