"""What every page of a demo shows: its time and where its mail lies."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tideover.worker.timemachine import installed


def demo(_request: HttpRequest) -> dict[str, Any]:
    """`demo`: the simulated instant and the mailbox's address; empty outside of a demo."""
    machine = installed()
    if machine is None:
        return {}
    return {"demo": {"now": machine.now, "mailbox_url": f"{machine.world.url}/_mailbox/"}}
