"""`tideover recipients`: one by one, and as a file that goes out as it came in."""

from __future__ import annotations

import pytest
import typer

from tests.factories import make_case, make_connection
from tideover.cli.cases.recipients import add, export, remove, take, tell
from tideover.recovery.ways.rows import Recipient

pytestmark = pytest.mark.django_db
FILE = "customer,address,name,role,language,from_day\n{0},office@acme.example,Olga,billing,de,0\n{0},own@acme.example,,owner,,5\n"


@pytest.fixture
def customer(db):
    return make_case(make_connection()).customer_id


def written(tmp_path, text):
    file = tmp_path / "recipients.csv"
    file.write_text(text)
    return file


def test_what_a_file_brings_is_told_and_goes_out_as_it_came(customer, tmp_path, capsys):
    file = written(tmp_path, FILE.format(customer))
    assert take(file, "", "", dry_run=True) == 0
    assert "2 would be written to. Nothing was changed." in capsys.readouterr().out
    assert not Recipient.objects.exists()
    take(file, "", "", dry_run=False)
    assert "2 are written to from now on." in capsys.readouterr().out
    tell("", "", "")
    told = capsys.readouterr().out.splitlines()
    assert told == [
        f"{customer}  office@acme.example  billing contact, from the first day, by: file",
        f"{customer}  own@acme.example  owner, from day 5, by: file",
    ]
    export("", "")
    assert capsys.readouterr().out == FILE.format(customer)


def test_a_file_with_a_wrong_line_adds_nobody_and_says_each(customer, tmp_path, capsys):
    file = written(tmp_path, FILE.format(customer) + "cus_1,nowhere,,,,\ncus_1,x@y,,,,\n")
    with pytest.raises(typer.Exit):
        take(file, "", "", dry_run=False)
    said = capsys.readouterr().err
    assert "line 4: It names no address of mail." in said
    assert "line 5: x@y is no address that mail can be sent to." in said
    assert "2 lines are wrong, and nobody was added" in said
    assert not Recipient.objects.exists()


def test_one_is_added_and_removed(customer, capsys):
    add({"customer": customer, "address": "office@acme.example", "from_day": "2"}, "", "")
    assert "office@acme.example is written to" in capsys.readouterr().out
    remove(customer, "OFFICE@acme.example", "", "")
    assert not Recipient.objects.exists()
    tell(customer, "", "")
    assert "Nobody is written to besides" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"address": "nobody"}, "names no address"),
        ({"role": "boss"}, "There is no role 'boss'"),
        ({"from_day": "99"}, "from 0 to 60"),
    ],
)
def test_what_cannot_be_is_told_and_adds_nobody(customer, capsys, cells, said):
    with pytest.raises(typer.Exit):
        add({"customer": customer, "address": "office@acme.example", **cells}, "", "")
    assert said in capsys.readouterr().err
    with pytest.raises(typer.Exit):
        remove(customer, "nobody@acme.example", "", "")
    assert not Recipient.objects.exists()
