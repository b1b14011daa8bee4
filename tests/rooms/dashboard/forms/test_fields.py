"""Each kind of field is drawn with its label, what helps and what is wrong, tied together for who cannot see them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import Field
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict

from tests.rooms.dashboard.forms.sample import BAD, GOOD, SampleForm
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.fields import Choice, Text
from tideover.dashboard.forms.form import About, Form

NAMES = list(SampleForm.base_fields)
KINDS = {kind for kind in vars(fields).values() if isinstance(kind, type) and issubclass(kind, Field)}
GROUPS = {"way"}  # no single control: the fieldset is described


class Page(HTMLParser):
    """The elements of a page with their attributes, and the text inside each that has an id, or is a label."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[int] = []
        self.texts: dict[int, str] = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"input", "path", "circle", "line", "hr", "br"}:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag):
        if self.open and self.elements[self.open[-1]][0] == tag:
            self.open.pop()

    def handle_data(self, data):
        for place in self.open:
            self.texts[place] = self.texts.get(place, "") + data

    def all(self, tag=None, **attrs):
        wanted = {name.rstrip("_"): value for name, value in attrs.items()}
        return [
            (about, " ".join(self.texts.get(place, "").split()))
            for place, (kind, about) in enumerate(self.elements)
            if (tag is None or kind == tag) and all(about.get(name) == value for name, value in wanted.items())
        ]


def drawn(data=None, files=None, form=SampleForm):
    return Page(render_to_string("dashboard/forms/form.html", {"form": form(data, files)}))


def controls(page, name):
    return [about for about, _ in page.all(name=name)]


def described(page, name):
    """The texts that the control, or its group, is described by."""
    about = page.all("fieldset")[0][0] if name in GROUPS else controls(page, name)[0]
    ids = (about.get("aria-describedby") or "").split()
    return [text for id_ in ids for _, text in page.all(id=id_)], ids


def sent(**files):
    return MultiValueDict({name: [file] for name, file in files.items()})


PNG = SimpleUploadedFile("logo.png", b"x" * 100, "image/png")


def test_the_sample_has_every_kind():
    assert {type(field) for field in SampleForm.base_fields.values()} == KINDS


@pytest.mark.parametrize("name", NAMES)
def test_a_field_has_a_label_and_what_helps_is_read_with_it(name):
    page, field = drawn(), SampleForm.base_fields[name]
    about = controls(page, name)[0]
    assert about["id"].startswith(f"sample-{name}")
    [label] = [text for _, text in page.all("label", for_=about["id"])]
    assert ("role" in about) == (name == "promise")
    if name in GROUPS:
        [(_, label)] = page.all("legend")
        assert next(text for _, text in page.all("label", class_="pick")) == "Go on beside themBoth try."
    assert label.startswith(field.label)
    assert described(page, name) == ([field.help_text], [f"sample-{name}_helptext"])
    assert not page.all(class_="wrong")


@pytest.mark.parametrize("name", NAMES)
def test_what_must_be_filled_in_is_said_to_be_and_what_need_not_is_not(name):
    page = drawn()
    field = SampleForm.base_fields[name]
    required = field.required and type(field) is not Choice  # a list that opens always has an answer
    assert [about for about in controls(page, name) if ("required" in about) != required] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name != "promise"])
def test_what_is_wrong_stands_beside_its_field_and_on_top(name):
    page = drawn(BAD, sent(logo=SimpleUploadedFile("logo.png", b"x" * 3000, "image/png")))
    texts, ids = described(page, name)
    assert ids[-1] == f"sample-{name}_error"
    assert texts[-1]
    assert {about.get("aria-invalid") for about in controls(page, name)} == {"true"}
    [_] = [True for _, text in page.all(id="sample-" + name + "_error") if text == texts[-1]]
    [(link, label)] = [
        (about, text) for about, text in page.all("a") if about["href"] in {f"#sample-{name}", f"#sample-{name}_0"}
    ]
    assert label == SampleForm.base_fields[name].label
    assert page.all(id=link["href"][1:])


