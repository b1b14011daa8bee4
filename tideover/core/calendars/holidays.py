"""Public holidays by country and year, and the zones whose clocks tell which country it is.

Whole countries only: a day that one state or city keeps is an ordinary one here. Where a holiday goes by the moon, or a
government names it from year to year, later years are as they are computed. Of a year that is not here nothing is
known, and messages go out as on any day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

# Month and day of each.
_DAYS: Final[Mapping[str, Mapping[int, str]]] = {
    "AE": {
        2026: "0101 0319 0320 0321 0322 0526 0527 0528 0529 0615 0828 1202 1203",
        2027: "0101 0309 0310 0311 0515 0516 0517 0518 0606 0814 1202 1203",
        2028: "0101 0226 0227 0228 0504 0505 0506 0507 0525 0803 1202 1203",
    },
    "AU": {
        2026: "0101 0126 0403 0406 0425 1225 1226",
        2027: "0101 0126 0326 0329 0425 1225 1226",
        2028: "0101 0126 0414 0417 0425 1225 1226",
    },
    "BR": {
        2026: "0101 0403 0421 0501 0907 1012 1102 1115 1120 1225",
        2027: "0101 0326 0421 0501 0907 1012 1102 1115 1120 1225",
        2028: "0101 0414 0421 0501 0907 1012 1102 1115 1120 1225",
    },
    "CA": {
        2026: "0101 0403 0701 0907 1225",
        2027: "0101 0326 0701 0906 1225 1227",
        2028: "0101 0103 0414 0701 0904 1225",
    },
    "CN": {
        2026: "0101 0102 0216 0217 0218 0219 0220 0223 0405 0406 0501 0502 0504 0505"
        " 0619 0925 1001 1002 1003 1005 1006 1007",
        2027: "0101 0205 0206 0207 0208 0209 0210 0405 0501 0502 0503 0504 0609 0915 1001 1002 1003 1004 1005",
        2028: "0101 0103 0125 0126 0127 0128 0404 0501 0502 0528 0529 1001 1002 1003 1004",
    },
    "DE": {
        2026: "0101 0403 0406 0501 0514 0525 1003 1225 1226",
        2027: "0101 0326 0329 0501 0506 0517 1003 1225 1226",
        2028: "0101 0414 0417 0501 0525 0605 1003 1225 1226",
    },
    "ES": {
        2026: "0101 0106 0403 0501 0815 1012 1208 1225",
        2027: "0101 0106 0326 0501 1012 1101 1206 1208 1225",
        2028: "0101 0106 0414 0501 0815 1012 1101 1206 1208 1225",
    },
    "FR": {
        2026: "0101 0406 0501 0508 0514 0525 0714 0815 1101 1111 1225",
        2027: "0101 0329 0501 0506 0508 0517 0714 0815 1101 1111 1225",
        2028: "0101 0417 0501 0508 0525 0605 0714 0815 1101 1111 1225",
    },
    "GB": {
        2026: "0101 0403 0504 0525 1225 1226 1228",
        2027: "0101 0326 0503 0531 1225 1226 1227 1228",
        2028: "0101 0103 0414 0501 0529 1225 1226",
    },
    "IT": {
        2026: "0101 0106 0405 0406 0425 0501 0602 0815 1004 1101 1208 1225 1226",
        2027: "0101 0106 0328 0329 0425 0501 0602 0815 1004 1101 1107 1208 1225 1226",
        2028: "0101 0106 0416 0417 0425 0501 0602 0815 1004 1101 1105 1208 1225 1226",
    },
    "JP": {
        2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
        2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
        2028: "0101 0110 0211 0223 0320 0429 0503 0504 0505 0717 0811 0918 0922 1009 1103 1123",
    },
    "NL": {
        2026: "0101 0403 0405 0406 0427 0514 0524 0525 1225 1226",
        2027: "0101 0326 0328 0329 0427 0506 0516 0517 1225 1226",
        2028: "0101 0414 0416 0417 0427 0525 0604 0605 1225 1226",
    },
    "PL": {
        2026: "0101 0106 0405 0406 0501 0503 0524 0604 0815 1101 1111 1224 1225 1226",
        2027: "0101 0106 0328 0329 0501 0503 0516 0527 0815 1101 1111 1224 1225 1226",
        2028: "0101 0106 0416 0417 0501 0503 0604 0615 0815 1101 1111 1224 1225 1226",
    },
    "SA": {
        2026: "0222 0319 0320 0321 0322 0323 0324 0526 0527 0528 0529 0531 0923",
        2027: "0222 0309 0310 0311 0312 0314 0515 0516 0517 0518 0519 0923",
        2028: "0222 0226 0227 0228 0229 0301 0504 0505 0506 0507 0508 0509 0923 0924",
    },
    "SE": {
        2026: "0101 0106 0403 0405 0406 0501 0514 0524 0606 0620 1031 1225 1226",
        2027: "0101 0106 0326 0328 0329 0501 0506 0516 0606 0626 1106 1225 1226",
        2028: "0101 0106 0414 0416 0417 0501 0525 0604 0606 0624 1104 1225 1226",
    },
    "US": {
        2026: "0101 0119 0216 0525 0619 0703 0704 0907 1012 1111 1126 1225",
        2027: "0101 0118 0215 0531 0618 0619 0704 0705 0906 1011 1111 1125 1224 1225 1231",
        2028: "0101 0117 0221 0529 0619 0704 0904 1009 1110 1111 1123 1225",
    },
}
_ZONES: Final[Mapping[str, str]] = {
    "AE": "Asia/Dubai",
    "AU": "Australia/Adelaide Australia/Brisbane Australia/Broken_Hill Australia/Darwin Australia/Hobart"
    " Australia/Melbourne Australia/Perth Australia/Sydney",
    "BR": "America/Araguaina America/Bahia America/Belem America/Boa_Vista America/Campo_Grande America/Cuiaba"
    " America/Fortaleza America/Maceio America/Manaus America/Porto_Velho America/Recife America/Rio_Branco"
    " America/Santarem America/Sao_Paulo",
    "CA": "America/Edmonton America/Halifax America/Moncton America/Regina America/St_Johns America/Toronto"
    " America/Vancouver America/Whitehorse America/Winnipeg",
    "CN": "Asia/Shanghai Asia/Urumqi",
    "DE": "Europe/Berlin Europe/Busingen",
    "ES": "Africa/Ceuta Atlantic/Canary Europe/Madrid",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "NL": "Europe/Amsterdam",
    "PL": "Europe/Warsaw",
    "SA": "Asia/Riyadh",
    "SE": "Europe/Stockholm",
    "US": "America/Adak America/Anchorage America/Boise America/Chicago America/Denver America/Detroit"
    " America/Indiana/Indianapolis America/Juneau America/Kentucky/Louisville America/Los_Angeles America/New_York"
    " America/Phoenix Pacific/Honolulu",
}
HOLIDAYS: Final[Mapping[str, frozenset[date]]] = {
    country: frozenset(date(year, int(day[:2]), int(day[2:])) for year, days in years.items() for day in days.split())
    for country, years in _DAYS.items()
}
_IN: Final[Mapping[str, str]] = {zone: country for country, zones in _ZONES.items() for zone in zones.split()}


def country_of(zone: str) -> str:
    """The country whose holidays are kept where clocks are set by this zone; empty where none is known."""
    return _IN.get(zone, "")


def is_holiday(day: date, zone: str) -> bool:
    """Whether it is a public holiday all over the country of this zone, as far as that is known."""
    return day in HOLIDAYS.get(country_of(zone), ())
