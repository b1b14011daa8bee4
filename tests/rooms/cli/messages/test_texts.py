"""`tideover texts`: shown, edited as a file, checked and restored; nothing changes where something is wrong."""

from __future__ import annotations

import pytest
import typer

from tests import factories as make
from tests.factories import NOW
from tideover.cli.messages.texts import check, design, edit, history, list_texts, restore, show
from tideover.cli.settings import export, take
from tideover.messages.models import TextVersion
from tideover.messages.own.content import Block, Content, Kind
from tideover.messages.own.moving import which_named
from tideover.messages.own.rows import Wish, revise

pytestmark = pytest.mark.django_db
ANY = ("", "")
FAILED = ("failed", "email", "en")


@pytest.fixture
def project():
    return make.make_project(make.make_organization(slug="acme"), slug="shop")


@pytest.fixture
def file(project, capsys, tmp_path):
    show(FAILED, 0, *ANY)
    path = tmp_path / "failed.txt"
    path.write_text(capsys.readouterr().out)
    return path


def refused(capsys, call, *arguments, **options):
    with pytest.raises(typer.Exit) as ended:
        call(*arguments, **options)
    assert ended.value.exit_code == 1
    return capsys.readouterr().err


def change(file, before, after):
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_what_is_shown_is_a_file_that_can_be_edited(file, capsys):
    change(file, "Update payment details", "Settle it now")
    edit(FAILED, file, "", *ANY, dry_run=True)
    assert not TextVersion.objects.exists()
    edit(FAILED, file, "shorter button", *ANY, dry_run=False)
    told = capsys.readouterr().out
    assert "[button] [-Update-]{+Settle+} [-payment-]{+it+} [-details-]{+now+}" in told
    assert "Version 1 is live for new cases" in told
    show(FAILED, 0, *ANY)
    assert capsys.readouterr().out == file.read_text()
    edit(FAILED, file, "", *ANY, dry_run=False)
    assert "Nothing differs." in capsys.readouterr().out


def test_problems_are_told_beside_their_places_and_nothing_is_changed(file, capsys):
    change(file, "{{ amount }}", "{{ ammount }}")
    told = refused(capsys, edit, FAILED, file, "", *ANY, dry_run=False)
    assert "subject: There is no field 'ammount'. Is it 'amount'?" in told
    assert "Nothing was changed." in told
    assert "keep it from being sent" in refused(capsys, check, FAILED, file)
    assert not TextVersion.objects.exists()


def test_a_file_that_is_none_is_told_by_its_line(file, capsys):
    file.write_text("subject: Hello\ncolor: red\n\n[text]\nHello\n")
    assert "line 2" in refused(capsys, check, FAILED, file)
    file.write_text("subject: Hello\npreheader: a\nheading: a\n\n[video] x\n")
    assert "There is no block" in refused(capsys, check, FAILED, file)


def test_a_good_file_is_told_so(file, capsys):
    assert check(FAILED, file) == 0
    assert "It can be sent" in capsys.readouterr().out


def test_versions_are_listed_and_an_older_one_comes_back(project, file, capsys):
    history(FAILED, *ANY)
    assert "never changed" in capsys.readouterr().out
    change(file, "Update payment details", "Settle it")
    edit(FAILED, file, "", *ANY, dry_run=False)
    restore(FAILED, "ours", *ANY)
    restore(FAILED, "1", *ANY)
    capsys.readouterr()
    history(FAILED, *ANY)
    told = capsys.readouterr().out
    assert "Version 3 of " in told
    assert "Version 2 of " in told
    assert "by operator, ours again: ours again" in told
    list_texts(*ANY)
    assert "failed email en" in capsys.readouterr().out
    show(FAILED, 2, *ANY)
    assert "Update payment details" in capsys.readouterr().out
    assert "there is no version 9" in refused(capsys, restore, FAILED, "9", *ANY)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        (("fail", "email", "en"), "no kind of message"),
        (("failed", "fax", "en"), "no channel"),
        (("failed", "email", "tlh"), "no texts in"),
    ],
)
def test_what_there_is_not_is_told_with_what_there_is(project, capsys, named, says):
    assert says in refused(capsys, show, named, 0, *ANY)


def test_designs_are_listed_and_one_is_chosen(project, capsys):
    design("", *ANY)
    assert "* card " in capsys.readouterr().out
    assert design("ledger", *ANY) == 0
    assert "brand.design: ledger, before card" in capsys.readouterr().out
    design("", *ANY)
    assert "* ledger " in capsys.readouterr().out
    assert "no design 'poster'" in refused(capsys, design, "poster", *ANY)


@pytest.mark.parametrize("form", ["json", "toml"])
def test_texts_leave_with_the_settings_and_come_back_to_the_byte(project, tmp_path, form):
    other = make.make_project()
    mail = Content((Block(Kind.TEXT, "It's '''here''', “{{ name }}” 日本"), Block(Kind.BUTTON, "Pay")), "a", "b", "c")
    sms = Content((Block(Kind.TEXT, "{{ merchant }}: {{ page }} Reply STOP to opt out"),))
    plain = Content((Block(Kind.TEXT, "One\n\nTwo"), Block(Kind.DIVIDER), Block(Kind.BUTTON, "Pay")), "a", "b", "c")
    for which, content in (
        (FAILED, mail), (("final", "email", "pt-BR"), plain), (("failed", "sms", "en"), sms)
    ):  # fmt: skip
        revise(project, which_named(*which), Wish(content, "alice"), NOW)
    first, second = tmp_path / f"one.{form}", tmp_path / f"other.{form}"
    export(first, "", "acme", "shop")
    take(first, other.organization.slug, other.slug, dry_run=False)
    export(second, "", other.organization.slug, other.slug)
    assert second.read_bytes() == first.read_bytes()
    assert TextVersion.objects.filter(project=other).count() == 3
    take(first, other.organization.slug, other.slug, dry_run=False)
    assert TextVersion.objects.filter(project=other).count() == 3


def test_a_file_with_one_wrong_text_changes_nothing(project, tmp_path, capsys):
    file = tmp_path / "one.toml"
    file.write_text('[general]\nzone = "Europe/Oslo"\n\n[texts.en.email]\nfailed = "subject: {{ x }}"\n')
    assert "texts.en.email.failed" in refused(capsys, take, file, *ANY, dry_run=False)
    file.write_text('[texts.en]\nemail = "x"\n')
    assert "below headings" in refused(capsys, take, file, *ANY, dry_run=False)
    project.refresh_from_db()
    assert project.time_zone == "UTC"
