"""Try every text in every situation and name what is wrong: `python -m tideover.messages.lint` (exit status 1)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any, Final

from liquid.exceptions import LiquidError

from tideover.core.money import Money
from tideover.messages import catalogue
from tideover.messages.wording import TEMPLATES, TONES, Wording, facts

LONGEST_SUBJECT: Final = 59
LINES: Final = frozenset({"subject", "preheader", "heading", "button"})
LABELS: Final = frozenset({"amount", "plan", "invoice", "failed_on", "card", "reason", "why", "unsubscribe", "what"})
FEWEST_PARAGRAPHS: Final = 3
TAGS: Final = re.compile(r"{%.*?%}|{{.*?}}")
BANNED: Final = (
    (re.compile("!"), "no exclamation marks"),
    (re.compile(r"\b(lost|stolen|fraud\w*)\b", re.IGNORECASE), "says why a bank really declines"),
    (re.compile(r"\byour fault\b|\bfailed to pay\b|\bdid not pay\b|\byou owe\b", re.IGNORECASE), "blames the reader"),
    (re.compile(r"https?:|www\."), "addresses come from fields"),
)

EXAMPLE: Final = Wording(
    template="failed",
    tone="friendly",
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
    reason_for_payer="Your bank declined the payment.",
    card_brand="visa",
    card_last4="4242",
    next_charge_at=None,
    update_url="https://pay.harbor.example/c/example",
    hosted_url="",
    unsubscribe_url="https://pay.harbor.example/u/example",
    consequence="",
    consequence_on=None,
    psychology=False,
    step_number=1,
    step_count=6,
    open_url="https://pay.harbor.example/o/example.gif",
)
SPARSE: Final = replace(
    EXAMPLE,
    support_email="",
    postal_address="",
    customer_name="",
    invoice_number="",
    description="",
    failed_on=None,
    reason_for_payer="",
    card_brand="",
    card_last4="",
    update_url="",
)
NEXT_CHARGES: Final[tuple[Mapping[str, Any], ...]] = (
    {"next_charge_at": datetime(2026, 11, 20, 14, 0, tzinfo=UTC)},
    {"next_charge_at": None, "no_more_charges": True},
    {"next_charge_at": None, "no_more_charges": False},
)
CONSEQUENCES: Final[tuple[Mapping[str, Any], ...]] = (
    {"consequence": "none"},
    {"consequence": "suspended", "consequence_on": date(2026, 12, 1)},
    {"consequence": "canceled", "consequence_on": None},
)


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something wrong with a text, where it stands."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def situations(template: str, language: str = catalogue.FALLBACK) -> Iterator[Wording]:
    """Every tone, with and without psychology, next charge, consequence, last step and known facts."""
    for base, tone, psychology, charge, consequence, step in product(
        (EXAMPLE, SPARSE), TONES, (True, False), NEXT_CHARGES, CONSEQUENCES, (1, 6)
    ):
        yield replace(
            base,
            template=template,
            locale=language,
            tone=tone,
            psychology=psychology,
            step_number=step,
            **charge,
            **consequence,
        )


def faults(folder: Path = catalogue.FOLDER, templates: Sequence[str] = TEMPLATES) -> list[Fault]:
    """All that is wrong with the texts of all languages in `folder`; only `templates` are tried in every situation."""
    found: set[Fault] = set()
    for language in sorted(catalogue.languages(folder)):
        for path in sorted((folder / language).glob("*.liquid")):
            found.update(_in_source(path))
        for template in templates:
            found.update(_when_rendered(folder / language / f"{template}.liquid"))
    return sorted(found)


def _in_source(path: Path) -> Iterator[Fault]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        said = TAGS.sub("", line)
        for banned, why in BANNED:
            if banned.search(said):
                yield Fault(_shown(path), number, why)


def _when_rendered(path: Path) -> Iterator[Fault]:
    if not path.is_file():
        yield Fault(_shown(path), 1, "the text is missing")
        return
    for wording in situations(path.stem, path.parent.name):
        try:
            yield from _in_words(path, _words(path, wording))
        except LiquidError as broken:
            yield _located(path, broken)
        except (catalogue.BadText, KeyError) as broken:
            yield Fault(_shown(path), 1, f"not of the form of a text: {broken}")


def _words(path: Path, wording: Wording) -> catalogue.Words:
    language, folder = path.parent.name, path.parent.parent
    merge = facts(wording, language)
    labels = catalogue.words(language, "labels", merge, folder)
    if missing := LABELS - labels.lines.keys():
        raise catalogue.BadText(f"labels.liquid misses {', '.join(sorted(missing))}")
    return catalogue.words(language, path.stem, {**merge, "what": labels.lines["what"]}, folder)


def _in_words(path: Path, words: catalogue.Words) -> Iterator[Fault]:
    if words.lines.keys() != LINES:
        yield Fault(_shown(path), 1, f"needs exactly the lines {', '.join(sorted(LINES))}")
    elif empty := sorted(name for name, text in words.lines.items() if not text):
        yield Fault(_shown(path), 1, f"empty in some situation: {', '.join(empty)}")
    elif len(words.lines["subject"]) > LONGEST_SUBJECT:
        yield Fault(_shown(path), 1, f"subject longer than {LONGEST_SUBJECT}: {words.lines['subject']!r}")
    if len(words.paragraphs) < FEWEST_PARAGRAPHS:
        yield Fault(_shown(path), 1, f"fewer than {FEWEST_PARAGRAPHS} paragraphs in some situation")


def _located(path: Path, broken: LiquidError) -> Fault:
    """Where in which file: liquid knows the source it was reading, also that of a shared piece, but not its name."""
    what = str(broken.args[0]) if broken.args else type(broken).__name__
    token = broken.token
    if token is None:
        return Fault(_shown(path), 1, what)
    pieces = (piece for piece in path.parent.glob("*.liquid") if piece.read_text("utf-8") == token.source)
    line = token.source.count("\n", 0, max(token.start_index, 0)) + 1
    return Fault(_shown(next(pieces, path)), line, what)


def _shown(path: Path) -> str:
    root = catalogue.FOLDER.parents[3]
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def main() -> int:
    """Print every fault as file:line: what; 0 where there is none."""
    found = faults()
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    if not found:
        sys.stdout.write(
            f"{len(TEMPLATES)} texts in {len(catalogue.languages())} language(s) hold in every situation\n"
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
