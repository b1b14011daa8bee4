"""Draws any form of Django's in the look of the house, a plain one too."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Named by settings.FORM_RENDERER."""

    field_template_name = "dashboard/forms/field.html"
