"""Readers for many customers at once: a file is chosen and looked through, and only then somebody is added."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms import CharField, HiddenInput
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tideover import clock
from tideover.core.ways.reader_file import COLUMNS, FileRead, Wish, read_file
from tideover.dashboard.exports import csv_response
from tideover.dashboard.forms.answers import page_with, saved, sent
from tideover.dashboard.forms.fields import File
from tideover.dashboard.forms.form import Data, Files, Form
from tideover.dashboard.frame.drawing import show
from tideover.dashboard.frame.flash import Flash
from tideover.recovery.ways import recipients
from tideover.tenants.access import MemberRequest, may, member_required
from tideover.tenants.models import Project
from tideover.tenants.roles import Permission

PAGE: Final = "dashboard/customers/upload.html"
SURE: Final = "dashboard/customers/add_readers.html"
MOST_LINES: Final = 500  # of a file that a page takes: each is written down by itself, while somebody waits
MOST_BYTES: Final = 100_000
SHOWN: Final = 50  # lines of a list
KINDS: Final = ("text/csv", "text/plain", "application/csv", "application/vnd.ms-excel", ".csv")


class _OfReaders(Form):
    """A form that brings lines; once it is filled in, `found` says what they ask for and what is wrong with them."""

    found: FileRead = FileRead()

    def __init__(self, project: Project, data: Data | None = None, files: Files | None = None) -> None:
        super().__init__(data, files)
        self.project = project

    def look(self, name: str, text: str) -> None:
        """Take the lines in. Raises ValidationError where there is anything wrong, or nobody to add."""
        self.found = recipients.looked_through(self.project, read_file(text, MOST_LINES))
        if self.found.problems:
            self.add_error(name, "Nobody was added. Correct the lines above, and choose the file again.")
        elif not self.found.wishes:
            self.add_error(name, "There is nobody in this file.")

    @property
    def wishes(self) -> list[Wish]:
        """Who is to be added."""
        return [wish for _, wish in self.found.wishes]


class UploadForm(_OfReaders):
    """The file."""

    file = File(label="CSV file", accept=KINDS, most=MOST_BYTES)
    text = ""

    def clean(self) -> dict[str, Any]:
        """The file as text, looked through."""
        file: UploadedFile[bytes] | None = self.cleaned_data.get("file")
        if file is not None:
            try:
                self.text = file.read().decode("utf-8")
            except UnicodeDecodeError:
                raise ValidationError({"file": "This is no text in UTF-8. Save it as CSV with UTF-8."}) from None
            self.look("file", self.text)
        return self.cleaned_data


class AddForm(_OfReaders):
    """The same lines again, once somebody has seen what they ask for."""

    lines = CharField(widget=HiddenInput(), max_length=MOST_BYTES, strip=False)

    def clean(self) -> dict[str, Any]:
        """What was right a moment ago may not be any more."""
        if "lines" in self.cleaned_data:
            self.look("lines", self.cleaned_data["lines"])
        return self.cleaned_data


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@member_required
@may(Permission.READ, send=Permission.ACT)
def page(request: MemberRequest) -> HttpResponse:
    """Choose a file; sent, it leads on to what would be done, or back with what is wrong in it."""
    form = UploadForm(request.project, *sent(request))
    if not form.is_valid():
        return page_with(request, PAGE, form, _around(form))
    wishes = form.wishes
    context = {
        "lines": form.text,
        "count": len(wishes),
        "customers": len({wish.customer for wish in wishes}),
        "shown": wishes[:SHOWN],
        "unseen": max(len(wishes) - SHOWN, 0),
    }
    return show(request, SURE, context)


def _around(form: _OfReaders) -> dict[str, Any]:
    wrong = form.found.problems
    return {
        "wrong": wrong[:SHOWN],
        "unseen": max(len(wrong) - SHOWN, 0),
        "columns": COLUMNS,
        "most_lines": MOST_LINES,
        "most_kilobytes": MOST_BYTES // 1000,
    }


@require_POST
@never_cache
@member_required
@may(Permission.ACT)
def add(request: MemberRequest) -> HttpResponse:
    """Add who was shown; where something has changed meanwhile, nobody, and what it is."""
    form = AddForm(request.project, request.POST)
    if not form.is_valid():
        again = UploadForm(request.project)
        return show(request, PAGE, {"form": again, **_around(form)}, 422)
    added = recipients.take(request.project, form.wishes, by=request.member.user.email, now=clock.now())
    said = f"{len(added)} reader{'' if len(added) == 1 else 's'} added: they are written to from now on."
    return saved(request, reverse("dashboard:customers"), Flash(said))


@require_safe
@never_cache
@member_required
@may(Permission.READ)
def as_file(request: MemberRequest) -> StreamingHttpResponse:
    """Everybody who is written to besides customers, as the upload takes them."""
    return csv_response(f"readers-{clock.now():%Y-%m-%d}.csv", recipients.lines_of(request.project))
