"""What is known of where a customer lives and what they read: the zone of their morning, the language of our words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel.core import get_global

from tideover.messages.languages import Language, asked_for
from tideover.recovery.models import Case
from tideover.tenants.models import Project

# Where a country spans several zones its state or province decides: the zone most people there live in.
REGIONS: Final[Mapping[tuple[str, str], str]] = (
    {
        ("US", code): zone
        for zone, codes in {
            "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
            "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
            "America/Denver": "CO ID MT NM UT WY",
            "America/Phoenix": "AZ",
            "America/Los_Angeles": "CA NV OR WA",
            "America/Anchorage": "AK",
            "Pacific/Honolulu": "HI",
        }.items()
        for code in codes.split()
    }
    | {
        ("CA", code): zone
        for zone, codes in {
            "America/St_Johns": "NL",
            "America/Halifax": "NB NS PE",
            "America/Toronto": "ON QC",
            "America/Winnipeg": "MB",
            "America/Regina": "SK",
            "America/Edmonton": "AB",
            "America/Vancouver": "BC",
        }.items()
        for code in codes.split()
    }
    | {
        ("AU", code): zone
        for zone, codes in {
            "Australia/Sydney": "ACT NSW",
            "Australia/Melbourne": "VIC",
            "Australia/Brisbane": "QLD",
            "Australia/Adelaide": "SA",
            "Australia/Darwin": "NT",
            "Australia/Perth": "WA",
            "Australia/Hobart": "TAS",
        }.items()
        for code in codes.split()
    }
)

LONGEST_PHONE: Final = 32
# Countries with one main zone beside smaller ones, most of them of islands and enclaves (CLDR's "primary zones").
MAIN_ZONES: Final[Mapping[str, str]] = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


@lru_cache(maxsize=4096)
def zone_name(country: str, region: str, fallback: str) -> str:
    """The IANA zone of a place, or `fallback` (the merchant's) where the place does not tell."""
    known = REGIONS.get((country, region.upper())) or MAIN_ZONES.get(country)
    if known:
        return known
    zones = get_global("territory_zones").get(country, [])
    return str(zones[0]) if len(zones) == 1 else fallback


def language_of(case: Case) -> Language:
    """In which its customer is written to."""
    return language_for(case.locale, case.project)


def language_for(wished: str, project: Project) -> Language:
    """The first of what is wished (core.tongues.wishes) that there are texts in, else the project's own, or English."""
    return asked_for(f"{wished},{project.language}")


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """The zone of this name; UTC where the name is unknown here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def dialled(phone: str, country: str) -> str:
    """A phone number as it is dialled from anywhere, "+14155550100"; what can be read as none stays as it is written.

    country: where a number without a country's code is at home.
    """
    try:
        read = phonenumbers.parse(phone, country.upper() or None)
    except phonenumbers.NumberParseException:
        return phone[:LONGEST_PHONE]
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
