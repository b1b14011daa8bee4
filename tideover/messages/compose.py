"""Make a message of a wording: subject, preheader, HTML and plain text, all from the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tideover.messages import catalogue
from tideover.messages.catalogue import Words
from tideover.messages.color import palette
from tideover.messages.wording import Wording, facts, web_address

# What a mail program shows after the preheader would be the mail's first words again; these keep it empty.
PREHEADER_FILL = "\u200c\u00a0" * 60

SETTLED_ROWS = ("amount", "plan", "invoice")
ROWS = (*SETTLED_ROWS, "failed_on", "card", "reason")


@dataclass(frozen=True, slots=True)
class Composed:
    """A message ready to be sent. `keys` are the addresses in it that open something: they do not outlive sending."""

    template: str
    tone: str
    psychology: bool
    locale: str
    subject: str
    preheader: str
    html: str
    text: str
    keys: tuple[str, ...]


def compose(wording: Wording) -> Composed:
    """The message for `wording`. Raises liquid.exceptions.LiquidError only where a text is broken (see lint.py)."""
    language, locale = catalogue.spoken_in(wording.locale)
    merge = facts(wording, locale)
    labels = catalogue.words(language, "labels", merge)
    words = catalogue.words(language, wording.template, {**merge, "what": labels.lines["what"]})
    page = _page(wording, merge, words, labels, language)
    return Composed(
        template=wording.template,
        tone=wording.tone,
        psychology=wording.psychology,
        locale=locale,
        subject=words.lines["subject"],
        preheader=words.lines["preheader"],
        html=catalogue.html_layout().render(**page),
        text=catalogue.plain_layout().render(**page).strip() + "\n",
        keys=tuple(filter(None, (page["button_url"], page["unsubscribe_url"], page["open_url"]))),
    )


def _page(wording: Wording, merge: Mapping[str, Any], words: Words, labels: Words, language: str) -> Mapping[str, Any]:
    """What both layouts are filled with."""
    colors = palette(wording.brand_color)
    return {
        "lang": language,
        "merchant": merge["merchant"],
        "address": merge["address"],
        "support": merge["support"],
        "button": colors.button,
        "on_button": colors.on_button,
        "ink": colors.ink,
        "subject": words.lines["subject"],
        "preheader": words.lines["preheader"],
        "preheader_fill": PREHEADER_FILL,
        "heading": words.lines["heading"],
        "paragraphs": words.paragraphs[:-1],
        "closing": words.paragraphs[-1],
        "label": words.lines["button"],
        "button_url": merge["page"],
        "rows": _rows(wording.template, merge, labels),
        "why": labels.lines["why"],
        "unsubscribe": labels.lines["unsubscribe"],
        "unsubscribe_url": web_address(wording.unsubscribe_url),
        "open_url": web_address(wording.open_url),
    }


def _rows(template: str, merge: Mapping[str, Any], labels: Words) -> list[Mapping[str, str]]:
    """The facts of the payment, as far as they are known; once it is settled, why it failed is past."""
    names = SETTLED_ROWS if template == "paid" else ROWS
    return [{"label": labels.lines[name], "value": merge[name]} for name in names if merge[name]]
