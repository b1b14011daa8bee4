"""Writes the parts of the docs that the code knows better: settings, commands, schedules. --check only compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.main import get_command

from tideover.cli.main import app
from tideover.config import Config
from tideover.core import networks, presentment
from tideover.core.catalogue import TEMPLATES, Consequence
from tideover.core.choices import CHOICES, AfterTrial, Cadence, Coexistence, FinalAction, MessageStep, Rules, Strategy
from tideover.core.declines import OF_CHARGES, for_merchant
from tideover.core.presets import PRESETS
from tideover.core.settings.table import SETTINGS, in_words
from tideover.gateways.app import asks as app_asks
from tideover.gateways.permissions import key_form, needed
from tideover.inbox.translate import EVENTS
from tideover.tenants.roles import GRANTS, Permission

ROOT = Path(__file__).resolve().parent.parent
OPENS = "<!-- written by scripts/pages.py from the code -->"
CLOSES = "<!-- end of what scripts/pages.py writes -->"
# Shown without a value in the example file: each installation makes its own.
SECRETS = {
    "secret_key",
    "data_keys",
    "address_key",
    "smtp_password",
    "metrics_token",
    "stripe_secret_key",
    "stripe_app_secret_key",
}


def settings_table() -> str:
    """Every field of the configuration, its default and what it is for."""
    rows = ["| Variable | Default | What it is for |", "|---|---|---|"]
    for name, field in Config.model_fields.items():
        default = f"`{field.default}`" if field.default not in {None, ""} else ""
        rows.append(f"| `TIDEOVER_{name.upper()}` | {default} | {field.description or ''} |")
    return "\n".join(rows)


def merchants_settings() -> str:
    """Every setting of a merchant: what it may be, what it is at first, what it does and from when on."""
    rows = ["| Setting | It may be | At first | What it does | From when on |", "|---|---|---|---|---|"]
    for each in SETTINGS.values():
        told = f"{each.kind.bounds} | {in_words(each.default)} | {each.effect} | {each.reach}."
        rows.append(f"| `{each.key}`, {each.label} | {told} |")
    return "\n".join(rows)


def choices() -> str:
    """Every choice of a merchant's rules: what it may be and what it does."""
    rows = ["| Choice | In the file | It may be | What it does |", "|---|---|---|---|"]
    for name, choice in CHOICES.items():
        bounds = f"{choice.least} to {choice.most} {choice.unit}".rstrip() if choice.is_number else WRITTEN_AS[name]
        place = f"`sending.{name}`" if name in {"weekends", "holidays"} else f"`{name}`"
        rows.append(f"| {choice.label} | {place} | {bounds} | {choice.effect} |")
    return "\n".join(rows)


# What a choice that is no number looks like in the file.
WRITTEN_AS: Mapping[str, str] = {
    "name": "small letters, digits, _ and -",
    "charges": "for each kind of failure `days`, `hours`, `paydays` or `never`, with their numbers",
    "debits": "the same, for bank debits",
    "coexistence": " or ".join(f"`{way}`" for way in Coexistence),
    "relay": "days that rise",
    "charge_new_card": "on or off",
    "messages": "day, template, tone and channel of each; its hour, its reader and which payments it is for",
    "sending": "full hours, from 0 to 24",
    "weekends": "on or off",
    "holidays": "on or off",
    "psychology": "on or off",
    "chase_overdue": "on or off",
    "after_trial": ", ".join(f"`{each}`" for each in AfterTrial),
    "final_action": ", ".join(f"`{each}`" for each in FinalAction),
    "consequence": ", ".join(f"`{each}`" for each in Consequence),
}


def example_environment() -> str:
    """The same as a file to copy, everything commented out at its default."""
    lines = ["# Copy to .env and change what you need. Each setting: docs/operate/settings.md", ""]
    for name, field in Config.model_fields.items():
        lines += [f"# {field.description}"] if field.description else []
        value = "" if name in SECRETS or field.default is None else field.default
        lines += [f"#TIDEOVER_{name.upper()}={value}", ""]
    return "\n".join(lines).rstrip() + "\n"


def schedules() -> str:
    """A section per preset: its messages, its charges, its limits."""
    return "\n\n".join("\n".join(_schedule(rules)) for rules in PRESETS.values())


def _schedule(rules: Rules) -> Iterator[str]:
    yield f"### `{rules.name}`\n"
    yield f"Messages: {', '.join(map(_written, rules.messages))}.\n"
    yield "| Why it failed | When it is charged again | A bank debit |"
    yield "|---|---|---|"
    for family in OF_CHARGES:
        strategy = rules.charges[family]
        own = rules.debits.get(family)
        debit = _said(own) if own else "never" if strategy.cadence == Cadence.NEVER else "the same days"
        yield f"| {for_merchant(family)} | {_said(strategy)} | {debit} |"
    new_card = "charged at once" if rules.charge_new_card else "not charged by itself"
    yield (
        f"\nAt most {rules.max_charges} scheduled charges, {rules.min_gap_hours} h apart. A new method is {new_card}. "
        f"The plan ends after {rules.window_days} days; {rules.grace_hours} h later the case is abandoned."
    )


def _written(step: MessageStep) -> str:
    """The step, and what goes out in its place where the merchant has announced no loss of access."""
    instead = TEMPLATES[step.template].where_no_loss_is_announced
    besides = f"; `{instead}` in its place where no loss of access is announced" if instead else ""
    return f"day {step.day} `{step.template}` ({step.tone}{besides})"


