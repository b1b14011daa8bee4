"""Said once a message has left, or was opened or followed, for whoever keeps figures of what it was about."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

moved: Final = Signal()  # about: the id of what the message was about


def tell_moved(about: UUID) -> None:
    """Tell it after the commit: nobody's rows are waited for while the message's is held."""
    transaction.on_commit(lambda: moved.send(sender=None, about=about), robust=True)
