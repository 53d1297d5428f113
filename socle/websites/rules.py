"""Who may what on a website, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from wagtail.models import Page, ReferenceIndex

from socle.people.models import Beneficiary
from socle.websites.colours import is_colour
from socle.websites.models.media import CommuneDocument, CommuneImage
from socle.websites.models.pages import CommunePage
from socle.websites.models.sites import Font, Layout, WebSite

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
