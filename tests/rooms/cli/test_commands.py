"""Every command with bad input: an exit code, a sentence on stderr that says what to do, no traceback, no secret."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from django.db import OperationalError, ProgrammingError
from typer.main import get_command
from typer.testing import CliRunner

from tests.factories import NOW, make_connection, make_member, make_organization, make_user
from tests.rooms.tenants.lost_keys import damage
from tideover.cli import serving, start
from tideover.cli.main import app
from tideover.flow.models import Provider
from tideover.tenants import audit
from tideover.tenants.models import AuditEntry, Connection, SignInLink, User
from tideover.tenants.secrets import Unreadable

pytestmark = pytest.mark.django_db
KEY = "sk_live_51QxVb02eZvKYlo2CcanaryT8hJ3kLm9Nq4Ws7Yx"
USAGE = 2
FAILED = 1


@dataclass(frozen=True)
class Bad:
    """What was typed, and what is said to it."""

    typed: str
    code: int
    said: str


BAD = [
    Bad("", USAGE, ""),
    Bad("nonsense", USAGE, "No such command"),
    Bad(KEY, USAGE, "No such command"),
    Bad("--nonsense", USAGE, "No such option"),
    Bad("connect", USAGE, "--api-key"),
    Bad(f"connect {KEY} --api-key {KEY}", USAGE, "unexpected extra argument"),
    Bad(f"connect --api-key {KEY} --mode {KEY}", FAILED, "it is observe"),
    Bad(f"connect --api-key {KEY} --own-endpoint maybe", FAILED, "it is on or off"),
    Bad(f"connect --api-key {KEY} --preset magic", FAILED, "there are relay"),
    Bad(f"connect --api-key {KEY} --webhook-secret {KEY}", FAILED, "must start with whsec_"),
    Bad(f"connect --api-key {KEY} --email nonsense", FAILED, "no email address"),
    Bad(f"connect --api-key {KEY} --email {KEY}", FAILED, "no email address"),
    Bad(f"connect --api-key {KEY} --sender ünï@merchant.example", FAILED, "no email address"),
    Bad("connect --api-key pk_live_canary1234567890", FAILED, "a pk_ key cannot read invoices"),
    Bad("connect --api-key rk_live_ключ", FAILED, "restricted (rk_…) or secret"),
    Bad(f"connect --api-key '{KEY}\n'", FAILED, "restricted (rk_…) or secret"),
    Bad("connect --api-key ''", FAILED, "restricted (rk_…) or secret"),
    Bad(f"connect --api-key {KEY} --api-base nonsense", FAILED, "its address is none"),
    Bad(f"connect --api-key {KEY} --api-base http://127.0.0.1:1", FAILED, "there is no connection"),
    Bad("plan", USAGE, "Missing argument"),
    Bad(f"plan {KEY} show", FAILED, "is no id of a case"),
    Bad("plan case_1 nonsense", USAGE, "is not one of"),
    Bad("clock advance", USAGE, "Missing argument"),
    Bad(f"clock advance {KEY}", FAILED, "is no id of a case"),
    Bad("pay-page --organization nobody", FAILED, "no such project"),
    Bad(f"pay-page {KEY} {KEY}", USAGE, "unexpected extra argument"),
    Bad("sms set", USAGE, "--account"),
    Bad("sms test", USAGE, "Missing argument"),
    Bad("sms show --organization nobody", FAILED, "no such project"),
    Bad("email set nobody", FAILED, "no such project"),
    Bad("email show --organization nobody", FAILED, "no such project"),
    Bad("drafts setup", USAGE, "Missing argument"),
    Bad("drafts when", USAGE, "Missing argument"),
    Bad("drafts next --organization nobody", FAILED, "no such project"),
    Bad("drafts show --organization nobody", FAILED, "no such project"),
    Bad("notices set", USAGE, "Missing argument"),
    Bad(f"notices set {KEY} recovered daily", FAILED, "no such project"),
    Bad("notices show --organization nobody", FAILED, "no such project"),
    Bad(f"renewals {KEY}", FAILED, "there is nothing to list"),
    Bad("renewals --organization nobody", FAILED, "no such project"),
    Bad("winback --organization nobody", FAILED, "no such project"),
    Bad("recipients add", USAGE, "Missing argument"),
    Bad("recipients list --organization nobody", FAILED, "no such project"),
    Bad("they-replied", USAGE, "Missing argument"),
    Bad(f"they-replied {KEY}", FAILED, "is no id of a case"),
    Bad("texts show nothing", FAILED, "no kind of message 'nothing'"),
    Bad("texts list --organization nobody", FAILED, "no such project"),
    Bad("disconnect", USAGE, "--account"),
    Bad("disconnect --account acct_nobody", FAILED, "no account acct_nobody is connected"),
    Bad("disconnect --account ''", FAILED, "--account is empty"),
    Bad("checklist --organization nobody", FAILED, "no such project"),
    Bad("checklist --hide --show", USAGE, "opposites"),
    Bad("rehearse --organization nobody", FAILED, "no such project"),
    Bad("rehearse --last 0", USAGE, "1 to 365"),
    Bad("rehearse --last 90 --messages", USAGE, "of what comes"),
    Bad("rehearse --last 90 --organization nobody", FAILED, "no such project"),
    Bad("go-live --organization nobody", FAILED, "no such project"),
    Bad("go-live --off --only-new", USAGE, "--off is none"),
    Bad("go-live --project ''", FAILED, "--project is empty"),
    Bad("endpoints", USAGE, "--account"),
    Bad("endpoints --account acct_nobody", FAILED, "no account acct_nobody is connected"),
    Bad("app-manifest --mode maybe", FAILED, "it is observe"),
    Bad("rotate-secret --account acct_nobody --live", FAILED, "no account acct_nobody is connected"),
    Bad("rotate-secret --account ''", FAILED, "--account is empty"),
    Bad("serve --port 65536", USAGE, "65535"),
    Bad("serve --port x", USAGE, "valid integer"),
    Bad("serve --host 192.0.2.1", FAILED, "Choose another with --port or --host"),
    Bad("web --port -1", USAGE, "--port"),
    Bad("web --host 192.0.2.1", FAILED, "cannot listen on 192.0.2.1"),
    Bad("worker now", USAGE, "unexpected extra argument"),
    Bad("stop --organization nobody", FAILED, "no organization nobody"),
    Bad("stop --account acct_nobody", FAILED, "no account acct_nobody"),
    Bad("stop --organization ''", FAILED, "--organization is empty"),
    Bad("start --account ' '", FAILED, "--account is empty"),
    Bad("start everything", USAGE, "unexpected extra argument"),
    Bad("check-mail", USAGE, "--to"),
    Bad("check-mail --to nonsense", FAILED, "nobody can be written to at 'nonsense'"),
    Bad("check-mail --to ''", FAILED, "--to is empty"),
    Bad("check-mail --to me@shop.example --organization nobody", FAILED, "no organization nobody"),
    Bad("reseal now", USAGE, "unexpected extra argument"),
    Bad("doctor nonsense", FAILED, "there is no symptom"),
    Bad("doctor --organization nobody", FAILED, "no organization nobody"),
    Bad("customer", USAGE, "Missing argument"),
    Bad("customer nonsense", FAILED, "no customer is called nonsense"),
    Bad("import acct_nobody", FAILED, "no account acct_nobody is connected"),
    Bad("why", USAGE, "Missing argument"),
    Bad("why nonsense", FAILED, "is no id of a case"),
    Bad(f"why {KEY}", FAILED, "is no id of a case"),
    Bad("promise", USAGE, "Missing argument"),
    Bad("promise nonsense", FAILED, "is no id of a case"),
    Bad(f"promise {KEY} 2026-12-01", FAILED, "is no id of a case"),
    Bad("promise case_x 2026-12-01 --off", USAGE, "--off takes no day"),
    Bad("scan nonsense", FAILED, "There are overdue, cards, stale, connections"),
    Bad("scan --organization nobody", FAILED, "no such project"),
    Bad("messages now", USAGE, "unexpected extra argument"),
    Bad("messages --limit 0", USAGE, "--limit"),
    Bad("messages --organization nobody", FAILED, "no such project"),
    Bad("access", USAGE, "Missing argument"),
    Bad("access cus_nobody", FAILED, "nothing of such a customer failed here"),
    Bad("export", USAGE, "Missing argument"),
    Bad("export everything.zip", FAILED, "there is no organization"),
    Bad("erase", FAILED, "say whom to erase"),
    Bad("erase --organization nobody", FAILED, "no organization nobody"),
    Bad("erase --organization nobody --yes", FAILED, "without --yes"),
    Bad("erase --organization ''", FAILED, "--organization is empty"),
    Bad("erase nobody --yes", FAILED, "there is no organization"),
    Bad("let-back-in me@shop.example", USAGE, "--consent"),
    Bad("let-back-in me@shop.example --consent wished --why asked", FAILED, "there is no consent 'wished'"),
    Bad("let-back-in me@shop.example --consent wrote --why ''", FAILED, "--why is empty"),
    Bad("end-old-secrets --account acct_nobody", FAILED, "there is no account acct_nobody"),
    Bad("dead-letters --replay nonsense", FAILED, "no dead letter nonsense"),
    Bad("dead-letters --replay act_00000000000000000000000000", FAILED, "tideover dead-letters"),
    Bad("login nobody@nowhere.example", FAILED, "nobody signs in as nobody@nowhere.example"),
    Bad("login", FAILED, "Connect an account first"),
    Bad("login ''", FAILED, "EMAIL is empty"),
    Bad("password", USAGE, "Missing argument"),
    Bad("password nobody@nowhere.example", FAILED, "nobody signs in as"),
    Bad("init", USAGE, "Missing argument"),
    Bad("people", USAGE, ""),
    Bad("people role nobody@nowhere.example admin", FAILED, ""),
    Bad("settings", USAGE, ""),
    Bad("settings set nonsense 1", FAILED, ""),
    Bad("rules", USAGE, ""),
    Bad("rules show 9", FAILED, "no such project"),
    Bad("rules edit absent.toml", FAILED, "no such project"),
    Bad("rules copy magic", FAILED, "there are relay"),
    Bad("rules apply now", USAGE, "unexpected extra argument"),
    Bad("rules undo 0", USAGE, "greater than or equal to 1"),
    Bad("end-second-factor nobody@nowhere.example", FAILED, ""),
    Bad("migrate now", USAGE, "unexpected extra argument"),
    Bad("backup", USAGE, "Missing argument"),
    Bad("backup .", FAILED, "is a folder"),
    Bad("backup /dev/null/a.backup", FAILED, "/dev/null"),
    Bad("restore", USAGE, "Missing argument"),
    Bad("restore absent.backup --yes", FAILED, "absent.backup cannot be read"),
    Bad("restore . --yes", FAILED, "cannot be read"),
    Bad("restore absent.backup --yes --optouts absent.jsonl", FAILED, "no file absent.jsonl"),
    Bad("restore absent.backup", FAILED, "Aborted"),
    Bad("copy", USAGE, "--to"),
    Bad("copy --to nonsense", FAILED, "no address of a database"),
    Bad("copy --to mysql://u:canary@127.0.0.1/d", FAILED, "no address of a database"),
    Bad("recount everything", USAGE, "unexpected extra argument"),
    Bad("audit", USAGE, ""),
    Bad("audit nonsense", USAGE, "No such command"),
    Bad("audit verify now", USAGE, "unexpected extra argument"),
    Bad("keys now", USAGE, "unexpected extra argument"),
    Bad("sample", USAGE, ""),
    Bad("sample open", USAGE, "--for"),
    Bad("sample open --for ''", FAILED, "--for is empty"),
    Bad("sample reset --for nobody@nowhere.example", FAILED, "nobody signs in as"),
    Bad("sample close --for nobody@nowhere.example", FAILED, "nobody signs in as"),
    Bad("simulator --port x", USAGE, "--port"),
    Bad("simulator --nonsense", USAGE, "--nonsense"),
    Bad("demo --days 0", USAGE, "--days"),
    Bad("demo --customers many", USAGE, "--customers"),
    Bad("demo --preset magic", FAILED, "there are relay"),
    Bad("demo --home .", FAILED, "no folder of an earlier demo"),
]


@pytest.fixture
def typed(tmp_path, monkeypatch) -> Iterator[CliRunner]:
    """A terminal in an empty folder but for one file."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    (tmp_path / "mine.txt").write_text("mine")
    hook = sys.excepthook
    yield CliRunner()
    sys.excepthook = hook


