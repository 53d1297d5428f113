"""`{% component %}`, `{% wrap %}`, `{% icon %}`, and the few filters every screen needs. Load with `{% load ui %}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms.boundfield import BoundField, BoundWidget
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from socle.lib import dates, money, siret, text
from socle.ui import components
from socle.ui.shapes import Bar

register = template.Library()


def _render(context: Context, name: str, given: dict[str, Any]) -> SafeString:
    wanted = components.component(name)
    values = wanted.context(given)
    values["request"] = context.get("request")
    values["csrf_token"] = context.get("csrf_token")
    assert context.template is not None
    shape = context.template.engine.get_template(wanted.template_name)
    return shape.render(context.new(values))


@register.simple_tag(takes_context=True)
def component(context: Context, component_name: str, **options: Any) -> SafeString:
    """Draw a component: `{% component "badge" label="Signée" tone="ok" %}`."""
    return _render(context, component_name, options)


@register.simple_block_tag(takes_context=True)
def wrap(context: Context, content: str, component_name: str, **options: Any) -> SafeString:
    """Draw a component around what follows: `{% wrap "card" title="Horaires" %}…{% endwrap %}`."""
    return _render(context, component_name, {**options, "content": content})


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """Draw an icon: decorative by default, named to everyone when it has a label. Size: « », « s », « l » or « xl »."""
    if size not in ("", "s", "l", "xl"):
        raise components.ComponentError(f"an icon has no size {size!r}; it knows s, l and xl")
    shape = mark_safe(components.icon_shape(name))  # noqa: S308 — our own files
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" width="24" height="24" focusable="false" {}>{}</svg>',
        f" icon-{size}" if size else "",
        spoken,
        shape,
    )


@register.simple_tag
def drawing(name: str) -> SafeString:
    """Draw a small scene beside words that say the same: decorative, in the colours of the page."""
    shape = mark_safe(components.drawing_shape(name))  # noqa: S308 — our own files
    return format_html(
        '<svg class="drawing" viewBox="0 0 160 100" width="160" height="100" {}>{}</svg>',
        mark_safe('focusable="false" aria-hidden="true"'),
        shape,
    )


@register.simple_tag
def moment(value: date | datetime | None) -> str:
    """Write a day or an instant in French inside a `<time>` that machines read; a missing one is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return format_html(
            '<time datetime="{}">{}</time>', value.isoformat(timespec="seconds"), dates.at_in_words(value)
        )
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), dates.in_words(value))


@register.filter
def number(value: int | None) -> str:
    """Write 34969 as « 34 969 »; a missing number is a dash."""
    return "–" if value is None else text.number(int(value))


@register.filter
def weight(size: int) -> str:
    """Write 1200000 as « 1,2 Mo »."""
    return text.bytes_in_french(int(size))


@register.filter
def euros(value: Decimal | None) -> str:
    """Write an amount as « 1 234,50 € »; a missing amount is a dash."""
    return "–" if value is None else money.euros(Decimal(value))


