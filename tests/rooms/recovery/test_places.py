"""Whose morning a customer's morning is, and in whose language they are written to."""

from dataclasses import replace

import pytest
from babel import Locale
from babel.core import get_global

from tests.factories import NOW, make_connection, make_project
from tests.fakes import an_invoice
from tideover.core.tongues import READ_IN, Tongue, wishes
from tideover.messages.channels import compose
from tideover.messages.examples import EXAMPLE
from tideover.recovery.intake import take_reading
from tideover.recovery.places import MAIN_ZONES, language_of, zone_name

MERCHANTS = "America/New_York"


@pytest.mark.parametrize(
    ("country", "region", "zone"),
    [
        ("FR", "", "Europe/Paris"),  # one zone
        ("DE", "", "Europe/Berlin"),  # an enclave has one of its own
        ("ES", "", "Europe/Madrid"),
        ("NZ", "", "Pacific/Auckland"),
        ("US", "ca", "America/Los_Angeles"),
        ("US", "", MERCHANTS),  # several, and nothing tells which
        ("BR", "", MERCHANTS),
        ("", "", MERCHANTS),
        ("XX", "", MERCHANTS),
    ],
)
def test_a_customer_wakes_up_where_their_country_does(country, region, zone):
    assert zone_name(country, region, MERCHANTS) == zone


@pytest.mark.parametrize("country", MAIN_ZONES)
def test_a_main_zone_is_one_of_several_of_its_country(country):
    zones = get_global("territory_zones")[country]
    assert MAIN_ZONES[country] in zones
    assert len(zones) > 1


@pytest.mark.parametrize(
    ("preferred", "country", "wished"),
    [
        ("", "DE", "de-DE"),
        ("", "AT", "de-AT"),
        ("", "mx", "es-MX"),
        ("", "BR", "pt-BR"),
        ("", "CN", "zh-CN"),
        ("", "US", "en-US"),
        ("da", "DE", "da, de-DE"),
        ("fr, en", "NL", "fr, en, nl-NL"),
        ("de-CH", "CH", "de-CH"),
        ("", "CH", ""),
        ("", "BE", ""),
        ("", "CA", ""),
        ("", "TW", ""),
        ("", "", ""),
        ("", "Germany", ""),
    ],
)
def test_what_stripe_names_comes_first_and_then_what_is_read_where_they_live(preferred, country, wished):
    assert wishes(preferred, country) == wished


def test_every_language_is_one_and_is_read_somewhere_and_no_country_reads_two():
    assert set(READ_IN) == set(Tongue)
    countries = [country for where in READ_IN.values() for country in where.split()]
    assert len(countries) == len(set(countries))
    assert set(countries) <= set(Locale("en").territories)
    for tongue in Tongue:
        assert Locale.parse(tongue, sep="-").english_name


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("preferred", "country", "projects", "written"),
    [
        (["de-CH"], "CH", "en", "de_CH"),
        (["da", "de"], "DK", "en", "de"),
        ([], "AT", "en", "de_AT"),
        (["da"], "AT", "en", "de_AT"),
        ([], "US", "de", "en_US"),
        ([], "CH", "de", "de"),
        (["zh-TW"], "TW", "de", "de"),
        (["da"], "DK", "en", "en"),
        (["xx-nonsense"], "", "en", "en"),
    ],
)
def test_a_customer_is_written_to_in_what_they_read_else_as_they_live_else_as_the_project_says(
    preferred, country, projects, written
):
    connection = make_connection(make_project(language=projects))
    read = an_invoice(locale=", ".join(preferred), country=country)
    case = take_reading(connection, read, NOW)
    assert language_of(case).locale == written
    assert f'lang="{written[:2]}"' in compose(replace(EXAMPLE, locale=language_of(case).locale)).html
