"""Both sides' books of a finished run, and the report made of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from tideover.cli.demo.checks import Artefacts, OurCase, OurMessage, violations
from tideover.cli.demo.comparing import World, side_by_side
from tideover.cli.demo.options import Options
from tideover.core.declines import Family, for_merchant
from tideover.core.outcomes import Tried, Word
from tideover.core.steps import CHARGES, MESSAGES
from tideover.messages.channels.email.envelope import sender_of
from tideover.messages.models import Message
from tideover.recovery.models import Action, Attempt, Case
from tideover.worker.timemachine import TimeMachine

HOUR = 3600


def artefacts(machine: TimeMachine) -> Artefacts:
    """What the simulator and the mailbox saw, beside our own rows."""
    summary, attempts = machine.world.summary(), machine.world.ledger()
    messages = Message.objects.filter(state=Message.State.SENT).select_related("project").order_by("sent_at")
    steps = dict(Action.objects.filter(do__in=MESSAGES).values_list("id", "step"))
    charges = Action.objects.filter(do__in=CHARGES, started_at__isnull=False)
    return Artefacts(
        attempts=tuple(attempts),
        invoices=tuple(summary["invoices"]),
        mails=tuple(_header(mail, "Message-ID").strip("<>") for mail in machine.world.mails()),
        cases=tuple(
            OurCase(str(case.pk), case.invoice_id, case.state, case.currency, case.amount_recovered)
            for case in Case.objects.order_by("id")
        ),
        messages=tuple(
            OurMessage(str(m.about), steps[m.action_id], m.sent_at, _message_id(m)) for m in messages if m.sent_at
        ),
        charge_keys=frozenset(action.key for action in charges),
        paid_at={i["id"]: datetime.fromtimestamp(i["paid_at"], UTC) for i in summary["invoices"] if i["paid_at"]},
        lost_deliveries=machine.failed_deliveries,
    )


def _header(mail: Mapping[str, Any], name: str) -> str:
    """A header of a mail that arrived, whatever the case of its name."""
    return next((str(value) for key, value in dict(mail["headers"]).items() if key.lower() == name.lower()), "")


def _message_id(message: Message) -> str:
    return f"{message.action_id}@{sender_of(message.project).rpartition('@')[2]}"


def report(options: Options, seen: Artefacts, alone: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of the run. Money per currency in minor units, rates as basis points, never a float."""
    cases = list(Case.objects.order_by("opened_at", "id"))
    recovered = [case for case in cases if case.state == Case.State.RECOVERED and case.amount_recovered]
    closed = [case for case in cases if case.state != Case.State.FAILING]
    return {
        "seed": options.seed,
        "days": options.days,
        "customers": options.customers,
        "preset": options.preset,
        "stripes_retries": options.coexist,
        "failed": {"count": len(cases), "amounts": _sums(cases, "amount_due")},
        "recovered": {"count": len(recovered), "amounts": _sums(cases, "amount_recovered")},
        "returned": {"amounts": _sums((case for case in cases if case.amount_returned), "amount_returned")},
        "recovery_rate": _rate(len(recovered), len(cases)),
        "recovery_rate_matured": _rate(len(recovered), len(closed)),
        "by_state": dict(sorted(Counter(case.state for case in cases).items())),
        "by_cause": _by_cause(cases),
        "by_via": dict(sorted(Counter(case.via for case in recovered).items())),
        "charges": _charges(),
        "messages": _messages(),
        "median_days_to_recovery": _median_days(recovered),
        "same_failures": side_by_side(worlds(options, seen, alone), int(options.ends_at.timestamp())),
        "stripe_alone": {name: _alone(summary) for name, summary in alone.items()},
        "violations": violations(seen),
    }


def worlds(options: Options, seen: Artefacts, alone: Mapping[str, Mapping[str, Any]]) -> list[World]:
    """Ours, and those in which Stripe was alone."""
    theirs = [World(name, tuple(summary["invoices"])) for name, summary in alone.items()]
    return [World(options.name, seen.invoices), *theirs]


def _sums(cases: Iterable[Case], column: str) -> dict[str, int]:
    """A column of minor units, by currency."""
    total: dict[str, int] = defaultdict(int)
    for case in cases:
        total[case.currency] += getattr(case, column)
    return dict(sorted(total.items()))


def _rate(part: int, whole: int) -> dict[str, int]:
    """A share with what it is of: `basis_points` of `of` cases."""
    return {"basis_points": part * 10_000 // whole if whole else 0, "count": part, "of": whole}


def _by_cause(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Each family of declines; those that go on are in `failed` and in neither of the others."""
    rows = []
    for family, failed in Counter(case.first_family for case in cases).most_common():
        states = Counter(case.state for case in cases if case.first_family == family)
        rows.append(
            {
                "cause": family,
                "words": for_merchant(Family(family)),
                "failed": failed,
                "ended": failed - states[Case.State.FAILING],
                "recovered": states[Case.State.RECOVERED],
            }
        )
    return sorted(rows, key=lambda row: (-row["failed"], row["cause"]))


def _charges() -> dict[str, int]:
    """Tries to charge by who made them; `first` is the renewal's own try, which opened the case."""
    attempts = Attempt.objects.values_list("case_id", "by", "outcome").order_by("case_id", "at", "id")
    counted: Counter[str] = Counter()
    previous = None
    for case_id, by, outcome in attempts:
        counted["first" if case_id != previous else by] += 1
        counted["succeeded"] += outcome == Tried.PAID
        previous = case_id
    return dict(sorted(counted.items()))


def _messages() -> dict[str, Any]:
    skipped = Action.objects.filter(do__in=MESSAGES, state=Action.State.DONE).exclude(outcome=Word.SENT)
    return {
        "sent": Message.objects.filter(state=Message.State.SENT).count(),
        "not_sent": dict(sorted(Counter(skipped.values_list("outcome", flat=True)).items())),
    }


def _median_days(recovered: Sequence[Case]) -> str | None:
    """The median time from failure to payment, in days with one decimal, as text."""
    hours = [(case.ended_at - case.opened_at).total_seconds() // HOUR for case in recovered if case.ended_at]
    return f"{median(hours) / 24:.1f}" if hours else None


def _alone(summary: Mapping[str, Any]) -> dict[str, Any]:
    failed, recovered = int(summary["failed"]), int(summary["recovered"])
    return {
        "failed": {"count": failed, "amounts": dict(sorted(summary["failed_amounts"].items()))},
        "recovered": {"count": recovered, "amounts": dict(sorted(summary["recovered_amounts"].items()))},
        "recovery_rate": _rate(recovered, failed),
    }
