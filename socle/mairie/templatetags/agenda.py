"""Template tags of the agendas: a dot of the calendar's colour, the name of a weekday."""

from __future__ import annotations

from datetime import date, time

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socle.agenda.models import COLOUR_PATTERN
from socle.agenda.presenters import hours_of
from socle.agenda.reading import Occurrence
from socle.lib.dates import DAYS, weekday_in_words

register = template.Library()


@register.simple_tag
def dot(colour: str) -> SafeString:
    """A dot of this colour, drawn: no style is written in a page. The name beside it says the same."""
    shown = colour if COLOUR_PATTERN.match(colour) else "#52606a"
    return format_html(
        '<svg class="dot" viewBox="0 0 10 10" aria-hidden="true" focusable="false">'
        '<circle cx="5" cy="5" r="5" fill="{}"/></svg>',
        shown,
    )


@register.filter
def weekday_name(on: date) -> str:
    """« lundi »."""
    return DAYS[on.weekday()]


@register.filter
def clock(at: time) -> str:
    """« 8 h », « 13 h 30 »."""
    return f"{at.hour}\u00a0h" + (f"\u00a0{at.minute:02d}" if at.minute else "")


@register.filter
def when_short(one: Occurrence) -> str:
    """« mardi 1er décembre 2026, de 14 h à 15 h »."""
    day = weekday_in_words(one.first_day)
    return day if one.said.is_all_day else f"{day}, {hours_of(one.start, one.end)}"
