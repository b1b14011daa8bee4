"""What is looked at before a merchant's text is kept: each finding beside its field; a problem stops it, a hint not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from tideover.core.catalogue import TEMPLATES, Channel, Template
from tideover.core.words.characters import width
from tideover.core.words.sms import count, plain
from tideover.messages.channels import compose
from tideover.messages.examples import EXAMPLE, SPARSELY, like, merges
from tideover.messages.languages import BadText, Language
from tideover.messages.manners import BLAMES, EVERYWHERE, IN, LINKS, REPORTED
from tideover.messages.own.claims import Claim, claims
from tideover.messages.own.content import Content, Kind
from tideover.messages.own.ours import ours
from tideover.messages.own.sandbox import fields_of, filled, flat, parsed, unknown
from tideover.messages.own.saying import Own

LONGEST_SUBJECT: Final = 59  # letters, of which a Chinese one takes the room of two; phones show about 40
LONGEST_PREHEADER: Final = 110
MOST_BYTES: Final = 100_000  # mail programs cut what is longer
MOST_PARTS: Final = 3
SHORT_LINK: Final = "https://x.example/s/Ab12Cd34Ef"  # as long as a text message's is
TAG: Final = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
BETWEEN_SENTENCES: Final = re.compile(r"(?<=[.?؟!])\s+|(?<=。)")
BRACES: Final = re.compile("{{|}}|{%|%}")
STOP: Final = re.compile(r"\bSTOP\b")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something about a text. where: a line's name, "block 3" or "blocks". stops: it must be set right first."""

    where: str
    says: str
    stops: bool = True


def found(content: Content, language: Language, channel: Channel, template: Template) -> list[Finding]:
    """All that there is to say about a text that `content.checked` has taken; problems before hints."""
    wrong = [*_unread(content, language, channel, template)]
    if not wrong:  # what cannot be filled in says nothing of the rest
        wrong = [
            *_missing(content, language, channel, template),
            *_manners(content, language, channel),
            *_in_every_situation(content, language, channel, template),
            *_size(content, language, channel, template),
        ]
    return sorted(set(wrong), key=lambda each: (not each.stops, each.where, each.says))


def stopping(findings: Iterable[Finding]) -> list[Finding]:
    """Those that keep it from being saved."""
    return [each for each in findings if each.stops]


# ── fields and conditions ──


def _unread(content: Content, language: Language, channel: Channel, template: Template) -> Iterator[Finding]:
    known = merges(language, channel, like(template), SPARSELY)[0].keys()
    for where, words in content.places(channel):
        try:
            named = fields_of(parsed(words, language))
        except BadText as broken:
            yield Finding(where, str(broken))
            continue
        yield from (Finding(where, why) for why in unknown(named, known))


# ── what must be there ──


def _missing(content: Content, language: Language, channel: Channel, template: Template) -> Iterator[Finding]:
    our_words = " ".join(words for _, words in ours(language, channel, template).places(channel))
    words = " ".join(said for _, said in content.places(channel))
    linked = any(block.kind == Kind.BUTTON for block in content.blocks) or "page" in _named(content, language, channel)
    if channel == Channel.EMAIL and not linked:
        yield Finding("blocks", "Nothing leads to the payment page: add a button, or {{ page }} to a text.")
    if channel == Channel.SMS and "page" in our_words and not linked:
        yield Finding("block 1", "Nothing leads to the payment page: add {{ page }}.")
    if channel == Channel.EMAIL and TEMPLATES[template].tells_how_to_cancel:
        yield from _way_to_cancel(content, language, channel, template)
    if channel == Channel.SMS and STOP.search(our_words) and not STOP.search(words):
        yield Finding(
            "block 1", "It does not say how to opt out: add a sentence with STOP, such as “Reply STOP to opt out”."
        )


def _way_to_cancel(content: Content, language: Language, channel: Channel, template: Template) -> Iterator[Finding]:
    """Whether one of its texts says in every situation how to cancel."""
    told = (
        all(
            merge["how_to_cancel"] in flat(filled(words, language, merge))
            for merge in merges(language, channel, template, SPARSELY)
        )
        for _, words in content.places(channel)
        if "how_to_cancel" in fields_of(parsed(words, language))
    )
    if not any(told):
        yield Finding("blocks", "It does not say in every case how to cancel: add {{ how_to_cancel }} to a text.")


