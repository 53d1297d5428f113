"""Rules: who may what on a website, and when: a French sentence of refusal, or None."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from wagtail.models import Page, ReferenceIndex

from socle.lib.dates import add_months, in_words, weekday_in_words
from socle.lib.hours import hour
from socle.lib.text import listed
from socle.people.models import Beneficiary
from socle.sites.colours import is_colour
from socle.sites.models.media import CommuneDocument, CommuneImage
from socle.sites.models.notices import Alert, ExceptionalDay, Span
from socle.sites.models.sites import Font, Layout, WebSite, WeekOpening

if TYPE_CHECKING:
    from socle.sites.models.pages import CommunePage

FOREIGN = (
    "Cette page renvoie à une image, un document ou une page qui n’appartient pas à votre commune : "
    "choisissez-en un autre parmi les vôtres."
)


def why_not_create_site(beneficiary: Beneficiary) -> str | None:
    """Say why no site can be made for this body."""
    commune = beneficiary.commune
    if commune is not None and commune.merged_into is not None:
        return (
            f"La commune de {commune.name} a fusionné\u00a0: elle fait partie de {commune.heir.name}. "
            f"Créez le site de {commune.heir.name}."
        )
    return None


def why_not_refer(page: CommunePage, *, website: WebSite) -> str | None:
    """Say why this page cannot be kept: it refers, anywhere in it, to something of another commune.

    Links of Wagtail are found where they hide: foreign keys, blocks of a body, links and images of a rich text.
    """
    pages: set[str] = set()
    images: set[str] = set()
    documents: set[str] = set()
    kinds = {Page: pages, CommuneImage: images, CommuneDocument: documents}
    by_type = {ReferenceIndex._get_base_content_type(model).pk: found for model, found in kinds.items()}
    for content_type_id, object_id, _, _ in ReferenceIndex._extract_references_from_object(page):
        if content_type_id in by_type:
            by_type[content_type_id].add(str(object_id))
    pages.discard(str(page.pk))
    own = {
        Page: Page.objects.filter(path__startswith=website.root_page.path),
        CommuneImage: CommuneImage.objects.filter(collection_id=website.collection_id),
        CommuneDocument: CommuneDocument.objects.filter(collection_id=website.collection_id),
    }
    for model, found in kinds.items():
        if found and own[model].filter(pk__in=found).count() < len(found):
            return FOREIGN
    return None


def why_not_unpublish(page: CommunePage) -> str | None:
    """Say why this page can be neither removed nor taken offline."""
    if page.is_mandatory:
        return (
            f"La page «\u00a0{page.title}\u00a0» ne peut être ni supprimée ni dépubliée\u00a0: un site public doit la "
            "montrer. Vous pouvez corriger son contenu."
        )
    return None


def why_not_suspend(website: WebSite) -> str | None:
    """Say why this site cannot be suspended."""
    return "Ce site est déjà suspendu." if website.suspended_at else None


def why_not_resume(website: WebSite) -> str | None:
    """Say why this site cannot be put back online."""
    return None if website.suspended_at else "Ce site est déjà en ligne."


def why_not_open(website: WebSite, lacks: Sequence[str]) -> str | None:
    """Say why this site cannot be opened to search engines. `lacks`: what it does not say yet (`notice.lacks`)."""
    if website.opened_at is not None:
        return "Ce site est déjà ouvert."
    if website.suspended_at or website.archived_at or website.redirects_to_id is not None:
        return "Ce site n’est pas en ligne : il s’ouvrira quand il le sera de nouveau."
    if lacks:
        host = " Ce qui touche à l’hébergeur, votre opérateur le complète." * any("hébergeur" in one for one in lacks)
        return (
            "Un site public dit qui le publie, qui l’héberge et comment joindre la mairie. Il manque "
            f"{listed(lacks)}\u00a0: complétez, puis ouvrez.{host}"
        )
    return None


def why_not_close(website: WebSite) -> str | None:
    """Say why this site cannot be taken back to what it was before it opened."""
    return None if website.opened_at else "Ce site n’est pas encore ouvert."


def why_not_redirect(website: WebSite, to: WebSite | None) -> str | None:
    """Say why visitors of this site cannot be led to that one."""
    if to is None:
        return "La commune héritière n’a pas encore de site où conduire les visiteurs."
    if to.pk == website.pk or to.redirects_to_id is not None or to.archived_at or to.suspended_at:
        return "Le site de la commune héritière n’est pas en ligne : il ne peut pas recevoir les visiteurs."
    return None


def why_not_look_so(website: WebSite, wanted: dict[str, Any]) -> str | None:
    """Say why this site cannot take this look."""
    if wanted["layout"] not in Layout.values:
        return "Cette mise en page n’existe pas\u00a0: choisissez-en une parmi celles qui sont montrées."
    if wanted["font"] not in Font.values:
        return "Ces caractères n’existent pas ici\u00a0: choisissez-en parmi ceux qui sont montrés."
    if not is_colour(wanted["colour"]) or not is_colour(wanted["second_colour"] or wanted["colour"]):
        return "Une couleur s’écrit # puis six chiffres ou lettres de a à f, par exemple #9c3d22."
    coat = wanted["coat_of_arms_id"]
    if coat and not CommuneImage.objects.filter(pk=coat, collection_id=website.collection_id).exists():
        return "Ce blason n’est plus parmi les images de votre site\u00a0: déposez-le de nouveau."
    return None


# Further away, a date is a slip of the keyboard.
FURTHEST_MONTHS = 24
LONGEST_CLOSURE = timedelta(days=366)


def _overlapping(
    website: WebSite, starts_on: date, ends_on: date, *, instead_of: ExceptionalDay | None
) -> ExceptionalDay | None:
    kept = ExceptionalDay.objects.kept().filter(website=website)
    if instead_of is not None:
        kept = kept.exclude(pk=instead_of.pk)
    return kept.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).first()


def _days_in_words(day: ExceptionalDay) -> str:
    if day.is_one_day:
        return f"le {in_words(day.starts_on)}"
    return f"du {in_words(day.starts_on)} au {in_words(day.ends_on)}"


def why_not_announce_day(
    website: WebSite,
    *,
    starts_on: date,
    ends_on: date,
    spans: Sequence[Span],
    on: date,
    instead_of: ExceptionalDay | None = None,
) -> str | None:
    """Say why these exceptional days cannot be announced, or take the place of one that is."""
    if ends_on < starts_on:
        return "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."
    if ends_on < on:
        return "Ces jours sont passés\u00a0: choisissez une date à venir."
    if starts_on > add_months(on, FURTHEST_MONTHS):
        return "Cette date est à plus de deux ans\u00a0: vérifiez l’année."
    if ends_on - starts_on >= LONGEST_CLOSURE:
        return "Cela dure plus d’un an\u00a0: vérifiez les dates, ou corrigez plutôt les horaires de la semaine."
    for span in spans:
        if span.closes <= span.opens:
            return "La mairie ferme après avoir ouvert\u00a0: vérifiez les deux heures."
    for earlier, later in itertools.pairwise(spans):
        if later.opens < earlier.closes:
            return "Les deux ouvertures se chevauchent\u00a0: vérifiez les heures."
    if (other := _overlapping(website, starts_on, ends_on, instead_of=instead_of)) is not None:
        return (
            f"Quelque chose est déjà annoncé {_days_in_words(other)}\u00a0: changez-le, ou choisissez d’autres jours."
        )
    return None


def why_not_shorten_day(week: Sequence[WeekOpening], left: Sequence[Span], *, starts_on: date) -> str | None:
    """Say why one day cannot open less than its week says: these are its openings of that day, and what is left."""
    if not week:
        return (
            f"Le {weekday_in_words(starts_on)}, la mairie n’ouvre pas d’après ses horaires\u00a0: vérifiez le jour, ou "
            "donnez toutes les heures dans «\u00a0Une fermeture\u00a0»."
        )
    if not left:
        return "Il ne reste aucune heure d’ouverture ce jour-là\u00a0: annoncez plutôt une fermeture."
    if [(one.opens, one.closes) for one in week] == [(one.opens, one.closes) for one in left]:
        usual = listed([f"de {hour(one.opens)} à {hour(one.closes)}" for one in week])
        return f"Ces heures ne retirent rien\u00a0: ce jour-là, la mairie ouvre {usual}."
    return None if len(left) <= 2 else "Cette journée garde plus de deux ouvertures\u00a0: corrigez plutôt la semaine."


def why_not_change_day(day: ExceptionalDay) -> str | None:
    """Say why what was announced cannot be changed."""
    return "C’est retiré : remettez-le d’abord." if day.removed_at else None


def why_not_remove_day(day: ExceptionalDay) -> str | None:
    """Say why these exceptional days cannot be taken back."""
    return "C’est déjà retiré." if day.removed_at else None


def why_not_restore_day(day: ExceptionalDay, *, on: date) -> str | None:
    """Say why these exceptional days cannot be announced again."""
    if day.removed_at is None:
        return "C’est déjà annoncé."
    return why_not_announce_day(day.website, starts_on=day.starts_on, ends_on=day.ends_on, spans=day.spans, on=on)


# A page of the site itself: nothing that a browser would take for another host.
OWN_ADDRESS = re.compile(r"/(?:[A-Za-z0-9_~][A-Za-z0-9._~-]*/?)*(?:#[A-Za-z0-9._~-]+)?", re.ASCII)
MOST_ALERTS = 3
LONGEST_ALERT_MONTHS = 3


def why_not_link(address: str) -> str | None:
    """Say why an alert cannot lead to this address: a page of the site, or an https one."""
    if OWN_ADDRESS.fullmatch(address):
        return None
    try:
        parts = urlsplit(address)
        is_whole = parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_whole = False
    if not is_whole or any(character.isspace() or not character.isprintable() for character in address):
        return "Un lien commence par https:// ou, pour une page de votre site, par /\u00a0: par exemple /actualites/."
    return None


def why_not_publish_alert(
    website: WebSite,
    words: str,
    *,
    link: str,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
    instead_of: Alert | None = None,
) -> str | None:
    """Say why this alert cannot be published, or take the place of one that is."""
    if not words:
        return "Écrivez le message\u00a0: ce qui se passe, où, et ce qu’il faut faire."
    if ends_at <= starts_at:
        return "L’alerte disparaît après avoir paru\u00a0: vérifiez les deux moments."
    if ends_at <= at:
        return "La fin de l’alerte est déjà passée\u00a0: choisissez un moment à venir."
    if ends_at.date() > add_months(max(starts_at, at).date(), LONGEST_ALERT_MONTHS):
        return (
            "Une alerte dure trois mois au plus\u00a0: au-delà, personne ne la lit. Écrivez plutôt une actualité ou "
            "une page."
        )
    if link and (reason := why_not_link(link)):
        return reason
    same_time = Alert.objects.filter(website=website, withdrawn_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at)
    if instead_of is not None:
        same_time = same_time.exclude(pk=instead_of.pk)
    if same_time.count() >= MOST_ALERTS:
        return "Trois alertes paraissent déjà en même temps\u00a0: retirez-en une, ou réunissez-les en une seule."
    return None


def why_not_change_alert(alert: Alert, *, at: datetime) -> str | None:
    """Say why the words of this alert cannot be corrected."""
    if alert.withdrawn_at is not None:
        return "Cette alerte est retirée\u00a0: remettez-la d’abord."
    return why_not_withdraw_alert(alert, at=at)


def why_not_withdraw_alert(alert: Alert, *, at: datetime) -> str | None:
    """Say why this alert cannot be taken off."""
    if alert.withdrawn_at is not None:
        return "Cette alerte est déjà retirée."
    return "Cette alerte est finie\u00a0: elle ne paraît plus." if alert.ends_at <= at else None


def why_not_restore_alert(alert: Alert, *, at: datetime) -> str | None:
    """Say why this alert cannot be shown again."""
    if alert.withdrawn_at is None:
        return "Cette alerte n’est pas retirée."
    return why_not_publish_alert(
        alert.website, alert.words, link=alert.link, starts_at=alert.starts_at, ends_at=alert.ends_at, at=at
    )


RESERVED_SLUGS = frozenset(
    """
    admin api assistance autoconfig autodiscover caldav carddav cloud compte console demo demonstration dns
    fichiers ftp imap localhost mail mairie media messagerie mx ns ns1 ns2 pop programme public smtp socle static
    status support test webdav webmail www
    """.split()  # noqa: SIM905
)


def is_reserved(slug: str) -> bool:
    """Say whether a first label is kept for the platform itself."""
    return slug in RESERVED_SLUGS or f"{slug}.{settings.SITES_DOMAIN}" in settings.PLATFORM_HOSTS
