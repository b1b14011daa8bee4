"""The oracle holds every sort of mail to the same rule: a row that admits to it, one copy, and no second after a restore."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest

from chaos.database import TABLES
from chaos.oracle import violations
from chaos.oracle.books import LETTERS
from tests.architecture.tree import PACKAGE
from tests.chaos.books import NOON, Books, another, broken, honest, row

# Whoever lets a mail out, and the table in which its row is; or why there is none.
BY_HAND = "a person asks for each, waits for it, and sees what became of it"
MAILERS = {
    "recovery/writing.py": "messages",
    "predunning/sending.py": "messages",
    "notices/sending.py": "notices",
    "notices/rounds.py": "notices",
    "upkeep/privacy/organization.py": "an erasure tells once, and no row of the organization is left; no run erases one",
    "cli/mail.py": BY_HAND,
    "dashboard/account/address.py": BY_HAND,
    "dashboard/home/acts.py": BY_HAND,
    "dashboard/mailed_code.py": BY_HAND,
    "dashboard/onboarding/views.py": BY_HAND,
    "dashboard/sign_in/entering.py": BY_HAND,
    "dashboard/team/views.py": BY_HAND,
    "dashboard/texts/views.py": BY_HAND,
}
WAYS_OUT = {
    "tideover.messages.delivery": {"deliver"},
    "tideover.messages.letters": {"hand_over", "write_to", "post"},
    "tideover.messages.trial": {"try_out", "show_to"},
}


def mailers() -> Iterator[str]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf8"))):
            if isinstance(node, ast.ImportFrom) and WAYS_OUT.get(str(node.module), set()) & {
                a.name for a in node.names
            }:
                yield str(path.relative_to(PACKAGE))


def test_whoever_lets_a_mail_out_has_a_row_that_the_oracle_reads_or_a_reason_for_none():
    assert set(mailers()) == set(MAILERS)
    assert set(LETTERS) == {told for told in MAILERS.values() if told in TABLES}


ALERT = "7" * 32


def letters() -> Books:
    """The honest books, in which a customer was written to ahead of a payment as well."""
    books = honest()
    books["mails"].append({**books["mails"][0], "message_id": f"{UUID(ALERT)}@acme.example"})
    another(books, "messages", id="8" * 32, about=ALERT, action_id=ALERT)
    books["tables"]["alerts"].append({"id": ALERT, "state": "sent", "settled_at": NOON - 3600})
    last = books["tables"]["audit"][-1]
    another(books, "audit", number=4, subject=f"message:{UUID('8' * 32)}", previous_hash=last["hash"], hash="h4")
    return books


def notice(books: Books) -> Books:
    return row(books, "notices")


def again(books: Books) -> None:
    """Another row of the same thing, whose mail arrived as well, after a restore that forgot the first."""
    books["restores"] = [{"backup_at": NOON - 7200, "at": NOON + 900, "notices": [dict(notice(books))]}]
    notice(books).update(id="9" * 32)
    books["mails"].append({**books["mails"][1], "message_id": f"{UUID('9' * 32)}@localhost", "at": NOON + 90_000})


LIES: dict[str, tuple[str, Callable[[Books], object]]] = {
    "the same notice twice": ("I18", lambda b: b["mails"].append(dict(b["mails"][1]))),
    "a notice that no row knows": ("I18", lambda b: b["tables"].update(notices=[])),
    "a notice whose row says that it waits": ("I18", lambda b: notice(b).update(state="planned", settled_at=None)),
    "a notice whose row says that it was refused": ("I18", lambda b: notice(b).update(state="refused")),
    "a sent notice that never arrived": ("I18", lambda b: b["mails"].pop(1)),
    "an alert whose mail never arrived": ("I18", lambda b: b["mails"].pop()),
    "an alert that is sent, and its mail is not": ("I18", lambda b: b["tables"]["messages"][1].update(state="skipped")),
    "an alert that has no mail": ("I18", lambda b: another(b, "alerts", id="4" * 32)),
    "a notice that never left and is told as unknown": ("I47", lambda b: (
        b["mails"].pop(1), b["handed"].clear(), notice(b).update(state="unknown"))),
    "a notice to who was removed before": ("I18", lambda b: (
        b["mails"][1].update(to="removed@members.example"), b["outs"][0].update(real=49.0), b["tables"].update(notices=[]))),
    "a notice that is leaving for ever": ("I12", lambda b: notice(b).update(state="leaving", settled_at=None)),
    "the same notice after a restore": ("I35", lambda b: (
        b.update(restores=[{"backup_at": NOON - 7200, "at": NOON + 900, "notices": []}]),
        b["mails"].append({**b["mails"][1], "at": NOON + 90_000}))),
    "another notice of the same thing after a restore": ("I35", again),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_found_by_its_rule(lie):
    rule, tell = LIES[lie]
    books = letters()
    tell(books)
    assert rule in broken(books)


def test_honest_letters_break_no_rule():
    assert violations(letters()) == []


def test_a_notice_that_goes_with_the_place_of_its_reader_is_no_lie():
    books = letters()
    books["mails"][1].update(to="removed@members.example", began={"real": 15.0})
    books["tables"].update(notices=[])
    assert violations(books) == []


@pytest.mark.parametrize("arrived", [False, True])
def test_a_notice_that_its_worker_died_with_or_whose_answer_was_lost_may_have_arrived_or_not(arrived):
    for changed in ({"settled_at": NOON - 3000}, {}):
        books = letters()
        notice(books).update(state="unknown", **changed)
        if not arrived:
            books["mails"].pop(1)
        assert violations(books) == []


def test_a_notice_of_another_thing_after_a_restore_is_no_lie():
    books = letters()
    again(books)
    notice(books).update(about="proj_1/2026-08-11T00:00")
    assert violations(books) == []


def test_what_a_restore_settled_as_unknown_is_no_lie_although_it_never_left():
    books = letters()
    books["restores"] = [{"backup_at": NOON - 7200, "at": NOON + 900, "notices": [dict(notice(books))]}]
    books["mails"].pop(1)
    books["handed"].clear()
    notice(books).update(state="unknown", settled_at=NOON + 899, lease_until=NOON + 1019)
    assert violations(books) == []
