"""The mairie's one rule of access: the beneficiary that is active, and nothing of any other."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from socle.agreements.models import Agreement
from socle.deliberations.models import Act, ActQuerySet
from socle.documents.actions import Altered, Ended
from socle.files import queries as files
from socle.files import rules as folder_rules
from socle.files.models import Space
from socle.files.queries import Place
from socle.inbox.models import ContactMessage
from socle.inbox.queries import ordinary, over
from socle.journal import readings
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.mail.models import Mailbox
from socle.mail.queries import boxes_opened_by
from socle.mairie.openings import CLOSED, is_open
from socle.people.acting import SESSION_KEY, active_beneficiary, beneficiaries_served, help_in_force, in_its_name, opens
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, HelpAccess, Invitation, Membership, User
from socle.people.rules import is_operator

P = ParamSpec("P")


def mairie_view(
    view: Callable[Concatenate[HttpRequest, Beneficiary, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view to the people of a beneficiary, in the name of the active one, every query scoped to it.

    A person who serves none gets a 403 that says where their own door is, one whose function does not open this address
    (`openings`) a 403 that says whom to ask. Templates are rendered within the scope, so
    that a lazy query is scoped like the others. A refusal met while reading has its own page.
    """

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        beneficiary = active_beneficiary(request)
        if beneficiary is None:
            if request.session.pop(SESSION_KEY, None) and is_operator(request.user, on=day_of(timezone.now())):
                # A helper whose access has just been closed, or is over: their own door, and why.
                messages.info(request, "L’accès d’assistance est fermé : vous n’agissez plus au nom de cette mairie.")
                return redirect("my_door")
            raise PermissionDenied("Cette partie est réservée aux mairies et aux autres bénéficiaires du programme.")
        if not is_open(request, request.path_info):
            raise PermissionDenied(CLOSED)
        with scope(beneficiary=beneficiary), in_its_name(request):
            try:
                response = view(request, beneficiary, *args, **kwargs)
                if hasattr(response, "render"):
                    response = response.render()
            except Elsewhere as elsewhere:
                response = _elsewhere(request, beneficiary, elsewhere.owner)
            except Ended as ended:
                response = _refused(request, ended)
            except Altered as altered:
                response = render(request, "mairie/altered.html", {"sentence": altered.sentence}, status=409)
            except Refused as refusal:
                response = _refused(request, refusal)
            note_helped(request, beneficiary, response)
            return response

    return guarded


def note_helped(request: HttpRequest, beneficiary: Beneficiary, response: HttpResponseBase) -> None:
    """Keep that a helper read a page of the mairie, by the name of the page; its own people are not followed."""
    access = help_in_force(request)
    if access is None or request.method != "GET" or response.status_code >= 300:
        return
    page = request.resolver_match.url_name if request.resolver_match else ""
    seen = [readings.Seen("helped", beneficiary, page or "")]
    readings.note(seen, by=person(request), operator=access.operator, door="mairie", at=timezone.now())


