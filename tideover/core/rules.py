"""A merchant's rules as the rest of the house knows them: the choices, the presets, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from tideover.core.catalogue import Channel, Consequence, Template, Tone
from tideover.core.choices import (
    NEVER,
    NUMBERS,
    AfterTrial,
    BadRules,
    Cadence,
    Coexistence,
    FinalAction,
    MessageStep,
    Problem,
    Rules,
    Strategy,
    is_a_name,
)
from tideover.core.declines import NOT_BY_ITSELF, Family
from tideover.core.presets import PRESETS
from tideover.core.settings import conditions
from tideover.core.settings.conditions import ALWAYS
from tideover.core.timing import SendingHours
from tideover.core.ways.readers import Role

__all__ = [
    "NEVER",
    "PRESETS",
    "BadRules",
    "Cadence",
    "Coexistence",
    "FinalAction",
    "MessageStep",
    "Problem",
    "Rules",
    "SendingHours",
    "Strategy",
    "from_json",
    "is_a_name",
    "to_json",
]

_PLAIN: Final = (*NUMBERS, "charge_new_card", "psychology")
_SWITCHES: Final = frozenset({"charge_new_card", "psychology", "chase_overdue"})
_FIELDS: Final = frozenset(
    {"name", "charges", "debits", "messages", "sending", "consequence", "consequence_day", "coexistence", "relay"}
    | {"chase_overdue", "final_action", "after_trial", "particular"}
)


def to_json(rules: Rules) -> dict[str, Any]:
    """The rules as JSON: plain dicts, lists, strings, numbers. `from_json` gives the same rules back."""
    return {
        "name": rules.name,
        "charges": _plans_to_json(rules.charges),
        "debits": _plans_to_json(rules.debits),
        "messages": [_step_to_json(step) for step in rules.messages],
        "sending": {
            "opens": rules.sending.opens,
            "closes": rules.sending.closes,
            "weekends": rules.sending.weekends,
            **({} if rules.sending.holidays else {"holidays": False}),  # a worker of before does not know it
        },
        "consequence": str(rules.consequence),
        "consequence_day": rules.consequence_day,
        "coexistence": str(rules.coexistence),
        # A worker of before knows none of these.
        **({"relay": list(rules.relay)} if rules.relay else {}),
        **({"chase_overdue": True} if rules.chase_overdue else {}),
        **({"after_trial": str(rules.after_trial)} if rules.after_trial != AfterTrial.SAME else {}),
        **({"final_action": str(rules.final_action)} if rules.final_action != FinalAction.LEAVE else {}),
        **({"particular": True} if any(map(_particulars, rules.messages)) else {}),
        **{name: getattr(rules, name) for name in _PLAIN},
    }


def _plans_to_json(plans: Mapping[Family, Strategy]) -> dict[str, Any]:
    return {
        str(kind): {"name": plan.name, "cadence": str(plan.cadence), "numbers": list(plan.numbers)}
        for kind, plan in sorted(plans.items(), key=_place)
        if (kind, plan) != (Family.OVERDUE, NEVER)  # a worker of before does not know the kind
    }


def _place(item: tuple[Family, Strategy]) -> int:
    """The same rules are the same text, in whatever order they were put together."""
    return list(Family).index(item[0])


def _step_to_json(step: MessageStep) -> dict[str, Any]:
    return {
        "day": step.day,
        "template": str(step.template),
        "tone": str(step.tone),
        "channel": str(step.channel),
        **_particulars(step),
        **({"number": step.number} if step.number else {}),
    }


def _particulars(step: MessageStep) -> dict[str, Any]:
    """When, to whom and for which payments. A worker of before passes over these, and would send it to anybody: so the
    rules say that there are some by a name that it does not know, and it reads none of them.
    """
    return {
        **({} if step.hour is None else {"hour": step.hour}),
        **({"reader": str(step.reader)} if step.reader else {}),
        **({"only": conditions.to_json(step.only)} if step.only != ALWAYS else {}),
    }


def from_json(data: Mapping[str, Any]) -> Rules:
    """Rules from what `to_json` made. A field left out has its default. Raises BadRules, also for unknown fields."""
    unknown = set(data) - _FIELDS - set(_PLAIN)
    if unknown:
        raise BadRules(tuple(Problem(name, f"There is no rule {name!r}.") for name in sorted(unknown)))
    try:
        return _read(data)
    except BadRules:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadRules((Problem("", f"The rules cannot be read: {type(wrong).__name__} {wrong}."),)) from wrong


def _read(data: Mapping[str, Any]) -> Rules:
    kept: dict[str, Any] = {name: _typed(name, data[name]) for name in (*_PLAIN, "chase_overdue") if name in data}
    if "coexistence" in data:
        kept["coexistence"] = Coexistence(data["coexistence"])
    if "after_trial" in data:
        kept["after_trial"] = AfterTrial(data["after_trial"])
    if "final_action" in data:
        kept["final_action"] = FinalAction(data["final_action"])
    if "relay" in data:
        kept["relay"] = tuple(int(day) for day in data["relay"])
    if "sending" in data:
        kept["sending"] = SendingHours(**data["sending"])
    return Rules(
        name=data["name"],
        charges=_strategies(data["charges"]),
        debits={Family(kind): _strategy(plan) for kind, plan in data.get("debits", {}).items()},
        messages=tuple(_step(step) for step in data["messages"]),
        consequence=Consequence(data.get("consequence", "none")),
        consequence_day=data.get("consequence_day"),
        **kept,
    )


def _strategies(plans: Mapping[str, Any]) -> dict[Family, Strategy]:
    """Rules may be older than a kind of failure. Where time does not help there is no choice: they need not name it."""
    never = dict.fromkeys(sorted(NOT_BY_ITSELF), NEVER)
    return never | {Family(kind): _strategy(plan) for kind, plan in plans.items()}


def _step(step: Mapping[str, Any]) -> MessageStep:
    """Rules from before there was a choice of channels name none: they meant e-mail."""
    if step["template"] not in set(Template):
        raise BadRules((Problem("messages", f"There is no template {step['template']!r}."),))
    if unknown := sorted(set(step) - {each.name for each in fields(MessageStep)}):
        raise BadRules((Problem("messages", f"A message has no {unknown[0]!r}."),))
    return MessageStep(
        int(step["day"]),
        Template(step["template"]),
        Tone(step["tone"]),
        Channel(step.get("channel", Channel.EMAIL)),
        int(step.get("number", 0)),
        conditions.from_json(step.get("only", {})),
        None if step.get("hour") is None else int(_typed("hour", step["hour"])),
        Role(step["reader"]) if step.get("reader") else None,
    )


def _typed(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """The value, if it has the type of its field: JSON's true must not pass for 1, nor 6.5 for 6."""
    wanted = bool if name in _SWITCHES else int
    if type(value) is not wanted:
        raise TypeError(f"{name} must be {wanted.__name__}, not {value!r}")
    return value


def _strategy(plan: Mapping[str, Any]) -> Strategy:
    return Strategy(
        str(plan.get("name", plan["cadence"])), Cadence(plan["cadence"]), tuple(int(n) for n in plan.get("numbers", ()))
    )
