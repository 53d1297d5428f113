"""The map of the communes: outlines drawn on the server, one group per stage, a colour and a hatching each."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from socle.console.stages import STAGES
from socle.provisioning.stages import Stage
from socle.territory.maps import TerritoryMap

# To whom an agreement is proposed first, among those that have none.
FIRST = "first"
# Two stages are hatched, and those to begin with, so that no colour is alone in saying something.
_HATCHED = ("ready", "signed", FIRST)


def draw(outlines: TerritoryMap, stages: Mapping[int, tuple[str, bool]]) -> SafeString:
    """Return the SVG of a territory; `stages` gives by identifier the stage of a commune and whether it has priority.

    Others are not drawn; a priority shows where nothing is begun yet.

    The map is hidden from those who listen: the list beside says the same. Its links are for the mouse only, a
    keyboard would have fifteen hundred of them to cross. Each opens in the whole window and says so: a drawing does not
    listen to the page that frames it.
    """
    address, _, end = reverse("console:commune", args=["00000"]).partition("00000")
    groups: dict[str, list[str]] = {code: [] for code in (*STAGES, FIRST)}
    for shape in outlines.shapes:
        stage, has_priority = stages.get(shape.commune_id, ("", False))
        if stage:
            is_first = has_priority and stage == Stage.ELIGIBLE
            groups[FIRST if is_first else stage].append(
                f'<a href="{address}{shape.insee_code}{end}" target="_parent" tabindex="-1">'
                f"<title>{escape(shape.name)}, {STAGES[stage].label}{', prioritaire' if is_first else ''}</title>"
                f'<path d="{shape.path}"/></a>'
            )
    drawn = "".join(_group(code, links) for code, links in groups.items())
    svg = (
        f'<svg class="map" viewBox="{outlines.view_box}" aria-hidden="true" focusable="false">'
        f"<defs>{''.join(_hatching(code) for code in _HATCHED)}</defs>{drawn}</svg>"
    )
    return mark_safe(svg)  # noqa: S308 (our own paths and codes; names are escaped)


def _group(code: str, links: list[str]) -> str:
    fill = f' fill="url(#hatch-{code})"' if code in _HATCHED else ""
    return f'<g class="map-{code}"{fill}>{"".join(links)}</g>' if links else ""


def _hatching(code: str) -> str:
    return (
        f'<pattern id="hatch-{code}" width="60" height="60" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect class="hatch-ground-{code}" width="60" height="60"/>'
        f'<rect class="hatch-line-{code}" width="30" height="60"/></pattern>'
    )
