"""One box of the mairie, and everything one can do to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.text import bytes_in_french
from socle.mail import actions, manners, queries, restoring, rules
from socle.mail.configuring import apple_profile
from socle.mail.forms import AbsenceForm, BoxForm, ForwardForm, NameForm, PersonForm, RestoreForm, SizeForm
from socle.mail.models import Forwarding, Mailbox, Migration, Opening, Restoration, Vacation
from socle.mail.models.boxes import Kind
from socle.mail.presenters import outside_state, show_box, show_import
from socle.mail.webmail import rules as webmail
from socle.mail.webmail.queries import address
from socle.mairie.access import boxes_of, gesture, mairie_view, person
from socle.mairie.views.mail import home
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Membership, User
from socle.ui.shapes import Fact, Link
from socle.ui.submit import refusal_shown_in


def box_or_404(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> Mailbox:
    """Return a box of the active beneficiary that this person sees, or answer 404 as for one that does not exist."""
    found = boxes_of(request, beneficiary).filter(pk=box_id)
    box: Mailbox | None = found.select_related("beneficiary", "domain", "holder", "vacation", "forwarding").first()
    if box is None:
        raise Http404("Cette boîte n’existe pas, ou n’est pas celle de votre organisme.")
    return box


def people_of(beneficiary: Beneficiary, *, on: date) -> list[User]:
    """Those who serve there today, by name."""
    memberships = Membership.objects.active_on(on).filter(beneficiary=beneficiary, role__in=BENEFICIARY_ROLES)
    return list(User.objects.filter(pk__in=memberships.values("user"), is_active=True).order_by("name", "pk"))


@mairie_view
def make(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Make a box."""
    by, at = person(request), timezone.now()
    main = queries.main_domain(beneficiary)
    if main is None:
        raise Refused("Votre messagerie n’a pas encore de domaine : il naît avec le service.")
    form = BoxForm(
        request.POST if request.method == "POST" else None,
        people=people_of(beneficiary, on=dates.day_of(at)),
        domain=main.shown,
        quota=int(settings.SOCLE_MAIL_BOX_GB * queries.GIGABYTE),
    )
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        with refusal_shown_in(form):
            box = actions.make_box(
                beneficiary,
                local_part=asked["local_part"],
                kind=Kind(asked["kind"]),
                display_name=asked["display_name"],
                holder=asked["person"],
                quota_bytes=asked["quota"],
                by=by,
                at=at,
            )
            messages.success(request, f"{box.address} est créée.")
            return redirect("mairie:mailbox", box.pk)
    quota = queries.quota_of(beneficiary)
    context = {
        "form": form,
        "left": bytes_in_french(quota.left),
        "crumbs": [home(), Link("Créer une boîte")],
    }
    return render(request, "mairie/mailbox_make.html", context, status=422 if form.errors else 200)


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Show a box: who opens it, what it does, what may be done to it."""
    return _page(request, box_or_404(request, beneficiary, box_id))


def _page(request: HttpRequest, box: Mailbox, **bound: forms.Form) -> HttpResponse:
    by, on = person(request), dates.day_of(timezone.now())
    openings = list(Opening.objects.filter(mailbox=box).select_related("user").order_by("user__name"))
    opened = {one.user_id for one in openings}
    closed_to = [one for one in people_of(box.beneficiary, on=on) if one.pk not in opened]
    serving = {one.pk for one in people_of(box.beneficiary, on=on)}
    migration = Migration.objects.filter(mailbox=box).prefetch_related("folders").first()
    why_not_change = rules.why_not_change_box(box, by=by, on=on)
    if bound and why_not_change:
        # The form that was refused is not on the page of such a box.
        messages.error(request, why_not_change)
    vacation: Vacation | None = getattr(box, "vacation", None)
    forwarding: Forwarding | None = getattr(box, "forwarding", None)
    shown = show_box(box, on=on)
    context = {
        "box": box,
        "shown": shown,
        "facts": _facts(box),
        "rows": [(one, one.user_id in serving) for one in openings],
        "closed_to": closed_to,
        "opens_it": by.pk in opened,
        "webmail": address(),
        "why_not_read": webmail.why_not_read(box, by=by, on=on) if address() else None,
        "person_form": bound.get("person_form") or PersonForm(people=closed_to),
        "name_form": bound.get("name_form") or _name_form(box),
        "size_form": bound.get("size_form") or SizeForm(quota=box.quota_bytes),
        "vacation": vacation,
        "vacation_runs": vacation is not None and vacation.is_running_on(on),
        "vacation_is_over": vacation is not None and vacation.ends_on is not None and vacation.ends_on < on,
        "forwarding": forwarding,
        "forwarding_state": outside_state(forwarding) if forwarding else None,
        "restorations": Restoration.objects.filter(mailbox=box).order_by("-pk")[:5],
        "import": show_import(migration) if migration else None,
        "why_not_change": why_not_change,
        "why_not_decide": rules.why_not_decide(box, by=by, on=on),
        "why_not_open": why_not_change
        or ("Une boîte personnelle n’est ouverte qu’à sa personne." if not box.is_shared else None),
        "why_not_suspend": rules.why_not_suspend_box(box, by=by, on=on),
        "why_not_resume": rules.why_not_resume_box(box, by=by, on=on),
        "why_not_delete": rules.why_not_delete_box(box, by=by, on=on),
        "why_not_restore": restoring.why_not_restore(box, None, by=by, on=on),
        "kept_days": settings.SOCLE_MAIL_KEPT_DAYS,
        "crumbs": [home(), Link(box.address)],
    }
    return render(
        request, "mairie/mailbox.html", context, status=422 if any(form.errors for form in bound.values()) else 200
    )


def _name_form(box: Mailbox, data: QueryDict | None = None) -> NameForm:
    return NameForm(data, initial={"display_name": box.display_name})


def _facts(box: Mailbox) -> list[Fact]:
    others = [one for one in queries.addresses_of(box) if one != box.address]
    facts = [
        Fact("Nom affiché", box.display_name),
        Fact("Nature", f"boîte {box.get_kind_display()}", f"de {box.holder.name}" if box.holder else ""),
        Fact("Créée le", dates.in_words(dates.day_of(box.made_at))),
    ]
    if others:
        facts.append(Fact("Reçoit aussi à", ", ".join(others)))
    if box.measured_at:
        facts.append(Fact("Messages", f"{box.messages:,}".replace(",", "\u202f")))
    return facts


def _done(request: HttpRequest, box: Mailbox, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("mairie:mailbox", box.pk)


# --- Its name, its quota, its life ------------------------------------------------------------------------------------
@gesture
def rename(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Change the name that recipients see."""
    box = box_or_404(request, beneficiary, box_id)
    form = _name_form(box, request.POST)
    if not form.is_valid():
        return _page(request, box, name_form=form)
    actions.rename_box(box, **form.cleaned_data, by=person(request), at=timezone.now())
    return _done(request, box, "Le nom affiché est changé.")


