"""Endpoints about the token itself, and the offer of its programme."""

from django.http import HttpRequest

from socle.api.guard import caller_of
from socle.api.shapes import own as shapes
from socle.api.v1.offering import operation
from socle.people.models import Beneficiary


@operation("GET", "/me", shapes.Me, tag="Jeton")
def show_me(request: HttpRequest):  # type: ignore[no-untyped-def]
    """Lire ce que ce jeton ouvre."""
    caller = caller_of(request)
    owner = caller.token.owner
    return shapes.Me(
        name=caller.token.name,
        prefix=caller.token.prefix,
        scopes=sorted(caller.scopes),
        expires_at=caller.token.expires_at,
        organisation=shapes.Organisation(
            kind="beneficiary" if isinstance(owner, Beneficiary) else "operator", id=owner.pk, name=owner.name
        ),
        programme=caller.access.programme.code,
        departments=sorted(one.code for one in caller.access.departments),
        sees_money=caller.access.sees_money,
    )


@operation("GET", "/services", shapes.Services, tag="Jeton")
def list_services(request: HttpRequest):  # type: ignore[no-untyped-def]
    """Lire les services de l’offre.

    Leurs codes sont ceux que portent les conventions et les installations.
    """
    offered = caller_of(request).access.programme.services.order_by("order", "pk")
    return shapes.Services(
        data=[
            shapes.Service(
                code=one.code,
                name=one.name,
                summary=one.summary,
                is_essential=one.is_essential,
                is_provisioned=one.is_provisioned,
            )
            for one in offered
        ]
    )
