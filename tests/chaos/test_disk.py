"""A small disk of its own is full when it is told to be, and has room again; where none may be mounted that is said."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.disk import CannotMount, Disk
from chaos.evidence import Evidence
from chaos.leavers import Leavers

A_PAGE = b"x" * 4096


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A megabyte."""
    found = Disk(tmp_path, 1)
    try:
        found.mount(os.getuid())
    except CannotMount as missing:
        pytest.skip(str(missing))
    yield found
    found.unmount()


def test_a_full_disk_takes_nothing_until_there_is_room_again(disk):
    kept = disk.folder / "kept"
    kept.write_bytes(A_PAGE)
    disk.fill()
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        (disk.folder / "more").write_bytes(A_PAGE)
    disk.make_room()
    (disk.folder / "more").write_bytes(A_PAGE)
    assert kept.read_bytes() == A_PAGE


def test_where_nothing_may_be_mounted_it_says_what_it_takes(tmp_path):
    with pytest.raises(CannotMount, match="needs root and the right to mount"):
        Disk(tmp_path / "nowhere").mount(os.getuid())


def test_who_got_a_mail_knows_the_way_out_of_the_newest(tmp_path):
    leavers = Leavers(Evidence(tmp_path, tmp_path / "offset"))
    leavers.got_mail("pia@acme.example", b"Subject: Hello\r\n\r\nno way out")
    assert not leavers
    leavers.got_mail("pia@acme.example", b"List-Unsubscribe: <http://127.0.0.1/u/old>\r\n\r\n")
    leavers.got_mail("pia@acme.example", b"Subject: x\r\nList-Unsubscribe:\r\n <http://127.0.0.1/u/new>\r\n\r\n")
    assert leavers.ways == {"pia@acme.example": "http://127.0.0.1/u/new"}
