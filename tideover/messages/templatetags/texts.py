"""Texts are plain in every language; what a page makes bold or a link of in them is done here, where they are shown."""

from __future__ import annotations

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def strong(text: str, part: str) -> SafeString:
    """`text` with `part` of it in bold."""
    return _put(text, part, format_html("<b>{}</b>", part))


@register.filter
def mailto(text: str, address: str) -> SafeString:
    """`text` with the e-mail address in it as a link."""
    return _put(text, address, format_html('<a href="mailto:{0}">{0}</a>', address))


def _put(text: str, part: str, markup: SafeString) -> SafeString:
    """Both sides are escaped before they meet: neither can bring markup of its own."""
    escaped = escape(text)
    return mark_safe(escaped.replace(escape(part), markup) if part else escaped)  # noqa: S308 - escaped above
