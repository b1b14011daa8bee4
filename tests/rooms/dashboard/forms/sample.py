"""A page of settings as one will be written: a form with every kind of field, its view, its address."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_http_methods

from tideover.dashboard.forms import fields
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.forms.fields import Option
from tideover.dashboard.forms.form import About, Form
from tideover.dashboard.frame.flash import Flash
from tideover.tenants.access import MemberRequest, member_required


class SampleForm(Form):
    """Every kind of field."""

    about = About(
        button="Save the sample",
        sections={
            "Look": ("name", "color", "logo", "note"),
            "Addresses": ("mailbox", "key", "site"),
            "Recovery": ("tries", "promise", "tone", "way", "starts", "word"),
        },
    )

    name = fields.Text(label="Name", help_text="The first line of every page.", prefix="from", suffix="Inc.")
    color = fields.Color(label="Color", help_text="Of buttons.")
    logo = fields.File(label="Logo", accept=["image/png"], most=2000, help_text="A PNG of at most 2 kB.")
    note = fields.LongText(label="Note", rows=2, help_text="Below every mail.")
    mailbox = fields.Email(label="Support address", help_text="Replies go here.")
    key = fields.Secret(label="Key", help_text="It is stored sealed.")
    site = fields.Address(label="Return address", help_text="Where the page leads back to.")
    tries = fields.Number(label="Retries", least=1, most=10, unit="per payment", help_text="Ours, not Stripe's.")
    promise = fields.Switch(label="Let customers promise a day", help_text="They choose it themselves.")
    tone = fields.Choice(label="Tone", choices=[("calm", "Calm"), ("firm", "Firm")], help_text="Of the first mail.")
    way = fields.Cards(
        label="Stripe's own retries",
        options=[Option("beside", "Go on beside them", "Both try."), Option("instead", "Take over", "Ours alone.")],
        help_text="Either can be changed later.",
    )
    starts = fields.Day(label="Starts on", help_text="In your own zone.")
    word = fields.Confirm(word="really", problem="Type really to save.", help_text="It cannot be undone.")

    def clean(self) -> None:
        """Two fields that do not go together."""
        if self.cleaned_data.get("name") == "Nobody":
            raise ValidationError("Nobody cannot recover anything.")


GOOD = {
    "name": "Alpine", "color": "0D7A56", "note": "Thanks", "mailbox": "help@alpine.example",
    "key": " rk_test_1 ", "site": "alpine.example/billing", "tries": "4", "promise": "on", "tone": "firm", "way": "instead",
    "starts": "2026-12-01", "word": " Really ",
}  # fmt: skip
BAD = {
    "name": "", "color": "reddish", "note": "", "mailbox": "nowhere", "key": "", "site": "a b", "tries": "11", "tone": "loud",
    "way": "sideways", "starts": "soon", "word": "yes",
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def page(request: MemberRequest) -> HttpResponse:
    """Nothing is kept: the name is said back."""
    form = SampleForm(*sent(request), initial={"name": "Alpine Analytics", "tries": 6, "way": "beside"})
    if form.is_valid():
        return saved(request, "/sample/", Flash(f"Saved as {form.cleaned_data['name']}."))
    return page_with(request, "sample.html", form)


def put_on_site(settings) -> str:
    """Make the page a part of the site while a test runs; returns its address."""
    engines = deepcopy(settings.TEMPLATES)
    engines[0]["DIRS"] = [Path(__file__).parent / "templates"]
    settings.TEMPLATES, settings.ROOT_URLCONF = engines, __name__
    return "/sample/"


urlpatterns = [path("sample/", page), path("", include("tideover.urls"))]
