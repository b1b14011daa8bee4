"""Where the shop's customers live: currencies, languages, time zones, names. Addresses end in .example: nobody's."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A country as the shop sees it.

    `zones` are (state or region, hours from UTC); `updater` the share of replaced cards that the network's updater
    renews by itself; `challenges` how often its banks ask for authentication, relative to the rest.
    """

    country: str
    currency: str
    share: float
    locales: tuple[str, ...]
    zones: tuple[tuple[str, int], ...]
    given: tuple[str, ...]
    family: tuple[str, ...]
    updater: float = 0.45
    monthly_pay: bool = True
    challenges: float = 1.0


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ENGLISH: Final = _names("""
    Amelia Oliver Isla George Ava Noah Grace Leo Freya Arthur Ruby Henry Nora Samuel Clara Ezra Maya Caleb Priya Marcus
    Hannah Diego Jada Wyatt Naomi Felix Tessa Andre Lila Owen Keisha Ravi Elena Jonah Simone Theo Paige Malik Quinn Rosa
""")
_SURNAMES: Final = _names("""
    Hartley Nguyen Okafor Whitfield Patel Brennan Castillo Ellery Fontaine Garrison Holloway Ibarra Jennings Kowalski
    Lindqvist Mercer Nakamura Osborne Pruitt Quigley Ramirez Sandoval Thatcher Underwood Vasquez Winslow Yates Zimmerman
    Abbott Calloway Dempsey Faulkner Goldberg Hastings Iverson Langley Montrose Novak Pemberton Rosales
""")

_US: Final = Place(
    "US", "usd", 0.58, ("en-US", "en", "es-US"),
    (("NY", -5), ("CA", -8), ("TX", -6), ("FL", -5), ("IL", -6), ("WA", -8), ("CO", -7), ("GA", -5), ("AZ", -7)),
    _ENGLISH, _SURNAMES, updater=0.68, monthly_pay=False, challenges=0.2,
)  # fmt: skip
PLACES: Final = (
    _US,
    Place("CA", "usd", 0.06, ("en-CA", "fr-CA"), (("ON", -5), ("BC", -8), ("QC", -5)), _US.given, _US.family,
          updater=0.55, monthly_pay=False, challenges=0.5),
    Place("AU", "usd", 0.03, ("en-AU",), (("NSW", 10), ("VIC", 10), ("WA", 8)), _US.given, _US.family,
          monthly_pay=False),
    Place("GB", "gbp", 0.10, ("en-GB",), (("England", 0), ("Scotland", 0)), _US.given, _US.family, updater=0.5,
          challenges=3.0),
    Place("DE", "eur", 0.07, ("de",), (("BE", 1), ("BY", 1), ("NW", 1)),
          ("Anneke", "Bernd", "Clara", "Dieter", "Elif", "Frieda", "Gero", "Hanna", "Ilka", "Jonas", "Katrin", "Lukas"),
          ("Albers", "Brandt", "Diehl", "Ernst", "Fuchs", "Graf", "Huber", "Jansen", "Keller", "Lorenz", "Yilmaz"),
          updater=0.35, challenges=3.0),
    Place("FR", "eur", 0.05, ("fr",), (("IDF", 1), ("ARA", 1)),
          ("Adele", "Bastien", "Camille", "Damien", "Elodie", "Florian", "Ines", "Julien", "Lea", "Mathis"),
          ("Arnaud", "Blanchard", "Carpentier", "Dumas", "Fabre", "Garnier", "Leclerc", "Moulin", "Perrin", "Roussel"),
          updater=0.35, challenges=3.0),
    Place("ES", "eur", 0.03, ("es",), (("MD", 1), ("CT", 1)),
          ("Alba", "Bruno", "Carmen", "Daniel", "Eva", "Hugo", "Irene", "Javier", "Lucia", "Mateo"),
          ("Alonso", "Blanco", "Cano", "Delgado", "Ferrer", "Gallego", "Herrera", "Iglesias", "Marin", "Vidal"),
          updater=0.3, challenges=3.0),
    Place("NL", "eur", 0.03, ("nl", "en"), (("NH", 1), ("ZH", 1)),
          ("Anouk", "Bram", "Daan", "Esmee", "Femke", "Gijs", "Hilde", "Joris", "Lotte", "Maarten"),
          ("Bakker", "Dekker", "Hendriks", "Kuiper", "Mulder", "Postma", "Smit", "Visser", "Vos", "Zijlstra"),
          updater=0.35, challenges=3.0),
    Place("JP", "jpy", 0.05, ("ja",), (("Tokyo", 9), ("Osaka", 9)),
          ("Aiko", "Daichi", "Emi", "Haruto", "Kaori", "Kenta", "Mei", "Ren", "Sakura", "Yuto"),
          ("Fujita", "Hayashi", "Inoue", "Kato", "Matsuda", "Nishimura", "Okada", "Sasaki", "Ueda", "Yamaguchi"),
          updater=0.3, challenges=1.5),
)  # fmt: skip

_TRADES: Final = (
    "Studio",
    "Works",
    "Labs",
    "Analytics",
    "Bakery",
    "Design",
    "Outfitters",
    "Clinic",
    "Press",
    "Logistics",
)


@dataclass(frozen=True, slots=True)
class Resident:
    """Who a customer is."""

    name: str
    email: str
    place: Place
    state: str
    utc_offset: int
    locale: str | None


def draw_resident(dice: Random, number: int) -> Resident:
    """The `number`th customer of a shop; the number keeps addresses apart."""
    place = dice.choices(PLACES, weights=[each.share for each in PLACES])[0]
    given, family = dice.choice(place.given), dice.choice(place.family)
    state, hours = dice.choice(place.zones)
    locale = dice.choices((*place.locales, None), weights=(*(6 / (n + 1) for n in range(len(place.locales))), 2))[0]
    name, email = _known_as(dice, given, family, number)
    return Resident(name, email, place, state, hours * 3_600, locale)


def _known_as(dice: Random, given: str, family: str, number: int) -> tuple[str, str]:
    """A person at a mail host, or in one case of five a small firm with its billing address."""
    if dice.random() < 0.2:
        trade = dice.choice(_TRADES)
        return f"{family} {trade}", f"billing@{family}-{trade}-{number}.example".lower()
    host = dice.choice(("postbox", "inbox", "letters", "courier"))
    return f"{given} {family}", f"{given}.{family}{number}@{host}.example".lower()