def _said(strategy: Strategy) -> str:
    numbers = ", ".join(map(str, strategy.numbers))
    words: Mapping[Cadence, str] = {
        Cadence.NEVER: "never",
        Cadence.DAYS: f"day {numbers}",
        Cadence.HOURS: f"{numbers} hours after the failure",
        Cadence.PAYDAYS: f"the 1st, the 15th and the next Friday, at {numbers}:00",
    }
    return words[strategy.cadence]


def network_rules() -> str:
    """What the card networks and the schemes of bank debits allow, with source and certainty."""
    rows = [
        f"Read on {networks.READ_ON}.",
        "",
        "| Rule | Network | What it says | How sure | Source |",
        "|---|---|---|---|---|",
    ]
    for rule in networks.RULES:
        network = "all" if rule.network == "*" else rule.network
        rows.append(f"| `{rule.id}` | {network} | {rule.text} | {rule.sure} | [source]({rule.source}) |")
    return "\n".join([*rows, "", *_schemes()])


def _schemes() -> Iterator[str]:
    yield f"Bank debits, read on {presentment.READ_ON}.\n"
    yield "| Rule | Method | Scheme | Presented again | What it says | How sure | Source |"
    yield "|---|---|---|---|---|---|---|"
    for method, scheme in presentment.SCHEMES.items():
        again = f"at most {scheme.again} in {scheme.window.days} days"
        told = f"{scheme.name} | {again} | {scheme.text} | {scheme.sure} | [source]({scheme.source})"
        yield f"| `{scheme.id}` | `{method}` | {told} |"


def commands() -> str:
    """Every command and what it does."""
    told = _commands(get_command(app), "tideover")
    return "\n".join(
        ["| Command | What it does |", "|---|---|", *(f"| `{name}` | {_line(says)} |" for name, says in told)]
    )


def _commands(command: Any, called: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - typer does not name its type
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{called} {name}")
    if not hasattr(command, "commands"):
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        yield (
            " ".join([called, *(one.name.upper() if one.required else f"[{one.name.upper()}]" for one in arguments)]),
            command.help or "",
        )


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def events() -> str:
    """The types of event that have an effect, and which of them an endpoint of ours asks for."""
    rows = ["| Event | What it does | In our endpoints |", "|---|---|---|"]
    rows += [f"| `{kind}` | {heard.does} | {'yes' if heard.asked else ''} |" for kind, heard in EVENTS.items()]
    return "\n".join(rows)


def key_permissions() -> str:
    """What a key is asked for, and the links that fill it in."""
    rows = ["| Resource | Access | Modes | What for | What works without it |", "|---|---|---|---|---|"]
    rows += [
        f"| {each.resource} | {each.access} | {modes} | {each.what_for} | {each.without} |"
        for each in needed(act=True, testing=True)
        for modes in [f"{'act' if each.acting else 'observe, act'}{', of a test account' if each.testing else ''}"]
    ]
    forms = [f"[a key for {mode} mode]({key_form(act=mode == 'act')})" for mode in ("observe", "act")]
    links = f"Stripe's form with name and permissions filled in: {', '.join(forms)}. Writing includes reading."
    return "\n".join([*rows, "", links])


def app_permissions() -> str:
    """What the manifest of a Stripe App names, and why."""
    rows = ["| Permission | Modes | What for |", "|---|---|---|"]
    observing = app_asks(act=False)
    rows += [
        f"| `{name}` | {'observe, act' if name in observing else 'act'} | {purpose} |"
        for name, purpose in app_asks(act=True).items()
    ]
    return "\n".join(rows)


def roles() -> str:
    """What each role may do."""
    rows = [f"| Role | | {' | '.join(Permission)} |", f"|---|---|{'---|' * len(Permission)}"]
    for role, grant in GRANTS.items():
        marks = " | ".join("yes" if permission in grant.may else "" for permission in Permission)
        rows.append(f"| `{role}` | {grant.words} | {marks} |")
    return "\n".join(rows)


def targets() -> str:
    """What `make` can do."""
    rows = ["| Target | What it does |", "|---|---|"]
    told = re.findall(r"^([a-z-]+):.*?## (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return "\n".join([*rows, *(f"| `make {name}` | {_line(says)} |" for name, says in told)])


PARTS: Mapping[str, Callable[[], str]] = {
    "docs/operate/settings.md": settings_table,
    "docs/guide/settings.md": merchants_settings,
    "docs/operate/commands.md": commands,
    "docs/operate/connect.md": events,
    "docs/operate/stripe-key.md": key_permissions,
    "docs/operate/stripe-app.md": app_permissions,
    "docs/operate/accounts.md": roles,
    "docs/develop/README.md": targets,
    "docs/guide/presets.md": schedules,
    "docs/guide/rules.md": choices,
    "docs/guide/networks.md": network_rules,
}


def main(arguments: list[str]) -> int:
    """Writes what differs; with --check it only names it. 0 if nothing differed or all was written."""
    wanted = {ROOT / ".env.example": example_environment()}
    wanted |= {ROOT / name: _filled((ROOT / name).read_text(encoding="utf-8"), part()) for name, part in PARTS.items()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} does not say what the code says")
        if "--check" not in arguments:
            path.write_text(wanted[path], encoding="utf-8")
    return int(bool(stale) and "--check" in arguments)


def _filled(page: str, part: str) -> str:
    before, _, rest = page.partition(OPENS)
    _, _, after = rest.partition(CLOSES)
    return f"{before}{OPENS}\n\n{part}\n\n{CLOSES}{after}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
