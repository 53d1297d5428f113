"""One field for everything: communes, bodies, agreements, people, batches, by what one knows of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.batches.gestures import label_of
from socle.batches.models import Batch
from socle.console.views.people import operators_of
from socle.lib import dates
from socle.lib.text import spellings, whole
from socle.people.models import HELPER_ROLES, Beneficiary, Membership, Role
from socle.provisioning.desk.access import Access, console_view, record_view
from socle.provisioning.desk.journal_lines import address_of
from socle.provisioning.desk.lists import at_place
from socle.territory.queries import search_communes
from socle.ui.shapes import Link

# Of one kind, what is shown: whoever wants more narrows the words, or opens the list.
SHOWN = 12
LONGEST = 80


@dataclass(frozen=True)
class Result:
    """One thing found: its name, where it is, a word more."""

    label: str
    url: str
    detail: str = ""


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Search everything this person may see; a code or a number that is exact leads straight to its page."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    digits = re.sub(r"\s", "", words)
    groups: list[tuple[str, str, list[Result]]] = []
    if len(words) > 1:
        if found := _exact(access, digits):
            return redirect(found)
        groups = [
            ("Communes", "mairie", _communes(access, words, digits)),
            ("Autres établissements", "people", _bodies(access, words, digits)),
            ("Conventions", "agreement", _agreements(access, words)),
            ("Personnes", "person", _people(request, access, words)),
            ("Lots", "list", _batches(access, digits)),
        ]
    groups = [group for group in groups if group[2]]
    context = {
        "searched": words,
        "groups": groups,
        "count": sum(len(results) for *_, results in groups),
        "most": SHOWN,
        "crumbs": [Link("Recherche")],
    }
    return render(request, "console/search.html", context)


def _exact(access: Access, digits: str) -> str:
    """The page of a commune by its INSEE code, or of an agreement by its number; nothing when it is neither."""
    code = digits.upper()
    if len(code) == 5 and access.communes().filter(insee_code=code).exists():
        return reverse("console:commune", args=[code])
    number = access.readable_agreements().filter(number__iexact=digits).values_list("number", flat=True).first()
    return reverse("console:agreement", args=[number]) if number else ""


def _communes(access: Access, words: str, digits: str) -> list[Result]:
    if digits.isdigit() and len(digits) in (9, 14):
        seat = Q(siren=digits[:9]) if len(digits) == 9 else Q(beneficiary__siret=digits)
        found = [(one, "") for one in access.communes().filter(seat).select_related("department")[:SHOWN]]
    else:
        wanted = digits if digits[:1].isdigit() else words
        matches = search_communes(wanted, departments=access.departments, limit=SHOWN)
        found = [(match.commune, match.because) for match in matches]
    return [
        Result(
            one.name,
            reverse("console:commune", args=[one.insee_code]),
            " · ".join(part for part in (one.insee_code, str(one.department), because) if part),
        )
        for one, because in found
    ]


def _bodies(access: Access, words: str, digits: str) -> list[Result]:
    wanted = Q()
    for spelling in spellings(words):
        wanted |= Q(name__icontains=spelling)
    if digits.isdigit() and len(digits) in (9, 14):
        wanted |= Q(siret__startswith=digits)
    bodies = access.beneficiaries().filter(wanted, kind=Beneficiary.Kind.OTHER).order_by("name", "pk")
    return [Result(one.name, reverse("console:body", args=[one.pk]), one.legal_form) for one in bodies[:SHOWN]]


def _agreements(access: Access, words: str) -> list[Result]:
    rows = (
        access.every_agreement()
        .filter(Q(number__icontains=words) | at_place(words))
        .select_related("beneficiary__commune")
        .order_by("-number")
    )
    return [
        Result(
            f"n° {one.number}",
            reverse("console:agreement", args=[one.number]),
            f"{one.beneficiary.place_name} · {one.get_status_display()}",
        )
        for one in rows[:SHOWN]
    ]


def _people(request: HttpRequest, access: Access, words: str) -> list[Result]:
    """The people of one's territory, and of the operators whose people one sees; each page of theirs says the rest."""
    on = dates.day_of(timezone.now())
    wanted = Q(user__name__icontains=words)
    # An address is a way to find someone for those who are shown it.
    if access.holds(Role.PROGRAMME_OFFICER, *HELPER_ROLES) and "@" in words:
        wanted |= Q(user__email__iexact=words)
    mine = Q(beneficiary__in=access.beneficiaries()) | Q(operator__in=operators_of(access))
    held = _held(on).filter(mine, wanted)[:SHOWN]
    results = []
    for one in held:
        place: Any = one.beneficiary or one.operator
        record_view(request, "people", place)
        role = one.quality or one.get_role_display()
        results.append(Result(one.user.name, _people_page(one), f"{role}, {place.name}"))
    return results


def _held(on: date) -> Any:
    held = Membership.objects.active_on(on).filter(user__is_active=True)
    return held.select_related("user", "beneficiary__commune", "operator").order_by("user__name", "pk")


def _people_page(membership: Membership) -> str:
    if membership.beneficiary is not None:
        return f"{address_of(membership.beneficiary)}personnes/"
    assert membership.operator is not None
    return reverse("console:operator_people", args=[membership.operator.code])


def _batches(access: Access, digits: str) -> list[Result]:
    batches = Batch.objects.filter(operator=access.operator, pk=whole(digits) or 0)
    return [
        Result(f"Lot n° {one.pk}", reverse("console:batch", args=[one.pk]), label_of(one.gesture)) for one in batches
    ]
