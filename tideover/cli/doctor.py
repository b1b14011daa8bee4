"""`tideover doctor`: what is wrong, by what it shows, what it costs and what mends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import orjson
import typer

from tideover.cli.start import fail, with_tables

if TYPE_CHECKING:
    from tideover.tenants.models import Organization
    from tideover.upkeep.doctor.findings import Finding, Level
    from tideover.upkeep.doctor.table import Symptom

NOTHING, LOOK, BROKEN = 0, 3, 4


def doctor(symptom: str, organization: str, *, as_json: bool) -> int:
    """Print what was found for each organization; the exit code says how bad it is."""
    with_tables()
    from tideover import clock  # noqa: PLC0415
    from tideover.upkeep.doctor.examine import examine  # noqa: PLC0415
    from tideover.upkeep.doctor.findings import worst  # noqa: PLC0415
    from tideover.upkeep.doctor.table import checks_for  # noqa: PLC0415

    wanted = checks_for(_symptom(symptom))
    found = {
        each: [finding for finding in examine(each.pk, clock.now()) if finding.check in wanted]
        for each in _organizations(organization)
    }
    if as_json:
        told = {each.slug: [finding.to_json() for finding in findings] for each, findings in found.items()}
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo("\n".join(line for each, findings in found.items() for line in _lines(each, findings, wanted)))
    return _code(worst([finding for findings in found.values() for finding in findings]))


def _symptom(word: str) -> Symptom | None:
    from tideover.upkeep.doctor.table import WORDS, Symptom  # noqa: PLC0415

    if not word:
        return None
    if word not in set(Symptom):
        known = ", ".join(f"{each} ({words.lower()})" for each, words in WORDS.items())
        fail(f"there is no symptom {word!r}", then=f"There are: {known}.")
    return Symptom(word)


def _organizations(slug: str) -> list[Organization]:
    from tideover.tenants.ending import merchants  # noqa: PLC0415

    found = merchants().order_by("created_at", "pk")
    if slug and not found.filter(slug=slug).exists():
        fail(f"there is no organization {slug}", then="`tideover people list` tells the slugs.")
    chosen = list(found.filter(slug=slug) if slug else found)
    if not chosen:
        fail("nobody has an organization here yet", then="Connect an account first: tideover connect")
    return chosen


def _code(level: Level) -> int:
    from tideover.upkeep.doctor.findings import Level  # noqa: PLC0415

    return {Level.BAD: BROKEN, Level.WARN: LOOK, Level.UNKNOWN: LOOK}.get(level, NOTHING)


def _lines(organization: Organization, findings: Sequence[Finding], wanted: Sequence[str]) -> Iterator[str]:
    from tideover.upkeep.doctor.table import CHECKS  # noqa: PLC0415

    yield organization.name
    for finding in findings:
        yield from _told(finding)
    fine = [name for name in wanted if name not in {finding.check for finding in findings}]
    yield from (f"  fine     {CHECKS[name].fine}" for name in fine)


def _told(finding: Finding) -> Iterator[str]:
    about = f"{finding.about}: " if finding.about else ""
    yield f"  {finding.level:<8} {about}{finding.says}"
    indent = " " * 11
    if finding.evidence:
        yield f"{indent}{finding.evidence}"
    if finding.waits:
        yield f"{indent}Money that waits: {', '.join(finding.spoken_waits)}"
    if finding.mend:
        steps = [finding.mend.words, finding.mend.command, finding.mend.link]
        yield f"{indent}-> {' · '.join(step for step in steps if step)}"
