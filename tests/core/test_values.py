"""What a setting may be: each kind takes what people write, keeps one form of it, and says in a sentence what is wrong."""

from __future__ import annotations

import pytest

from tideover.core.settings.amounts import Amounts
from tideover.core.settings.designs import Designs
from tideover.core.settings.table import SETTINGS, UnknownSetting, in_words, setting
from tideover.core.settings.values import (
    BadValue,
    Color,
    Count,
    Currency,
    Email,
    Kind,
    Language,
    Line,
    Postal,
    Span,
    Switch,
    Website,
    Zone,
)

TAKEN = [
    (Line(5), " Acme ", "Acme"),
    (Line(5), "", ""),
    (Zone(), "Europe/Berlin", "Europe/Berlin"),
    (Currency(), "USD", "usd"),
    (Language(), "pt-br", "pt-BR"),
    (Language(), " DE ", "de"),
    (Designs(), " Ledger ", "ledger"),
    (Switch(), "On", True),
    (Switch(), False, False),
    (Email(), "help@acme.example", "help@acme.example"),
    (Email(), "", ""),
    (Color(), "#F2B233", "#f2b233"),
    (Website(), "https://acme.example/billing", "https://acme.example/billing"),
    (Postal(), "12 Harbour Street\r\n Bergen,\nNorway", "12 Harbour Street, Bergen, Norway"),
    (Postal(), "", ""),
    (Span(), " Forever ", "forever"),
    (Count(1, 28), " 14 ", 14),
    (Count(0, 5), 0, 0),
]
REFUSED = [
    (Line(5), "Acme Inc", "8 characters"),
    (Line(5), "a\0b", "control characters"),
    (Line(5, required=True), "  ", "cannot be empty"),
    (Line(5), 7, "is a text"),
    (Zone(), "Mars/Olympus", "no time zone 'Mars/Olympus'"),
    (Zone(), "../etc/passwd", "no time zone"),
    (Zone(), "", "no time zone"),
    (Currency(), "dollar", "three letters"),
    (Language(), "da", "texts in ar, de, en, .* not in 'da'"),
    (Language(), "", "texts in"),
    (Designs(), "poster", "no design 'poster'. There are card, letter"),
    (Designs(), "", "no design ''"),
    (Switch(), "maybe", "on or off"),
    (Switch(), 2, "on or off"),
    (Email(), "help", "no email address"),
    (Color(), "red", "# and six digits"),
    (Count(1, 28), "29", "from 1 to 28, not '29'"),
    (Count(1, 28), 0, "from 1 to 28, not 0"),
    (Count(0, 5), True, "from 0 to 5, not True"),
    (Count(1, 28), "²", "from 1 to 28"),
    (Count(1, 28), 1.5, "from 1 to 28"),
    (Count(1, 28), "9" * 5000, "from 1 to 28"),
    (Website(), "javascript:alert(1)", "whole address"),
    (Website(), "http://acme.example", "whole address"),
    (Website(), "https://acme.example@evil.example", "whole address"),
    (Website(), 'https://a.example/"onclick=', "whole address"),
    (Website(), "https://[", "whole address"),
    (Span(), "3 weeks", "90 days, .* or forever, not '3 weeks'"),
    (Postal(), "12 Harbour Street", "the town and the country"),
    (Email(), "a@b.example\nBcc: c@d.example", "control characters"),
]


@pytest.mark.parametrize(("kind", "written", "kept"), TAKEN)
def test_a_kind_keeps_one_form_of_what_was_written(kind: Kind, written, kept):
    assert kind.checked(written) == kept
    assert kind.checked(kept) == kept


@pytest.mark.parametrize(("kind", "written", "why"), REFUSED)
def test_what_a_setting_cannot_be_is_told(kind: Kind, written, why):
    with pytest.raises(BadValue, match=why):
        kind.checked(written)


@pytest.mark.parametrize("each", SETTINGS.values(), ids=lambda each: each.key)
def test_a_setting_says_what_it_is_what_it_does_and_from_when_on(each):
    assert all([each.label, each.column, each.reach, each.effect, each.kind.bounds])
    assert each.effect.endswith(".")
    assert each.group
    assert each.name
    assert in_words(each.default)


def test_no_two_settings_are_kept_in_one_place():
    places = [(each.whose, each.column) for each in SETTINGS.values()]
    assert len(set(places)) == len(places)


def test_a_key_that_is_none_is_told_with_the_nearest():
    assert setting("general.zone").label == "Time zone"
    with pytest.raises(UnknownSetting, match=r"did you mean 'general\.zone'"):
        setting("general.zome")


def test_amounts_are_kept_in_order_each_currency_once_and_no_longer_than_their_column():
    assert Amounts().checked("usd 5, EUR 40,") == "EUR 40.00, USD 5.00"
    many = ", ".join(f"{first}{last}x 1000000000" for first in "abcdef" for last in "abcdefg")
    for no in ("USD", "USD -1", "USD 0.001", "JPY 1.5", "USD NaN", many):
        with pytest.raises(BadValue):
            Amounts().checked(no)
