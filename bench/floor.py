"""The floor: what is left of the webhook without HTTP. `python -m bench.floor TOKEN SECRET FIRST COUNT`.

Verify, parse and store 64 events at a time in one thread, as fast as this machine and this database can.
"""

from __future__ import annotations

import os
import sys
import time

TOGETHER = 64


def main(token: str, secret: str, first: int, count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tideover.settings")
    import django  # noqa: PLC0415 - Django wakes up where it is needed

    django.setup()
    from bench.load import event, signature  # noqa: PLC0415
    from tideover import clock  # noqa: PLC0415
    from tideover.inbox.endpoints import endpoint_at  # noqa: PLC0415
    from tideover.inbox.store import store  # noqa: PLC0415
    from tideover.inbox.verify import verify  # noqa: PLC0415

    endpoint = endpoint_at(token)
    assert endpoint is not None
    bodies = [event(first + number) for number in range(count)]
    deliveries = [(body, signature(secret, body)) for body in bodies]
    started = time.perf_counter()
    for place in range(0, count, TOGETHER):
        rows = [verify(endpoint, body, header, clock.now()) for body, header in deliveries[place : place + TOGETHER]]
        assert store([row for row in rows if row is not None]) == [True] * len(rows)
    print(count / (time.perf_counter() - started))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
