"""Make a mail of a wording: subject, preheader, HTML and plain text, all from the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from liquid import BoundTemplate, Environment, StrictUndefined
from mjml import mjml2html

from tideover.core.catalogue import TEMPLATES, About
from tideover.core.settings.designs import Design
from tideover.messages.channels.email import designs
from tideover.messages.channels.email.designs import STYLES, arranged
from tideover.messages.channels.way import Composed
from tideover.messages.color import palette
from tideover.messages.languages import Language, spoken_in
from tideover.messages.own.content import Kind
from tideover.messages.own.saying import Piece, Said, said
from tideover.messages.typefaces import ROOMY
from tideover.messages.wording import Owed, Wording, facts, field, plan_name, web_address

# What a mail program shows after the preheader would be the mail's first words again; these keep it empty.
PREHEADER_FILL = "\u200c\u00a0" * 60

FOLDER = Path(__file__).resolve().parent
STARTS = {"ltr": "left", "rtl": "right"}  # where a line begins
ENDS = {"ltr": "right", "rtl": "left"}
SETTLED_ROWS = ("amount", "plan", "invoice")
ROWS = (*SETTLED_ROWS, "failed_on", "due_on", "card", "reason")
CARD_ROWS = ("card", "ends_in", "renews_on", "amount", "plan")
RENEWAL_ROWS = ("plan", "renews_on", "amount", "card")
LEFT_ROWS = ("plan", "amount", "ended_on", "offer", "offer_until")
CARD_LINE: Final = frozenset({"failed_on", "due_on", "card", "reason", "ends_in", "renews_on"})
BILL: Final = frozenset({"invoice", "plan", "amount"})


def compose(wording: Wording) -> Composed:
    """The mail for `wording`. Raises liquid.exceptions.LiquidError only where a text is broken (see lint.py)."""
    language = spoken_in(wording.locale)
    merge = facts(wording, language)
    text = said(wording.own, language, wording.channel, wording.template, merge)
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
        keys=tuple(filter(None, (merge["page"], page["unsubscribe_url"], page["open_url"]))),
        version=text.version,
        draft=text.draft,
    )


def as_html(page: Mapping[str, Any]) -> str:
    """The mail for programs that draw."""
    return _html_layout(page["design"]).render(**page)


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
    design: Design = Design.CARD


def frame(language: Language, brand: Brand) -> dict[str, Any]:
    """What both layouts have around the words of every mail."""
    colors, style = palette(brand.color), STYLES[brand.design]
    return {
        "design": brand.design,
        "lang": language.code,
        "dir": language.direction,
        "start": STARTS[language.direction],
        "end": ENDS[language.direction],
        "colon": language.colon,
        "faces": language.faces or style.faces,
        "leading": f"{style.roomy if language.code in ROOMY else style.words.line}px",
        "merchant": language.apart(brand.merchant),
        "address": brand.address and language.apart(brand.address),
        "support": brand.support and language.apart(brand.support),
        "logo": web_address(brand.logo_url),
        "button": colors.button,
        "on_button": colors.on_button,
        "ink": colors.ink,
        "on_dark": colors.on_dark,
        "preheader_fill": PREHEADER_FILL,
        "choose_url": None,
    }


@lru_cache(maxsize=len(Design))
def _html_layout(design: Design) -> BoundTemplate:
    """The MJML layout as an HTML template: compiled once per process, since its fields survive the compiler."""
    compiled = mjml2html(_styled((FOLDER / "layout.mjml").read_text("utf-8"), design))
    compiled = compiled.replace('role="article"', 'role="main"', 1)  # a mail of its own is all there is to read
    return Environment(undefined=StrictUndefined, autoescape=True).from_string(compiled, name="layout.mjml")


def _styled(layout: str, design: Design) -> str:
    """What a design says stands in square brackets, and is filled in before the layout is compiled."""
    bracketed = Environment(
        undefined=StrictUndefined,
        tag_start_string="[%",
        tag_end_string="%]",
        statement_start_string="[[",
        statement_end_string="]]",
    )
    style = STYLES[design]
    words = {"ink": designs.INK, "quiet": designs.QUIET, "ink_dark": designs.INK_DARK, "quiet_dark": designs.QUIET_DARK}
    return bracketed.from_string(layout).render(**words, **asdict(style), align=style.align)


@lru_cache(maxsize=1)
def _plain_layout() -> BoundTemplate:
    return Environment(undefined=StrictUndefined).from_string((FOLDER / "layout.txt").read_text("utf-8"))


def _page(wording: Wording, merge: Mapping[str, Any], text: Said, language: Language) -> Mapping[str, Any]:
    """What both layouts are filled with."""
    named = {name: merge[name] for name in ("merchant", "means", "subscription")}
    labels = language.lines("email", **named)
    contact = (merge["address"], merge["support"])
    brand = Brand(merge["merchant"], wording.brand_color, *contact, wording.logo_url, wording.design)
    drawn = Drawing(wording, merge, labels, language)
    around, about = frame(language, brand), TEMPLATES[wording.template]
    return {
        **around,
        "logo": None if any(piece.kind == Kind.IMAGE for piece in text.pieces) else around["logo"],
        "subject": _subject(wording, text, language),
        "banner": language.say("words", f"{marked}_banner") if (marked := _marked(wording)) else None,
        "preheader": text.lines["preheader"],
        "heading": text.lines["heading"],
        "blocks": arranged([block for piece in text.pieces for block in drawn.blocks(piece)], wording.design),
        "why": labels[_why(about)],
        "unsubscribe": labels["unsubscribe_letters" if about.wins_back else "unsubscribe"],
        "unsubscribe_url": web_address(wording.unsubscribe_url),
        "open_url": web_address(wording.open_url),
    }


def _why(about: About) -> str:
    """The line that says why the mail came."""
    if about.to_another:
        return "why_forwarded"
    return "why_left" if about.wins_back else "why"


def letter_blocks(
    paragraphs: Sequence[str], label: str, url: str | None, closing: str, figures: Sequence[Mapping[str, Any]] = ()
) -> list[Mapping[str, Any]]:
    """Those of a letter: words, figures, a button where there is something to open, and more words."""
    words = [{"kind": "text", "words": paragraph} for paragraph in paragraphs]
    button = [{"kind": "button", "words": label, "url": url}] if url else []
    return [*words, *figures, *button, {"kind": "text", "words": closing}]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What pieces of a message become on its page: where nothing is known there is nothing."""

    wording: Wording
    merge: Mapping[str, Any]
    labels: Mapping[str, str]
    language: Language

    def blocks(self, piece: Piece) -> Iterator[dict[str, Any]]:
        """As the layouts know them: words, a button, an amount, rows, a line or a picture."""
        match piece.kind:
            case Kind.TEXT:
                yield {"kind": "text", "words": piece.words}
            case Kind.BUTTON if self.merge["page"]:
                yield {"kind": "button", "words": piece.words, "url": self.merge["page"]}
            case Kind.AMOUNT if self.merge["amount"]:
                yield {"kind": "amount", "words": self._for_what(), "amount": self._apart("amount")}
            case Kind.FACTS:
                yield from _of_rows(self.rows())
            case Kind.INVOICES:
                yield from _of_rows(self.rows() if self.wording.also else self.rows(BILL))
            case Kind.CARD if not self.wording.also:
                yield from _of_rows(self.rows(CARD_LINE))
            case Kind.DIVIDER:
                yield {"kind": "divider"}
            case Kind.IMAGE if url := web_address(self.wording.logo_url):
                yield {"kind": "image", "url": url}

    def _for_what(self) -> str:
        """What the amount is for, or what it is."""
        return self._apart("plan") if self.merge["plan"] else self.labels["amount"]

    def _apart(self, name: str) -> str:
        return self.language.apart(self.merge[name])

    def rows(self, only: frozenset[str] | None = None) -> list[dict[str, str]]:
        """The facts of the payment, as far as they are known; once it is settled, why it failed is past."""
        if self.wording.also:
            return _rows_of_several(self.wording, self.labels, self.language)
        about = TEMPLATES[self.wording.template]
        wanted = [name for name in _row_names(about) if self.merge[name] and (only is None or name in only)]
        return [{"label": self.labels[name], "value": self._apart(name)} for name in wanted]