def test_every_command_is_in_the_table():
    first_words = {bad.typed.partition(" ")[0] for bad in BAD}
    assert set(get_command(app).commands) - first_words == set()


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.typed.replace(KEY, "KEY"))
def test_bad_input_is_answered_with_a_sentence(typed, bad):
    result = typed.invoke(app, bad.typed)
    assert result.exit_code == bad.code
    assert isinstance(result.exception, SystemExit)
    assert bad.said in " ".join(result.stderr.replace("│", " ").split())
    assert "canary" not in result.output
    assert "Traceback" not in result.output
    if bad.code == FAILED:
        assert result.stderr.startswith(("tideover: ", "Aborted"))
    assert Path("mine.txt").read_text() == "mine"
    assert not Connection.objects.exists()


@pytest.mark.parametrize("command", sorted(get_command(app).commands))
def test_each_command_tells_what_it_does(typed, command):
    result = typed.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.stdout) > 80


# ── what can break under any of them ──


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (OperationalError("connection failed: postgres://u:canary@h refused\nIs it running?"), "Check TIDEOVER_DATABASE_URL"),
        (ProgrammingError('relation "tenants_organization" does not exist'), "tideover migrate"),
        (Unreadable("A stored secret cannot be decrypted"), "Put the key back"),
        (PermissionError(13, "Permission denied", "/var/lib/tideover"), "/var/lib/tideover: Permission denied"),
        (OSError(28, "No space left on device", "/var/lib/tideover/a.backup"), "No space left on device"),
        (UnicodeDecodeError("utf-8", b"\xff canary", 0, 1, "invalid start byte"), "should be text is none"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_can_be_foreseen_ends_in_a_sentence(broken, said):
    house = typer.Typer(cls=start.Commands, pretty_exceptions_enable=False)

    @house.command()
    def one():
        raise broken

    @house.command()
    def other():
        pass

    result = CliRunner().invoke(house, ["one"])
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert said in result.stderr
    assert "canary" not in result.stderr


def test_what_nobody_foresaw_keeps_its_traceback_and_shows_no_secret(capsys):
    with pytest.raises(KeyError) as bug:
        {}[f"{KEY} of pia@payer.example"]
    start.tell_of_a_bug(bug.type, bug.value, bug.tb)
    said = capsys.readouterr().err
    assert "test_commands.py" in said
    assert "KeyError" in said
    assert "canary" not in said
    assert "pia@" not in said


# ── stop and start ──


def test_an_account_of_another_merchant_is_not_stopped_by_a_slip_of_the_name(typed):
    mine, other = make_connection(), make_connection()
    result = typed.invoke(app, ["stop", "--organization", mine.organization.slug, "--account", other.account_id])
    assert (result.exit_code, Connection.objects.filter(stopped_at__isnull=False).exists()) == (1, False)
    assert typed.invoke(app, ["stop", "--account", other.account_id]).exit_code == 0
    assert Connection.objects.get(stopped_at__isnull=False) == other


def test_a_variable_that_was_never_set_starts_nobody(typed):
    assert typed.invoke(app, ["stop"]).exit_code == 0
    for flag in ("--organization", "--account"):
        assert typed.invoke(app, ["start", flag, ""]).exit_code == 1
    assert Provider.objects.filter(stopped_at__isnull=False).exists()


# ── keys that cannot be read ──


@pytest.mark.parametrize("command", ["serve --port 0", "web --port 0", "worker"])
def test_nothing_starts_where_no_stored_key_can_be_read(typed, command):
    for connection in (make_connection(), make_connection()):
        damage(connection)
    result = typed.invoke(app, command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "TIDEOVER_DATA_KEYS misses the key" in result.stderr


def test_where_one_key_cannot_be_read_it_is_said_whose_and_the_others_are_served(capsys):
    closed, _ = make_connection(), make_connection()
    damage(closed)
    serving._must_have_the_keys()
    assert f"the key of {closed.account_id} cannot be read" in capsys.readouterr().err


def test_where_no_account_is_connected_yet_nothing_is_missed(capsys):
    damage(make_connection(state="disconnected"))
    serving._must_have_the_keys()
    assert capsys.readouterr().err == ""


# ── people ──


def test_a_link_is_printed_alone_and_only_for_who_may_come_in(typed):
    make_member(make_user("ada@alpine.example"))
    result = typed.invoke(app, ["login", "ADA@alpine.example"])
    assert (result.exit_code, result.stdout.count("\n"), "/sign-in/" in result.stdout) == (0, 1, True)
    assert typed.invoke(app, ["login"]).exit_code == 0
    User.objects.update(is_active=False)
    SignInLink.objects.all().delete()
    for words in (["login", "ada@alpine.example"], ["login"]):
        assert typed.invoke(app, words).exit_code == 1
    assert not SignInLink.objects.exists()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("", "Aborted"), ("canary-short\n", "Aborted"), ("short\nshort\n", "too short"), ("password1234\npassword1234\n", "too common"),
        ("canary-one-password\ncanary-another-one\n", "Aborted"), ("\n\n", "Aborted"), ("a" * 11 + "\n" + "a" * 11 + "\n", "too short"),
    ],
)  # fmt: skip
def test_a_password_that_will_not_do_changes_nothing_and_is_not_shown(typed, answers, said):
    user = make_user("ada@alpine.example", "the old long password")
    result = typed.invoke(app, ["password", user.email], input=answers)
    assert result.exit_code == 1
    assert said in result.stderr + result.stdout
    assert "canary" not in result.output
    user.refresh_from_db()
    assert user.check_password("the old long password")
    assert not AuditEntry.objects.exists()


