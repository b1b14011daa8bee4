"""How it is asked for which failed payments a message is, and what was typed as the JSON of a condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.forms import BooleanField, Field

from tideover.core.declines import HEALS, Family, Heals, for_merchant
from tideover.core.methods import Means
from tideover.core.money import Money
from tideover.core.settings.amounts import Amounts, amounts_in
from tideover.core.settings.conditions import Condition
from tideover.core.settings.segments import KEY
from tideover.core.settings.values import BadValue
from tideover.dashboard.forms import fields

FAMILIES: Final = tuple(
    kind for kind in Family if HEALS[kind] != Heals.MERCHANT
)  # after the others nobody is written to
TRIALS: Final = (
    ("", "Any payment"),
    ("yes", "Only the first after a trial"),
    ("no", "Any but the first after a trial"),
)
# At which field a problem with a part of a condition stands.
PLACES: Final[Mapping[str, str]] = {"families": f"family_{FAMILIES[0]}", "after_trial": "trial"}
_LIST: Final = re.compile(r"[\s,;]+")


def asked() -> dict[str, Field]:
    """A field for each part, and one for each kind of failure."""
    amounts = "A currency and an amount, such as USD 20, EUR 20. In currencies that are not named it is not sent."
    return {
        **{f"family_{kind}": BooleanField(label=for_merchant(kind, Means.CARD), required=False) for kind in FAMILIES},
        "least": fields.Text(label="At least this is owed", help_text=amounts, required=False),
        "most": fields.Text(label="At most this is owed", help_text="In the same way.", required=False),
        "prices": fields.Text(
            label="Prices or products",
            longest=6000,
            help_text="Their ids at Stripe, such as price_1PZ….",
            required=False,
        ),
        "trial": fields.Choice(choices=TRIALS, label="First charge after a trial", required=False),
        "segments": fields.Text(
            label="Segments of customers",
            longest=1000,
            help_text=f"Words that you write at Stripe, as {KEY} in the metadata of a customer.",
            required=False,
        ),
    }


def initial(only: Condition) -> dict[str, object]:
    """What stands in the fields for this condition."""
    trial = {None: "", True: "yes", False: "no"}
    return {
        **{f"family_{kind}": kind in only.families for kind in FAMILIES},
        "least": _typed(only.least),
        "most": _typed(only.most),
        "prices": ", ".join(only.prices),
        "trial": trial[only.after_trial],
        "segments": ", ".join(only.segments),
    }


def _typed(amounts: Sequence[Money]) -> str:
    return ", ".join(f"{each.currency.upper()} {each.major():f}" for each in amounts)


def read(typed: Callable[[str], str], tell: Callable[[str, str], None]) -> dict[str, Any]:
    """What was typed as the JSON of a condition. tell: of each part that cannot be read, with what is wrong."""
    wish: dict[str, Any] = {
        "families": [str(kind) for kind in FAMILIES if typed(f"family_{kind}")],
        "prices": [each for each in _LIST.split(typed("prices")) if each],
        "segments": [each for each in _LIST.split(typed("segments").lower()) if each],
    }
    for part in ("least", "most"):
        try:
            wish[part] = amounts_in(Amounts().checked(typed(part)))
        except BadValue as wrong:
            tell(part, str(wrong))
    trial = {"after_trial": typed("trial") == "yes"} if typed("trial") else {}
    return {name: value for name, value in wish.items() if value} | trial
