"""Secrets at rest: encrypted with a key that is not the session key, and readable after a rotation.

A secret is opened where it is read, not where its row is: a key that is missing is the trouble of those accounts alone.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from tideover.config import config, keys_in


class Unreadable(Exception):  # noqa: N818 - it names the state of the secret
    """A stored secret does not open with any configured key."""


def _fernet_key(text: str) -> bytes:
    """The 32 bytes Fernet wants, from whatever length of random text the operator brought."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())


@lru_cache
def _box() -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys_in(config().data_keys)])


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


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as the database keeps it. No text, so that nobody takes it for one."""

    text: str


class _Opening(DeferredAttribute):
    """Opens a secret each time it is read. Raises Unreadable."""

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:  # noqa: ANN401
        kept = super().__get__(instance, cls)
        return unseal(kept.text) if isinstance(kept, Sealed) else kept

    def __set__(self, instance: models.Model, value: object) -> None:  # else what the row has would hide this class
        instance.__dict__[self.field.attname] = value


class SecretField(Text):
    """A text column whose value is encrypted in the database and plain in Python."""

    descriptor_class = _Opening

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        if isinstance(value, Sealed):
            return value.text
        return seal(value) if value else value

    def from_db_value(self, value: str | None, *_: object) -> Sealed | str | None:
        return Sealed(value) if value else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ANN401, FBT001 - Django's signature
        """What nobody has opened is saved as it was."""
        return model_instance.__dict__.get(self.attname) or super().pre_save(model_instance, add)
