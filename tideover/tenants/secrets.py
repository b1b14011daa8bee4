"""Columns that are encrypted in the database and plain in Python: secrets, and the words of others.

What is sealed is opened where it is read, not where its row is: a key that is missing is the trouble of its rows alone.
Beside processes of a version before the envelopes, all is written as these read it (`way`).
"""

from __future__ import annotations

import base64
import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from tideover.config import config, keys_in
from tideover.tenants import envelopes
from tideover.tenants.envelopes import Unreadable

__all__ = ["SealedBytes", "SealedText", "SecretField", "Unreadable", "Way", "seal", "sealed_field", "unseal", "way"]


class Way(StrEnum):
    """How what is new is sealed, and what opens."""

    OLDER = "older"  # processes of an older version may run: secrets as Fernet tokens, words as they are
    BOTH = "both"  # what is new is an envelope; what is older still opens
    ENVELOPES = "envelopes"  # nothing else opens


_settled: Final[list[Way]] = []  # once it is ENVELOPES it stays so, and is not asked for again


def way() -> Way:
    """The way of this installation."""
    if _settled:
        return _settled[0]
    row = apps.get_model("tenants", "OlderSeals").objects.first()
    if row is None:
        _settled.append(Way.ENVELOPES)
        return Way.ENVELOPES
    return Way.OLDER if row.envelopes_since is None else Way.BOTH


@lru_cache
def _fernet() -> MultiFernet:
    """What secrets were sealed with before the envelopes: its keys are the hash of what the operator brought."""
    made = [hashlib.sha256(key.encode()).digest() for key in keys_in(config().data_keys)]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


def seal(text: str, place: str) -> str:
    """`text` encrypted with the newest key, to be opened at `place` alone."""
    if way() == Way.OLDER:
        return _fernet().encrypt(text.encode()).decode()
    return envelopes.as_text(envelopes.enclose(text.encode(), place))


def unseal(sealed: str, place: str) -> str:
    """The text behind `sealed`. Raises Unreadable, never returns ciphertext."""
    if sealed.startswith(envelopes.TEXT_MARK):
        return envelopes.opened(envelopes.from_text(sealed), place).decode()
    _may_be_plain()
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as wrong:
        raise Unreadable from wrong


Held = TypeVar("Held", str, bytes)
if TYPE_CHECKING:
    Text = models.TextField[str, str]
    Bytes = models.BinaryField[bytes, bytes]
    FieldOf = models.Field
else:
    Text, Bytes = models.TextField, models.BinaryField

    class FieldOf(models.Field):  # what it holds is of the annotations alone
        def __class_getitem__(cls, _held: object) -> type:
            return cls


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as the database keeps it. No text and no bytes, so that nobody takes it for one."""

    content: str | bytes


class _Opening(DeferredAttribute):
    """Opens a value each time it is read. Raises Unreadable."""

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:  # noqa: ANN401
        kept = super().__get__(instance, cls)
        if not isinstance(kept, Sealed):
            return kept
        assert isinstance(self.field, SealedField)
        return self.field.opened(instance, kept.content)

    def __set__(self, instance: models.Model, value: object) -> None:  # else what the row has would hide this class
        instance.__dict__[self.field.attname] = value


class SealedField(FieldOf[Held, Held], ABC):
    """A column that is sealed for its row. `owner`: the column that names the row; known before it is stored."""

    descriptor_class = _Opening
    stored_class: ClassVar[str] = ""  # how migrations know the column, where it was one before it was sealed

    def __init__(self, *args: Any, owner: str = "pk", **options: Any) -> None:  # noqa: ANN401 - Django's signature
        self.owner = owner
        super().__init__(*args, **options)

    def deconstruct(self) -> Any:  # noqa: ANN401 - Django's signature
        """To the database it is a column like any other."""
        name, path, arguments, options = super().deconstruct()
        return name, self.stored_class or path, arguments, options

    def place(self, owner: object) -> str:
        """Where a value is at home."""
        return f"{self.model._meta.db_table}.{self.column}:{owner}"  # noqa: SLF001 - Django's documented API

    def sealed(self, owner: object, value: Any) -> Sealed:  # noqa: ANN401 - text or bytes
        """The value as the row of `owner` keeps it: for an update, which has no row in hand."""
        return Sealed(self.enclosed(value, self.place(owner)) if value else value)

    def opened(self, instance: models.Model | None, content: Any) -> Any:  # noqa: ANN401 - text or bytes
        """What the row of `instance` keeps. Raises Unreadable."""
        return self.disclosed(content, self.place(getattr(instance, self.owner))) if content else content

    @abstractmethod
    def enclosed(self, value: Any, place: str) -> str | bytes:  # noqa: ANN401 - text or bytes
        """The value as it is kept at this place."""

    @abstractmethod
    def disclosed(self, content: Any, place: str) -> str | bytes:  # noqa: ANN401 - text or bytes
        """The value behind what is kept at this place. Raises Unreadable."""

    def get_prep_value(self, value: Any) -> Any:  # noqa: ANN401 - Django's signature
        if isinstance(value, Sealed):
            return value.content
        if value:
            raise TypeError(f"{self.name} is sealed for its row: save the row, or give what `sealed` makes of it")
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        return super().get_db_prep_value(value if prepared else self.get_prep_value(value), connection, prepared=True)

    def from_db_value(self, value: Any, *_: object) -> Any:  # noqa: ANN401 - what the column holds
        content = bytes(value) if isinstance(value, memoryview) else value
        return Sealed(content) if content else content

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ANN401, FBT001 - Django's signature
        """What nobody has opened is saved as it was."""
        value = model_instance.__dict__.get(self.attname) or super().pre_save(model_instance, add)
        return value if isinstance(value, Sealed) else self.sealed(getattr(model_instance, self.owner), value)


def sealed_field(model: type[models.Model], name: str) -> SealedField[Any]:
    """A column of a model, of which somebody seals values for rows that are not in hand."""
    field = model._meta.get_field(name)  # noqa: SLF001 - Django's documented API
    assert isinstance(field, SealedField)
    return field


class SecretField(SealedField[str], Text):
    """A secret."""

    def enclosed(self, value: str, place: str) -> str:
        return seal(value, place)

    def disclosed(self, content: str, place: str) -> str:
        return unseal(content, place)


class SealedText(SealedField[str], Text):
    """A text of others. Before the envelopes it was kept as it is."""

    stored_class = "django.db.models.TextField"

    def enclosed(self, value: str, place: str) -> str:
        older = way() == Way.OLDER
        return value if older else envelopes.as_text(envelopes.enclose(value.encode(), place, deflate=True))

    def disclosed(self, content: str, place: str) -> str:
        if content.startswith(envelopes.TEXT_MARK):
            return envelopes.opened(envelopes.from_text(content), place).decode()
        _may_be_plain()
        return content


class SealedBytes(SealedField[bytes], Bytes):
    """Bytes of others. Before the envelopes they were kept as they are."""

    stored_class = "django.db.models.BinaryField"

    def enclosed(self, value: bytes, place: str) -> bytes:
        return value if way() == Way.OLDER else envelopes.enclose(value, place)

    def disclosed(self, content: bytes, place: str) -> bytes:
        if envelopes.is_envelope(content):
            return envelopes.opened(content, place)
        _may_be_plain()
        return content


def _may_be_plain() -> None:
    """Raises Unreadable where nothing but envelopes is taken."""
    if way() == Way.ENVELOPES:
        raise Unreadable("it is none of the envelopes that are written here.")
