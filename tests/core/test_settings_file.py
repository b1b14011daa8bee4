"""The settings as a file: what was written is read back, in both formats, and what is wrong is told."""

from __future__ import annotations

import string
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.core.ahead.test_offers import OFFERS
from tests.core.test_pictures import jpeg, png
from tideover.core.ahead.offers import Offers
from tideover.core.settings.amounts import Amounts
from tideover.core.settings.designs import Design, Designs
from tideover.core.settings.file import BadFile, Format, read, written
from tideover.core.settings.pictures import Picture, as_text, drawing
from tideover.core.settings.table import SETTINGS, UnknownSetting
from tideover.core.settings.values import (
    SPANS,
    BadValue,
    Color,
    Count,
    Currency,
    Email,
    Language,
    Line,
    Postal,
    Span,
    Switch,
    Website,
    Zone,
)
from tideover.core.tongues import Tongue

LETTERS = some.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"))
MAILBOXES = some.from_regex(r"[a-z.+]{1,20}@[a-z]{1,20}\.example", fullmatch=True)


def of_kind(kind):
    """Values a person may choose for this kind of setting, as they are kept."""
    bounds = (kind.least, kind.most) if isinstance(kind, Count) else (0, 0)
    return (
        {
            Line: some.text(LETTERS, min_size=1, max_size=40),
            Zone: some.sampled_from(sorted(available_timezones())),
            Designs: some.sampled_from(list(Design)),
            Language: some.sampled_from(list(Tongue)),
            Currency: some.text(string.ascii_letters, min_size=3, max_size=3),
            Switch: some.booleans(),
            Email: some.one_of(some.just(""), MAILBOXES),
            Color: some.from_regex("#[0-9A-Fa-f]{6}", fullmatch=True),
            Website: some.sampled_from(["", "https://acme.example/billing?from=mail", "https://zoë.example"]),
            Postal: some.lists(some.text(LETTERS, max_size=30), max_size=5).map("\n".join),
            Span: some.sampled_from(list(SPANS)),
            Count: some.integers(*bounds),
            Amounts: some.sampled_from(["", "usd 50", "JPY 7500, eur 45.50", "KWD 15.125"]),
            Offers: some.lists(OFFERS, max_size=5).map(lambda offers: "; ".join(map(str, offers))),
            Picture: some.sampled_from(["", as_text(drawing(png())), as_text(drawing(jpeg()))]),
        }[type(kind)]
        .filter(lambda value: allowed(kind, value))
        .map(kind.checked)
    )


def allowed(kind, value):
    try:
        kind.checked(value)
    except BadValue:
        return False
    return True


ALL_SETTINGS = some.fixed_dictionaries({key: of_kind(each.kind) for key, each in SETTINGS.items()})


@given(values=ALL_SETTINGS, form=some.sampled_from(Format))
def test_what_was_written_is_read_back_and_written_the_same(values, form):
    text = written(values, form)
    assert read(text) == values
    assert written(read(text), form) == text


def test_a_file_looks_so():
    assert written({"general.organization": 'Acme "Inc"', "general.currency": "eur"}, Format.TOML).splitlines()[1:] == [
        "",
        "[general]",
        'organization = "Acme \\"Inc\\""',
        'currency = "eur"',
    ]


@pytest.mark.parametrize("text", ["[general", '{"general": ', "general = [1,", "\x00"])
def test_what_is_no_file_of_settings_is_told(text):
    with pytest.raises(BadFile, match=r"This is no (TOML|JSON)"):
        read(text)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ('[general]\nzome = "UTC"', "general.zone"),
        ('{"generall": {"zone": "UTC"}}', "general.zone"),
        ('zone = "UTC"', "general.zone"),
    ],
)
def test_a_key_that_is_none_is_told_with_the_nearest(text, near):
    with pytest.raises(UnknownSetting, match=near):
        read(text)
