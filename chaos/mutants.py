"""Planted bugs: each goes into a copy of the product, and a run that does not find it proves the harness blind.

A mutant is a few exact replacements of source text; where the text is no longer there the mutant is refused, loudly, so
that none of them passes because it no longer exists.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chaos.options import Options
from chaos.report import shown

ROOT = Path(__file__).resolve().parent.parent


class Stale(Exception):  # noqa: N818 - what it is
    """The text a mutant replaces is not in the source any more."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: (file, text, what stands there instead), and the rules one of which must find it."""

    name: str
    what: str
    changes: tuple[tuple[str, str, str], ...]
    found_by: frozenset[str]
    options: dict[str, Any]


def _bug(name: str, what: str, found_by: str, *changes: tuple[str, str, str], **options: Any) -> Mutant:  # noqa: ANN401
    return Mutant(name, what, changes, frozenset(found_by.split()), options)


PERFORM, CLAIMS, DELIVERY = (
    "tideover/recovery/perform.py",
    "tideover/recovery/claims.py",
    "tideover/messages/delivery.py",
)
RECONCILE, STORE, MODELS = (
    "tideover/recovery/reconcile.py",
    "tideover/inbox/store.py",
    "tideover/recovery/models.py",
)
NEWS, CREW = "tideover/worker/news.py", "tideover/worker/crew.py"
PAY = "        key=action.key,\n        payment_method"

MUTANTS: Final = (
    _bug("M1", "a random idempotency key on every try", "I1",
         (PERFORM, PAY, '        key="pr_" + str(__import__("uuid").uuid4()),\n        payment_method')),
    _bug("M2", "the count of tries inside the key", "I1",
         (PERFORM, PAY, '        key=f"{action.key}-{action.tries}",\n        payment_method')),
    _bug("M3", "the webhook says yes before it has stored", "I3",
         (STORE, "        steady(lambda: _insert(rows))\n", '        kept = [row for row in rows if row.type != "invoice.payment_failed" or row.id.int % 3]\n        _ = steady(lambda: _insert(kept)) if kept else None\n')),
    _bug("M4", "the same event is stored again when it comes again", "I3",
         ("tideover/inbox/migrations/0001_initial.py", "fields=('connection', 'event_id'), name='event_once'", "fields=('id', 'event_id'), name='event_once'")),
    _bug("M5", "no last look before a message", "I19",
         (PERFORM, "    last_look(action, effects, now)\n    if not _still_wanted(action, now):\n        return\n    outcome", "    outcome"),
         acts=6.0),
    _bug("M6", "the events of some invoices are thrown away unread", "I6 I15",
         (NEWS, "        if news is None:\n", "        if news is None or (isinstance(news, InvoiceNews) and hash(news.invoice_id) % 3 == 0):\n")),
    _bug("M7", "a worker whose lease ran out settles all the same", "I1 I2 I14 I18 I12",
         (CLAIMS, "    if not held.exists():\n        raise LostLease", "    if False:\n        raise LostLease"),
         (CLAIMS, "    if not started:\n        raise LostLease", "    if False:\n        raise LostLease"),
         (CLAIMS, "state=Action.State.CLAIMED, lease_token=action.lease_token).update(\n        **_ended", "state__in=[\"claimed\", \"planned\", \"done\"]).update(\n        **_ended")),
    _bug("M8", "a message is sent before its mark is made", "I18",
         (DELIVERY, "    settled = _mark(message, now())\n", "    early = transport.send(sender, recipient, mail)\n    settled = _mark(message, now())\n"),
         (DELIVERY, "        answer = transport.send(sender, recipient, mail)\n", "        answer = early\n")),
    _bug("M9", "an event about which Stripe was silent is given up", "I13",
         (NEWS, "queue.release(event, now, str(silent))", "queue.mark([event.pk], State.FAILED, now, str(silent))")),
    _bug("M10", "after a 500 the charge is planned anew under another key", "I1 I2",
         (PERFORM, "    except (claims.LostLease, Unknown):\n", "    except Unknown:\n        Action.objects.filter(pk=action.pk).update(state=\"dropped\", lease_token=None)\n        Action.objects.filter(pk=action.pk).first() and _again(action)\n        return None\n    except claims.LostLease:\n"),
         (PERFORM, "def _must_wait_for_news", "def _again(action: Action) -> None:\n    row = Action.objects.get(pk=action.pk)\n    row.pk, row.state, row.started_at, row.lease_until = __import__(\"uuid\").uuid4(), \"planned\", None, None\n    row.save(force_insert=True)\n\n\ndef _must_wait_for_news")),
    _bug("M11", "a hundred yen are taken for one", "I17",
         ("tideover/recovery/intake.py", "amount_due=read.amount_remaining or read.amount_due", "amount_due=(read.amount_remaining or read.amount_due) * (100 if read.currency == \"jpy\" else 1)"),
         ("tideover/recovery/intake.py", 'int(paid.detail.get("amount") or case.amount_due)', "case.amount_due")),
    _bug("M12", "an account that is only observed is written to", "I38",
         ("tideover/flow/stripe.py", "return connection.may_write and connection", "return True or connection"),
         ("tideover/recovery/planning.py", "may_charge=case.connection.may_write", "may_charge=True")),
    _bug("M13", "doubts are never settled", "I12",
         (CREW, "limit=max(1, free // 2)", "limit=0")),
    _bug("M14", "a key is trusted for ever", "I1",
         (PERFORM, "KEY_IS_SAFE_FOR = timedelta(hours=20)", "KEY_IS_SAFE_FOR = timedelta(days=200)"),
         sleepovers=6),
    _bug("M15", "a lost verdict on a message means that it is sent again", "I18",
         (DELIVERY, "        return _settle(message, State.UNKNOWN, reason=str(lost))\n    failpoint", "        return _settle(message, State.FAILED, reason=str(lost), may_retry=True)\n    failpoint")),
    _bug("M16", "what the dead held is done again although it had begun", "I1 I2 I18",
         (RECONCILE, "    elif action.started_at is None:\n", "    elif True:\n"),
         (RECONCILE, "        reason=reason,\n        lease_token=None,\n", "        reason=reason,\n        started_at=None,\n        lease_token=None,\n")),
)  # fmt: skip


