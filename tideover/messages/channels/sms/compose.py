"""Make a text message of a wording: one part of it where the merchant's name, cut to fit, lets it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tideover.core.words.sms import count, plain
from tideover.messages.channels.way import Composed
from tideover.messages.languages import Language, spoken_in
from tideover.messages.own.saying import Said, said
from tideover.messages.wording import Wording, facts

SHORTEST_NAME: Final = 8  # letters of a merchant's name by which people know it still
LONGEST_NAME: Final = 30


def compose(wording: Wording) -> Composed:
    """The text for `wording`. Raises liquid.exceptions.LiquidError only where a text is broken (see lint.py)."""
    language = spoken_in(wording.locale)
    text, of = _fitted(wording, language)
    return Composed(
        channel=wording.channel,
        template=wording.template,
        tone=wording.tone,
        psychology=wording.psychology,
        locale=language.locale,
        subject="",
        preheader="",
        html="",
        text=text,
        keys=tuple(filter(None, (wording.update_url,))),
        version=of.version,
        draft=of.draft,
    )


def _fitted(wording: Wording, language: Language) -> tuple[str, Said]:
    """With as much of the merchant's name as one part has room for; with the least of it where none has."""
    name, text, of = wording.merchant, "", Said({}, ())
    for longest in range(min(len(name), LONGEST_NAME), min(len(name), SHORTEST_NAME) - 1, -1):
        text, of = _said(replace(wording, merchant=name[:longest].rstrip()), language)
        if count(text).parts == 1:
            break
    return text, of


def _said(wording: Wording, language: Language) -> tuple[str, Said]:
    """The text, and what it is made of."""
    of = said(wording.own, language, wording.channel, wording.template, facts(wording, language))
    text = " ".join(piece.words for piece in of.pieces)
    marked = "rehearsal" if wording.is_rehearsal else "test" if wording.is_test else ""
    return plain(language.say("words", f"{marked}_subject", subject=text) if marked else text), of
