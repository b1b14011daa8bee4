"""A backup brings everything back, in quarantine, and no opt-out that was made after it is lost."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.db import connection

from tests import factories as make
from tests.factories import NOW
from tests.rooms.tenants.lost_keys import data_keys
from tideover.config import config
from tideover.core.catalogue import Channel
from tideover.flow import stops
from tideover.messages import optouts
from tideover.messages.keyed import address_hash
from tideover.messages.models import LetBackIn, Message, Suppression
from tideover.messages.suppression import Request, let_back_in, refusal, suppress
from tideover.notices.models import Notice
from tideover.notices.planning import plan_summaries
from tideover.recovery.models import Action, Case
from tideover.tenants.models import AuditEntry, Connection, Organization, OrganizationErasure
from tideover.tenants.sealed_files import is_sealed
from tideover.upkeep.backup import PG_MAGIC, SQLITE_MAGIC, CannotBackUp, back_up
from tideover.upkeep.privacy.erase import erase
from tideover.upkeep.privacy.organization import erase_organization, go_on
from tideover.upkeep.restoring import restore

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def optouts_file(tmp_path, monkeypatch):
    monkeypatch.setattr(config(), "optouts_file", str(tmp_path / "kept" / "optouts.jsonl"))
    return tmp_path / "kept" / "optouts.jsonl"


@pytest.fixture
def case():
    case = make.make_case(make.make_connection(api_key="sk" + "_test_canary"), customer_email="pia@payer.example")
    make.make_action(case, due_at=NOW - HOUR)
    return case


def test_what_was_there_is_there_again_and_what_came_later_is_gone(case, tmp_path, optouts_file):
    file = tmp_path / "a.backup"
    assert back_up(file) == file.stat().st_size > 0
    later = make.make_case(case.connection)
    Action.objects.all().delete()
    restore(file, [], NOW)
    assert list(Case.objects.values_list("pk", flat=True)) == [case.pk]
    assert Action.objects.get().due_at == NOW - HOUR
    assert not Case.objects.filter(pk=later.pk).exists()


def test_after_a_restore_every_connection_is_in_quarantine_and_it_is_written_down(case, tmp_path, optouts_file):
    gone = make.make_connection(state="disconnected")
    back_up(tmp_path / "a.backup")
    assert restore(tmp_path / "a.backup", [], NOW).quarantined == 1
    assert Connection.objects.get(pk=case.connection_id).quarantined_at == NOW
    assert Connection.objects.get(pk=gone.pk).quarantined_at is None
    assert AuditEntry.objects.get().what == "quarantine.begun"


def test_what_was_to_be_told_by_then_is_not_told_again_and_the_restore_says_how_much(case, tmp_path, optouts_file):
    make.make_member(organization=case.organization)
    Case.objects.filter(pk=case.pk).update(attention="replied")
    morning = NOW.replace(hour=8)
    plan_summaries(morning)
    planned = Notice.objects.count()
    ending = make.make_alert(make.make_method(make.make_customer(case.connection), expires_on=NOW.date()))
    back_up(tmp_path / "a.backup")
    Notice.objects.all().delete()
    assert restore(tmp_path / "a.backup", [], morning + HOUR).doubted == planned > 0
    assert set(Notice.objects.values_list("state", flat=True)) == {"unknown"}
    ending.refresh_from_db()
    assert ending.state == "planned", "nothing charges that card"


def test_an_opt_out_made_after_the_backup_holds_after_the_restore(case, tmp_path, optouts_file):
    back_up(tmp_path / "a.backup")
    suppress(case.organization, Channel.EMAIL, "pia@payer.example", Suppression.Reason.UNSUBSCRIBED, NOW)
    assert restore(tmp_path / "a.backup", [optouts_file], NOW + HOUR).optouts == 1
    assert refusal(case.project, Channel.EMAIL, "Pia@payer.example", NOW + HOUR) == "suppressed:unsubscribed"
    assert restore(tmp_path / "a.backup", [optouts_file], NOW + HOUR).optouts == 1


def test_an_opt_out_from_before_its_address_was_let_back_in_is_not_applied_again(case, tmp_path, optouts_file):
    pia, wish = "pia@payer.example", Request(LetBackIn.Consent.SAID, "Called on Monday.", "ada")
    suppress(case.organization, Channel.EMAIL, pia, Suppression.Reason.UNSUBSCRIBED, NOW)
    let_back_in(case.organization, Channel.EMAIL, pia, wish, NOW + HOUR)
    back_up(tmp_path / "a.backup")
    assert restore(tmp_path / "a.backup", [optouts_file], NOW + HOUR).optouts == 0
    assert refusal(case.project, Channel.EMAIL, pia, NOW + HOUR) is None
    suppress(case.organization, Channel.EMAIL, pia, Suppression.Reason.BOUNCED, NOW + 2 * HOUR)
    assert restore(tmp_path / "a.backup", [optouts_file], NOW + 3 * HOUR).optouts == 1
    assert refusal(case.project, Channel.EMAIL, pia, NOW + 3 * HOUR) == "suppressed:bounced"


def test_an_opt_out_holds_where_the_record_of_letting_back_in_was_lost_with_the_database(case, tmp_path, optouts_file):
    pia, wish = "pia@payer.example", Request(LetBackIn.Consent.SAID, "Called on Monday.", "ada")
    suppress(case.organization, Channel.EMAIL, pia, Suppression.Reason.UNSUBSCRIBED, NOW)
    back_up(tmp_path / "a.backup")
    let_back_in(case.organization, Channel.EMAIL, pia, wish, NOW + HOUR)
    restore(tmp_path / "a.backup", [optouts_file], NOW + HOUR)
    assert refusal(case.project, Channel.EMAIL, pia, NOW + HOUR) == "suppressed:unsubscribed"


def test_an_erasure_made_after_the_backup_holds_after_the_restore(case, tmp_path, optouts_file):
    make.make_message(case, to_hash=address_hash("pia@payer.example"))
    back_up(tmp_path / "a.backup")
    Case.objects.filter(pk=case.pk).update(customer_email="Pia@Payer.example", customer_id="cus_1Canary")
    back_up(tmp_path / "b.backup")
    erase(case.organization, "cus_1Canary", "ada", NOW)
    for name in ("a.backup", "b.backup"):
        restore(tmp_path / name, [optouts_file], NOW + HOUR)
        assert (Message.objects.get().to_address, Message.objects.get().text) == ("", "")
        assert refusal(case.project, Channel.EMAIL, "pia@payer.example", NOW) == "suppressed:unsubscribed"
    assert (Case.objects.get().customer_email, Case.objects.get().erased_at) == ("", NOW)


def test_a_new_backup_holds_nothing_of_whom_was_erased_before_it(case, tmp_path):
    Case.objects.filter(pk=case.pk).update(customer_name="Pia Canary" * 9, customer_id="cus_1Canary")
    erase(case.organization, "cus_1Canary", "ada", NOW)
    back_up(tmp_path / "a.backup")
    restore(tmp_path / "a.backup", [], NOW)
    assert "Canary" not in str([*Case.objects.values()])
    assert b"Canary" not in (tmp_path / "a.backup").read_bytes()


def test_the_opt_out_file_tells_nobodys_address_and_is_its_owners_alone(case, optouts_file):
    suppress(case.organization, Channel.EMAIL, "pia@payer.example", Suppression.Reason.BOUNCED, NOW)
    suppress(case.organization, Channel.EMAIL, "pia@payer.example", Suppression.Reason.BOUNCED, NOW)
    [line] = optouts_file.read_text().splitlines()
    assert json.loads(line)["reason"] == "bounced"
    assert "pia" not in line
    assert optouts_file.stat().st_mode & 0o777 == 0o600


def test_an_opt_out_that_was_rolled_back_is_not_in_the_file(case, optouts_file):
    from django.db import transaction  # noqa: PLC0415

    with transaction.atomic():
        suppress(case.organization, Channel.EMAIL, "pia@payer.example", Suppression.Reason.BOUNCED, NOW)
        transaction.set_rollback(True)
    assert not optouts_file.exists()


def test_a_line_cut_off_by_a_power_cut_hides_no_other(case, optouts_file):
    suppress(case.organization, Channel.EMAIL, "pia@payer.example", Suppression.Reason.BOUNCED, NOW)
    with optouts_file.open("a") as file:
        file.write('{"organization": "1')
    assert len(list(optouts.kept(optouts_file))) == 1


def test_a_backup_shows_no_key_and_only_its_owner_reads_it(case, tmp_path):
    back_up(tmp_path / "a.backup")
    assert b"_test_canary" not in (tmp_path / "a.backup").read_bytes()
    assert (tmp_path / "a.backup").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a.backup"]


@pytest.mark.parametrize("damage", ["cut", "foreign", "absent"])
def test_a_damaged_backup_is_refused_and_nothing_is_touched(case, tmp_path, damage):
    file = tmp_path / "a.backup"
    back_up(file)
    whole = file.read_bytes()
    if damage == "absent":
        file.unlink()
    else:
        file.write_bytes(whole[: len(whole) // 3] if damage == "cut" else b"not a backup at all")
    with pytest.raises(CannotBackUp):
        restore(file, [], NOW)
    assert Case.objects.get().pk == case.pk
    assert Connection.objects.get().quarantined_at is None


def test_a_backup_is_encrypted_and_opens_with_its_key_alone(case, tmp_path):
    file = tmp_path / "a.backup"
    with data_keys("first"):
        back_up(file)
    assert is_sealed(file)
    assert b"pia@payer.example" not in file.read_bytes()
    with data_keys("other"), pytest.raises(CannotBackUp, match="TIDEOVER_DATA_KEYS misses the key"):
        restore(file, [], NOW)
    assert Case.objects.get().pk == case.pk
    with data_keys("other,first"):
        restore(file, [], NOW)
    assert [path.name for path in config().home.glob(".backup*")] == []


def test_a_plain_backup_is_one_that_the_databases_programs_read_and_is_restored_too(case, tmp_path):
    file = tmp_path / "a.backup"
    back_up(file, plain=True)
    assert file.read_bytes().startswith(SQLITE_MAGIC if connection.vendor == "sqlite" else PG_MAGIC)
    Action.objects.all().delete()
    restore(file, [], NOW)
    assert Action.objects.count() == 1


def of_another_program(file: Path) -> None:
    """A whole backup of a database in which nothing of ours is."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE recipes (name TEXT)")
        return
    url = urlsplit(os.environ["TIDEOVER_DATABASE_URL"])._replace(path="/postgres").geturl()
    subprocess.run(["pg_dump", "--format=custom", f"--file={file}", url], check=True)