def _row_names(about: About) -> tuple[str, ...]:
    if about.wins_back:
        return LEFT_ROWS
    if about.ahead:
        return RENEWAL_ROWS if about.tells_how_to_cancel else CARD_ROWS
    return SETTLED_ROWS if about.settled or about.to_another else ROWS


def _of_rows(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [{"kind": "rows", "rows": rows}] if rows else []


def _one_of_several(owed: Owed, language: Language) -> str:
    plan = plan_name(language, owed.description, owed.other_lines)
    return language.say("words", "one_of_several", amount=language.amount(owed.amount), plan=plan)


def _rows_of_several(wording: Wording, labels: Mapping[str, str], language: Language) -> list[dict[str, str]]:
    """Each invoice with its amount, and their total."""
    rows = [
        {
            "label": language.apart(number) if (number := field(owed.invoice_number, 40)) else labels["an_invoice"],
            "value": _one_of_several(owed, language),
        }
        for owed in wording.owed
    ]
    return [*rows, {"label": labels["total"], "value": language.apart(language.amount(wording.total))}]


def _subject(wording: Wording, text: Said, language: Language) -> str:
    marked, subject = _marked(wording), text.lines["subject"]
    return language.say("words", f"{marked}_subject", subject=subject) if marked else subject


def _marked(wording: Wording) -> str:
    """As what it is marked, where it is not a payer's."""
    if wording.is_rehearsal:
        return "rehearsal"
    return "test" if wording.is_test else ""
