"""Tells Django that this room has rows, and who hears that a message has moved."""

from django.apps import AppConfig


class Recovery(AppConfig):
    name = "tideover.recovery"
    label = "recovery"

    def ready(self) -> None:
        """The figures listen to the messages, which know of no case."""
        from tideover.messages.moved import moved  # noqa: PLC0415 - once Django is awake
        from tideover.recovery.figures import reached  # noqa: PLC0415

        moved.connect(reached.again, dispatch_uid="figures")
