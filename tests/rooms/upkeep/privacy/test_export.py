"""An archive holds every row of one merchant and no other's, its sums are the books', and no secret is in it."""

from __future__ import annotations

import csv
import io
import json
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db.models import Count, Sum

from tests import factories as make
from tideover.messages.models import Message
from tideover.recovery.models import Case
from tideover.tenants.kept_apart import Logo
from tideover.tenants.models import Connection
from tideover.tenants.secrets import SecretField, sealed_field
from tideover.upkeep.privacy import export
from tideover.upkeep.privacy.erase import erase
from tideover.upkeep.privacy.export import archive, columns_of, exported, write_archive
from tideover.upkeep.privacy.tables import TABLES

pytestmark = pytest.mark.django_db
NOW = make.NOW
TOKEN = "Canary0Token1Canary2Token3"


@pytest.fixture
def merchant(db):
    member = make.make_member(make.make_user("ada@alpine.example", "canary password 12"))
    project = make.make_project(member.organization)
    shop = make.make_connection(
        project, api_key="sk" + "_test_canary", webhook_secret="whsec_canary", hook_token="canary-hook"
    )
    Logo.objects.create(
        organization=member.organization, project=project, digest="d", type="image/png", content=b"\x89PNG\xff"
    )
    for number, currency in enumerate(("usd", "usd", "eur")):
        case = make.make_case(
            shop, currency=currency, amount_due=9900 + number, state="recovered", customer_name='=1+1 "Zoë"'
        )
        action = make.make_action(case, request={"client": "pi_1canary_secret_canary"})
        make.make_attempt(case)
        make.make_fact(case, key=f"k{number}", detail={"amount": 1})
        make.make_link(case)
        make.make_event(
            make.make_message(case, action, html=f"<a href='https://x.example/c/{TOKEN}'>", keys=["canary-key"])
        )
        make.make_stripe_event(shop, body=b'{"client_secret": "pi_1_secret_canary", "id": "evt"}')
    return member.organization


def opened(merchant) -> ZipFile:
    return ZipFile(io.BytesIO(b"".join(archive(merchant, NOW))))


def test_what_no_key_opens_is_told_as_such_and_all_else_is_there(merchant):
    odd, *_ = Message.objects.filter(organization=merchant)
    Message.objects.filter(pk=odd.pk).update(html=sealed_field(Message, "html").sealed("another row", "<p>canary</p>"))
    with opened(merchant) as file:
        told = {row["id"]: row["html"] for row in json.loads(file.read("json/messages_message.json"))}
    assert "cannot be decrypted" in told[str(odd.pk)]
    assert sum("cannot be decrypted" in html for html in told.values()) == 1


def test_every_table_is_there_twice_with_every_row_of_the_merchant_and_none_of_another(merchant):
    other = make.make_case(customer_name="Somebody Else")
    with opened(merchant) as file:
        assert file.testzip() is None
        for model in exported():
            name = model._meta.db_table
            told = json.loads(file.read(f"json/{name}.json"))
            lines = list(csv.DictReader(io.StringIO(file.read(f"csv/{name}.csv").decode("utf-8-sig"))))
            assert len(told) == len(lines)
            assert {str(row["id"]) for row in told} == {line["id"] for line in lines}
            assert all(list(row) == columns_of(model, TABLES[model._meta.label]) for row in told)
            assert str(other.pk) not in str(told)
        assert "Somebody Else" not in str([file.read(name) for name in file.namelist()])
        mine = json.loads(file.read("json/recovery_case.json"))
    assert {row["id"] for row in mine} == {
        str(pk) for pk in Case.objects.filter(organization=merchant).values_list("pk", flat=True)
    }


def test_its_totals_are_the_books(merchant):
    with opened(merchant) as file:
        about = json.loads(file.read("about.json"))
    amounts = ("amount_due", "amount_recovered", "amount_returned")
    books = (
        Case.objects.filter(organization=merchant)
        .values("currency")
        .annotate(cases=Count("id"), **{f"sum_{name}": Sum(name) for name in amounts})
    )
    assert about["totals"] == {
        row["currency"]: {"cases": row["cases"], **{name: row[f"sum_{name}"] for name in amounts}} for row in books
    }
    assert about["rows"]["recovery_attempt"] == 3


def test_no_key_token_or_password_is_in_it(merchant):
    with opened(merchant) as file:
        whole = "".join(file.read(name).decode("utf-8-sig") for name in file.namelist())
    assert "ada@alpine.example" in whole
    assert "canary" not in whole.lower()
    assert Connection.objects.get().account_id in whole


def test_a_spreadsheet_runs_nothing_of_it(merchant):
    with opened(merchant) as file:
        rows = list(csv.DictReader(io.StringIO(file.read("csv/recovery_case.csv").decode("utf-8-sig"))))
    assert {row["customer_name"] for row in rows} == {'\'=1+1 "Zoë"'}


def test_who_was_erased_is_in_no_archive(merchant):
    case = make.make_case(
        make.make_connection(make.make_project(merchant)), customer_name="Pia Gone", customer_email="pia@gone.example"
    )
    erase(merchant, case.customer_id, "ada", NOW)
    with opened(merchant) as file:
        whole = "".join(file.read(name).decode("utf-8-sig") for name in file.namelist())
    for word in ("Pia Gone", "pia@gone.example", case.customer_id, case.invoice_id):
        assert word not in whole


@pytest.mark.parametrize(
    "model",
    [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("tideover.")],
    ids=lambda model: model.__name__,
)
def test_no_sealed_column_or_hash_of_a_token_is_exported(model):
    table = TABLES[model._meta.label]
    if table.not_exported:
        return
    shown = columns_of(model, table)
    assert not [
        each.name for each in model._meta.concrete_fields if isinstance(each, SecretField) and each.attname in shown
    ]
    assert not [name for name in shown if name.endswith(("token", "secret", "password", "token_hash"))]
    assert set(table.hidden.split()) <= {each.name for each in model._meta.concrete_fields}


def test_an_archive_is_there_once_it_is_whole_and_for_its_owner_alone(merchant, tmp_path, monkeypatch):
    file = tmp_path / "all.zip"
    assert write_archive(merchant, file, NOW).rows["recovery_case"] == 3
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(export, "_about", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_archive(merchant, tmp_path / "other.zip", NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["all.zip"]


def test_a_large_one_is_handed_over_part_by_part(merchant, monkeypatch):
    monkeypatch.setattr(export, "AT_ONCE", 1)
    parts = list(archive(merchant, NOW))
    assert len(parts) > 30
    with ZipFile(io.BytesIO(b"".join(parts))) as file:
        assert file.testzip() is None
