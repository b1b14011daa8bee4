"""The lint of the languages finds what would otherwise be found by a customer, and says where."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pytest

from tests.rooms.messages.situations import situations
from tideover.core.catalogue import TEMPLATES, Template, Tone
from tideover.core.declines import Reason
from tideover.core.presets import TUNED
from tideover.messages.examples import SPARSELY
from tideover.messages.languages import BadText, parsed
from tideover.messages.lint import OURS, faults

Break = Callable[[str, Callable[[str], str]], list[str]]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A translator's first step: German as a copy of English."""
    shutil.copytree(OURS / "en", tmp_path / "de")
    return tmp_path


def told(texts: Path) -> list[str]:
    return [str(fault).removeprefix(f"{texts}/") for fault in faults(texts)]


@pytest.fixture
def broken(copied: Path) -> Break:
    """Change one file of the German copy, and lint it."""

    def change(name: str, how: Callable[[str], str]) -> list[str]:
        path = copied / "de" / name
        text = path.read_text("utf-8")
        assert how(text) != text
        path.write_text(how(text), "utf-8")
        return told(copied)

    return change


def test_a_copied_language_is_complete(copied):
    assert told(copied) == []


# ── what is missing, unknown or left over ──


def test_a_missing_file_is_named(copied):
    (copied / "de" / "page.liquid").unlink()
    (copied / "de" / "email" / "help.liquid").unlink()
    assert told(copied) == ["de/email/help.liquid:1: the text is missing", "de/page.liquid:1: the text is missing"]


def test_a_file_that_nothing_reads_is_named(copied):
    for name in ("email/nudge.liquid", "email/_aside.liquid", "notes.txt", "pigeon/failed.liquid"):
        (copied / "de" / name).parent.mkdir(exist_ok=True)
        (copied / "de" / name).write_text("subject: Hello\n", "utf-8")
    assert {fault.partition(": ")[2] for fault in told(copied)} == {"left over: nothing reads it"}
    assert len(told(copied)) == 4


def test_a_missing_line_is_named(broken):
    assert broken("page.liquid", lambda text: text.replace("thanks: Thank you\n", "")) == [
        "de/page.liquid:1: 'thanks' is missing"
    ]


def test_a_line_that_nothing_reads_is_named_with_its_number(broken):
    assert broken("closed.liquid", lambda text: text.replace("gone:", "stale: Alt\ngone:")) == [
        "de/closed.liquid:2: 'stale' is left over: nothing reads it"
    ]


@pytest.mark.parametrize("reason", Reason)
def test_every_word_of_the_catalogue_has_its_line_in_english_too(copied, reason):
    shutil.copytree(OURS / "en", copied / "en")
    for language in ("en", "de"):
        path = copied / language / "words.liquid"
        path.write_text(re.sub(rf"reason\.{reason}:.*\n", "", path.read_text("utf-8")), "utf-8")
    assert told(copied) == [f"{language}/words.liquid:1: 'reason.{reason}' is missing" for language in ("de", "en")]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("{{ total }} only", "{{ totl }} only"), "'only_this' names {{ totl }}, which it is not given"),
        (("for {{ total }} only", "for this only"), "'only_this' does not say {{ total }}"),
        (("{{ total }} only", "{{ total only"), "expected '}}', found end of file"),
        (("{{ total }} only", "{{ total | plurl }} only"), "there is no filter 'plurl'"),
        (("only_this:", "Only this:"), "'Only this: Paying here is for {{ total }} only.' is not of the form"),
        (("only_this:", "thanks: Danke\nonly_this:"), "'thanks' is said twice"),
    ],
)
def test_a_line_with_the_wrong_fields_or_form_is_found(broken, change, fault):
    lines = (OURS / "en" / "page.liquid").read_text("utf-8").splitlines()
    number = next(number for number, line in enumerate(lines, 1) if line.startswith("only_this:"))
    found = broken("page.liquid", lambda text: text.replace(*change))
    assert any(each.startswith(f"de/page.liquid:{number}: {fault}") for each in found), found


def test_a_folder_that_is_no_language_is_named(copied):
    (copied / "de").rename(copied / "german")
    assert told(copied) == ["german:1: no language has this name: write it as in de, pt-BR or zh-Hans"]


