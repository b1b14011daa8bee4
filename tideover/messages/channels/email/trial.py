"""The test mail: in the look of the merchant's messages, plainly a test, and never for a payer."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

from tideover.ids import new_id
from tideover.messages.arrival import arrival_url
from tideover.messages.brand import design_of, logo_url
from tideover.messages.channels.email.compose import Brand, as_html, as_text, frame, letter_blocks
from tideover.messages.channels.email.designs import arranged
from tideover.messages.channels.email.envelope import Sheet, from_project
from tideover.messages.languages import Language
from tideover.messages.wording import field
from tideover.tenants.models import Project


def trial_mail(project: Project, name: str, address: str, language: Language, now: datetime) -> EmailMessage:
    """A mail that says that mail arrives, with a link by which who reads it says so."""
    merchant = field(project.brand_name or project.name) or language.say("words", "us")
    lines = language.lines("test", merchant=merchant)
    support, postal = field(project.support_email, 254), field(project.postal_address, 240)
    design = design_of(project)
    blocks = letter_blocks([lines["said"]], lines["button"], _arrived(project), lines["closing"])
    page = {
        **frame(language, Brand(merchant, project.brand_color, postal, support, logo_url(project), design)),
        **{line: lines[line] for line in ("subject", "preheader", "heading", "why")},
        "subject": language.say("words", "test_subject", subject=lines["subject"]),
        "banner": None,
        "blocks": arranged(blocks, design),
        **dict.fromkeys(("unsubscribe", "unsubscribe_url", "open_url")),
    }
    return from_project(project, Sheet(new_id(), name, address, page["subject"], as_html(page), as_text(page)), now)


def _arrived(project: Project) -> str | None:
    """What its link opens; of a project that is no row nothing."""
    return None if project._state.adding else arrival_url(project)  # noqa: SLF001 - Django's documented way
