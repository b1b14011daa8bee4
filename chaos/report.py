"""A run's books closed: the artefacts for the oracle, the verdict, and the report that stays."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from chaos.evidence import FILES
from chaos.oracle import RULES, Violation, violations
from chaos.oracle.doors import ANSWERED
from chaos.play import Play
from chaos.stripe_proxy import replies_lost

# As SQLite and as PostgreSQL say it; in a log that is JSON a name's quotes have backslashes.
MISFIT: Final = re.compile(
    r"(?:NOT NULL|CHECK) constraint failed: [\w.]+|no such (?:table|column): [\w.]+|has no column named \w+"
    r"|null value in column \S+ of relation \S+|(?:column|relation) \S+ does not exist|violates check constraint \S+"
)


async def artefacts(play: Play) -> dict[str, Any]:
    """Both sides' books, as JSON."""
    scene = play.scene
    worlds = []
    for world, proxy, merchant in zip(scene.worlds, scene.proxies, scene.merchants, strict=True):
        told = await world.look("summary")
        worlds.append(
            {
                "name": world.name,
                "connection": merchant["connection"].replace("-", ""),
                "mode": world.mode,
                "writes": proxy.writes,
                "invoices": told["invoices"],
                "ledger": [json.loads(line) for line in world.ledger_file.read_text().splitlines()],
            }
        )
    return {
        "worlds": worlds,
        **{name: scene.evidence.lines(name) for name in FILES if name != "faults"},
        "misfits": list(_misfits(scene.folder)),
        "tables": scene.database.dump(),
    }


def _misfits(folder: Path) -> Iterator[dict[str, str]]:
    """What a database said to code that its tables do not fit, by the log of whoever heard it."""
    for log in sorted(folder.glob("*.log")):
        for said in MISFIT.findall(log.read_text("utf8", "replace")):
            yield {"log": log.stem, "said": said}


def verdict(play: Play, books: dict[str, Any]) -> dict[str, Any]:
    """The report: what was violated, and whether enough went wrong for the answer to mean anything."""
    scene, evidence = play.scene, play.scene.evidence
    found = violations(books)
    total, struck = set(scene.failpoints()), scene.family.struck()
    invalid = list(_too_few(play)) if scene.options.failpoints else []
    return {
        "violations": [asdict(violation) for violation in found],
        "invalid": invalid,
        "faults": dict(sorted(evidence.faults.items())),
        "faults_total": sum(evidence.faults.values()),
        "processed_reply_lost": replies_lost(evidence.faults),
        "kills": evidence.kills,
        "failpoints_hit": len(struck & total),
        "failpoints_total": len(total),
        "failpoints_missed": sorted(total - struck),
        "seed": scene.options.seed,
        "database": scene.options.database,
        "product": scene.family.today.product,
        "left_out": scene.left_out,
        "rules": list(RULES),
        "seen": _seen(play, books),
        "options": scene.options.plain(),
    }


def _too_few(play: Play) -> list[str]:
    """Why the run proves too little."""
    evidence, scene, options = play.scene.evidence, play.scene, play.scene.options
    happened = {
        "faults": (sum(evidence.faults.values()), options.faults),
        "kills": (evidence.kills, options.kills),
        "requests processed and their replies lost": (replies_lost(evidence.faults), options.replies_lost),
        "messages sent": (evidence.sends, options.sends),
    }
    said = [f"only {count} {what} of {least}" for what, (count, least) in happened.items() if count < least]
    answered = sum(visit["status"] == ANSWERED for visit in evidence.lines("visits"))
    if answered < options.answers:
        said.append(f"only {answered} of {options.answers} visits of members were answered")
    if scene.version_before and not evidence.by_the_version_before["events_acknowledged"]:
        said.append("the version before this one acknowledged no event")
    for kind, count in scene.options.must_have.items():
        if evidence.faults[kind] < count:
            said.append(f"only {evidence.faults[kind]} of {kind}, at least {count} are needed")
    said += [f"no payer has used the door {door}" for door in scene.payers.missed if options.payers]
    unstruck = sorted(set(scene.failpoints()) - scene.family.struck())
    said += [f"failpoint {name} was never struck" for name in unstruck]
    return said


def _seen(play: Play, books: dict[str, Any]) -> dict[str, Any]:
    """How much life there was in the run."""
    tables = books["tables"]
    return {
        "events_acknowledged": len({ack["event"] for ack in books["acks"]}),
        "cases": len(tables["cases"]),
        "charges_begun": sum(row["do"] == "charge" and bool(row["started_at"]) for row in tables["actions"]),
        "mails_accepted": len(books["mails"]),
        "messages_unknown": sum(row["state"] == "unknown" for row in tables["messages"]),
        "recovered": sum(row["state"] == "recovered" for row in tables["cases"]),
        "requests_to_stripe": sum(proxy.requests for proxy in play.scene.proxies),
        "people_acted": len(play.acts),
        "payers_did": dict(play.scene.payers.did),
        "jumps": play.steps,
        "version_before": _of_the_version_before(play),
        "did_not_end_when_asked": play.family.exits,
        "seconds_of": play.took,
    }


def _of_the_version_before(play: Play) -> dict[str, Any]:
    """What its processes did beside those of this version; empty where there were none."""
    commit, did = play.scene.version_before, play.evidence.by_the_version_before
    return {"commit": commit[:9], **did} if commit else {}


def shown(violation: Violation | dict[str, str]) -> str:
    """A violation as a line."""
    told = violation if isinstance(violation, dict) else asdict(violation)
    return f"{told['rule']}: {told['words']}"


def write(report: dict[str, Any], path: Path) -> None:
    """Keep the report."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=2) + "\n")