# ── tones ──


def test_a_tone_without_words_is_named_with_its_line(broken):
    assert broken(
        "email/reminder.liquid", lambda text: text.replace("{% when 'emotional' %}", "{% when 'cross' %}")
    ) == [
        "de/email/reminder.liquid:8: no words for the tone 'emotional'",
        "de/email/reminder.liquid:8: there is no tone 'cross'",
    ]


def test_a_choice_by_tone_with_an_else_is_refused(broken):
    found = broken("email/_hello.liquid", lambda text: text.replace("{% endcase %}", "{% else %}Hello,{% endcase %}"))
    assert found == ["de/email/_hello.liquid:1: a choice by tone has no else: each tone is named"]


# ── every situation ──


def test_a_field_that_does_not_exist_is_named_with_its_line(broken):
    assert broken("email/reminder.liquid", lambda text: text.replace("heading: ", "heading: {{ nam }}")) == [
        "de/email/reminder.liquid:3: 'nam' is undefined"
    ]


def test_a_fault_in_a_shared_piece_is_reported_there(broken):
    found = broken("email/_end.liquid", lambda text: text.replace("{% else %}", "{% else %}{{ oops }}"))
    assert found == ["de/email/_end.liquid:1: 'oops' is undefined"]


def test_a_field_only_one_tone_reaches_is_found(broken):
    found = broken("email/failed.liquid", lambda text: text.replace("'emotional' %}", "'emotional' %}{{ typo }}"))
    assert found == ["de/email/failed.liquid:8: 'typo' is undefined"]


def test_a_broken_tag_is_found(broken):
    found = broken("email/help.liquid", lambda text: text.replace("{% endcase %}", "{% endcas %}"))
    assert found == ["de/email/help.liquid:8: unexpected tag 'endcas'"]


def test_a_missing_named_line_of_a_mail_is_found(broken):
    found = broken("email/paid.liquid", lambda text: text.replace("button: View the invoice\n", ""))
    assert found == ["de/email/paid.liquid:1: needs exactly the lines button, heading, preheader, subject"]


def test_a_line_that_is_empty_in_some_situation_is_found(broken):
    found = broken(
        "email/paid.liquid", lambda text: text.replace("heading: ", "heading: {% if support %}").replace("\nb", "{% endif %}\nb")
    )  # fmt: skip
    assert found == ["de/email/paid.liquid:1: 'heading:' is not of the form 'name: text'"]


def test_a_long_subject_is_found(broken):
    found = broken(
        "email/paid.liquid", lambda text: text.replace("subject: ", "subject: Very very very very good news for you: ")
    )
    assert "subject longer than 59" in found[0]


@pytest.mark.parametrize(("wide", "is_found"), [("支" * 29, False), ("支" * 30, True), ("\u2068" * 40, False)])
def test_a_subject_is_as_long_as_it_is_wide(broken, wide, is_found):
    found = broken("email/paid.liquid", lambda text: text.replace("Your {{ amount }} payment went through", wide, 1))
    assert any("subject longer than 59" in each for each in found) == is_found


def test_a_condition_that_was_lost_is_found(broken):
    last = "{% if last %}Our last reminder{% else %}Your payment is still unpaid{% endif %}"
    assert broken("email/final.liquid", lambda text: text.replace(last, "Our last reminder")) == [
        "de/email/final.liquid:1: heading says one thing where English says two: 'Our last reminder'"
    ]


def test_a_condition_that_was_added_is_found(broken):
    added = "Thank you{% if subscription %}, and stay with us{% endif %}. There is"
    assert broken("email/paid.liquid", lambda text: text.replace("Thank you. There is", added)) == [
        "de/email/paid.liquid:1: preheader says two things where English says one: 'Thank you. There is nothing more to do.'"
    ]


def test_words_may_be_chosen_by_what_was_charged_and_by_tone(broken):
    chosen = "{% if means == 'card' %}Danke{% elsif tone == 'help' %}Merci{% else %}Thank you{% endif %}. There is"
    assert broken("email/paid.liquid", lambda text: text.replace("Thank you. There is", chosen)) == []