@gesture
def resize(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Change the quota of a box."""
    box = box_or_404(request, beneficiary, box_id)
    form = SizeForm(request.POST, quota=box.quota_bytes)
    if form.is_valid():
        with refusal_shown_in(form, "quota"):
            actions.resize_box(box, quota_bytes=form.cleaned_data["quota"], by=person(request), at=timezone.now())
            return _done(request, box, "La place de la boîte est changée.")
    return _page(request, box, size_form=form)


@gesture
def suspend(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Close a box to everybody."""
    box = actions.suspend_box(box_or_404(request, beneficiary, box_id), by=person(request), at=timezone.now())
    return _done(request, box, f"{box.address} est suspendue : personne ne l’ouvre, ce qui arrive est gardé.")


@gesture
def resume(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Put a box back in service."""
    box = actions.resume_box(box_or_404(request, beneficiary, box_id), by=person(request), at=timezone.now())
    return _done(request, box, f"{box.address} est de nouveau en service, avec tout ce qu’elle contenait.")


@gesture
def delete(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Delete a box; nothing is destroyed."""
    box = actions.delete_box(box_or_404(request, beneficiary, box_id), by=person(request), at=timezone.now())
    assert box.kept_until is not None
    until = dates.in_words(dates.day_of(box.kept_until))
    return _done(request, box, f"{box.address} est supprimée. Ses messages sont gardés jusqu’au {until}.")


@mairie_view
def hand_over(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Make a personal box an archive that a successor reads."""
    box, by, at = box_or_404(request, beneficiary, box_id), person(request), timezone.now()
    on = dates.day_of(at)
    people = [one for one in people_of(beneficiary, on=on) if one.pk != box.holder_id]
    form = PersonForm(request.POST if request.method == "POST" else None, people=people)
    form.fields["person"].label = "Qui la lira"
    form.fields["may_send"].label = "Et pourra écrire sous cette adresse"
    form.fields["may_send"].initial = False
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        with refusal_shown_in(form):
            actions.hand_over(box, to=asked["person"], may_send=asked["may_send"], by=by, at=at)
            return _done(request, box, f"{box.address} est maintenant une archive partagée.")
    context = {
        "box": box,
        "form": form,
        "crumbs": [home(), Link(box.address, _address(box)), Link("Transmettre")],
    }
    return render(request, "mairie/mailbox_hand_over.html", context, status=422 if form.errors else 200)


def _address(box: Mailbox) -> str:
    return reverse("mairie:mailbox", args=[box.pk])


@mairie_view
def profile(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Give the file by which an iPhone, an iPad or a Mac sets itself for this box."""
    box = box_or_404(request, beneficiary, box_id)
    response = HttpResponse(
        apple_profile(box, host=request.get_host()), content_type="application/x-apple-aspen-config"
    )
    response["Content-Disposition"] = f'attachment; filename="{box.local_part}.mobileconfig"'
    return response


# --- Who opens it -----------------------------------------------------------------------------------------------------
def opening_or_404(box: Mailbox, opening_id: int) -> Opening:
    """Return a way into this box, or answer 404."""
    found = Opening.objects.filter(mailbox=box, pk=opening_id).select_related("user", "mailbox__beneficiary").first()
    if found is None:
        raise Http404("Cette boîte n’est pas, ou n’est plus, ouverte à cette personne.")
    opening: Opening = found
    return opening


@gesture
def open_to(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Open a shared box to a person."""
    box, at = box_or_404(request, beneficiary, box_id), timezone.now()
    form = PersonForm(request.POST, people=people_of(beneficiary, on=dates.day_of(at)))
    if form.is_valid():
        asked = form.cleaned_data
        try:
            opening = actions.open_box(box, to=asked["person"], may_send=asked["may_send"], by=person(request), at=at)
        except Refused as refusal:
            if not box.is_shared or not box.is_active:
                raise
            form.add_error("person", refusal.sentence)
        else:
            return _done(request, box, f"La boîte est ouverte à {opening.user.name}.")
    return _page(request, box, person_form=form)


@gesture
def change_opening(request: HttpRequest, beneficiary: Beneficiary, box_id: int, opening_id: int) -> HttpResponse:
    """Say whether a person also writes under the address."""
    box = box_or_404(request, beneficiary, box_id)
    opening = opening_or_404(box, opening_id)
    may_send = request.POST.get("may_send") == "oui"
    actions.change_opening(opening, may_send=may_send, by=person(request), at=timezone.now())
    says = "peut maintenant écrire sous cette adresse" if may_send else "peut seulement lire, désormais"
    return _done(request, box, f"{opening.user.name} {says}.")


@gesture
def close_to(request: HttpRequest, beneficiary: Beneficiary, box_id: int, opening_id: int) -> HttpResponse:
    """Close a shared box to a person."""
    box = box_or_404(request, beneficiary, box_id)
    opening = opening_or_404(box, opening_id)
    name = opening.user.name
    actions.close_box(opening, by=person(request), at=timezone.now())
    return _done(request, box, f"La boîte est fermée à {name}, sur tous ses appareils.")


# --- What it does by itself -------------------------------------------------------------------------------------------
def _asked(
    request: HttpRequest,
    box: Mailbox,
    form: forms.Form,
    act: Callable[[], object],
    *,
    field: str | None,
    done: str,
    template: str,
    title: str,
    **more: object,
) -> HttpResponse:
    """A page with one form, and the action it calls; a refusal is said at the form, unless the box is another's."""
    refuse(rules.why_not_decide(box, by=person(request), on=dates.day_of(timezone.now())))
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form, field):
            act()
            return _done(request, box, done)
    context = {
        "box": box,
        "form": form,
        "crumbs": [home(), Link(box.address, _address(box)), Link(title)],
        **more,
    }
    return render(request, template, context, status=422 if form.errors else 200)


@mairie_view
def be_absent(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Say what a box answers during an absence."""
    box, by, at = box_or_404(request, beneficiary, box_id), person(request), timezone.now()
    vacation: Vacation | None = getattr(box, "vacation", None)
    initial = (
        {key: getattr(vacation, key) for key in ("starts_on", "ends_on", "subject", "text")}
        if vacation
        else {"starts_on": dates.day_of(at), "subject": f"Absence – {box.display_name}", "text": _absence_text(box)}
    )
    form = AbsenceForm(
        request.POST if request.method == "POST" else None, initial=initial, is_kept=vacation is not None
    )
    return _asked(
        request,
        box,
        form,
        lambda: manners.be_absent(box, **form.cleaned_data, by=by, at=at),
        field=None,
        done="La réponse d’absence est réglée.",
        template="mairie/mailbox_absence.html",
        title="Absence",
    )


def _absence_text(box: Mailbox) -> str:
    return (
        "Bonjour,\n\nVotre message est bien arrivé. "
        "Nous vous répondrons à la fin de cette absence.\n\n"
        f"Cordialement,\n{box.display_name}"
    )


@gesture
def come_back(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Stop answering an absence."""
    box = box_or_404(request, beneficiary, box_id)
    manners.come_back(box, by=person(request), at=timezone.now())
    return _done(request, box, "La réponse d’absence est arrêtée.")


@mairie_view
def forward(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Send on what a box receives."""
    box, by, at = box_or_404(request, beneficiary, box_id), person(request), timezone.now()
    former: Forwarding | None = getattr(box, "forwarding", None)
    initial = (
        {"destination": former.destination, "is_copy_kept": former.is_copy_kept} if former else {"is_copy_kept": True}
    )
    form = ForwardForm(request.POST if request.method == "POST" else None, initial=initial, is_kept=former is not None)
    return _asked(
        request,
        box,
        form,
        lambda: manners.forward(box, **form.cleaned_data, by=by, at=at),
        field="destination",
        done="C’est noté. Vers une adresse extérieure, rien ne part avant l’accord de la personne.",
        template="mairie/mailbox_forward.html",
        title="Renvoi",
    )


@gesture
def stop_forwarding(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Stop sending on."""
    box = box_or_404(request, beneficiary, box_id)
    manners.stop_forwarding(box, by=person(request), at=timezone.now())
    return _done(request, box, "Le renvoi est arrêté.")


@gesture
def ask_again(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Write again to the owner of the address."""
    box = box_or_404(request, beneficiary, box_id)
    manners.ask_again(box, by=person(request), at=timezone.now())
    return _done(request, box, "La demande d’accord repart, avec un nouveau lien.")


# --- Going back in time -----------------------------------------------------------------------------------------------
@mairie_view
def restore(request: HttpRequest, beneficiary: Beneficiary, box_id: int) -> HttpResponse:
    """Ask for what a box held at a date."""
    box, by, at = box_or_404(request, beneficiary, box_id), person(request), timezone.now()
    yesterday = dates.day_of(at) - timedelta(days=1)
    form = RestoreForm(request.POST if request.method == "POST" else None, initial={"as_of": yesterday})
    return _asked(
        request,
        box,
        form,
        lambda: restoring.ask_restoration(box, **form.cleaned_data, by=by, at=at),
        field="as_of",
        done="La restauration est demandée : elle commence dans les minutes qui viennent.",
        template="mairie/mailbox_restore.html",
        title="Restaurer",
    )


@gesture
def cancel_restoration(
    request: HttpRequest, beneficiary: Beneficiary, box_id: int, restoration_id: int
) -> HttpResponse:
    """Give up a restoration that did not begin."""
    box = box_or_404(request, beneficiary, box_id)
    found = Restoration.objects.filter(mailbox=box, pk=restoration_id).select_related("mailbox__beneficiary").first()
    if found is None:
        raise Http404("Cette restauration n’existe pas.")
    restoring.cancel_restoration(found, by=person(request), at=timezone.now())
    return _done(request, box, "La restauration est annulée.")
