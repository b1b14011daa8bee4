"""The form of the rules: every choice as a field, what was typed as a draft, and each problem beside its field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.forms import BoundField, CharField, Field, HiddenInput

from tideover.core.catalogue import Channel, Template, Tone
from tideover.core.choices import FREE, NUMBERS, Cadence
from tideover.core.declines import NOT_BY_ITSELF, OF_CHARGES, Family, for_merchant
from tideover.core.editing.differences import Difference, differences
from tideover.core.editing.drafts import Draft, draft
from tideover.core.methods import Means
from tideover.core.rules import Problem, Rules, to_json
from tideover.dashboard.forms.form import Data, Form
from tideover.dashboard.rules import fields, only
from tideover.dashboard.rules.fields import AS_CARDS, Unreadable

MOST_MESSAGES: Final = 30
SWITCHES: Final = ("charge_new_card", "weekends", "holidays", "psychology", "chase_overdue")
WORDS: Final = ("name", "coexistence", "consequence", "final_action", "after_trial")
Wish = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KindOfFailure:
    """A way to fail that the calendar can draw."""

    family: Family
    label: str
    is_wrong: bool


@dataclass(frozen=True, slots=True)
class When:
    """A kind of failure with its two fields, and what the live rules say."""

    label: str
    cadence: BoundField
    numbers: BoundField
    was: str


class RulesForm(Form):
    """Made from rules, or from what was sent; `live` are the rules that new cases have."""

    def __init__(self, live: Rules, shown: Rules, *, base: int, preset: str = "", data: Data | None = None) -> None:
        self.live, self.shown, self.base = live, shown, base
        self.rows = _rows(data) if data is not None else len(shown.messages)
        super().__init__(data, initial={**initial(shown), "base": base, "preset": preset, "rows": self.rows})
        self.fields.update(self._declared())
        self.form_id = "rules"
        self._drafted: Draft | None = None
        for problem in self.draft.problems if data is not None else ():
            self._tell(problem)

    def _declared(self) -> dict[str, Field]:
        declared = dict[str, Field]()  # in the order of the page, as problems are listed
        for group, debit in (("charges", False), ("debits", True)):
            for kind in FREE:
                pair = fields.when(f"Bank debits, {_label(kind)}" if debit else _label(kind), debit=debit)
                declared |= {f"{group}_{kind}_{name}": field for name, field in pair.items()}
        declared |= fields.plain()
        for row in range(self.rows):
            declared |= {f"message_{row}_{name}": field for name, field in fields.message().items()}
        hidden: dict[str, Field] = {
            name: CharField(widget=HiddenInput, required=False) for name in ("base", "preset", "rows")
        }
        return declared | hidden

    # ── what was typed ──

    @property
    def draft(self) -> Draft:
        """The rules as they are typed, and what is wrong with them."""
        if self._drafted is None:
            self._drafted = self._read() if self.is_bound else Draft(self.shown, ())
        return self._drafted

    @property
    def changes(self) -> tuple[Difference, ...]:
        """What differs from the live rules, as far as it can be followed."""
        return differences(self.live, self.draft.rules)

    def _read(self) -> Draft:
        wish, told = to_json(self.live), list[Problem]()
        for name, value in self._single(told):
            wish[name] = value
        sending = {"opens": wish.pop("opens", None), "closes": wish.pop("closes", None)}
        hours = {name: value for name, value in sending.items() if value is not None}
        days = {name: wish.pop(name) for name in ("weekends", "holidays")}
        wish["sending"] = {**wish["sending"], **hours, **days}
        for group in ("charges", "debits"):
            wish[group] = {**wish[group], **dict(self._strategies(group, told))}
            wish[group] = {kind: plan for kind, plan in wish[group].items() if plan}
        wish["messages"] = self._messages(told)
        return draft(wish, self.live, told)

    def _single(self, told: list[Problem]) -> Iterator[tuple[str, object]]:
        for name in (*NUMBERS, "opens", "closes", "consequence_day"):
            yield name, self._number(name, told)
        yield from ((name, name in self.data) for name in SWITCHES)
        yield from ((name, self._text(name)) for name in WORDS)
        try:
            yield "relay", fields.numbers(Cadence.DAYS, self._text("relay"))
        except Unreadable as wrong:
            told.append(Problem("relay", str(wrong)))

    def _text(self, name: str) -> str:
        return str(self.data.get(name, "")).strip()

    def _number(self, name: str, told: list[Problem]) -> int | None:
        text = self._text(name)
        if not text and name == "consequence_day":
            return None
        if text.isascii() and text.isdecimal() and len(text) < 6:
            return int(text)
        said = self.fields[name].error_messages["invalid"]
        told.append(Problem("sending" if name in {"opens", "closes"} else name, str(said)))
        return None

    def _strategies(self, group: str, told: list[Problem]) -> Iterator[tuple[str, Wish | None]]:
        kept = to_json(self.shown)[group]
        for kind in FREE:
            cadence, text = (self._text(f"{group}_{kind}_{name}") for name in ("cadence", "numbers"))
            if cadence == AS_CARDS:
                yield kind, None
                continue
            try:
                found = {"cadence": cadence, "numbers": fields.numbers(cadence, text)}
            except Unreadable as wrong:
                told.append(Problem(f"{group}.{kind}", str(wrong)))
                continue
            yield kind, {"name": _name_of(found, kept.get(kind)), **found}

    def _messages(self, told: list[Problem]) -> list[Wish]:
        rows = [self._message(row, told) for row in range(self.rows)]
        return sorted((row for row in rows if row), key=lambda row: int(row["day"]))

    def _message(self, row: int, told: list[Problem]) -> Wish | None:
        day, hour = (self._text(f"message_{row}_{name}") for name in ("day", "hour"))
        place = self._by_day.index(row) + 1
        if not (day.isascii() and day.isdecimal() and len(day) < 6):
            told.append(Problem(f"messages.{place}", "Write the day as a number, from 0."))
            return None
        found = only.read(
            lambda name: self._text(f"message_{row}_{name}"),
            lambda part, text: told.append(Problem(f"messages.{place}.{part}", text)),
        )
        return {
            "day": int(day),
            **{name: self._text(f"message_{row}_{name}") for name in ("template", "tone", "channel")},
            **({"hour": int(hour)} if _is_an_hour(hour) else {}),
            **({"reader": reader} if (reader := self._text(f"message_{row}_reader")) else {}),
            **({"only": found} if found else {}),
        }

    # ── what is said ──

    def _tell(self, problem: Problem) -> None:
        name = self.field_of(problem.field)
        self.errors.pop(name, None)  # what Django says of the field by itself
        self.add_error(name or None, problem.text)

    def field_of(self, field: str) -> str:
        """The form's field at which a problem or a difference of this name stands."""
        name, _, within = field.partition(".")
        if name in {"charges", "debits"}:
            return f"{name}_{within}_numbers" if Family(within) in FREE else ""
        if name == "messages":
            return self._row_of(within)
        return {"sending": "closes"}.get(name, name if name in self.fields else "")

    def _row_of(self, place: str) -> str:
        """The row of the message that is at this place by its day, and what of it."""
        number, _, part = place.partition(".")
        at = int(number) - 1 if number else 0
        name = only.PLACES.get(part, part) or "day"
        return f"message_{self._by_day[at]}_{name}" if at < self.rows else ""

    @property
    def _by_day(self) -> Sequence[int]:
        """The rows in the order in which their messages go out."""
        return sorted(range(self.rows), key=lambda row: _as_day(self._text(f"message_{row}_day")))

    @property
    def repairs(self) -> Mapping[str, str]:
        """What could stand in a field that is wrong, by its name."""
        return {self.field_of(each.field): each.repair for each in self.draft.problems if each.repair}

    @property
    def was(self) -> Mapping[str, str]:
        """What stands in the live rules, by the field that differs."""
        return {self.field_of(each.field): each.was for each in self.changes if each.was}

    # ── as it is drawn ──

    def whens(self, group: str) -> Sequence[When]:
        """The kinds of failure on which the merchant decides."""
        return [
            When(_label(kind), self[f"{group}_{kind}_cadence"], self[f"{group}_{kind}_numbers"],
                 self.was.get(f"{group}_{kind}_numbers", ""))
            for kind in FREE
        ]  # fmt: skip

    @property
    def charges(self) -> Sequence[When]:
        return self.whens("charges")

    @property
    def debits(self) -> Sequence[When]:
        return self.whens("debits")

    @property
    def limits(self) -> Sequence[BoundField]:
        return [self[name] for name in ("max_charges", "most_retries", "min_gap_hours", "window_days", "grace_hours")]

    @property
    def kinds(self) -> Sequence[KindOfFailure]:
        """Every kind of failure; those on which the merchant decides come first."""
        rest = [kind for kind in Family if kind not in FREE]
        return [KindOfFailure(kind, _label(kind), self.draft.is_wrong(f"charges.{kind}")) for kind in (*FREE, *rest)]

    @property
    def next_version(self) -> int:
        return self.base + 1

    @property
    def never(self) -> Sequence[str]:
        """The kinds of failure after which nobody may charge by the calendar."""
        return [_label(kind) for kind in OF_CHARGES if kind in NOT_BY_ITSELF]

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The rows of the sequence. has_more: something of what is folded away is chosen. shut: why it does not go out
        at its hour.
        """
        return [self._drawn_row(row) for row in range(self.rows)]

    def _drawn_row(self, row: int) -> Mapping[str, Any]:
        drawn = {name: self[f"message_{row}_{name}"] for name in fields.message()}
        parts = [drawn[name] for name in fields.folded()]
        return {
            "row": row,
            **drawn,
            "families": [each for each in parts if each.name.startswith(f"message_{row}_family_")],
            "has_more": any(each.value() or each.errors for each in parts),
            "shut": self._why_shut(str(drawn["hour"].value() or ""), str(drawn["channel"].value())),
        }

    def _why_shut(self, hour: str, channel: str) -> str:
        if channel not in set(Channel) or not _is_an_hour(hour):
            return ""
        hours = self.draft.rules.hours_of(Channel(channel))
        is_open = hours.opens <= int(hour) < hours.closes
        return "" if is_open else f"It goes out when the sending hours open: {hours.opens}:00 to {hours.closes}:00."


def _name_of(found: Mapping[str, Any], kept: Mapping[str, Any] | None) -> str:
    """A strategy keeps its name as long as it is the same; another one is called by its cadence."""
    same = kept and (kept["cadence"], kept["numbers"]) == (found["cadence"], found["numbers"])
    return str(kept["name"]) if kept and same else str(found["cadence"])


def _label(kind: Family) -> str:
    return for_merchant(kind, Means.CARD)


def _is_an_hour(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 3


def _as_day(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _rows(data: Data) -> int:
    text = str(data.get("rows", "0"))
    return min(int(text), MOST_MESSAGES) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def initial(rules: Rules) -> dict[str, object]:
    """What stands in the fields for these rules."""
    plain: dict[str, object] = {name: getattr(rules, name) for name in NUMBERS}
    plain |= {
        "name": rules.name,
        "coexistence": rules.coexistence.value,
        "final_action": rules.final_action.value,
        "after_trial": rules.after_trial.value,
        "relay": ", ".join(map(str, rules.relay)),
        "charge_new_card": rules.charge_new_card,
        "psychology": rules.psychology,
        "chase_overdue": rules.chase_overdue,
        "opens": rules.sending.opens,
        "closes": rules.sending.closes,
        "weekends": rules.sending.weekends,
        "holidays": rules.sending.holidays,
        "consequence": rules.consequence.value,
        "consequence_day": rules.consequence_day,
    }
    for kind in FREE:
        plain[f"charges_{kind}_cadence"] = rules.charges[kind].cadence.value
        plain[f"charges_{kind}_numbers"] = fields.typed(rules.charges[kind])
        debit = rules.debits.get(kind)
        plain[f"debits_{kind}_cadence"] = debit.cadence.value if debit else AS_CARDS
        plain[f"debits_{kind}_numbers"] = fields.typed(debit) if debit else ""
    for row, step in enumerate(rules.messages):
        plain |= {f"message_{row}_{name}": value for name, value in fields.of_step(step).items()}
    return plain


def with_row(data: Data) -> dict[str, Any]:
    """What was sent, with one more message at the end: the day after the last."""
    rows = _rows(data)
    last = max((_as_day(str(data.get(f"message_{row}_day", ""))) for row in range(rows)), default=-1)
    fresh = {"day": last + 1, "channel": Channel.EMAIL, "template": Template.REMINDER, "tone": Tone.GENTLE}
    return {
        **_single(data),
        **{f"message_{rows}_{name}": str(value) for name, value in fresh.items()},
        "rows": rows + 1,
    }


def without_row(data: Data, gone: int) -> dict[str, Any]:
    """What was sent, without one message."""
    kept, rows = _single(data), [row for row in range(_rows(data)) if row != gone]
    moved = {
        f"message_{to}_{name}": kept.get(f"message_{row}_{name}", "")
        for to, row in enumerate(rows)
        for name in fields.message()
    }
    return {**kept, **moved, "rows": len(rows)}


def repaired(data: Data, repair: str) -> dict[str, Any]:
    """What was sent, with what a repair puts into its field."""
    name, _, value = repair.partition("=")
    return {**_single(data), name: value}


def _single(data: Data) -> dict[str, Any]:
    return {name: data[name] for name in data}
