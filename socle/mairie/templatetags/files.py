"""Template filters of files: weights, as people read them."""

from __future__ import annotations

from django import template

from socle.files.queries import Weights
from socle.lib.text import bytes_in_french

register = template.Library()


@register.filter
def weight(size: int) -> str:
    """Write a number of bytes: « 1,2 Mo »."""
    return bytes_in_french(size)


@register.simple_tag
def usage_shown(weights: Weights) -> str:
    """Write what is used out of what is given: « 1,2 Go sur 10 Go »."""
    return f"{bytes_in_french(weights.used)} sur {bytes_in_french(weights.quota)}"
