"""Sheets that show every kind of message, each look of one and one in each language: `make sheets` draws the docs' own."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any, Final

import pytest

pytest.importorskip("playwright", reason="playwright is not installed (requirements/e2e.txt)")

from tideover.core.catalogue import TEMPLATES, Channel, Consequence, Template, Tone
from tideover.core.declines import Reason
from tideover.core.presets import PRESETS
from tideover.dashboard.words import language_label
from tideover.messages.channels import compose
from tideover.messages.examples import DEBIT, EXAMPLE, IN_PARTS, LEFT, SENT
from tideover.messages.languages import all_languages
from tideover.messages.wording import Wording

pytestmark = pytest.mark.browser

KEPT: Final = os.environ.get("SHEETS", "")  # the folder for the sheets; without it one is drawn and none is kept
PAGE: Final = Path(__file__).parents[2] / "docs" / "guide" / "every-message.md"
LARGEST: Final = 400_000  # bytes of a sheet
TOGETHER: Final = 9  # mails on a sheet
# What is true where a kind of message goes out, beside what an example knows.
THREATENED: Final = {"consequence": Consequence.SUSPENDED, "consequence_on": date(2026, 12, 1)}
PLAN: Final = {"parts": IN_PARTS[0].parts}
TRUE_OF: Final[Mapping[Template, Mapping[str, Any]]] = {
    Template.WARNING: THREATENED,
    Template.SUSPENSION: THREATENED,
    Template.LAST_CHANCE: THREATENED,
    Template.FINAL: THREATENED | {"step_number": 6, "next_charge_at": None, "no_more_charges": True},
    Template.AUTHENTICATE: {"reason": Reason.AUTHENTICATION},
    Template.UPDATE_CARD: {"reason": Reason.EXPIRED},
    Template.PROMISED: {"promised_on": date(2026, 11, 20)},
    Template.PART_DUE: PLAN,
    Template.PART_PAID: PLAN,
    Template.PART_MISSED: PLAN,
    Template.CARD_EXPIRING: {"card_ends": EXAMPLE.card_ends},
    Template.RENEWAL: {"renewal": EXAMPLE.renewal},
    Template.TRIAL_ENDING: {"renewal": EXAMPLE.renewal},
}
ABOUT: Final[Mapping[Template, Wording]] = {
    Template.OVERDUE: SENT,
    Template.CAME_BACK: DEBIT,
    **{kind: LEFT[0] for kind, about in TEMPLATES.items() if about.wins_back},
}
TONES: Final[Mapping[Template, Tone]] = {step.template: step.tone for step in PRESETS["tuned"].messages}
NAMES: Final[Mapping[str, str]] = {
    "ar": "ليلى حداد", "de": "Anna Schmidt", "en": "Jane Doe", "es": "Lucía García", "fr": "Camille Martin",
    "it": "Giulia Rossi", "ja": "佐藤 花子", "nl": "Sanne de Vries", "pl": "Zofia Nowak", "pt-BR": "Beatriz Souza",
    "sv": "Elsa Lindqvist", "zh-Hans": "王芳",
}  # fmt: skip
STYLE: Final = """
body { margin: 0; padding: 16px; width: max-content; background: #dde3ea; font: 600 13px sans-serif; color: #2b3340; }
main { display: grid; grid-template-columns: repeat(3, 272px); gap: 16px; align-items: start; }
figure { margin: 0; } figcaption { padding: 0 2px 6px; }
img { display: block; width: 100%; border-radius: 8px; }
p { margin: 0; padding: 10px 12px; border-radius: 14px; background: #fff; font: 13px/1.4 sans-serif; white-space: pre-line; overflow-wrap: anywhere; }
"""
AS_WEBP: Final = """async png => {
    const picture = new Image();
    picture.src = png;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    const file = await canvas.convertToBlob({type: "image/webp", quality: 0.7});
    const reader = new FileReader();
    return new Promise(told => { reader.onload = () => told(reader.result); reader.readAsDataURL(file); });
}"""


@dataclass(frozen=True)
class Shown:
    """A message on a sheet: what stands above it, and how it is looked at."""

    caption: str
    words: Wording
    dark: bool = False
    width: int = 390


def of_kind(kind: Template, **changes: Any) -> Wording:
    """The message of this kind, of whom all is known that it tells of."""
    plain = {"template": kind, "tone": TONES.get(kind, Tone.FRIENDLY), "card_ends": None, "renewal": None}
    plain |= {} if TEMPLATES[kind].wins_back else {"won_back": None}
    told = plain | {"next_charge_at": datetime(2026, 11, 20, 14, 0, tzinfo=UTC)} | dict(TRUE_OF.get(kind, {}))
    return replace(ABOUT.get(kind, EXAMPLE), **(told | changes))


def short(kind: Template) -> Wording:
    return of_kind(kind, channel=Channel.SMS, update_url="https://x.example/s/Ab12Cd34Ef")


def sheets() -> Iterator[tuple[str, Sequence[Shown]]]:
    """Each by the name of its file."""
    kinds = [Shown(TEMPLATES[kind].label, of_kind(kind)) for kind in Template]
    for number, first in enumerate(range(0, len(kinds), TOGETHER), 1):
        yield f"messages-{number}", kinds[first : first + TOGETHER]
    failed = of_kind(Template.FAILED)
    yield (
        "messages-looks",
        [
            Shown("On a desktop", failed, width=680),
            Shown("On a desktop, dark", failed, dark=True, width=680),
            Shown("On a phone, dark", failed, dark=True),
        ],
    )
    yield "messages-sms", [Shown(TEMPLATES[kind].label, short(kind)) for kind in Template]
    read = [
        Shown(language_label(code), of_kind(Template.FAILED, locale=code, customer_name=NAMES[code])) for code in NAMES
    ]
    half = len(read) // 2
    yield from (("languages-1", read[:half]), ("languages-2", read[half:]))


SHEETS: Final = dict(sheets())


@pytest.mark.parametrize("name", sorted(SHEETS) if KEPT else ["messages-looks"])
def test_a_sheet_shows_each_message_whole(open_page, name):
    by_look = {dark: open_page(dark=dark, device_scale_factor=2) for dark in (False, True)}
    drawn = [figure(by_look[shown.dark], shown) for shown in SHEETS[name]]
    page = open_page(device_scale_factor=1.5)
    page.set_content(f"<!doctype html><style>{STYLE}</style><main>{''.join(drawn)}</main>")
    assert page.evaluate("[...document.images].every(image => image.naturalHeight > 400)")
    sheet = as_webp(page, page.locator("body").screenshot())
    assert len(sheet) < LARGEST
    if KEPT:
        (Path(KEPT) / f"{name}.webp").write_bytes(sheet)


def as_webp(page, png: bytes) -> bytes:
    """A third of the size: so many small letters are too much for what keeps each of them as it is."""
    return b64decode(page.evaluate(AS_WEBP, f"data:image/png;base64,{b64encode(png).decode()}").partition(",")[2])


def figure(page, shown: Shown) -> str:
    composed = compose(shown.words)
    caption = f"<figcaption>{escape(shown.caption)}</figcaption>"
    if not composed.html:
        return f"<figure>{caption}<p>{escape(composed.text)}</p></figure>"
    page.set_viewport_size({"width": shown.width, "height": 400})
    page.set_content(composed.html)
    picture = b64encode(page.screenshot(full_page=True)).decode()
    return f'<figure>{caption}<img src="data:image/png;base64,{picture}"></figure>'


def test_the_docs_show_every_sheet_and_name_every_kind_and_language():
    told = " ".join(PAGE.read_text().split())
    assert [name for name in SHEETS if f"(../images/{name}.webp)" not in told] == []
    assert [about.label for about in TEMPLATES.values() if about.label not in told] == []
    assert set(NAMES) == all_languages()