def _named(content: Content, language: Language, channel: Channel) -> set[str]:
    return {name for _, words in content.places(channel) for name in fields_of(parsed(words, language))}


# ── how it speaks ──


def _manners(content: Content, language: Language, channel: Channel) -> Iterator[Finding]:
    for where, words in content.places(channel):
        said = TAG.sub("", words)
        for banned, why in (*EVERYWHERE, *IN.get(language.code, ())):
            if hit := banned.search(said):
                yield Finding(where, f"“{hit[0]}”: {why}.", stops=why in {REPORTED, BLAMES, LINKS})


# ── every situation ──


def _in_every_situation(
    content: Content, language: Language, channel: Channel, template: Template
) -> Iterator[Finding]:
    claimed = _claimed_by_us(language, channel, template)
    known = list(zip(merges(language, channel, like(template), SPARSELY), claimed, strict=True))
    for where, words in content.places(channel):
        yield from _tried(where, words, language, known)


@lru_cache(maxsize=64)
def _claimed_by_us(language: Language, channel: Channel, template: Template) -> Sequence[frozenset[Claim]]:
    """What is true in each situation: by its facts, and as our own text says it."""
    words = "\n".join(said for _, said in ours(language, channel, template).places(channel))
    asked, found = sorted(fields_of(parsed(words, language))), dict[tuple[object, ...], str]()

    def said(merge: Mapping[str, Any]) -> str:
        key = tuple(merge[name] for name in asked)
        if key not in found:
            found[key] = flat(filled(words, language, merge))
        return found[key]

    return [
        frozenset(each for each in claims(language) if each.holds(merge) or each.words.search(said(merge)))
        for merge in merges(language, channel, like(template), SPARSELY)
    ]


def _tried(
    where: str, words: str, language: Language, known: Sequence[tuple[Mapping[str, Any], frozenset[Claim]]]
) -> Iterator[Finding]:
    """The words filled in once for every difference that they, or what may be claimed, ask for."""
    asked = sorted(fields_of(parsed(words, language)))
    different = {(*(merge[field] for field in asked), claimed): (merge, claimed) for merge, claimed in known}
    longest, untrue = "", dict[Claim, Finding]()
    for merge, claimed in different.values():
        try:
            said = flat(filled(words, language, merge))
        except BadText as broken:
            yield Finding(where, str(broken))
            return
        if BRACES.search(said):
            yield Finding(where, "Braces would be read as they stand here.")
            return
        longest = max(longest, said, key=width)
        if not said and not where.startswith("block"):
            yield Finding(where, "Empty in some situation: give each condition an {% else %}.")
        for claim in set(claims(language)) - claimed - untrue.keys():
            if hit := claim.words.search(said):
                sentence = next((each for each in BETWEEN_SENTENCES.split(said) if hit[0] in each), hit[0])
                untrue[claim] = Finding(where, f"Untrue in some cases: “{sentence}” {claim.says}")
    yield from untrue.values()
    yield from _too_long(where, longest)


def _too_long(where: str, longest: str) -> Iterator[Finding]:
    if where == "subject" and width(longest) > LONGEST_SUBJECT:
        yield Finding(where, f"Reaches {width(longest)} letters: “{longest}”. Phones show about 40.", stops=False)
    if where == "preheader" and width(longest) > LONGEST_PREHEADER:
        yield Finding(where, f"Reaches {width(longest)} letters; mail programs show about 90.", stops=False)


# ── the whole message ──


def _size(content: Content, language: Language, channel: Channel, template: Template) -> Iterator[Finding]:
    known = replace(EXAMPLE, template=template, channel=channel, locale=language.code, own=Own(1, content))
    composed = compose(replace(known, merchant="Harborly", update_url=SHORT_LINK))
    if channel == Channel.SMS:
        yield from _in_parts(composed.text)
    elif (size := len(composed.html.encode())) > MOST_BYTES:
        yield Finding("blocks", f"{size // 1000} kB of HTML: mail programs cut what is longer than 100 kB.")


def _in_parts(text: str) -> Iterator[Finding]:
    long = count(plain(text))
    if long.parts > 1:
        says = f"Takes {long.parts} parts in {long.alphabet}, {long.used} letters, and each part is paid for."
        yield Finding("block 1", says, stops=long.parts > MOST_PARTS)
