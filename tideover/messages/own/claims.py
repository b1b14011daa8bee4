"""What a sentence claims that may not be true: that a charge comes, that no reminder does, that something is lost.

A claim is found by its words, in each language, where the fact behind it is missing and our own text does not make it
either: `messages.own.checks` fills both in for every situation. The words of a loss are those of the consequences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from tideover.core.catalogue import Consequence
from tideover.messages.languages import Language

Fact = Callable[[Mapping[str, Any]], bool]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


def _anywhere(pattern: str) -> re.Pattern[str]:
    """For scripts without blanks between words."""
    return re.compile(pattern)


# By the folder's name. Patterns match what says so, and nothing that denies it.
AGAIN: Final[Mapping[str, re.Pattern[str]]] = {
    "ar": _anywhere("سنعيد محاولة|سنحاول مرة أخرى|سنحاول مجدد|المحاولة التالية"),
    "de": _words(
        r"nächste[nr]? (?:versuch|abbuchung)\w*|wir versuchen es (?:noch einmal|erneut|wieder)|"
        r"(?:wir )?(?:werden|buchen) (?:es |den betrag )?(?:erneut|noch einmal|wieder)"
    ),
    "en": _words(
        r"we(?:['’]ll| will| are going to| shall)? (?:try|retry|attempt|charge)\b[^.]{0,60}?\bagain|"  # noqa: RUF001
        r"we(?:['’]ll| will| are going to| shall) (?:retry|attempt|charge|try to (?:charge|collect|take))|"  # noqa: RUF001
        r"(?:the |our |a )?next (?:try|attempt|charge) (?:is|will)|will be (?:tried|charged|collected|attempted) again"
    ),
    "es": _words(
        r"próximo (?:intento|cobro)|(?<!no )volveremos a (?:intentar|cobrar)\w*|lo intentaremos (?:de nuevo|otra vez)|"
        r"intentaremos (?:cobrar|el cobro)"
    ),
    "fr": _words(
        r"prochaine tentative|prochain (?:essai|prélèvement)|nous (?:réessaierons|essaierons (?:à nouveau|de nouveau))|"
        r"nous (?:ferons|effectuerons) une nouvelle tentative"
    ),
    "it": _words(
        r"(?:faremo|effettueremo) un (?:nuovo|altro) tentativo|prossimo (?:tentativo|addebito)|"
        r"(?:ci )?riproveremo|proveremo di nuovo"
    ),
    "ja": _anywhere(
        "再度(?:決済|請求|お引き落とし)を?(?:行い|試み|いたし)ます|もう一度決済|次回の(?:決済|請求|お引き落とし)"
    ),
    "nl": _words(
        r"volgende (?:poging|afschrijving)|we (?:proberen het|schrijven het) (?:opnieuw|nog eens|nogmaals)(?! met)|"
        r"we zullen (?:het )?(?:opnieuw|nogmaals)"
    ),
    "pl": _words(
        r"kolejn\w+ prób\w+|następn\w+ prób\w+|spróbujemy (?:ponownie|jeszcze raz)|ponowimy próbę|ponownie pobierzemy"
    ),
    "pt-BR": _words(
        r"próxima (?:tentativa|cobrança)|(?<!não )(?:vamos tentar|tentaremos)(?: cobrar)? "
        r"(?:de novo|novamente|outra vez)|"
        r"faremos (?:uma )?nova tentativa"
    ),
    "sv": _words(
        r"nästa (?:försök|dragning)|vi (?:försöker|provar) (?:igen|på nytt)|vi kommer att försöka (?:igen|på nytt)"
    ),
    "zh-Hans": _anywhere("(?<!不)(?:将|会)[^。不]*再次(?:尝试)?扣款|下一?次扣款"),
}
LAST: Final[Mapping[str, re.Pattern[str]]] = {
    "ar": _anywhere("التذكير الأخير|تذكيرنا الأخير|آخر تذكير|لن نرسل أي تذكير"),
    "de": _words(r"letzte[nrs]? (?:erinnerung|hinweis|nachricht|mail|e-mail)|erinnern sie nicht noch einmal"),
    "en": _words(
        r"(?:last|final) (?:reminder|warning|email|message)|(?:will not|won['’]t) (?:remind|write to) you again"  # noqa: RUF001
    ),
    "es": _words(r"últim[oa] (?:recordatorio|aviso|mensaje|correo)|no te lo recordaremos"),
    "fr": _words(r"derni(?:er|ère) (?:rappel|relance|message|avertissement)|ne vous enverrons plus de rappel"),
    "it": _words(r"ultim[oa] (?:promemoria|avviso|messaggio|email)|non ti invieremo altri promemoria"),
    "ja": _anywhere("最後のお知らせ|最終のお知らせ|最終通知|今後、この件のお知らせはお送りしません|これが最後"),
    "nl": _words(r"laatste (?:herinnering|bericht|mail|e-mail|waarschuwing)|herinneren je hier niet nog eens"),
    "pl": _words(r"ostatni\w* (?:przypomnieni\w+|wiadomoś\w+|ostrzeżeni\w+)|nie wyślemy więcej przypomnień"),
    "pt-BR": _words(r"últim[oa] (?:lembrete|aviso|mensagem|e-mail)|não vamos enviar outro lembrete"),
    "sv": _words(r"sista (?:påminnelse\w*|meddelande\w*|varning\w*)|vi påminner dig inte igen"),
    "zh-Hans": _anywhere("最后(?:一次)?(?:的)?(?:提醒|通知)|不会再提醒您"),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """Words that are true only where `holds`. says: why they are not, and what to write instead."""

    words: re.Pattern[str]
    holds: Fact
    says: str


@lru_cache(maxsize=64)
def claims(language: Language) -> tuple[Claim, ...]:
    """What texts of this language can claim."""
    return (
        Claim(
            AGAIN[language.code],
            lambda merge: bool(merge["next_charge_on"]),
            "Here no charge is planned, so nothing is tried again. Write it within "
            "{% if next_charge_on %}…{% endif %}, and say the day: {{ next_charge_on }}.",
        ),
        Claim(
            LAST[language.code],
            lambda merge: bool(merge["last"]),
            "Here another message follows, so this is not the last. Write it within {% if last %}…{% endif %}.",
        ),
        Claim(
            _loss(language),
            lambda merge: bool(merge["consequence"]),
            "Here your rules announce no such consequence. Write it within {% if consequence %}…{% endif %}, and say "
            "what follows by {{ consequence }}.",
        ),
    )


def _loss(language: Language) -> re.Pattern[str]:
    """The words by which this language calls what may follow."""
    words = (language.say("words", f"consequence.{each}") for each in Consequence if each != Consequence.NONE)
    said = "|".join(map(re.escape, words))
    return _anywhere(said) if language.code in {"ja", "zh-Hans"} else _words(said)
