"""Make a mail of a wording: subject, preheader, HTML and plain text, all from the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from liquid import BoundTemplate, Environment, StrictUndefined
from mjml import mjml2html

from tideover.core.catalogue import TEMPLATES
from tideover.messages.channels.way import Composed
from tideover.messages.color import palette
from tideover.messages.languages import Language, Text, spoken_in
from tideover.messages.typefaces import LATIN, ROOMY
from tideover.messages.wording import Owed, Wording, facts, field, plan_name, web_address

# What a mail program shows after the preheader would be the mail's first words again; these keep it empty.
PREHEADER_FILL = "\u200c\u00a0" * 60

FOLDER = Path(__file__).resolve().parent
STARTS = {"ltr": "left", "rtl": "right"}  # where a line begins
SETTLED_ROWS = ("amount", "plan", "invoice")
ROWS = (*SETTLED_ROWS, "failed_on", "due_on", "card", "reason")
CARD_ROWS = ("card", "ends_in", "renews_on", "amount", "plan")


def compose(wording: Wording) -> Composed:
    """The mail for `wording`. Raises liquid.exceptions.LiquidError only where a text is broken (see lint.py)."""
    language = spoken_in(wording.locale)
    merge = facts(wording, language)
    text = language.text(wording.channel, wording.template, merge)
    page = _page(wording, merge, text, language)
    return Composed(
        channel=wording.channel,
        template=wording.template,
        tone=wording.tone,
        psychology=wording.psychology,
        locale=language.locale,
        subject=page["subject"],
        preheader=text.lines["preheader"],
        html=as_html(page),
        text=as_text(page),
        keys=tuple(filter(None, (page["button_url"], page["unsubscribe_url"], page["open_url"]))),
    )


def as_html(page: Mapping[str, Any]) -> str:
    """The mail for programs that draw."""
    return _html_layout().render(**page)


def as_text(page: Mapping[str, Any]) -> str:
    """The same words for those that do not."""
    return f"{_plain_layout().render(**page).strip()}\n"


@dataclass(frozen=True, slots=True)
class Brand:
    """Whose mail it is: what is None or empty is left out."""

    merchant: str
    color: str
    address: str | None = None
    support: str | None = None
    logo_url: str = ""


def frame(language: Language, brand: Brand) -> dict[str, Any]:
    """What both layouts have around the words of every mail."""
    colors = palette(brand.color)
    return {
        "lang": language.code,
        "dir": language.direction,
        "start": STARTS[language.direction],
        "colon": language.colon,
        "faces": language.faces or LATIN,
        "leading": "28px" if language.code in ROOMY else "24px",
        "merchant": language.apart(brand.merchant),
        "address": brand.address and language.apart(brand.address),
        "support": brand.support and language.apart(brand.support),
        "logo": web_address(brand.logo_url),
        "button": colors.button,
        "on_button": colors.on_button,
        "ink": colors.ink,
        "preheader_fill": PREHEADER_FILL,
    }


@lru_cache(maxsize=1)
def _html_layout() -> BoundTemplate:
    """The MJML layout as an HTML template: compiled once per process, since its fields survive the compiler."""
    compiled = mjml2html((FOLDER / "layout.mjml").read_text("utf-8"))
    compiled = compiled.replace('role="article"', 'role="main"', 1)  # a mail of its own is all there is to read
    return Environment(undefined=StrictUndefined, autoescape=True).from_string(compiled, name="layout.mjml")


@lru_cache(maxsize=1)
def _plain_layout() -> BoundTemplate:
    return Environment(undefined=StrictUndefined).from_string((FOLDER / "layout.txt").read_text("utf-8"))


def _page(wording: Wording, merge: Mapping[str, Any], text: Text, language: Language) -> Mapping[str, Any]:
    """What both layouts are filled with."""
    named = {name: merge[name] for name in ("merchant", "means", "subscription")}
    labels = language.lines("email", **named)
    brand = Brand(merge["merchant"], wording.brand_color, merge["address"], merge["support"], wording.logo_url)
    return {
        **frame(language, brand),
        "subject": _subject(wording, text, language),
        "banner": language.say("words", f"{marked}_banner") if (marked := _marked(wording)) else None,
        "preheader": text.lines["preheader"],
        "heading": text.lines["heading"],
        "paragraphs": text.paragraphs[:-1],
        "closing": text.paragraphs[-1],
        "label": text.lines["button"],
        "button_url": merge["page"],
        "rows": _rows(wording, merge, labels, language),
        "why": labels["why"],
        "unsubscribe": labels["unsubscribe"],
        "unsubscribe_url": web_address(wording.unsubscribe_url),
        "open_url": web_address(wording.open_url),
    }


def _rows(
    wording: Wording, merge: Mapping[str, Any], labels: Mapping[str, str], language: Language
) -> list[Mapping[str, str]]:
    """The facts of the payment, as far as they are known; once it is settled, why it failed is past."""
    if wording.also:
        return _rows_of_several(wording, labels, language)
    about = TEMPLATES[wording.template]
    names = CARD_ROWS if about.of_card else SETTLED_ROWS if about.settled else ROWS
    return [{"label": labels[name], "value": language.apart(merge[name])} for name in names if merge[name]]


def _one_of_several(owed: Owed, language: Language) -> str:
    plan = plan_name(language, owed.description, owed.other_lines)
    return language.say("words", "one_of_several", amount=language.amount(owed.amount), plan=plan)


def _rows_of_several(wording: Wording, labels: Mapping[str, str], language: Language) -> list[Mapping[str, str]]:
    """Each invoice with its amount, and their total."""
    rows = [
        {
            "label": language.apart(number) if (number := field(owed.invoice_number, 40)) else labels["an_invoice"],
            "value": _one_of_several(owed, language),
        }
        for owed in wording.owed
    ]
    return [*rows, {"label": labels["total"], "value": language.apart(language.amount(wording.total))}]


def _subject(wording: Wording, text: Text, language: Language) -> str:
    marked, subject = _marked(wording), text.lines["subject"]
    return language.say("words", f"{marked}_subject", subject=subject) if marked else subject


def _marked(wording: Wording) -> str:
    """As what it is marked, where it is not a payer's."""
    if wording.is_rehearsal:
        return "rehearsal"
    return "test" if wording.is_test else ""
