"""The currencies Stripe charges in, and how little and how much may be charged at once.

Sources: https://docs.stripe.com/currencies (presentment currencies, minimum and maximum charge amounts). Amounts are
in minor units. Where no minimum is told, Stripe's is what half a dollar makes; here it is one unit. That the maximum
of the currencies with small units has more than eight digits is not confirmed but for the rupiah.
"""

from __future__ import annotations

from typing import Final

# In the order in which Stripe's own refusal tells them.
_LETTERS: Final = """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad
    cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl
    htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk
    mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf
    sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf
    xcd xcg xof xpf yer zar zmw
"""
CURRENCIES: Final = tuple(_LETTERS.split())
_MINIMUM: Final = {
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1_500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17_500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1_000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1_000,
    "usd": 50,
}
_DIGITS: Final = {"idr": 12}
USUAL_DIGITS: Final = 8


def least(currency: str) -> int:
    """The smallest amount that can be charged."""
    return _MINIMUM.get(currency, 1)


def most(currency: str) -> int:
    """The largest amount that can be charged at once."""
    return int("9" * _DIGITS.get(currency, USUAL_DIGITS))
