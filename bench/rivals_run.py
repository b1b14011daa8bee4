"""One engine doing nothing many times; run by bench.rivals with the rivals' own Python."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from typing import Any


def main(engine: str, url: str, jobs: int) -> None:
    """Print jobs a second and the most memory held, as JSON."""
    rate = {"procrastinate": procrastinate_rate, "dbos": dbos_rate, "celery": celery_rate}[engine](url, jobs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"per_s": round(rate), "rss_mb": round(memory, 1)}))


def procrastinate_rate(url: str, jobs: int) -> float:
    """Jobs deferred first, then done by one worker with 20 at a time."""
    import procrastinate  # noqa: PLC0415

    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url.replace("postgres://", "postgresql://"))
    )

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        del number

    async def run() -> float:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            await nothing.batch_defer_async(*({"number": number} for number in range(jobs)))
            started = time.perf_counter()
            await app.run_worker_async(wait=False, concurrency=20, install_signal_handlers=False)
            return jobs / (time.perf_counter() - started)

    return asyncio.run(run())


def dbos_rate(url: str, jobs: int) -> float:
    """Workflows of one step enqueued first, then done by this process's queue."""
    from dbos import DBOS  # noqa: PLC0415

    DBOS(
        config={
            "name": "nothing",
            "system_database_url": url.replace("postgres://", "postgresql://"),
            "run_admin_server": False,
        }
    )

    @DBOS.workflow()
    def nothing(number: int) -> int:
        return number

    DBOS.launch()
    queue = DBOS.register_queue("nothing", worker_concurrency=20, polling_interval_sec=0.05)
    started = time.perf_counter()
    handles: list[Any] = [queue.enqueue(nothing, number) for number in range(jobs)]
    for handle in handles:
        handle.get_result()
    took = time.perf_counter() - started
    DBOS.destroy()
    return jobs / took


def celery_rate(url: str, jobs: int) -> float:
    """Tasks sent first, then done by a worker with one thread in this process."""
    from celery import Celery, signals  # noqa: PLC0415
    from celery.contrib.testing.worker import start_worker  # noqa: PLC0415

    app = Celery("nothing", broker=url)
    app.conf.task_ignore_result = True
    done: list[float] = []

    @app.task(name="nothing")
    def nothing(number: int) -> None:
        del number

    @signals.task_postrun.connect
    def count(**_: object) -> None:
        done.append(time.perf_counter())

    for number in range(jobs):
        nothing.delay(number)
    started = time.perf_counter()
    with start_worker(app, perform_ping_check=False, pool="solo"):
        while len(done) < jobs:
            time.sleep(0.01)
    return jobs / (done[-1] - started)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
