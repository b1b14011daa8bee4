"""What a database says to code that its tables do not fit is found in the logs, on both databases."""

from __future__ import annotations

import pytest

from chaos.report import MISFIT


@pytest.mark.parametrize(
    "said",
    [
        "NOT NULL constraint failed: recovery_case.told_by",
        "no such column: recovery_case.told_by",
        "table recovery_case has no column named told_by",
        r"null value in column \"told_by\" of relation \"recovery_case\" violates not-null constraint",
        'column recovery_case.told_by does not exist\\nLINE 1: SELECT "recovery_case"',
        r"new row for relation \"recovery_case\" violates check constraint \"case_state_known\"",
    ],
)
def test_a_word_of_either_database_about_a_table_that_does_not_fit_is_found(said):
    assert len(MISFIT.findall(f'{{"reason": "IntegrityError: {said}", "level": "error"}}')) == 1


def test_what_passes_is_none():
    assert not MISFIT.findall(
        "database is locked; disk I/O error; UNIQUE constraint failed: inbox_stripeevent.event_id"
    )
