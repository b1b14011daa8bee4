"""The demo's results for people and programs: a table, report.json, report.html and cases.csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.template import Context, Engine
from rich.console import Console
from rich.table import Table

from tideover.cli.demo.comparing import World
from tideover.cli.demo.lines import rows
from tideover.cli.demo.options import Options
from tideover.recovery.models import Case

HERE = Path(__file__).parent


def as_json(report: Mapping[str, Any]) -> str:
    """The report as text, the same for the same run."""
    return json.dumps(report, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write(options: Options, report: Mapping[str, Any]) -> None:
    """report.json, report.html and cases.csv in the demo's folder."""
    (options.home / "report.json").write_text(as_json(report), "utf8")
    engine = Engine(dirs=[str(HERE)], autoescape=True)
    page = engine.get_template("report.html").render(Context({"report": report, "rows": rows(report)}))
    (options.home / "report.html").write_text(page, "utf8")
    with (options.home / "cases.csv").open("w", encoding="utf8", newline="") as file:
        _cases(csv.writer(file))


def write_failures(options: Options, worlds: Iterable[World]) -> None:
    """failures.json: every invoice that failed, in each world, for whoever wants to count by themselves."""
    told = {world.name: world.invoices for world in worlds}
    (options.home / "failures.json").write_text(json.dumps(told, indent=1) + "\n", "utf8")


def _cases(out: Any) -> None:  # noqa: ANN401 - csv has no public name for its writer
    out.writerow(
        [
            "invoice",
            "customer",
            "currency",
            "amount_due",
            "amount_recovered",
            "amount_returned",
            "state",
            "cause",
            "via",
            "failed_at",
            "ended_at",
            "next_step",
            "why",
        ]
    )
    for case in Case.objects.prefetch_related("actions").order_by("opened_at", "invoice_id"):
        planned = sorted((a for a in case.actions.all() if a.state == "planned"), key=lambda a: a.due_at)
        out.writerow(
            [
                case.invoice_id,
                case.customer_id,
                case.currency,
                case.amount_due,
                case.amount_recovered,
                case.amount_returned,
                case.state,
                case.first_family,
                case.via,
                case.opened_at.isoformat(),
                case.ended_at.isoformat() if case.ended_at else "",
                planned[0].step if planned else "",
                planned[0].why if planned else "",
            ]
        )


def tell(options: Options, report: Mapping[str, Any], console: Console) -> None:
    """Print the table, or the JSON, and where the files are."""
    if options.json:
        print(as_json(report), end="")  # noqa: T201 - the answer itself
        return
    title = f"{options.days} days, {options.customers} customers, {options.name}, seed {options.seed}"
    table = Table(title=title, show_header=False, title_justify="left")
    for name, value in rows(report):
        table.add_row(name, value)
    console.print(table)
    for violation in report["violations"][:20]:
        console.print(f"[red]violated:[/red] {violation}")
    console.print("Stripe alone: its retries and its mails, on the same shop. An invoice stays open in each world.")
    console.print(f"Written to {options.home}: report.html, report.json, cases.csv, mail/, tideover.sqlite3")
