"""Drafts: the language model a project's texts are drafted by, what it is told, and a try of it."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from tideover import clock
from tideover.core.catalogue import Channel, Template
from tideover.dashboard.forms import fields
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.forms.form import About, Data, Files, Form
from tideover.dashboard.frame.flash import Flash
from tideover.dashboard.texts.drafting import proposed
from tideover.dashboard.texts.speaking import MOST, Row
from tideover.gateways.drafting.drafter import AT, NOT_INSTALLED, Provider, is_installed
from tideover.messages.drafts.account import (
    LONGEST_ADDRESS,
    LONGEST_NAME,
    MOST_TOKENS,
    Given,
    account_of,
    approve_each,
    forget,
    keep,
    problems,
)
from tideover.messages.drafts.asking import draft_named, turn_down
from tideover.messages.drafts.brief import LONGEST_WORDS, Wanted, told
from tideover.messages.drafts.figures import figures
from tideover.messages.drafts.rows import TOKENS_A_DAY
from tideover.messages.languages import all_languages
from tideover.messages.own.rows import Which
from tideover.recovery.telling.coming import standings
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission

PAGE: Final = "dashboard/texts/model.html"
HOME: Final = "dashboard:text-model"
LABELS: Final = {Provider.OPENAI: "OpenAI, or what speaks as it does", Provider.ANTHROPIC: "Anthropic"}
APPROVAL, SENDING = "approval", "sending"
WHENS: Final = (
    fields.Option(
        APPROVAL, "For approval", "A person reads a draft in the editor and saves it; nothing else goes out."
    ),
    fields.Option(
        SENDING,
        "At send time",
        "In cases that begin from then on, messages are written in drafts that nobody has read. They are drafted ahead,"
        " held to every rule, and filled in here. Your own texts and trials come first.",
    ),
)
AGAIN: Final = "A person approves each draft again. Messages say your texts and ours, from this moment on."
OURS_AGAIN: Final = "Our text stands in its place, from this moment on. That draft is said to nobody."
OFF: Final = "Nothing is drafted any more. What was drafted stays."


class ModelForm(Form):
    """By which model texts are drafted."""

    about = About()
    provider = fields.Choice(choices=[(each.value, label) for each, label in LABELS.items()], label="Provider")
    address = fields.Text(
        label="Address", longest=LONGEST_ADDRESS, required=False, help_text="Empty: the provider's own."
    )
    model = fields.Text(label="Model", longest=LONGEST_NAME, help_text="As its provider names it.")
    secret = fields.Secret(label="Key", required=False)
    when = fields.Cards(options=WHENS, label="Drafts go out", required=False)
    tokens_a_day = fields.Number(
        least=1,
        most=MOST_TOKENS,
        unit="tokens",
        label="At most, at send time, within 24 hours",
        required=False,
        help_text="Told and answered. After that, what is not drafted yet goes out in our text.",
    )
    words = fields.LongText(
        label="What you sell, and how you speak",
        longest=LONGEST_WORDS,
        required=False,
        help_text="It is told to the model, word for word.",
    )

    def __init__(self, project: Project, data: Data | None = None, files: Files | None = None) -> None:
        self.kept = account_of(project)
        names = ("provider", "address", "model", "words", "tokens_a_day")
        when = SENDING if self.kept and self.kept.at_send_since else APPROVAL
        kept = {name: getattr(self.kept, name) for name in names} if self.kept else {"tokens_a_day": TOKENS_A_DAY}
        super().__init__(data, files, initial={**kept, "when": when})
        stays = " Empty: as it is." if self.kept and self.kept.key_is_kept else " A model of yours may need none."
        self.fields["secret"].help_text = f"Kept encrypted, and never shown again.{stays}"

    def clean(self) -> dict[str, Any]:
        """Held to its shape, and to where an address may lead."""
        super().clean()
        if not self.errors:
            for name, problem in problems(self.given, self.kept):
                self.add_error(name or None, problem)
        return self.cleaned_data

    @property
    def given(self) -> Given:
        """As it is wanted."""
        said = {name: str(self.cleaned_data[name] or "").strip() for name in self.fields}
        provider = Provider(said["provider"])
        return Given(
            provider,
            said["address"] or AT[provider],
            said["model"],
            said["words"],
            said["secret"],
            at_send=said["when"] == SENDING,
            tokens_a_day=int(said["tokens_a_day"] or TOKENS_A_DAY),
        )


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
@may(Permission.READ, send=Permission.SET)
def page(request: MemberRequest) -> HttpResponse:
    """The model, and all that leaves the house when a text is drafted."""
    form = ModelForm(request.project, *sent(request))
    if form.is_valid():
        keep(request.project, form.given, request.member.user.email, clock.now())
        return saved(request, HOME, Flash(f"Saved: texts are drafted by {form.given.model}. Try it."))
    kept = form.kept
    speaks = kept is not None and kept.at_send_since is not None
    coming = standings(request.project, clock.now()) if speaks else []
    context = {
        "kept": kept,
        "speaks": speaks,
        "coming": list(map(Row, coming[:MOST])),
        "left_out": max(len(coming) - MOST, 0),
        "figures": figures(request.project, clock.now()) if kept else None,
        "told": told(_first(request.project), kept.words if kept else ""),
        "missing": "" if is_installed() else NOT_INSTALLED,
    }
    return page_with(request, PAGE, form, context)


def _first(project: Project) -> Wanted:
    """What is tried: the first mail, in the project's language."""
    spoken = project.language if project.language in all_languages() else "en"
    return Wanted(Which(Template.FAILED, Channel.EMAIL, spoken))


@require_POST
@member_required
@may(Permission.SET)
def attempt(request: MemberRequest) -> HttpResponse:
    """Have the first mail drafted, and say what came of it."""
    draft, said = proposed(request, _first(request.project))
    where = " It stands in the editor when it is asked for there." if draft else ""
    return saved(request, HOME, Flash(f"{said.text}{where}", bad=said.bad))


@require_POST
@member_required
@may(Permission.SET)
def ours(request: MemberRequest) -> HttpResponse:
    """Turn a draft down: from this moment on our text stands in its place."""
    draft = draft_named(request.project, request.POST.get("draft", ""))
    if draft is None:
        return saved(request, HOME, Flash("There is no such draft any more.", bad=True))
    turn_down(draft, request.member.user.email, clock.now())
    return saved(request, HOME, Flash(OURS_AGAIN))


@require_POST
@member_required
@may(Permission.SET)
def approval(request: MemberRequest) -> HttpResponse:
    """Have each draft approved by a person again, at once."""
    approve_each(request.project, request.member.user.email, clock.now())
    return saved(request, HOME, Flash(AGAIN))


@require_POST
@member_required
@may(Permission.SET)
def off(request: MemberRequest) -> HttpResponse:
    """Draft nothing any more."""
    gone = forget(request.project, request.member.user.email, clock.now())
    return saved(request, HOME, Flash(OFF if gone else "No model was set."))