def test_a_new_password_is_kept_and_written_down_and_not_shown(typed):
    member = make_member(make_user("ada@alpine.example"))
    result = typed.invoke(app, ["password", "Ada@alpine.example"], input="canary-long-enough\n" * 2)
    assert (result.exit_code, "Password set." in result.stdout, "canary" in result.output) == (0, True, False)
    member.user.refresh_from_db()
    assert member.user.check_password("canary-long-enough")
    assert AuditEntry.objects.get().what == "password set"


# ── audit, dead letters ──


def test_flaws_of_the_audit_log_are_on_stderr_and_the_exit_code_tells(typed):
    merchant = make_organization(name="Alpine")
    audit.write(merchant.pk, audit.Deed("ada", "paused"), NOW)
    assert typed.invoke(app, ["audit", "verify"]).exit_code == 0
    AuditEntry.objects.update(who="nobody")
    result = typed.invoke(app, ["audit", "verify"])
    assert (result.exit_code, "Alpine: 1 entries" in result.stdout) == (1, True)
    assert "entry 1: it was changed after it was written" in result.stderr
    assert "1 flaws" in result.stderr


def test_a_list_of_dead_letters_needs_no_key(typed):
    damage(make_connection())
    result = typed.invoke(app, ["dead-letters"])
    assert (result.exit_code, result.stdout) == (0, "No dead letters.\n")
