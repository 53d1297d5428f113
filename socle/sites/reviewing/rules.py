"""Rules: who may ask for a page to be read over, and who may answer: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from wagtail.models import Page

from socle.people.capabilities import Capability, those_who
from socle.people.models import Membership, Role, User
from socle.sites.models.pages import CommunePage
from socle.sites.models.reviews import Review
from socle.sites.models.sites import WebSite


def readers_of(website: WebSite, *, on: date, but: User | None = None) -> list[User]:
    """Return who may be asked to read over: those of the mairie who publish that day, whoever represents it first."""
    held = (
        Membership.objects.active_on(on)
        .filter(beneficiary=website.beneficiary_id, role__in=those_who(Capability.PUBLISH), user__is_active=True)
        .select_related("user")
        .order_by("pk")
    )
    people = dict.fromkeys(one.user for one in sorted(held, key=lambda one: one.role != Role.MAYOR))
    return [person for person in people if but is None or person.pk != but.pk]


def why_not_show(page: CommunePage) -> str | None:
    """Say why there is nothing to read over on this page, or why it could not appear as it is."""
    if page.live and not page.has_unpublished_changes:
        return (
            "Cette page n’a rien qui ne soit déjà en ligne\u00a0: corrigez-la, enregistrez sans publier, puis demandez."
        )
    draft = page.get_latest_revision_as_object()
    try:
        draft.full_clean()
    except ValidationError as error:
        return "La page n’est pas complète\u00a0: " + " ".join(_sentences(draft, error))
    return None


def _sentences(page: Page, error: ValidationError) -> list[str]:
    """Say what is missing with the names of the fields: « en deux phrases : Ce champ ne peut pas être vide. »"""
    if not hasattr(error, "error_dict"):
        return error.messages
    names = {field.name: str(getattr(field, "verbose_name", field.name)) for field in page._meta.get_fields()}
    return [
        f"{names.get(name, name)}\u00a0: {message}" if name != "__all__" else message
        for name, messages in error.message_dict.items()
        for message in messages
    ]


def why_not_ask(page: CommunePage, *, website: WebSite, of: User | None, word: str, on: date) -> str | None:
    """Say why this person cannot be asked to read this page over."""
    if reason := why_not_show(page):
        return reason
    if of is None or of not in readers_of(website, on=on):
        return "Choisissez une personne de la mairie\u00a0: elle seule peut relire les pages de son site."
    if len(word) > 500:
        return "Votre mot dépasse 500\u00a0signes\u00a0: raccourcissez-le."
    return None


def why_not_answer(review: Review) -> str | None:
    """Say why this review can be neither approved nor sent back."""
    if review.is_waiting:
        return None
    if review.is_sent_back:
        return "Cette page est déjà renvoyée\u00a0: elle vous sera montrée de nouveau une fois reprise."
    return "Cette page n’attend plus de relecture."


def version_of(page: Page) -> str:
    """Name what a page says at this moment: what is saved by itself keeps its number and takes another hour."""
    latest = page.latest_revision
    return f"{latest.pk}.{latest.created_at:%Y%m%d%H%M%S%f}" if latest is not None else ""


def why_not_approve(review: Review, page: CommunePage, *, seen: str) -> str | None:
    """Say why this page cannot be published: whoever approves must have seen what appears."""
    if reason := why_not_answer(review):
        return reason
    if seen != version_of(page):
        return "La page a changé pendant que vous la relisiez\u00a0: la voici à jour, relisez-la avant de la publier."
    return why_not_show(page)


def why_not_send_back(review: Review, *, answer: str) -> str | None:
    """Say why this page cannot be sent back."""
    if reason := why_not_answer(review):
        return reason
    if not answer:
        return "Dites en un mot ce qu’il faut reprendre\u00a0: qui l’a écrite ne le devinera pas."
    if len(answer) > 500:
        return "Votre mot dépasse 500\u00a0signes\u00a0: raccourcissez-le."
    return None