@register.filter
def amount(value: Decimal | None) -> str:
    """Write an amount in a column of amounts: « 1 234,50 », without its sign."""
    return "" if value is None else money.euros(value).removesuffix("\u00a0€")


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day as « 1er décembre 2026 » (Europe/Paris); a missing day is a dash."""
    if value is None or value == "":
        return "–"
    return dates.in_words(dates.day_of(value) if isinstance(value, datetime) else value)


@register.filter
def short_day(value: date | datetime | None) -> str:
    """Write a day as « 01/12/2026 » (Europe/Paris), for a column of days; a missing day is a dash."""
    if value is None or value == "":
        return "–"
    on = dates.day_of(value) if isinstance(value, datetime) else value
    return f"{on:%d/%m/%Y}"


@register.filter
def short_instant(value: datetime | None) -> str:
    """Write an instant as « 25/11/2026, 14 h 05 » (Europe/Paris), for a column; a missing one is a dash."""
    if value is None or value == "":
        return "–"
    local = value.astimezone(dates.PARIS)
    return f"{local:%d/%m/%Y}, {local.hour}\u00a0h\u00a0{local:%M}"


@register.filter
def instant(value: datetime | None) -> str:
    """Write an instant as « 25 novembre 2026 à 14 h 05 » (Europe/Paris); a missing one is a dash."""
    return "–" if value is None or value == "" else dates.at_in_words(value)


@register.filter
def spaced_siret(value: str) -> str:
    """Write a SIRET in groups; a missing one is a dash."""
    return siret.spaced(value) if value else "–"


@register.filter
def breakable(address: str) -> SafeString:
    """Let a long e-mail address break after its signs on a narrow screen."""
    parts = address.replace("@", "@\n").replace(".", ".\n").split("\n")
    return format_html_join("", "{}<wbr>", ((part,) for part in parts))


@register.filter
def of_place(value: str) -> str:
    """Write a place after « de »: « d’Arras », « du Quesnoy »."""
    return text.of_place(value)


@register.filter
def in_sentence(value: str) -> str:
    """Write « Commune de Prisches » as « la commune de Prisches », within a sentence."""
    return text.in_sentence(value)


@register.filter
def of_body(value: str) -> str:
    """Write a body after « de »: « de la commune de Prisches », « du centre de gestion du Nord »."""
    return text.of_body(value)


@register.filter
def to_body(value: str) -> str:
    """Write a body after « à »: « à la commune de Prisches », « au Syndicat mixte… »."""
    return text.to_body(value)


@register.filter
def plural(value: int, forms: str) -> str:
    """Choose between « commune,communes »: in French, zero and one are singular."""
    singular, several = forms.split(",")
    return singular if abs(int(value)) < 2 else several


# --- What the templates of components ask -----------------------------------------------------------------------------


def _describes(field: BoundField, help_text: str = "") -> str:
    told = [f"{field.auto_id}_helptext"] if help_text or field.help_text else []
    if field.errors:
        told.append(f"{field.auto_id}_error")
    return " ".join(told)


@register.filter
def dressed(field: BoundField, help_text: str = "") -> SafeString:
    """Draw the widget of a field with our classes, tied to its help and its error."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "")
    if kind in ("checkbox", "radio"):
        look = "form-check-input"
    elif kind == "select":
        look = "form-select"
    else:
        look = "form-control"
    attrs: dict[str, str | bool] = {
        "class": f"{widget.attrs.get('class', '')} {look}{' is-invalid' if field.errors else ''}".strip()
    }
    if described := _describes(field, help_text):
        attrs["aria-describedby"] = described
    return field.as_widget(attrs=attrs)


@register.filter
def described_by(field: BoundField, help_text: str = "") -> str:
    """Return the identifiers of what explains a field, as `aria-describedby` wants them."""
    return _describes(field, help_text)


@register.filter
def choices_of(field: BoundField) -> list[BoundWidget]:
    """Return the boxes of a field that has several, dressed."""
    boxes = list(field)
    for box in boxes:
        attrs = box.data["attrs"]
        attrs["class"] = f"{attrs.get('class', '')} form-check-input".strip()
        # The group says what describes it; each box would say it again.
        attrs.pop("aria-describedby", None)
    return boxes


@register.filter
def measured(bars: Sequence[Bar]) -> list[dict[str, Any]]:
    """Give each bar its width in hundredths of the longest."""
    longest = max((bar.value for bar in bars), default=0) or 1
    return [
        {
            "label": bar.label,
            "url": bar.url,
            "tone": bar.tone,
            "shown": bar.shown or text.number(round(bar.value)),
            "width": f"{max(0.0, 100 * bar.value / longest):.2f}",
        }
        for bar in bars
    ]


@register.filter
def page_range(page: Page[Any]) -> Iterator[int | str]:
    """Return the ranks to show around a page, with an ellipsis where some are left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
