"""Which language a reader gets, and how it writes days, amounts and numbers of things."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tideover.core.money import Money
from tideover.messages.languages import Language, asked_for, parsed, spoken_in, unspoken

DAY = date(2026, 11, 5)


@pytest.fixture
def texts(tmp_path, settings) -> Path:
    """Folders of languages, with no more in them than a test writes."""
    for name in ("en", "de", "pt-BR", "zh-Hans", "ar", "pl"):
        (tmp_path / name).mkdir()
    settings.TIDEOVER_TEXTS = tmp_path
    return tmp_path


@pytest.mark.parametrize(
    ("locale", "code", "formats"),
    [
        ("de-AT", "de", "de_AT"),
        ("pt-BR", "pt-BR", "pt_BR"),
        ("pt", "pt-BR", "pt"),
        ("zh-CN", "zh-Hans", "zh_Hans_CN"),
        ("zh", "zh-Hans", "zh"),
        ("zh-TW", "en", "en"),
        ("zh-HK", "en", "en"),
        ("zh-SG", "zh-Hans", "zh_Hans_SG"),
        ("pt-PT", "pt-BR", "pt_PT"),
        ("ar-EG", "ar", "ar_EG"),
        ("fi", "en", "en"),
        ("", "en", "en"),
        ("nonsense-of-stripe", "en", "en"),
        ("../../etc", "en", "en"),
    ],
)
def test_a_reader_gets_the_language_of_their_locale_where_there_are_texts(texts, locale, code, formats):
    language = spoken_in(locale)
    assert (language.code, language.locale) == (code, formats)


@pytest.mark.parametrize(
    ("header", "code"),
    [("de-CH, en;q=0.8", "de"), ("fi, ar;q=0.9, en;q=0.8", "ar"), ("*", "en"), ("", "en"), ("x" * 5000, "en")],
)
def test_of_a_reader_nobody_knows_the_browser_tells_the_language(texts, header, code):
    assert asked_for(header).code == code


@pytest.mark.parametrize(
    ("folders", "locale", "code"),
    [
        ("es es-MX", "es-MX", "es-MX"),
        ("es es-MX", "es-419", "es"),
        ("es es-MX", "es-AR", "es"),
        ("es-ES es-MX", "es-AR", "es-ES"),
        ("pt pt-BR", "pt", "pt-BR"),
        ("pt pt-BR", "pt-PT", "pt"),
        ("fr german", "fr-CA", "fr"),
        ("zh-Hans zh-Hant", "zh-TW", "zh-Hant"),
    ],
)
def test_of_several_texts_in_a_language_the_reader_gets_the_nearest(tmp_path, settings, folders, locale, code):
    for name in ("en", *folders.split()):
        (tmp_path / name).mkdir()
    settings.TIDEOVER_TEXTS = tmp_path
    assert spoken_in(locale).code == code


@pytest.mark.parametrize(
    ("wished", "told"), [("da, de", "da"), ("de-CH, da", ""), ("zh-TW", "zh-TW"), ("en-GB", ""), ("", "")]
)
def test_what_somebody_likes_best_is_told_where_there_are_no_texts_in_it(texts, wished, told):
    assert unspoken(wished) == told


def test_the_way_it_is_read_belongs_to_the_language(texts):
    assert (spoken_in("ar").direction, spoken_in("de").direction) == ("rtl", "ltr")


@pytest.mark.parametrize(
    ("locale", "day", "weekday", "short", "amount"),
    [
        ("en_US", "November 5, 2026", "Thu, Nov 5", "November 5", "$99.00"),
        ("en_GB", "5 November 2026", "Thu 5 Nov", "5 November", "US$99.00"),
        ("de", "5. November 2026", "Do., 5. Nov.", "5. November", "99,00\u00a0$"),
        ("es", "5 de noviembre de 2026", "jue, 5 nov", "5 de noviembre", "99,00\u00a0US$"),
        ("ja", "2026年11月5日", "11月5日(木)", "11月5日", "$99.00"),
    ],
)
def test_days_and_amounts_are_written_as_the_locale_writes_them(locale, day, weekday, short, amount):
    language = Language(Path("en"), locale)
    assert (language.day(DAY), language.short_day(DAY)) == (day, weekday)
    assert (language.day_of_this_year(DAY), language.amount(Money(9900, "usd"))) == (short, amount)


@pytest.mark.parametrize(
    ("folder", "locale", "first", "eleventh"),
    [
        ("en", "en_US", "December 1", "December 11"),
        ("de", "de", "1. Dezember", "11. Dezember"),
        ("fr", "fr_CA", "1er décembre", "11 décembre"),
        ("pt-BR", "pt_BR", "1º de dezembro", "11 de dezembro"),
    ],
)
def test_the_first_of_a_month_is_written_as_people_write_it(folder, locale, first, eleventh):
    language = Language(Path(folder), locale)
    assert [language.day_of_this_year(date(2026, 12, day)) for day in (1, 11)] == [first, eleventh]
    assert first in language.day(date(2026, 12, 1), "full")


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en_US", "Thu, Nov 5, 9:05\u202fAM"),
        ("de", "Do., 5. Nov., 09:05"),
        ("sv", "tors 5 nov. 09:05"),
        ("ja", "11月5日(木) 9:05"),
    ],
)
def test_a_day_and_an_hour_stand_together_as_the_locale_puts_them(locale, written):
    assert Language(Path("en"), locale).moment(datetime(2026, 11, 5, 9, 5, tzinfo=UTC), UTC) == written


def test_what_holds_an_amount_together_survives_in_a_text():
    text = parsed("subject: 1\u202f299,00\u00a0€\nheading: two\t blanks\n\nUne  ligne\net 99,00\u00a0€\u00a0?\n")
    assert text.lines == {"subject": "1\u202f299,00\u00a0€", "heading": "two blanks"}
    assert text.paragraphs == ("Une ligne et 99,00\u00a0€\u00a0?",)


def test_several_things_are_listed_as_the_locale_lists_them():
    things = ["$99.00", "¥9,900"]
    assert Language(Path("en"), "en_US").listed(things) == "$99.00 and ¥9,900"
    assert Language(Path("de"), "de").listed(things) == "$99.00 und ¥9,900"


def test_a_text_chooses_its_words_by_the_plural_form_of_its_language(texts):
    days = "{% assign form = days | plural %}{{ days }} {% case form %}{% when 'one' %}{one}{% when 'few' %}{few}{% else %}{many}{% endcase %}"
    for code, forms in (("en", ("day", "", "days")), ("pl", ("dzień", "dni", "dni·"))):
        words = days.replace("{one}", forms[0]).replace("{few}", forms[1]).replace("{many}", forms[2])
        (texts / code / "page.liquid").write_text(f"# Waiting.\nwait: {words}\n", "utf-8")
    english, polish = spoken_in("en"), spoken_in("pl")
    assert [english.say("page", "wait", days=number) for number in (1, 2, 5)] == ["1 day", "2 days", "5 days"]
    assert [polish.say("page", "wait", days=number) for number in (1, 2, 5)] == ["1 dzień", "2 dni", "5 dni·"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("pl", "za 1 minutę, za 2 minuty, za 5 minut, za 22 minuty, za 112 minut"),
        ("ar", "بعد دقيقة واحدة, بعد دقيقتين, بعد 5 دقائق, بعد 22 دقيقة, بعد 102 دقيقة"),
        ("ja", "1分後, 2分後, 5分後, 22分後, 102分後"),
    ],
)
def test_numbers_of_things_stand_with_the_form_that_people_use(code, said):
    for number, words in zip((1, 2, 5, 22, 112 if code == "pl" else 102), said.split(", "), strict=True):
        assert words in spoken_in(code).say("page", "again_soon", card="", minutes=number)


@pytest.mark.parametrize(
    ("count", "polish", "arabic"),
    [
        (2, "(2 faktury)", "مقابل فاتورتين"),
        (5, "(5 faktur)", "مقابل 5 فواتير"),
        (12, "(12 faktur)", "مقابل 12 فاتورة"),
        (22, "(22 faktury)", "مقابل 22 فاتورة"),
    ],
)
def test_several_invoices_are_counted_as_people_count(count, polish, arabic):
    said = [spoken_in(code).say("words", "what_several", amount="9", count=count) for code in ("pl", "ar")]
    assert said == [f"9 {polish}", f"\u20689\u2069 {arabic}"]


def test_a_line_that_is_not_there_is_an_error_and_no_empty_page(texts):
    (texts / "en" / "page.liquid").write_text("title: Payment\n", "utf-8")
    with pytest.raises(KeyError):
        spoken_in("en").say("page", "titel")
