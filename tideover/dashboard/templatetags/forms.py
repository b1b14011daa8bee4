"""Draws a form of ours as a whole."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BaseForm

register = template.Library()


@register.inclusion_tag("dashboard/forms/form.html")
def draw(form: BaseForm) -> dict[str, Any]:
    """The form with its token, its problems, its fields and its button."""
    return {"form": form}
