"""What happened in a run, as it happened: JSON lines in the run's folder, and counts of every fault that was done."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

FILES: Final = (
    "faults", "acks", "refusals", "odd", "mails", "handed", "looks", "visits", "outs", "restores", "opt_outs",
    "writes", "agreements", "rules",
)  # fmt: skip


class Evidence:
    """The run's own books. A fault counts only when it was written here, and it is written when it was done."""

    def __init__(self, folder: Path, offset_file: Path) -> None:
        self.folder = folder
        self.faults: Counter[str] = Counter()
        self.kills = self.sends = 0
        self.by_the_version_before: Counter[str] = Counter()  # what of it all its processes did
        self._offset_file = offset_file
        self._files = {name: (folder / f"{name}.jsonl").open("a", buffering=1) for name in FILES}

    def stamp(self) -> dict[str, float]:
        """Now on the harness's own clock, and now as the product sees it (unix seconds)."""
        return {"real": time.monotonic(), "at": self.product_time()}

    def product_time(self) -> float:
        """The product's present instant, by the same file it reads itself."""
        return time.time() + float(self._offset_file.read_text("ascii"))

    def fault(self, kind: str, **detail: Any) -> None:  # noqa: ANN401 - a line of JSON
        """A fault was done."""
        self.faults[kind] += 1
        self._write("faults", kind=kind, **detail)

    def restored(self, backup_at: float, notices: list[dict[str, Any]]) -> None:
        """The product's database is as it was at `backup_at` (unix seconds of the product's clock).

        notices: the rows that there were right before, of which some are gone.
        """
        self._write("restores", backup_at=backup_at, notices=notices)

    def kill(self, who: str, pid: int) -> None:
        """A process of ours died by SIGKILL."""
        self.kills += 1
        self._write("faults", kind="kill", who=who, pid=pid)

    def acknowledged(self, connection: str, event: dict[str, Any], *, before: bool = False) -> None:
        """Our webhook, or that of the version before, said 2xx to this event."""
        self.by_the_version_before["events_acknowledged"] += before
        self._write("acks", event=event["id"], type=event["type"], object=_about(event), hook=connection)

    def refused(self, event: str, status: int) -> None:
        """Our webhook said no, or not now."""
        self._write("refusals", event=event, status=status)

    def odd(self, event: str) -> None:
        """An event was sent that Stripe would never send."""
        self.fault("odd_event", event=event)
        self._write("odd", event=event)

    def visit(self, **detail: Any) -> None:  # noqa: ANN401 - a line of JSON
        """A page for members was asked for, and something was answered."""
        self._write("visits", **detail)

    def out(self, who: str) -> None:
        """The session of somebody ended, by the product's own word."""
        self.fault(who)
        self._write("outs", who=who)

    def opt_out(self, **detail: Any) -> None:  # noqa: ANN401 - a line of JSON
        """A customer asked for no more mail, and was answered."""
        self._write("opt_outs", **detail)

    def look(self, invoice: str) -> None:
        """The product asked Stripe about an invoice."""
        self._write("looks", invoice=invoice)

    def write(self, world: str, path: str, key: str, what: str) -> None:
        """The product asked Stripe, for good or until further notice, to do `what` with a thing, under this key."""
        self._write("writes", world=world, path=path, key=key, what=what)

    def agreement(self, **detail: Any) -> None:  # noqa: ANN401 - a line of JSON
        """A payer sent a form of the pay page, and was answered or not."""
        self._write("agreements", **detail)

    def rules(self, **detail: Any) -> None:  # noqa: ANN401 - a line of JSON
        """A merchant has other rules from now on, by this version of theirs."""
        self._write("rules", **detail)

    def mail(self, *, before: bool = False, **detail: Any) -> None:  # noqa: ANN401 - a line of JSON
        """The mail server beyond the proxy took a message over, of a worker of this version or of that before."""
        self.sends += 1
        self.by_the_version_before["mails_accepted"] += before
        self._write("mails", **detail)

    def handed(self, message_id: str) -> None:
        """The proxy has a whole message, whatever becomes of it: from here on its sender may be in doubt."""
        self._write("handed", message_id=message_id)

    def lines(self, name: str) -> list[dict[str, Any]]:
        """All that was written down under `name`."""
        return [json.loads(line) for line in (self.folder / f"{name}.jsonl").read_text().splitlines()]

    def _write(self, name: str, **line: Any) -> None:  # noqa: ANN401 - a line of JSON
        self._files[name].write(json.dumps({**self.stamp(), **line}) + "\n")


def _about(event: dict[str, Any]) -> str:
    """The id of what an event tells of, where it has one."""
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    found = thing.get("id") if isinstance(thing, dict) else None
    return found if isinstance(found, str) else ""
