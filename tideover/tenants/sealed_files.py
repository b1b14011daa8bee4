"""Files that are encrypted with AES-256-GCM as they are written, piece by piece: backups.

A head (mark, the key's id, a salt), then pieces of a megabyte. Each file has a key of its own, made from a data key and
the salt; each piece is bound to its number, and the last one says that it is: what was cut off, doubled or put into
another order does not open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tideover.tenants import envelopes
from tideover.tenants.envelopes import KEY_ID_BYTES, Unreadable

MARK: Final = b"TIDEOVER SEALED 1\n"
SALT_BYTES: Final = 16
HEAD_BYTES: Final = len(MARK) + KEY_ID_BYTES + SALT_BYTES
PIECE: Final = 1024 * 1024
TAG_BYTES: Final = 16


def is_sealed(file: Path) -> bool:
    """Whether it begins as what `seal_file` writes."""
    with file.open("rb") as opened:
        return opened.read(len(MARK)) == MARK


def seal_file(plain: Path, sealed: Path) -> None:
    """Write `plain` encrypted with the newest key to `sealed`, and have it on the disk."""
    key_id, salt = envelopes.newest_key(), os.urandom(SALT_BYTES)
    head = MARK + key_id + salt
    key = _key(key_id, salt)
    with plain.open("rb") as source, sealed.open("wb") as target:
        target.write(head)
        for nonce, piece in _numbered(source, PIECE):
            target.write(key.encrypt(nonce, piece, head))
        target.flush()
        os.fsync(target.fileno())


def open_file(sealed: Path, plain: Path) -> None:
    """Write what is in `sealed` to `plain`. Raises Unreadable; then what was written is worth nothing."""
    with sealed.open("rb") as source, plain.open("wb") as target:
        head = source.read(HEAD_BYTES)
        key = _key(head[len(MARK) :][:KEY_ID_BYTES], head[-SALT_BYTES:])
        for nonce, piece in _numbered(source, PIECE + TAG_BYTES):
            try:
                target.write(key.decrypt(nonce, piece, head))
            except InvalidTag:
                raise Unreadable("it was damaged, or cut off.") from None


def _key(key_id: bytes, salt: bytes) -> AESGCM:
    data_key = envelopes.data_keys().get(key_id)
    if data_key is None:
        raise Unreadable(f"TIDEOVER_DATA_KEYS misses the key it was written with, whose id is {key_id.hex()}.")
    return AESGCM(HKDF(SHA256(), 32, salt=salt, info=b"tideover files, AES-256-GCM").derive(data_key))


def _numbered(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bytes]]:
    """The pieces, at least one, each with its nonce: its number, and whether it is the last."""
    number, piece = 0, source.read(size)
    while True:
        following = source.read(size)
        yield number.to_bytes(11) + bytes([not following]), piece
        if not following:
            return
        number, piece = number + 1, following
