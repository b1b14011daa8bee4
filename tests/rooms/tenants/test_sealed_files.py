"""A sealed file opens as it was, and not at all where a piece of it was changed, moved, doubled or cut off."""

from __future__ import annotations

import os

import pytest

from tests.rooms.tenants.lost_keys import data_keys
from tideover.tenants.envelopes import Unreadable
from tideover.tenants.sealed_files import HEAD_BYTES, PIECE, TAG_BYTES, is_sealed, open_file, seal_file

SEALED_PIECE = PIECE + TAG_BYTES


@pytest.fixture
def files(tmp_path):
    return tmp_path / "plain", tmp_path / "sealed", tmp_path / "again"


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5])
def test_a_file_of_any_length_opens_as_it_was(files, size):
    plain, sealed, again = files
    plain.write_bytes(os.urandom(size))
    seal_file(plain, sealed)
    assert is_sealed(sealed)
    assert not is_sealed(plain)
    open_file(sealed, again)
    assert again.read_bytes() == plain.read_bytes()


def pieces(content):
    head, rest = content[:HEAD_BYTES], content[HEAD_BYTES:]
    return head, [rest[at : at + SEALED_PIECE] for at in range(0, len(rest), SEALED_PIECE)]


DAMAGES = {
    "the last piece is missing": lambda head, found: head + b"".join(found[:-1]),
    "all pieces are missing": lambda head, _: head,
    "the end is cut off": lambda head, found: (head + b"".join(found))[:-1],
    "two pieces changed places": lambda head, found: head + b"".join([found[1], found[0], *found[2:]]),
    "a piece is there twice": lambda head, found: head + b"".join([found[0], *found]),
    "a bit is another": lambda head, found: head + found[0] + bytes([found[1][0] ^ 1]) + found[1][1:] + found[2],
    "something follows": lambda head, found: head + b"".join(found) + b"x",
    "the salt is another": lambda head, found: head[:-1] + bytes([head[-1] ^ 1]) + b"".join(found),
    "the head is cut off": lambda head, _: head[:-20],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_changed_does_not_open(files, damage):
    plain, sealed, again = files
    plain.write_bytes(b"x" * (2 * PIECE + 5))
    seal_file(plain, sealed)
    sealed.write_bytes(DAMAGES[damage](*pieces(sealed.read_bytes())))
    with pytest.raises(Unreadable):
        open_file(sealed, again)


def test_pieces_of_two_files_do_not_go_together(files):
    plain, sealed, again = files
    plain.write_bytes(b"x" * (PIECE + 5))
    made = []
    for _ in range(2):
        seal_file(plain, sealed)
        made.append(pieces(sealed.read_bytes()))
    (head, [first, _]), (_, [_, last]) = made
    sealed.write_bytes(head + first + last)
    with pytest.raises(Unreadable, match="damaged"):
        open_file(sealed, again)


def test_a_file_whose_key_is_missing_names_its_id(files):
    plain, sealed, again = files
    plain.write_bytes(b"canary")
    with data_keys("lost"):
        seal_file(plain, sealed)
    with pytest.raises(Unreadable, match=r"whose id is [0-9a-f]{8}"):
        open_file(sealed, again)