def test_a_whole_backup_of_another_program_is_refused_and_nothing_is_touched(case, tmp_path):
    of_another_program(tmp_path / "a.backup")
    with pytest.raises(CannotBackUp, match="another program"):
        restore(tmp_path / "a.backup", [], NOW)
    assert Case.objects.get().pk == case.pk


def test_a_backup_that_fails_leaves_nothing_half_done(case, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotBackUp, match="is a folder"):
        back_up(tmp_path / "folder")
    with pytest.raises(FileExistsError):
        back_up(tmp_path / "file" / "a.backup")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder"}
    assert (tmp_path / "file").read_text() == "mine"


# ── the original may still live ──


def halted() -> bool:
    return bool(stops.why_stopped(Connection.objects.get()).startswith("everything is stopped"))


def emptied() -> None:
    """Another machine's database: it has tables, and nothing of this house in them."""
    call_command("flush", interactive=False, verbosity=0)


def test_a_backup_that_takes_the_place_of_its_own_original_is_in_quarantine_and_no_more(case, tmp_path, optouts_file):
    back_up(tmp_path / "a.backup")
    assert not restore(tmp_path / "a.backup", [], NOW).stopped
    assert not halted()


def test_a_copy_beside_its_original_stays_shut_until_a_person_starts_it(case, tmp_path, optouts_file):
    back_up(tmp_path / "a.backup")
    emptied()
    assert restore(tmp_path / "a.backup", [], NOW).stopped
    Connection.objects.update(quarantined_at=None)  # each open case was read again: that alone lets nothing out
    assert halted()
    stops.start(None, by="operator", now=NOW)
    assert not halted()