def planted(mutant: Mutant, folder: Path) -> Path:
    """A copy of the product and the harness with the bug in it. Raises Stale where it does not fit any more."""
    for name in ("tideover", "chaos"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for file, text, instead in mutant.changes:
        path = folder / file
        source = path.read_text("utf8")
        if source.count(text) != 1:
            raise Stale(f"{mutant.name}: {file} has {source.count(text)} places with {text.splitlines()[0]!r}")
        path.write_text(source.replace(text, instead), "utf8")
    return folder


def hunt(names: list[str], seed: int) -> int:
    """Run each mutant; 0 when every one was found by a rule it breaks."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    missed = [mutant.name for mutant in chosen if not _found(mutant, seed)]
    print(
        f"{len(chosen) - len(missed)} of {len(chosen)} planted bugs found" + (f"; MISSED: {missed}" if missed else "")
    )
    return 1 if missed else 0


def _found(mutant: Mutant, seed: int) -> bool:
    from chaos.__main__ import run  # noqa: PLC0415 - it imports us

    with tempfile.TemporaryDirectory(prefix=f"tideover-{mutant.name}-") as tree:
        options = small(seed, **mutant.options)
        folder = Path(tempfile.mkdtemp(prefix=f"tideover-chaos-{mutant.name}-"))
        report = asyncio.run(run(options, folder, planted(mutant, Path(tree))))
    hits = [violation for violation in report["violations"] if violation["rule"] in mutant.found_by]
    others = sorted({violation["rule"] for violation in report["violations"]} - mutant.found_by)
    print(
        f"{'found ' if hits else 'MISSED'} {mutant.name}: {mutant.what} "
        f"({len(hits)} times in {report['seconds']} s{'; also ' + ' '.join(others) if others else ''})"
    )
    for violation in hits[:1]:
        print(f"         {shown(violation)}", flush=True)
    return bool(hits)


def small(seed: int, sleepovers: int = 1, acts: float = 0.5) -> Options:
    """A short storm with fewer people and no failpoints: enough to find a bug that is there."""
    disasters = {"everybody_dies": 1, "zombie": 2, "sleepover": sleepovers}
    return Options(
        seed=seed, acts=acts, seconds=7, crowd=28, town=0, failpoints=False, disasters=disasters, kill_every=(80, 160),
        stripe_share=25, webhook_share=25, calm_hours=(0.3, 8, 14, 25, 25, 25, 0.3),
    )  # fmt: skip
