"""Settings are refused at the start with the reason, and the reason shows no secret."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from tideover.cli import start
from tideover.config import Config, _made_once, is_a_database, keys_in

LONG = "canary-0123456789-0123456789-0123456789"
PRODUCTION = {
    "TIDEOVER_MODE": "production",
    "TIDEOVER_BASE_URL": "https://billing.shop.example",
    "TIDEOVER_SECRET_KEY": LONG,
    "TIDEOVER_DATA_KEYS": LONG,
    "TIDEOVER_ADDRESS_KEY": LONG,
}


def reasons(monkeypatch, tmp_path, **variables: str) -> str:
    """Why these settings are refused, in the words of the command line; empty where they are not."""
    monkeypatch.chdir(tmp_path)  # no .env
    for name in [name for name in os.environ if name.startswith("TIDEOVER_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        Config()
    except ValidationError as unsafe:
        return "; ".join(start._reason(error["loc"], str(error["msg"])) for error in unsafe.errors())
    return ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"TIDEOVER_SECRET_KEY": ""}, "TIDEOVER_SECRET_KEY must have at least 32"),
        ({"TIDEOVER_SECRET_KEY": "canary-too-short"}, "TIDEOVER_SECRET_KEY must have at least 32"),
        ({"TIDEOVER_DATA_KEYS": ""}, "TIDEOVER_DATA_KEYS and TIDEOVER_ADDRESS_KEY must be set"),
        ({"TIDEOVER_ADDRESS_KEY": ""}, "TIDEOVER_DATA_KEYS and TIDEOVER_ADDRESS_KEY must be set"),
        ({"TIDEOVER_DATA_KEYS": " , ,"}, "has commas and no key"),
        ({"TIDEOVER_BASE_URL": "http://billing.shop.example"}, "it must be https"),
        ({"TIDEOVER_MODE": "live"}, "TIDEOVER_MODE: Input should be 'development' or 'production'"),
    ],
)  # fmt: skip
def test_production_starts_only_with_safe_settings(monkeypatch, tmp_path, changes, reason):
    said = reasons(monkeypatch, tmp_path, **PRODUCTION | changes)
    assert reason in said
    assert bool(said) == bool(reason)
    assert "canary" not in said


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("BASE_URL", "nonsense", "begins with https://"), ("BASE_URL", "", "begins with https://"), ("BASE_URL", "https://", "begins with https://"),
        ("BASE_URL", "ftp://shop.example", "begins with https://"), ("BASE_URL", "http://[::1", "begins with https://"),
        ("BASE_URL", "http://127.0.0.1:99999", "begins with https://"), ("BASE_URL", "http://127.0.0.1:9000/", ""),
        ("SMTP_PORT", "0", "TIDEOVER_SMTP_PORT"), ("SMTP_PORT", "65536", "TIDEOVER_SMTP_PORT"), ("SMTP_PORT", "smtp", "TIDEOVER_SMTP_PORT"),
        ("SMTP_TLS", "ssl", "TIDEOVER_SMTP_TLS"), ("LOG_LEVEL", "LOUD", "TIDEOVER_LOG_LEVEL"), ("DATA_KEYS", ",", "has commas and no key"),
        ("DATABASE_URL", "nonsense", "TIDEOVER_DATABASE_URL is no address"), ("DATABASE_URL", "mysql://u:canary@h/d", "TIDEOVER_DATABASE_URL is no address"),
        ("DATABASE_URL", "postgres://u:canary@h:port/d", "TIDEOVER_DATABASE_URL is no address"), ("DATABASE_URL", "postgres://u:canary@h/d", ""),
        ("NO_SUCH_SETTING", "x", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_also_on_a_laptop(monkeypatch, tmp_path, name, value, reason):
    said = reasons(monkeypatch, tmp_path, **{f"TIDEOVER_{name}": value})
    assert reason in said
    assert bool(said) == bool(reason)
    assert "canary" not in said


def test_all_that_is_wrong_with_single_settings_is_said_at_once(monkeypatch, tmp_path):
    said = reasons(monkeypatch, tmp_path, TIDEOVER_SMTP_PORT="x", TIDEOVER_LOG_LEVEL="x")
    assert "TIDEOVER_SMTP_PORT" in said
    assert "TIDEOVER_LOG_LEVEL" in said


def test_no_setting_shows_a_secret_when_it_is_printed(monkeypatch, tmp_path):
    reasons(monkeypatch, tmp_path)
    secrets = ("secret_key", "data_keys", "address_key", "smtp_password", "metrics_token")
    values = dict.fromkeys(secrets, LONG) | {"database_url": "postgres://u:canary@h/d"}
    assert "canary" not in repr(Config(**values))


@pytest.mark.parametrize(
    ("given", "keys"), [("", []), (",", []), ("a", ["a"]), ("a,b", ["a", "b"]), (" a ,\n b,, ", ["a", "b"])]
)
def test_keys_are_told_apart_by_commas(given, keys):
    assert keys_in(given) == keys


@pytest.mark.parametrize(
    ("url", "is_one"),
    [("sqlite:///x.sqlite3", True), ("postgresql://h/d", True), ("postgres://u:p%40@h:5432/d", True), ("oracle://h/d", False), ("://", False), ("x" * 5_000, False), ("redis://h", False)],
)  # fmt: skip
def test_only_two_kinds_of_database_are_known(url, is_one):
    assert is_a_database(url) is is_one


# ── keys made on a laptop ──


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    file = tmp_path / "keys" / "data"
    made = _made_once(file)
    assert len(made) >= 48
    assert _made_once(file) == made == file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_who_starts_while_another_makes_the_key_waits_for_it(tmp_path):
    file = tmp_path / "secret"
    with ThreadPoolExecutor(1) as second:
        with file.open("w") as first:
            fcntl.flock(first, fcntl.LOCK_EX)
            key = second.submit(_made_once, file)
            first.write("made by the first")
        assert key.result() == "made by the first"


def test_a_key_that_was_never_written_is_made(tmp_path):
    file = tmp_path / "secret"
    file.touch()
    assert len(_made_once(file)) >= 32
    assert _made_once(file) == file.read_text()


@pytest.mark.parametrize("in_the_way", ["file", "folder"])
def test_a_key_that_cannot_be_made_or_read_is_an_error_of_the_system_that_names_the_place(tmp_path, in_the_way):
    place = tmp_path / "keys" / "data"
    if in_the_way == "file":
        (tmp_path / "keys").write_text("")
    else:
        place.mkdir(parents=True)
    with pytest.raises(OSError) as error:
        _made_once(place)
    assert str(tmp_path) in str(error.value.filename)
