"""A secret opens with its key and with no other; one that does not open is the trouble of its own account alone."""

from __future__ import annotations

import pickle

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import NOW, make_case, make_connection, make_message, make_stripe_event, make_user
from tests.rooms.tenants.lost_keys import DAMAGES, damage, data_keys, kept
from tests.rooms.tenants.raw import put_raw, raw
from tideover.tenants.envelopes import as_text, enclose, from_text, is_envelope, opened
from tideover.tenants.models import Connection, SecondFactor
from tideover.tenants.secrets import Unreadable, seal, sealed_field, unseal

KEY = "rk_live_51QxVb02eZvKYlo2CcanaryT8hJ3kLm9Nq4Ws7Yx"


PLACE = "tenants_connection.api_key:1"


@given(st.text(min_size=1))
def test_what_was_sealed_opens_and_no_two_envelopes_are_alike(text):
    sealed = as_text(enclose(text.encode(), PLACE))
    assert opened(from_text(sealed), PLACE).decode() == text
    assert sealed != as_text(enclose(text.encode(), PLACE))
    assert sealed.isascii()


@given(content=st.binary(max_size=2000), deflate=st.booleans())
def test_bytes_of_any_length_open_as_they_were(content, deflate):
    envelope = enclose(content, PLACE, deflate=deflate)
    assert is_envelope(envelope)
    assert opened(envelope, PLACE) == content


def test_an_envelope_of_which_one_bit_is_another_does_not_open():
    envelope = enclose(KEY.encode(), PLACE)
    for at in range(len(envelope)):
        damaged = bytearray(envelope)
        damaged[at] ^= 1
        with pytest.raises(Unreadable):
            opened(bytes(damaged), PLACE)


@pytest.mark.parametrize("other", ["tenants_connection.api_key:2", "tenants_connection.webhook_secret:1", ""])
def test_an_envelope_that_was_moved_does_not_open(other):
    with pytest.raises(Unreadable, match="moved"):
        opened(enclose(KEY.encode(), PLACE), other)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_envelope_does_not_open_and_says_neither_what_was_in_it_nor_the_envelope(kind):
    broken = DAMAGES[kind](seal(KEY, PLACE))
    with pytest.raises(Unreadable, match="cannot be decrypted") as closed:
        unseal(broken, PLACE)
    assert "canary" not in str(closed.value)
    assert broken.strip() == "" or broken not in str(closed.value)


@given(st.text(max_size=200))
def test_whatever_is_no_envelope_does_not_open(text):
    with pytest.raises(Unreadable):
        opened(from_text(text), PLACE)


@pytest.mark.parametrize(
    ("sealed_with", "opened_with", "opens"),
    [
        ("one", "one", True), ("one", "two", False), ("one", "two,one", True), ("one", "two, one", True),
        ("one", " one ", True), ("one", "two,\none\n", True), ("two,one", "one", False), ("two,one", "two", True),
        ("one", ",one,", True), ("one", "One", False), ("one", "on,e", False),
    ],
)  # fmt: skip
def test_after_a_rotation_old_secrets_open_as_long_as_their_key_is_in_the_list(sealed_with, opened_with, opens):
    with data_keys(sealed_with):
        envelope = enclose(KEY.encode(), PLACE)
    with data_keys(opened_with):
        if opens:
            assert opened(envelope, PLACE).decode() == KEY
        else:
            with pytest.raises(Unreadable, match="TIDEOVER_DATA_KEYS"):
                opened(envelope, PLACE)


# ── in the database ──


@pytest.mark.django_db
def test_the_database_never_has_a_secret_in_plain():
    connection = make_connection(api_key=KEY, webhook_secret="whsec_canary")
    for column in ("api_key", "webhook_secret"):
        assert "canary" not in kept(connection, column)
    read = Connection.objects.get()
    assert (read.api_key, read.webhook_secret, read.webhook_secret_previous) == (KEY, "whsec_canary", "")


@pytest.mark.django_db
def test_a_row_is_read_whatever_its_secrets_are_and_only_they_do_not_open():
    connection = make_connection(api_key=KEY)
    damage(connection)
    read = Connection.objects.select_related("organization").get()
    assert read.webhook_secret == "whsec_factory"
    for _ in range(2):
        with pytest.raises(Unreadable):
            _ = read.api_key


@pytest.mark.django_db
def test_saving_a_row_keeps_a_secret_that_nobody_can_open_as_it_was():
    connection = make_connection(api_key=KEY)
    sealed = kept(connection)
    with data_keys("another"):
        read = Connection.objects.get()
        read.account_name = "Renamed"
        read.save()
        read.save(update_fields=["api_key"])
    assert kept(connection) == sealed
    assert (Connection.objects.get().api_key, Connection.objects.get().account_name) == (KEY, "Renamed")


@pytest.mark.django_db
def test_a_new_secret_in_the_place_of_a_lost_one_opens():
    connection = make_connection(api_key=KEY)
    damage(connection)
    read = Connection.objects.get()
    read.api_key = "rk_live_new"
    assert read.api_key == "rk_live_new"
    read.save(update_fields=["api_key"])
    assert Connection.objects.get().api_key == "rk_live_new"


@pytest.mark.django_db
def test_a_secret_that_is_read_later_or_travels_opens_all_the_same():
    make_connection(api_key=KEY)
    assert Connection.objects.defer("api_key").get().api_key == KEY
    assert pickle.loads(pickle.dumps(Connection.objects.get())).api_key == KEY  # noqa: S301 - our own


@pytest.mark.django_db
def test_a_secret_is_not_written_without_its_row():
    connection = make_connection(api_key=KEY)
    with pytest.raises(TypeError, match="sealed for its row"), transaction.atomic():
        Connection.objects.update(api_key="rk_live_new")
    sealed = sealed_field(Connection, "api_key").sealed(connection.pk, "rk_live_new")
    Connection.objects.update(api_key=sealed, webhook_secret="")
    read = Connection.objects.get()
    assert (read.api_key, read.webhook_secret) == ("rk_live_new", "")


@pytest.mark.django_db
@pytest.mark.parametrize("model", ["secret", "event", "message", "second factor"])
def test_what_was_swapped_between_two_rows_opens_in_neither(model):
    rows, column = two_rows(model)
    first, second = (raw(row, column) for row in rows)
    assert not {b"canary", "canary"} & {first, second}
    for row, content in zip(rows, (second, first), strict=True):
        put_raw(row, column, content)
    for row in rows:
        with pytest.raises(Unreadable):
            getattr(type(row).objects.get(pk=row.pk), column)
    for row, content in zip(rows, (first, second), strict=True):
        put_raw(row, column, content)
        assert getattr(type(row).objects.get(pk=row.pk), column) == getattr(row, column)


def two_rows(model):
    shops = [make_connection(api_key=f"rk_live_canary_{number}") for number in (1, 2)]
    match model:
        case "secret":
            return shops, "api_key"
        case "event":
            return [make_stripe_event(shop, body=b'{"id":"canary"}') for shop in shops], "body"
        case "message":
            return [make_message(make_case(shop), html="<p>canary</p>") for shop in shops], "html"
        case _:
            people = [make_user() for _ in shops]
            return [SecondFactor.objects.create(user=each, secret="CANARY", since=NOW) for each in people], "secret"


@pytest.mark.django_db
def test_a_value_that_bypasses_the_model_is_no_text_that_could_pass_for_a_key():
    make_connection(api_key=KEY)
    ((value,),) = Connection.objects.values_list("api_key")
    assert not isinstance(value, str)
