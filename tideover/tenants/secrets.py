"""Secrets at rest: encrypted with a key that is not the session key, and readable after a rotation."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import models

from tideover.config import config


class Unreadable(Exception):  # noqa: N818 - it names the state of the secret
    """A stored secret does not open with any configured key."""


def _fernet_key(text: str) -> bytes:
    """The 32 bytes Fernet wants, from whatever length of random text the operator brought."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())


@lru_cache
def _box() -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in config().data_keys.split(",") if key])


def seal(text: str) -> str:
    """`text` encrypted with the newest key."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text behind `sealed`. Raises Unreadable, never returns ciphertext."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as wrong:
        raise Unreadable(
            "A stored secret cannot be decrypted: TIDEOVER_DATA_KEYS misses the key it was written with."
        ) from wrong


if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField


class SecretField(Text):
    """A text column whose value is encrypted in the database and plain in Python."""

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        return seal(value) if value else value

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        return unseal(value) if value else value
