"""Template tags of the mairie's screens: whether the person may act for another body."""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.urls import reverse

from socle.mairie.door import serves_several

register = template.Library()


@register.simple_tag(takes_context=True)
def way_to_another_body(context: Context) -> str:
    """Return where another body is chosen, or nothing for a person who serves only one."""
    request = context["request"]
    return reverse("mairie:bodies") if serves_several(request) else ""
