"""The tree of what is raised on the way to an outside service stands where it begins, whole."""

from __future__ import annotations

import re

from tideover.gateways import answers
from tideover.gateways.app import Spent
from tideover.inbox.registration import NoRoom
from tideover.recovery import claims
from tideover.recovery.last_look import Held, Later, Moot, Unwanted
from tideover.recovery.writing import PutOff


def below(base: type[Exception]) -> set[type[Exception]]:
    return {each for kind in base.__subclasses__() for each in {kind, *below(kind)}}


def test_the_tree_at_the_head_of_the_gateways_answers_names_every_exception_under_its_base():
    tree, base = {}, ""
    for indent, name in re.findall(r"^( +)(\w+)  ", answers.__doc__, re.MULTILINE):
        base = name if len(indent) == 4 else base
        tree.setdefault(base, set()).update({name} - {base})
    bases = (answers.Unknown, answers.NotNow, answers.NotHere)
    assert tree == {kind.__name__: {each.__name__ for each in below(kind)} for kind in bases}


def test_a_reason_to_wait_says_for_how_long_and_a_reason_to_give_up_says_why():
    assert PutOff in below(answers.NotNow)
    assert all(kind.wait for kind in below(answers.NotNow) - {Held, Later})
    assert str(Moot("the invoice is void")) == "the invoice is void"
    assert Unwanted.word != Moot.word
    assert [str(kind("the reason")) for kind in (Spent, NoRoom)] == ["the reason"] * 2


def test_a_lost_lease_is_no_answer_of_anybodys():
    assert not issubclass(claims.LostLease, answers.NotNow | answers.NotHere | answers.Unknown)
