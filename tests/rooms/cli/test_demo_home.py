"""The demo has a folder and a database of its own, and takes nobody else's for one."""

from __future__ import annotations

import pytest
import typer

from tests.factories import NOW, make_organization
from tideover.cli.demo import run as demo
from tideover.tenants.models import Organization


@pytest.mark.parametrize("left", [[], [".tideover-demo", "report.json"], ["simulator.log", "mail"]])
def test_a_demo_clears_what_a_demo_has_left(tmp_path, left):
    home = tmp_path / "demo"
    home.mkdir()
    for name in left:
        (home / name).touch()
    demo._clear(home)
    assert not home.exists()
    demo._clear(home)


@pytest.mark.parametrize("there", ["a file", "a folder", "a folder in a folder"])
def test_a_demo_clears_nothing_that_somebody_else_put_there(tmp_path, there, capsys):
    home = tmp_path / "home"
    file = {"a file": home, "a folder": home / "thesis.tex", "a folder in a folder": home / "a" / "thesis.tex"}[there]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("years of work")
    with pytest.raises(typer.Exit):
        demo._clear(home)
    assert file.read_text() == "years of work"
    assert "no folder of an earlier demo" in capsys.readouterr().err


@pytest.mark.django_db
def test_a_demo_lives_in_no_database_with_merchants(capsys):
    demo._must_be_nobodys()
    make_organization(is_demo=True)
    make_organization(is_sample=True, stopped_at=NOW)  # somebody looked around in it
    demo._must_be_nobodys()
    Organization.objects.filter(is_sample=False).update(is_demo=False)
    with pytest.raises(typer.Exit):
        demo._must_be_nobodys()
    assert "with merchants in it" in capsys.readouterr().err