def test_the_list_of_problems_takes_the_focus_and_is_said_aloud():
    page = drawn(BAD)
    [(about, text)] = page.all(class_="problems")
    assert (about["role"], about["tabindex"], "autofocus" in about) == ("alert", "-1", True)
    assert text.startswith("12 things are not right yet")


def test_what_was_typed_is_kept_after_a_mistake():
    page = drawn({**GOOD, "tries": "11", "note": "A <b>note</b>"})
    assert controls(page, "name")[0]["value"] == "Alpine"
    assert controls(page, "tries")[0]["value"] == "11"
    assert "checked" in controls(page, "promise")[0]
    assert [about["value"] for about in controls(page, "way") if "checked" in about] == ["instead"]
    assert [about["value"] for about, _ in page.all("option") if "selected" in about] == ["firm"]
    assert [text for about, text in page.all("textarea")] == ["A <b>note</b>"]


def test_a_secret_is_taken_as_it_was_typed_and_never_written_back():
    form = SampleForm({**GOOD, "tries": "11"})
    assert "rk_test_1" not in render_to_string("dashboard/forms/form.html", {"form": form})
    assert form.cleaned_data["key"] == " rk_test_1 "


def test_what_is_right_is_clean():
    form = SampleForm(GOOD, sent(logo=PNG))
    assert form.is_valid(), form.errors
    clean = form.cleaned_data
    assert (clean["color"], clean["site"], clean["tries"]) == ("#0d7a56", "https://alpine.example/billing", 4)
    assert (clean["promise"], clean["way"], clean["word"]) == (True, "instead", "really")
    assert f"{clean['starts']}" == "2026-12-01"


@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("tries", "0", "Choose a number from 1 to 10."),
        ("tries", "many", "Choose a number from 1 to 10."),
        ("color", "#12345g", "Write the color as # and six digits or letters from a to f, such as #0d7a56."),
        ("word", "", "Type really to save."),
        ("site", "a b", "Write the whole address, such as https://example.com/billing."),
        ("note", " ", "This is missing."),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(name, typed, told):
    assert SampleForm({**GOOD, name: typed}, sent(logo=PNG)).errors[name] == [told]


def test_a_file_of_another_kind_or_too_large_is_not_taken():
    for file, told in (
        (SimpleUploadedFile("x.svg", b"<svg/>", "image/svg+xml"), "A file of this kind cannot be used here."),
        (SimpleUploadedFile("x.png", b"x" * 2001, "image/png"), "The file is larger than 2 kB."),
    ):
        assert SampleForm(GOOD, sent(logo=file)).errors["logo"] == [told]


def test_a_unit_is_read_with_the_label_and_is_no_part_of_the_value():
    page = drawn()
    [(_, label)] = page.all("label", for_="sample-tries")
    assert label == "Retries (per payment)"
    assert [text for about, text in page.all("span") if about == {"aria-hidden": "true"}] == [
        "from",
        "Inc.",
        "per payment",
    ]


def test_a_problem_of_the_form_as_a_whole_leads_the_list():
    page = drawn({**GOOD, "name": "Nobody", "tries": "0"}, sent(logo=PNG))
    assert [text for _, text in page.all("li")] == [
        "Nobody cannot recover anything.",
        "Retries: Choose a number from 1 to 10.",
    ]


def test_a_form_of_one_field_says_what_is_wrong_once_and_begins_there():
    class OneForm(Form):
        name = Text(label="Name")

    form = OneForm({"name": ""})
    form.point_at_problem()
    page = Page(render_to_string("dashboard/forms/form.html", {"form": form}))
    assert not page.all(class_="problems")
    assert "autofocus" in controls(page, "name")[0]


def test_two_forms_on_a_page_share_no_id():
    class OtherForm(Form):
        name = Text(label="Name")

    ids = [[about["id"] for about, _ in drawn(form=form).all() if "id" in about] for form in (SampleForm, OtherForm)]
    assert len({*ids[0], *ids[1]}) == len(ids[0]) + len(ids[1])


def test_sections_that_forget_a_field_are_a_mistake_of_ours():
    class TornForm(SampleForm):
        about = About(sections={"Look": ("name",)})

    with pytest.raises(ImproperlyConfigured, match="TornForm"):
        _ = TornForm().cards
