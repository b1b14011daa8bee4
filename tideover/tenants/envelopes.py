"""Envelopes: bytes encrypted with AES-256-GCM for one place, under a key that the envelope names.

An envelope opens at its own place alone, such as `tenants_connection.api_key:<row>`: one that was moved to another row
or column is refused like a damaged one. Why it is made so: docs/adr/0071-envelopes.md.
"""

from __future__ import annotations

import base64
import binascii
import os
import zlib
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tideover.config import config, keys_in

MARK: Final = b"\xa1"  # no JSON and no Fernet token begins with it
TEXT_MARK: Final = "aes1:"
KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
AS_IT_IS, DEFLATED = b"\x00", b"\x01"


class Unreadable(Exception):  # noqa: N818 - it names the state of the secret
    """What is stored does not open: with no configured key, or not at this place."""

    silent_variable_failure = True  # a page shows nothing in its place

    def __init__(self, why: str = "") -> None:
        reason = why or "TIDEOVER_DATA_KEYS misses the key it was written with, or it was damaged or moved."
        super().__init__(f"A stored secret cannot be decrypted: {reason}")


def data_keys() -> Mapping[bytes, bytes]:
    """The configured keys by their ids, the newest first."""
    made = [_derived(key) for key in keys_in(config().data_keys)]
    return {sha256(b"id of " + key).digest()[:KEY_ID_BYTES]: key for key in made}


@lru_cache
def keys() -> Mapping[bytes, AESGCM]:
    """The same, ready to be used."""
    return {key_id: AESGCM(key) for key_id, key in data_keys().items()}


def _derived(text: str) -> bytes:
    """32 bytes from whatever length of random text the operator brought; others than Fernet makes of it."""
    return HKDF(SHA256(), 32, salt=None, info=b"tideover envelopes, AES-256-GCM").derive(text.encode())


def newest_key() -> bytes:
    """The id of the key that is written with."""
    return next(iter(keys()))


def enclose(content: bytes, place: str, *, deflate: bool = False) -> bytes:
    """`content` as an envelope for `place`: mark, key's id, nonce, then what is encrypted with its tag.

    deflate: make it smaller first, as no database can do so afterwards; that takes fifty times as long as the rest.
    """
    key_id, key = next(iter(keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    return MARK + key_id + nonce + key.encrypt(nonce, _packed(content, deflate=deflate), place.encode())


def opened(envelope: bytes, place: str) -> bytes:
    """What is in the envelope. Raises Unreadable."""
    key = keys().get(key_of(envelope))
    at = len(MARK) + KEY_ID_BYTES
    if key is None or not is_envelope(envelope):
        raise Unreadable
    try:
        return _unpacked(key.decrypt(envelope[at : at + NONCE_BYTES], envelope[at + NONCE_BYTES :], place.encode()))
    except (InvalidTag, ValueError):
        raise Unreadable from None


def _packed(content: bytes, *, deflate: bool) -> bytes:
    return DEFLATED + zlib.compress(content, 1) if deflate else AS_IT_IS + content


def _unpacked(packed: bytes) -> bytes:
    return zlib.decompress(packed[1:]) if packed[:1] == DEFLATED else packed[1:]


def is_envelope(content: bytes) -> bool:
    return content.startswith(MARK)


def key_of(envelope: bytes) -> bytes:
    """The id of the key it was written with."""
    return envelope[len(MARK) : len(MARK) + KEY_ID_BYTES]


def as_text(envelope: bytes) -> str:
    """An envelope for a column of text; its key's id can be read."""
    return f"{text_head(key_of(envelope))}{base64.urlsafe_b64encode(envelope).decode()}"


def text_head(key_id: bytes) -> str:
    """How the text of an envelope under this key begins."""
    return f"{TEXT_MARK}{key_id.hex()}:"


def from_text(text: str) -> bytes:
    """The envelope behind `as_text`. Raises Unreadable."""
    try:
        return base64.b64decode(text.rpartition(":")[2], altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable from None