# ── words we do not use ──


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("Pay now!", "no exclamation marks"),
        ("Your card was stolen.", "says why a bank really declines"),
        ("You owe us money.", "blames the reader"),
        ("See www.x.example.", "addresses come from fields"),
    ],
)
@pytest.mark.parametrize("file", ["email/failed.liquid", "page.liquid"])
def test_words_we_do_not_use_are_found(copied, words, why, file):
    path = (copied / "de").rename(copied / "en") / file
    path.write_text(
        path.read_text("utf-8").replace("for {{", f"for {words} {{{{", 1).replace("This happens", words), "utf-8"
    )
    assert {fault.partition(": ")[2] for fault in told(copied) if fault.startswith("en/")} == {why}


def test_english_words_mean_other_things_in_other_languages(broken):
    assert broken("closed.liquid", lambda text: text.replace("back: Back", "back: Er lost het op. Back")) == []


@pytest.mark.parametrize(
    ("language", "words", "why"),
    [
        ("de", "Hast du Geld?", "says du to the reader, and the others say Sie"),
        ("de", "Die Karte wurde gestohlen.", "says why a bank really declines"),
        ("es", "¡Gracias.", "no exclamation marks"),
        ("es", "Pague usted ahora.", "says usted or vosotros to the reader, and the others say tú"),
        ("fr", "Ta carte est expirée.", "says tu to the reader, and the others say vous"),
        ("nl", "Betaal uw factuur.", "says u to the reader, and the others say je"),
        ("pt-BR", "Veja a factura.", "is Portuguese of Portugal"),
        ("sv", "Har ni betalat?", "says ni to the reader, and the others say du"),
    ],
)
def test_each_language_has_words_that_it_does_not_use(copied, language, words, why):
    path = (copied / "de").rename(copied / language) / "closed.liquid"
    text = path.read_text("utf-8")
    path.write_text(text.replace("back: Back", f"back: {words} Back"), "utf-8")
    number = text[: text.index("back: Back")].count("\n") + 1
    assert told(copied) == [f"{language}/closed.liquid:{number}: {why}"]


def test_where_english_names_a_noun_another_language_may_choose_by_what_it_stands_for(broken):
    limit = "reason.limit_reached: Your {{ method }} has reached its limit."
    chosen = (
        "reason.limit_reached: {% if means == 'card' %}Ihre Karte{% else %}Ihr {{ method }}{% endif %} hat ihr Limit."
    )
    assert broken("words.liquid", lambda text: text.replace(limit, chosen)) == []
    alone = "reason.limit_reached: {% if means == 'card' %}Ihre Karte{% else %}Es{% endif %} ist am Limit."
    assert broken("words.liquid", lambda text: text.replace(chosen, alone)) == []
    neither = "reason.limit_reached: Das Limit ist erreicht."
    [fault] = broken("words.liquid", lambda text: text.replace(alone, neither))
    assert fault.endswith("'reason.limit_reached' does not say {{ method }}")


def test_of_all_situations_a_language_meets_so_many_that_any_three_things_come_together():
    said = [
        ((each.means, each.customer_name, each.due_on, each.also, each.parts), each.tone, each.psychology,
         (each.next_charge_at, each.no_more_charges), each.consequence, each.step_number)
        for each in situations(Template.PART_DUE)
    ]  # fmt: skip
    for three in combinations(range(6), 3):
        whole, part = ({tuple(each[at] for at in three) for each in of} for of in (said, said[::SPARSELY]))
        assert whole == part


def test_a_text_without_named_lines_is_refused():
    with pytest.raises(BadText):
        parsed("Hello\n\nWorld")


# ── the catalogue is what the texts are held against ──


def test_every_step_of_the_default_sequence_has_a_text_in_every_language():
    for language in OURS.iterdir():
        for step in TUNED.messages:
            assert (language / step.channel / f"{step.template}.liquid").is_file()


def test_every_tone_and_every_template_is_spoken_of_in_the_texts():
    said = "".join(path.read_text("utf-8") for path in (OURS / "en" / "email").glob("*.liquid"))
    assert {tone for tone in Tone if f"'{tone}'" in said} == set(Tone)
    assert {path.stem for path in (OURS / "en" / "email").glob("[a-z]*.liquid")} == set(Template) == set(TEMPLATES)
