"""The acts of the bodies, but those that are about one person: what a program reads and notes of them."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Body, Query

from socle.api.guard import Caller, caller_of
from socle.api.pages import Key
from socle.api.shapes import acts as shapes
from socle.api.shapes.values import Identifier
from socle.api.v1.beneficiaries import reference
from socle.api.v1.offering import about, cut_of, match_if_asked, operation, url_of
from socle.deliberations import actions as deliberations
from socle.deliberations.contract import publisher
from socle.deliberations.matters import name_of
from socle.deliberations.models import Act
from socle.integrations.models import Scope

ACT_KEYS = {"id": Key("pk", "number")}


def _acts(caller: Caller) -> Any:
    """Neither individual nor held back: a program is told no more than the public may be."""
    rows = Act.objects.public().filter(beneficiary__in=caller.access.beneficiaries())
    return rows.select_related("beneficiary__commune", "document")


def _act(one: Act, roots: Mapping[int, str]) -> shapes.Act:
    body, vote = one.beneficiary, one.vote
    assert body is not None  # Those of beneficiaries alone are read.
    root = roots.get(body.pk, "")
    return shapes.Act(
        url=url_of("acts", one.pk),
        id=one.pk,
        beneficiary=reference(body),
        kind=one.kind,  # type: ignore[arg-type]
        kind_label=one.get_kind_display(),
        body=one.body,
        number=one.number,
        subject=one.subject,
        adopted_on=one.adopted_on,
        received_on=one.received_on,
        published_on=one.published_on,
        mode=one.mode or None,  # type: ignore[arg-type]
        put_online_at=one.put_online_at,
        sha256=one.online_sha256 or None,
        address=f"{root}{publisher().path_of(one)}" if root and one.put_online_at and one.document_id else None,
        executory_on=one.executory_on,
        matter=one.matter or None,
        matter_label=name_of(one.matter) or None,
        author=shapes.Author(name=one.author.name, quality=one.author.quality) if one.author else None,
        vote=shapes.Vote(
            members=vote.members, in_favour=vote.in_favour, against=vote.against, abstentions=vote.abstentions
        )
        if vote
        else None,
        is_fictitious=one.is_fictitious,
    )


@operation("GET", "/acts", shapes.Acts, tag="Actes", scope=Scope.ACTS_READ)
def list_acts(request: HttpRequest, filters: Query[shapes.ActFilters]):  # type: ignore[no-untyped-def]
    """Lister les actes.

    Ni acte individuel, ni acte retenu pour les données personnelles qu’il contient.
    """
    rows = about(_acts(caller_of(request)), filters)
    if filters.q:
        rows = rows.found_by(filters.q)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    page = cut_of(request, rows, ACT_KEYS, filters)
    roots = publisher().roots(one.beneficiary_id for one in page.rows)
    return shapes.Acts(data=[_act(one, roots) for one in page.rows], next=page.next)


@operation("GET", "/acts/{id}", shapes.Act, tag="Actes", scope=Scope.ACTS_READ)
def show_act(request: HttpRequest, id: Identifier):  # type: ignore[no-untyped-def]
    """Lire un acte."""
    return _shown(_act_or_404(caller_of(request), id))


def _act_or_404(caller: Caller, id: int) -> Act:
    found: Act | None = _acts(caller).filter(pk=id).first()
    if found is None:
        raise Http404("Cet acte n’existe pas, n’est pas public, ou n’est pas de ceux que ce jeton voit.")
    return found


def _shown(one: Act) -> shapes.Act:
    assert one.beneficiary_id is not None  # Those of beneficiaries alone are read.
    return _act(one, publisher().roots([one.beneficiary_id]))


@operation("POST", "/acts/{id}/reception", shapes.Act, tag="Actes", scope=Scope.ACTS_WRITE)
def receive_act(request: HttpRequest, id: Identifier, body: Body[shapes.Reception]):  # type: ignore[no-untyped-def]
    """Noter le jour où la préfecture a reçu un acte.

    Une fois, et par qui pourrait enregistrer cet acte.
    """
    caller, at = caller_of(request), timezone.now()
    act = _act_or_404(caller, id)
    match_if_asked(request, _shown(act))
    deliberations.receive(act, received_on=body.received_on, by=caller.access.user, at=at)
    return _shown(_act_or_404(caller, id))
