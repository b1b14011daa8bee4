"""`python -m chaos.nursery`: Django is woken once, and every process of the product is a quick fork of it.

What runs in the fork is the product's own web server and worker loop, under its own settings. Orders come as JSON lines
on stdin ({"role": "worker", "failpoints": "charge.answered=kill"}), each is answered with {"pid": …} on stdout.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

PAUSE_SECONDS = 0.15  # between two looks: a twentieth of the product's own would be all that two cores do
PACE = timedelta(milliseconds=4)  # between two calls for an account
MORE_DEATHS = 6
A_DAY = timedelta(days=1)


def main() -> None:
    """Wake up, say on which port the web processes will listen, then bear children until stdin ends."""
    from tideover.cli.start import awake  # noqa: PLC0415

    awake()
    _shorten_pauses()
    _grow_up()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    _say({"port": listener.getsockname()[1], "product": _home_of_the_code()})
    born: list[int] = []
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave no zombie behind
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(order, listener)
        born.append(pid)
        _say({"pid": pid})
    for pid in born:  # the harness has gone: nobody stays behind
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _say(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def _home_of_the_code() -> str:
    import tideover  # noqa: PLC0415

    return str(Path(tideover.__file__).parent)


def _shorten_pauses() -> None:
    """Waiting is not what is tested, and five deaths are a bad minute here: what they bury has a test of its own.

    The parts of a payment plan are due day by day. Every other constant of the product stays as it is.
    """
    from chaos.hurry import hurry  # noqa: PLC0415
    from tideover.flow import rate_limit  # noqa: PLC0415
    from tideover.inbox import queue  # noqa: PLC0415
    from tideover.recovery import claims  # noqa: PLC0415
    from tideover.worker import crew  # noqa: PLC0415

    hurry()
    ways: Any = import_module("tideover.core.ways.plans")
    ways.dates = lambda first, parts: tuple(first + number * A_DAY for number in range(parts))
    ways = import_module("tideover.core.ways.in_parts")
    ways.AGAIN_AFTER = (A_DAY, A_DAY)
    rate_limit.BETWEEN_CALLS = PACE
    crew.PAUSE_SECONDS = crew.AWAY_SECONDS = PAUSE_SECONDS
    claims.MOST_TRIES *= MORE_DEATHS
    queue.MOST_TRIES *= MORE_DEATHS


def _grow_up() -> None:
    """Load before the first fork what every child would load after it: they live for a second or two."""
    import stripe  # noqa: PLC0415
    from django.core.validators import validate_email  # noqa: PLC0415

    import tideover.asgi  # noqa: F401, PLC0415
    from tideover.cli import serving  # noqa: PLC0415
    from tideover.recovery.places import zone_name  # noqa: PLC0415
    from tideover.worker import effects  # noqa: PLC0415

    serving.jobs(threading.Event())
    effects.real_effects(for_workers=True)
    services = stripe.StripeClient("sk_test_nobody").v1
    _ = (services.invoices, services.events, services.charges, services.payment_intents, services.invoice_payments)
    _ = (stripe.Invoice, stripe.Event, stripe.Charge, stripe.Customer, stripe.PaymentIntent, stripe.PaymentMethod)
    _ = (stripe.InvoicePayment, stripe.Subscription, stripe.Price, stripe.Plan)
    validate_email("pia@acme.example")  # its patterns
    zone_name("GB", "", "UTC")
    gc.collect()
    gc.freeze()  # the forks share these pages for as long as nobody counts on them


def _live(order: dict[str, Any], listener: socket.socket) -> None:
    """The life of a child: it ends here, one way or the other. `off_by`: how many seconds its own clock is ahead."""
    from tideover import clock, failpoints  # noqa: PLC0415

    clock.OFF_BY = timedelta(seconds=order.get("off_by", 0))

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the orders are not for it
    os.setpgid(0, 0)
    failpoints.arm(order.get("failpoints", ""), os.environ["TIDEOVER_FAILPOINTS_LOG"])
    code = 1
    try:
        code = ROLES[order["role"]](order, listener)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _until_told() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _web(_order: dict[str, Any], listener: socket.socket) -> int:
    from tideover.cli.web import start  # noqa: PLC0415

    stop = _until_told()
    web = start(listener)
    stop.wait()
    web.stop()
    return 0


def _worker(_order: dict[str, Any], _listener: socket.socket) -> int:
    from tideover.cli.serving import work  # noqa: PLC0415

    work(_until_told())
    return 0


def _prepare(order: dict[str, Any], _listener: socket.socket) -> int:
    """Bring the database up and connect the merchants of `order`; what was made is written to its `result` file."""
    from chaos.merchants import connect_merchants  # noqa: PLC0415
    from tideover.cli.start import migrated  # noqa: PLC0415

    migrated()
    made = connect_merchants(order["merchants"], order["base_url"], order["plan"])
    _write(order, made)
    return 0


def _adopt(order: dict[str, Any], _listener: socket.socket) -> int:
    """Other rules for a merchant; their version, or 0 where the database was away."""
    from chaos.merchants import adopt_rules  # noqa: PLC0415

    return _or_nothing(order, lambda: adopt_rules(order["connection"], order["plan"], order["end"]), 0)


def _links(order: dict[str, Any], _listener: socket.socket) -> int:
    """Links to the pay pages of some customers; none where the database was away."""
    from chaos.merchants import hand_out_links  # noqa: PLC0415

    return _or_nothing(order, lambda: hand_out_links(order["connection"], order["count"], order["seed"]), {})


def _or_nothing(order: dict[str, Any], do: Callable[[], object], nothing: object) -> int:
    """Do it and write down what it gives: where it breaks, nothing."""
    given = nothing
    with suppress(Exception):
        given = do()
    _write(order, given)
    return 0


def _connect_again(order: dict[str, Any], _listener: socket.socket) -> int:
    from chaos.merchants import connect_again  # noqa: PLC0415

    return _told(order, lambda: connect_again(order["merchant"]))


def _members(order: dict[str, Any], _listener: socket.socket) -> int:
    from chaos.merchants import take_in_members  # noqa: PLC0415

    _write(order, take_in_members(order["connection"], order["names"]))
    return 0


def _out(order: dict[str, Any], _listener: socket.socket) -> int:
    from chaos.merchants import end_membership  # noqa: PLC0415

    return _told(order, lambda: end_membership(order["how"]))


def _back_up(order: dict[str, Any], _listener: socket.socket) -> int:
    from tideover.upkeep.backup import back_up  # noqa: PLC0415

    return _told(order, lambda: back_up(Path(order["file"])))


def _restore(order: dict[str, Any], _listener: socket.socket) -> int:
    from tideover import clock  # noqa: PLC0415
    from tideover.messages import optouts  # noqa: PLC0415
    from tideover.upkeep.restoring import restore  # noqa: PLC0415

    told = [path for path in [optouts.path()] if path.exists()]  # as `tideover restore` does
    return _told(order, lambda: restore(Path(order["file"]), told, clock.now()))


def _seal(order: dict[str, Any], _listener: socket.socket) -> int:
    """What the timetable does every minute, once more when all is done."""
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.sealing import seal  # noqa: PLC0415

    return _told(order, lambda: seal(clock.now()))


def _told(order: dict[str, Any], work: Callable[[], object]) -> int:
    """Do it; a word about it, or about why not, is written to the order's `result` file."""
    try:
        work()
        word = ""
    except Exception as failed:  # noqa: BLE001 - the harness says it
        word = f"{type(failed).__name__}: {failed}"
    _write(order, word)
    return 0


def _write(order: dict[str, Any], what: object) -> None:
    partial = Path(order["result"]).with_suffix(".part")
    partial.write_text(json.dumps(what))
    partial.replace(order["result"])


ROLES = {
    "web": _web, "worker": _worker, "prepare": _prepare, "members": _members, "out": _out,
    "connect_again": _connect_again, "adopt": _adopt, "links": _links,
    "back_up": _back_up, "restore": _restore, "seal": _seal,
}  # fmt: skip

if __name__ == "__main__":
    main()
