"""Exporting, erasing and letting back in from the command line."""

from __future__ import annotations

from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from tests.factories import NOW, make_case, make_organization
from tideover.cli.main import app
from tideover.messages.models import LetBackIn, Suppression
from tideover.messages.suppression import WINBACK, suppress
from tideover.recovery.models import Case
from tideover.tenants.models import AuditEntry, Connection, Organization

pytestmark = pytest.mark.django_db
ASKED = ["--consent", "wrote", "--why", "Her mail of May 3."]


def typed(*words: str, typing: str = ""):
    return CliRunner().invoke(app, words, input=typing)


def test_an_address_is_let_back_in_by_a_command_with_the_same_record():
    merchant = make_organization(name="Alpine")
    suppress(merchant, "email", "pia@payer.example", Suppression.Reason.BOUNCED, NOW)
    done = typed("let-back-in", "Pia@payer.example", *ASKED)
    assert (done.exit_code, done.stdout) == (
        0,
        "Alpine writes to this address again. It was bounced since 2026-11-20.\n",
    )
    assert (LetBackIn.objects.get().by, LetBackIn.objects.get().why) == ("operator", "Her mail of May 3.")


def test_who_wanted_no_win_back_letters_gets_them_again_and_nothing_else_changes():
    merchant = make_organization(name="Alpine")
    for channel in ("email", WINBACK):
        suppress(merchant, channel, "pia@payer.example", Suppression.Reason.UNSUBSCRIBED, NOW)
    done = typed("let-back-in", "pia@payer.example", "--winback", *ASKED)
    assert (done.exit_code, done.stdout) == (
        0,
        "Alpine asks this address back again. It was unsubscribed since 2026-11-20.\n",
    )
    assert Suppression.objects.get().channel == "email"


def test_who_was_not_kept_out_is_not_let_in():
    make_organization()
    refused = typed("let-back-in", "pia@payer.example", *ASKED)
    assert (refused.exit_code, LetBackIn.objects.exists()) == (1, False)
    assert "is not kept out" in refused.stderr


def test_a_customer_is_erased_after_a_look_at_what_is_kept_of_them():
    case = make_case()
    refused = typed("erase", case.customer_id, typing="n\n")
    assert (refused.exit_code, Case.objects.get().erased_at) == (1, None)
    assert "1 customers, 1 cases (1 open), 0 messages." in refused.stdout
    done = typed("erase", case.customer_email, typing="y\n")
    assert done.exit_code == 0
    assert "Erased: 1 cases" in done.stdout
    assert Case.objects.get().customer_email == ""


def test_a_name_is_not_enough_to_erase_somebody():
    case = make_case()
    refused = typed("erase", case.customer_name, "--yes")
    assert (refused.exit_code, Case.objects.get().erased_at) == (1, None)
    assert "neither a customer's id at Stripe" in refused.stderr


def test_everything_is_written_to_a_file_and_the_log_tells_it(tmp_path):
    case, file = make_case(), tmp_path / "all.zip"
    done = typed("export", str(file))
    assert (done.exit_code, f"rows of {case.organization.name}" in done.stdout) == (0, True)
    with ZipFile(file) as opened:
        assert case.customer_name in opened.read("json/recovery_case.json").decode()
    assert AuditEntry.objects.get().what == "everything exported"
    assert typed("export", str(tmp_path)).exit_code == 1


def test_an_organization_is_erased_once_its_name_was_typed_again():
    case = make_case()
    slug = case.organization.slug
    refused = typed("erase", "--organization", slug, typing="erase\n")
    assert (refused.exit_code, Organization.objects.get().ended_at) == (1, None)
    assert "1 cases (1 open), 0 messages," in refused.stdout
    done = typed("erase", "--organization", slug, typing=f"{slug}\n")
    assert done.exit_code == 0
    assert Connection.objects.get().state == "disconnected"
    listed = typed("audit", "erased").stdout
    assert str(case.organization_id) in listed
    assert "by operator: 0 rows, under way" in listed
    assert typed("erase", "--organization", slug, typing=f"{slug}\n").exit_code == 1


def test_a_variable_of_a_script_that_is_empty_erases_no_organization():
    make_case()
    for words in (["erase"], ["erase", "--yes"], ["erase", "--organization", "alpine", "--yes"]):
        assert typed(*words, typing="alpine\n").exit_code == 1
    assert Organization.objects.get().ended_at is None
