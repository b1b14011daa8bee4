"""The languages a payer is written to in, and the countries where nearly everybody reads one of them.

A country with several (Switzerland, Belgium, Canada, Finland) tells nothing, and stands nowhere here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Tongue(StrEnum):
    """A language, as its folder of texts is called."""

    ARABIC = "ar"
    GERMAN = "de"
    ENGLISH = "en"
    SPANISH = "es"
    FRENCH = "fr"
    ITALIAN = "it"
    JAPANESE = "ja"
    DUTCH = "nl"
    POLISH = "pl"
    BRAZILIAN = "pt-BR"
    SWEDISH = "sv"
    CHINESE = "zh-Hans"


READ_IN: Final[Mapping[Tongue, str]] = {
    Tongue.ARABIC: "AE BH EG JO KW OM QA SA",
    Tongue.GERMAN: "AT DE LI",
    Tongue.ENGLISH: "AU GB IE NZ US",
    Tongue.SPANISH: "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PY SV UY VE",
    Tongue.FRENCH: "FR MC",
    Tongue.ITALIAN: "IT SM VA",
    Tongue.JAPANESE: "JP",
    Tongue.DUTCH: "NL SR",
    Tongue.POLISH: "PL",
    Tongue.BRAZILIAN: "BR",
    Tongue.SWEDISH: "SE",
    Tongue.CHINESE: "CN",
}
_OF: Final[Mapping[str, Tongue]] = {country: tongue for tongue, where in READ_IN.items() for country in where.split()}


def wishes(preferred: str, country: str) -> str:
    """What a customer reads, best first, as HTTP writes it: what Stripe has of them, then what is read where they live.

    As in "da, de-AT"; empty where neither tells.
    """
    tongue = _OF.get(country.upper())
    lived = f"{tongue.partition('-')[0]}-{country.upper()}" if tongue else ""
    return ", ".join(filter(None, (preferred, lived)))