def test_who_says_that_the_original_is_gone_need_not_start_it(case, tmp_path, optouts_file):
    back_up(tmp_path / "a.backup")
    emptied()
    assert not restore(tmp_path / "a.backup", [], NOW, original_is_gone=True).stopped
    assert not halted()


def told_in(file: Path) -> bytes:
    """All that a plain backup says."""
    if connection.vendor == "sqlite":
        return file.read_bytes()
    return subprocess.run(["pg_restore", "--file=-", str(file)], capture_output=True, check=True).stdout


def test_of_an_erased_organization_no_new_backup_tells_and_an_old_one_loses_it_again(case, tmp_path, optouts_file):
    organization = case.organization
    Case.objects.filter(pk=case.pk).update(customer_name="Zerelda Canary")
    back_up(tmp_path / "old.backup")
    back_up(tmp_path / "old.plain", plain=True)
    assert b"Zerelda Canary" in told_in(tmp_path / "old.plain")
    Connection.objects.update(state="disconnected", left_at=NOW)
    erase_organization(organization, OrganizationErasure.By.OPERATOR, NOW)
    go_on(NOW + HOUR, write=lambda *_: True)
    assert not Organization.objects.exists()
    back_up(tmp_path / "new.plain", plain=True)
    assert b"Zerelda Canary" not in told_in(tmp_path / "new.plain")
    restore(tmp_path / "old.backup", [optouts_file], NOW)
    assert Organization.objects.get().ended_at == NOW
    assert Connection.objects.get().api_key == "", "nothing is asked of Stripe once more"
    go_on(NOW + HOUR, write=lambda *_: True)
    assert not Organization.objects.exists()
