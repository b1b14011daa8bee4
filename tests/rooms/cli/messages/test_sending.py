"""`tideover email`: an account kept once its provider lets us in, shown without its secret, and forgotten."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tests.rooms.messages.mailers import ACCOUNTS, WRONG
from tideover.cli.main import app
from tideover.config import config
from tideover.gateways.mailers.account import Provider
from tideover.messages.accounts import MailAccount
from tideover.simulator.account.world import new_simulator
from tideover.simulator.embedded import running
from tideover.simulator.mailing.aws import ACCESS_KEY
from tideover.tenants.models import Project

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def simulator(monkeypatch, alice):
    Project.objects.filter(pk=alice.project.pk).update(sender_email="billing@alpine.example")
    with running(new_simulator(seed=7)) as there:
        monkeypatch.setattr(config(), "mail_api_base", there.base_url)
        yield there


def typed(*words, secret):
    return CliRunner().invoke(app, ["email", *words], input=f"{secret}\n")


def test_an_account_is_kept_shown_without_its_secret_and_forgotten(alice):
    secret = ACCOUNTS[Provider.SES].secret
    kept = typed("set", "ses", "--option", f"user={ACCESS_KEY}", "--option", "region=eu-west-1", secret=secret)
    assert (kept.exit_code, "Kept: Amazon SES (an account that sends)" in kept.stdout) == (0, True)
    assert MailAccount.objects.get(project=alice.project).secret == secret
    shown = typed("show", secret="").stdout
    assert "region eu-west-1" in shown
    assert secret not in kept.stdout + shown
    assert typed("forget", secret="").exit_code == 0
    assert "By the mail server of this installation" in typed("show", secret="").stdout


def test_what_is_not_said_of_an_account_stays_as_it_is(alice):
    secret = ACCOUNTS[Provider.SES].secret
    typed("set", "ses", "--option", f"user={ACCESS_KEY}", "--option", "region=eu-west-1", secret=secret)
    again = typed("set", "ses", "--option", "set=dunning", secret="")
    options = {"user": ACCESS_KEY, "region": "eu-west-1", "set": "dunning"}
    assert (again.exit_code, MailAccount.objects.get().options) == (0, options), again.stderr
    assert MailAccount.objects.get().secret == secret


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "pigeon"), "'pigeon' is no provider"),
        (("set", "resend", "--option", "region=eu"), "it takes none"),
        (("set", "mailgun", "--option", "domain"), "it takes domain, region"),
        (("set", "ses", "--option", "region=eu-west-1"), "user: This is missing"),
        (("set", "resend"), "Resend does not let us in with this"),
    ],
)
def test_what_cannot_be_right_is_not_kept_and_says_why(words, said):
    answer = typed(*words, secret=WRONG)
    assert (answer.exit_code, said in answer.stderr) == (1, True)
    assert not MailAccount.objects.exists()


def test_where_a_provider_tells_is_shown_renewed_and_its_key_is_kept_unseen(alice):
    assert "goes by the mail server of this installation" in typed("key", secret="k").stderr
    typed("set", "resend", secret=ACCOUNTS[Provider.RESEND].secret)
    assert "/mail/resend/" in typed("show", secret="").stdout
    kept = typed("key", secret="whsec_c2VjcmV0")
    assert (kept.exit_code, "whsec" in kept.stdout) == (0, False)
    assert MailAccount.objects.get().hook.key == "whsec_c2VjcmV0"
    before = MailAccount.objects.get().hook.token
    renewed = typed("renew", secret="").stdout
    assert before not in renewed
    assert MailAccount.objects.get().hook.token in renewed
