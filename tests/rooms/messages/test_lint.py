"""The lint of the texts finds what would otherwise be found by a customer, and says where."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tideover.messages.catalogue import FOLDER, BadText, parsed
from tideover.messages.lint import faults

Break = Callable[[str, Callable[[str], str]], list[str]]


@pytest.fixture
def broken(tmp_path: Path) -> Break:
    """Change one text in a copy of them all, and lint the copy."""

    def change(name: str, how: Callable[[str], str]) -> list[str]:
        shutil.copytree(FOLDER / "en", tmp_path / "en")
        path = tmp_path / "en" / f"{name}.liquid"
        tried = "failed" if name.startswith("_") else name
        path.write_text(how(path.read_text("utf-8")), "utf-8")
        return [str(fault).removeprefix(f"{tmp_path}/en/") for fault in faults(tmp_path, [tried])]

    return change


def test_our_texts_are_without_fault():
    assert faults() == []


def test_a_field_that_does_not_exist_is_named_with_its_line(broken):
    assert broken("reminder", lambda text: text.replace("heading: ", "heading: {{ nam }}")) == [
        "reminder.liquid:3: 'nam' is undefined"
    ]


def test_a_fault_in_a_shared_piece_is_reported_there(broken):
    assert broken("_end", lambda text: text.replace("{% else %}", "{% else %}{{ oops }}")) == [
        "_end.liquid:1: 'oops' is undefined"
    ]


def test_a_field_only_one_tone_reaches_is_found(broken):
    found = broken("failed", lambda text: text.replace("{% when 'emotional' %}", "{% when 'emotional' %}{{ typo }}"))
    assert found == ["failed.liquid:8: 'typo' is undefined"]


def test_a_broken_tag_is_found(broken):
    assert broken("help", lambda text: text.replace("{% endcase %}", "{% endcas %}")) == [
        "help.liquid:8: unexpected tag 'endcas'"
    ]


def test_a_missing_line_is_found(broken):
    found = broken("paid", lambda text: text.replace("button: View the invoice\n", ""))
    assert found == ["paid.liquid:1: needs exactly the lines button, heading, preheader, subject"]


def test_a_long_subject_is_found(broken):
    found = broken("paid", lambda text: text.replace("subject: ", "subject: Very very very very good news for you: "))
    assert "subject longer than 59" in found[0]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Pay now!", "no exclamation marks"),
        ("Your card was stolen.", "says why a bank really declines"),
        ("You owe us money.", "blames the reader"),
        ("See www.x.example.", "addresses come from fields"),
    ],
)
def test_words_we_do_not_use_are_found(broken, words, why):
    found = broken("failed", lambda text: f"{text}\n{words}\n")
    assert [fault.partition(": ")[2] for fault in found] == [why]


def test_a_text_without_named_lines_is_refused():
    with pytest.raises(BadText):
        parsed("Hello\n\nWorld")