def gesture(
    view: Callable[Concatenate[HttpRequest, Beneficiary, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a view that acts: by POST only. Whoever comes by its address (signing in again, say) is led to the page."""

    @wraps(view)
    def by_post(request: HttpRequest, beneficiary: Beneficiary, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method != "POST":
            return redirect(page_above(request))
        return view(request, beneficiary, *args, **kwargs)

    return mairie_view(by_post)


def page_above(request: HttpRequest) -> str:
    """Return the address of the page a gesture belongs to: `…/12/reception/` leads to `…/12/`."""
    return f"{request.path.rstrip('/').rsplit('/', 1)[0]}/"


def person(request: HttpRequest) -> User:
    """Return who makes the request: the door is open to signed-in people only."""
    assert isinstance(request.user, User)
    return request.user


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    if request.method == "POST":
        messages.error(request, refusal.sentence)
        return redirect(page_above(request))
    context = {"sentence": refusal.sentence, "above": page_above(request)}
    return render(request, "mairie/refused.html", context, status=409)


class Elsewhere(Http404):
    """The object asked for belongs to another beneficiary that the same person serves."""

    def __init__(self, owner: Beneficiary) -> None:
        super().__init__("Cette page est celle d’un autre organisme.")
        self.owner = owner


def _elsewhere(request: HttpRequest, active: Beneficiary, owner: Beneficiary) -> HttpResponse:
    """Say whose page this is, to someone who serves both, with the gesture that changes; it stays a 404."""
    context = {"active": active, "owner": owner, "next": request.path if request.method == "GET" else ""}
    return render(request, "mairie/elsewhere.html", context, status=404)


def agreement_or_404(request: HttpRequest, number: str) -> Agreement:
    """Return an agreement of the active beneficiary, or answer 404 as for one that does not exist.

    A link received by e-mail may be about another beneficiary that the person serves: they are told which, and nobody
    else is.
    """
    agreement: Agreement | None = (
        Agreement.every.select_related(
            "programme__founding_act",
            "beneficiary__department",
            "beneficiary__commune",
            "text",
            "amends__type",
            "round__current",
            "round__original",
        )
        .filter(number=number)
        .first()
    )
    if agreement is not None:
        return agreement
    served = beneficiaries_served(request.user, on=day_of(timezone.now()))
    with scopes_disabled():  # Only among the beneficiaries this very person serves.
        owner = Beneficiary.objects.filter(pk__in=[one.pk for one in served], agreements__number=number).first()
    if owner is not None:
        raise Elsewhere(owner)
    raise Http404("Cette convention n’existe pas, ou n’est pas celle de votre organisme.")


def acts_of(request: HttpRequest, beneficiary: Beneficiary) -> ActQuerySet:
    """Return the acts of the active beneficiary that this person's function lets them read."""
    own = Act.objects.filter(beneficiary=beneficiary)
    return own if opens(request, Capability.READ_EVERY_ACT) else own.public()


def act_or_404(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> Act:
    """Return an act of the active beneficiary that this person reads, or answer 404 as for one that does not exist."""
    act = acts_of(request, beneficiary).select_related("document", "beneficiary").filter(pk=act_id).first()
    if act is None:
        raise Http404("Cet acte n’existe pas, ou n’est pas celui de votre organisme.")
    return act


def boxes_of(request: HttpRequest, beneficiary: Beneficiary) -> QuerySet[Mailbox]:
    """Return the boxes of the active beneficiary that this person sees: all for whoever keeps them, else one's own."""
    own = Mailbox.objects.filter(beneficiary=beneficiary).kept()
    if opens(request, Capability.ADMINISTER):
        return own
    opened = boxes_opened_by(person(request), day_of(timezone.now()))
    return own.filter(pk__in=opened.values("pk"))


def messages_of(request: HttpRequest, beneficiary: Beneficiary, *, are_over: bool = False) -> QuerySet[ContactMessage]:
    """Return the messages of the active beneficiary in their time, or those past it, that few read."""
    at = timezone.now()
    if not are_over:
        return ordinary(at).filter(beneficiary=beneficiary)
    past: QuerySet[ContactMessage] = ContactMessage.objects.filter(over(at), beneficiary=beneficiary)
    return past if opens(request, Capability.ADMINISTER) else past.none()


def message_or_404(request: HttpRequest, beneficiary: Beneficiary, message_id: int) -> ContactMessage:
    """Return a message written to the active beneficiary, or answer 404 as for one that does not exist.

    One whose period is over is read by whoever administers the mairie, and by nobody else.
    """
    administers = opens(request, Capability.ADMINISTER)
    own = ContactMessage.objects.filter(beneficiary=beneficiary) if administers else messages_of(request, beneficiary)
    found = own.filter(pk=message_id)
    message: ContactMessage | None = found.select_related("assigned_to", "beneficiary").first()
    if message is None:
        raise Http404("Ce message n’existe pas, ou n’est pas adressé à votre organisme.")
    return message


def folder_of(beneficiary: Beneficiary) -> Space:
    """Return the folder of the active beneficiary; raise `Refused` when it has none, or when it is suspended."""
    space = files.space_of(beneficiary)
    if space is None:
        raise Refused("Votre dossier partagé n’est pas encore ouvert\u00a0: il naît avec la dernière signature.")
    refuse(folder_rules.why_not_open(space))
    return space


def place_or_404(request: HttpRequest, beneficiary: Beneficiary, entry_id: int) -> Place:
    """Return a file or a folder of the active beneficiary that this person sees, or answer 404."""
    space = files.space_of(beneficiary)
    found = files.by_id(space, entry_id) if space is not None else None
    if space is None or found is None:
        raise Http404("Ce fichier n’existe pas, ou n’est pas celui de votre organisme.")
    powers = folder_rules.powers_of(space, person(request), on=day_of(timezone.now()))
    if found.top and not powers.sees(found.top):
        raise Http404("Ce fichier n’existe pas, ou n’est pas celui de votre organisme.")
    refuse(folder_rules.why_not_open(space))
    return found


def invitation_or_404(beneficiary: Beneficiary, invitation_id: int) -> Invitation:
    """Return an invitation of the active beneficiary, or answer 404 as for one that does not exist."""
    found = Invitation.objects.filter(beneficiary=beneficiary, pk=invitation_id).select_related("beneficiary")
    if (invitation := found.first()) is None:
        raise Http404("Cette invitation n’existe pas, ou n’est pas celle de votre organisme.")
    return invitation


def membership_or_404(beneficiary: Beneficiary, membership_id: int) -> Membership:
    """Return a role held for the active beneficiary, or answer 404 as for one that does not exist."""
    found = Membership.objects.filter(beneficiary=beneficiary, pk=membership_id).select_related("user", "beneficiary")
    if (membership := found.first()) is None:
        raise Http404("Cette fonction n’existe pas, ou n’est pas celle de votre organisme.")
    return membership


def help_or_404(beneficiary: Beneficiary, help_id: int) -> HelpAccess:
    """Return an access opened by the active beneficiary, or answer 404 as for one that does not exist."""
    found = HelpAccess.objects.filter(beneficiary=beneficiary, pk=help_id).select_related("beneficiary", "operator")
    if (access := found.first()) is None:
        raise Http404("Cet accès n’existe pas, ou n’est pas celui de votre organisme.")
    return access
