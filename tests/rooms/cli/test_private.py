"""What the house keeps of people is its owner's alone, whatever the machine's umask."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tideover.config import kept_private


@pytest.fixture
def open_to_all():
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(*paths):
    return [path.stat().st_mode & 0o777 for path in paths]


@pytest.mark.usefixtures("open_to_all")
def test_a_new_database_and_its_folder_are_their_owners_alone(tmp_path):
    file = kept_private(tmp_path / "home" / "tideover.sqlite3")
    assert modes(file, file.parent) == [0o600, 0o700]


@pytest.mark.usefixtures("open_to_all")
def test_a_database_of_an_earlier_version_is_closed_with_all_that_lies_beside_it(tmp_path):
    file = tmp_path / "tideover.sqlite3"
    beside = [tmp_path / f"tideover.sqlite3-{name}" for name in ("wal", "shm")]
    for each in (file, *beside):
        each.write_bytes(b"Pia")
    kept_private(file)
    assert modes(file, *beside) == [0o600] * 3
    assert file.read_bytes() == b"Pia"


def test_what_lies_beside_a_database_may_go_at_any_moment(tmp_path):
    file, over = tmp_path / "tideover.sqlite3", threading.Event()
    wal = tmp_path / "tideover.sqlite3-wal"

    def others_come_and_go():
        while not over.is_set():
            wal.touch(0o644)
            wal.unlink()

    with ThreadPoolExecutor(1) as others:
        coming_and_going = others.submit(others_come_and_go)
        try:
            for _ in range(10_000):
                kept_private(file)
        finally:
            over.set()
        coming_and_going.result()
