"""`tideover sample`: a person's sample shop by command."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from tideover.cli.main import app
from tideover.recovery.models import Case
from tideover.upkeep.sample.shop import sample_of

pytestmark = pytest.mark.django_db


def typed(*words):
    return CliRunner().invoke(app, list(words))


def test_it_is_opened_made_anew_and_closed(alice):
    told = typed("sample", "open", "--for", alice.user.email.upper())
    assert (told.exit_code, "invented" in told.stdout) == (0, True)
    first = sample_of(alice.user)
    assert Case.objects.filter(organization=first).count() == 60
    assert typed("sample", "open", "--for", alice.user.email).exit_code == 0
    assert sample_of(alice.user) == first
    assert typed("sample", "reset", "--for", alice.user.email).exit_code == 0
    assert sample_of(alice.user) != first
    assert typed("sample", "close", "--for", alice.user.email).exit_code == 0
    assert sample_of(alice.user) is None
    assert "no sample shop open" in typed("sample", "close", "--for", alice.user.email).stderr


def test_commands_mean_the_merchants_own_organization(alice):
    typed("sample", "open", "--for", alice.user.email)
    assert alice.user.email in typed("people", "list").stdout
    assert typed("settings", "get").exit_code == 0
    assert "Sample shop" not in typed("audit", "verify").stdout + typed("doctor").stdout
    slug = sample_of(alice.user).slug
    assert "there is no organization" in typed("start", "--organization", slug).stderr
    assert "a sample shop" in typed("people", "invite", "dora@alpine.example", "admin", "--organization", slug).stderr
    assert typed("check-mail", "--to", "me@shop.example", "--organization", slug).exit_code == 1
