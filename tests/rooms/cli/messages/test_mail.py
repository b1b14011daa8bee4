"""`tideover check-mail`: a real mail by the server that is set, and what it said."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tideover.cli.main import app
from tideover.tenants.models import AuditEntry

pytestmark = pytest.mark.django_db
TYPED = ["check-mail", "--to", "ops@alpine.example"]


def test_a_test_mail_is_sent_and_stands_in_the_log(alice, server):
    result = CliRunner().invoke(app, TYPED)
    assert (result.exit_code, "took a test mail for ops@alpine.example" in result.stdout) == (0, True)
    assert "[Test] Mail from Alpine Analytics arrives" in server.mails[0]
    entry = AuditEntry.objects.get(organization=alice.organization)
    assert (entry.who, entry.what, entry.about) == ("operator", "test mail", "ops@alpine.example")


def test_it_works_before_an_account_is_connected(db, server):
    assert CliRunner().invoke(app, TYPED).exit_code == 0
    assert len(server.mails) == 1


def test_of_two_merchants_the_one_that_is_named_writes(alice, mallory, server):
    CliRunner().invoke(app, [*TYPED, "--organization", mallory.organization.slug])
    assert "Malt and Sons" in server.mails[0]


def test_a_refusal_is_a_failure_with_the_servers_words(alice, server):
    server.odd = {"MAIL": "530 5.7.0 sign in first"}
    result = CliRunner().invoke(app, TYPED)
    assert (result.exit_code, "refused the test mail: 530 5.7.0 sign in first" in result.stderr) == (1, True)
    assert "TIDEOVER_SMTP" in result.stderr
