"""Whose page it is, as the payer sees it: name, color, picture, and whom to ask."""

from __future__ import annotations

from dataclasses import dataclass

from tideover.core.words.characters import first
from tideover.messages.brand import logo_path
from tideover.messages.color import Palette, palette
from tideover.tenants.models import Project


@dataclass(frozen=True, slots=True)
class Brand:
    """What stands around every page of a merchant's payers. Texts are plain; an empty one is not known."""

    merchant: str
    support_email: str
    logo_url: str
    palette: Palette

    @property
    def initial(self) -> str:
        """What stands in the place of a picture."""
        return first(self.merchant).upper()


def brand_of(project: Project) -> Brand:
    """The look of the project's pages."""
    return Brand(
        merchant_of(project),
        project.support_email,
        logo_path(project),
        palette(project.brand_color),
    )


def merchant_of(project: Project) -> str:
    """The name by which the payer knows who is paid."""
    return project.brand_name or project.name
