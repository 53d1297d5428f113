"""Actions on a website: made once, born filled, corrected, suspended, resumed, indexed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django_scopes import scopes_disabled
from modelsearch.backends import get_search_backends
from wagtail.models import Collection, Locale, Page, ReferenceIndex, Site
from wagtail.signal_handlers import disable_reference_index_auto_update

from socle.journal import actions as journal
from socle.lib.dates import day_of
from socle.lib.refusals import Refused, refuse
from socle.lib.text import of_place, slug
from socle.people.models import Beneficiary, User
from socle.sites import models, notice, seeds
from socle.sites.colours import PALETTE
from socle.sites.models.names import main_host
from socle.sites.models.sites import LOOK, MunicipalFacts, WebSite, WeekOpening
from socle.sites.planting import plant
from socle.sites.publishing.actions import changed, changed_quietly
from socle.sites.publishing.reads import EVERYTHING
from socle.sites.rules import (
    is_reserved,
    why_not_close,
    why_not_create_site,
    why_not_look_so,
    why_not_open,
    why_not_redirect,
    why_not_resume,
    why_not_suspend,
)
from socle.territory.models import Commune, TownHall

indexing_is_off: ContextVar[bool] = ContextVar("indexing_is_off", default=False)


@contextmanager
def indexing_off() -> Iterator[None]:
    """Make pages without telling the search and reference indexes, whose cost grows with the number of sites."""
    token = indexing_is_off.set(True)
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        indexing_is_off.reset(token)


def slug_for(beneficiary: Beneficiary) -> str:
    """Return the first label of the site's address: the name, in ASCII.

    A name borne by another current commune takes its department (`saint-aubin-59`), wherever that other is: the answer
    does not depend on who came first. Should it be taken all the same, the INSEE code or the identifier is added.
    """
    commune = beneficiary.commune
    stem = slug(commune.name if commune else beneficiary.name)[:50].strip("-") or "site"
    candidates = [stem]
    if commune is not None:
        homonyms = Commune.objects.current().filter(search_name=commune.search_name).exclude(pk=commune.pk)
        with_department = f"{stem}-{slug(commune.department.code)}"
        candidates = [with_department] if homonyms.exists() else [stem, with_department]
        candidates.append(f"{stem}-{slug(commune.insee_code)}")
    candidates.append(f"{stem}-b{beneficiary.pk}")
    with scopes_disabled():
        taken = set(WebSite.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    return next(candidate for candidate in candidates if candidate not in taken and not is_reserved(candidate))


def _root() -> Page:
    """Return the root of the tree of pages; plant it, and that of the collections, in a database that was emptied."""
    roots = Page.objects.filter(depth=1)
    # Two sites made at once would want the same place in the tree: the second waits for the first.
    if connection.features.has_select_for_update:
        roots = roots.select_for_update()
    root = roots.first()
    if root is None:
        Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
        root = Page.add_root(title="Root", slug="root", content_type=ContentType.objects.get_for_model(Page))
    if not Collection.objects.filter(depth=1).exists():
        Collection.add_root(name="Root")
    return root


@transaction.atomic
def create_site(beneficiary: Beneficiary, *, by: User, at: datetime) -> WebSite:
    """Make the website of this body, live and filled with its public facts; return the one it has if it has one.

    It answers at once; search engines are asked to leave it out until the mairie opens it (`open_site`).

    The search and reference indexes are told later by `index_sites`. Raises Refused (a merged commune).
    """
    with scopes_disabled():
        existing = WebSite.objects.select_related("site").filter(beneficiary=beneficiary).first()
    if existing is not None:
        _keep_host(existing)
        return existing
    refuse(why_not_create_site(beneficiary))
    with indexing_off():
        website = _plant(beneficiary, by=by, at=at)
    changed_quietly(website.pk, EVERYTHING, at=at)
    journal.record("website.created", website, by=by, at=at, host=website.host)
    return website


def host_for(label: str) -> str:
    """Return the host at which the site of this first label answers."""
    return f"{label}.{settings.SITES_DOMAIN}"


def _keep_host(website: WebSite) -> None:
    """Follow the platform when its sites' domain changes; a name of its own stays."""
    host = main_host(website)
    if website.host != host:
        website.host = website.site.hostname = host
        website.site.save(update_fields=["hostname"])
        website.save(update_fields=["host"])
        changed_quietly(website.pk, EVERYTHING, at=timezone.now())


def reopen_home(website: WebSite, *, at: datetime) -> None:
    """Put back online the home of a site, should it have been taken offline by the technical administration."""
    home = website.root_page.specific
    if not home.live:
        home.live, home.last_published_at = True, at
        home.save(update_fields=["live", "last_published_at"])
        changed(website.pk, *home.shown_as(), at=at)


def _plant(beneficiary: Beneficiary, *, by: User, at: datetime) -> WebSite:
    label = slug_for(beneficiary)
    commune = beneficiary.commune
    name = commune.name if commune else beneficiary.name
    home = models.HomePage(
        title=name,
        slug=label,
        introduction=f"Bienvenue sur le site {_of(beneficiary)}.",
        show_in_menus=True,
        first_published_at=at,
        last_published_at=at,
    )
    _root().add_child(instance=home)
    plant(home, seeds.pages(of_name=_of(beneficiary), on=day_of(at)), at=at)
    site = Site.objects.create(
        hostname=host_for(label), port=443 if settings.IS_HTTPS else 80, site_name=name[:255], root_page=home
    )
    collection = Collection.get_first_root_node().add_child(name=_collection_name(label))
    website = WebSite.objects.create(
        beneficiary=beneficiary,
        slug=label,
        host=site.hostname,
        site=site,
        root_page=Page.objects.get(pk=home.pk),
        collection=collection,
        colour=_colour(beneficiary),
        created_at=at,
    )
    _gather_facts(website)
    return website


def _collection_name(label: str) -> str:
    """Wagtail keeps collections sorted by name, and moves every later one: each new one comes last."""
    with scopes_disabled():
        last = WebSite.objects.aggregate(last=Max("pk"))["last"] or 0
    return f"{last + 1:08d} {label}"


def _of(beneficiary: Beneficiary) -> str:
    """« de la commune de Prisches », « de l’établissement … »: what follows « le site »."""
    if beneficiary.commune is not None:
        return f"de la commune {of_place(beneficiary.commune.name)}"
    return f"de {beneficiary.name}"


def _colour(beneficiary: Beneficiary) -> str:
    """Neighbours by number rarely share a colour; the mairie changes it when it likes."""
    colours = list(PALETTE)
    code = beneficiary.commune.insee_code if beneficiary.commune else str(beneficiary.pk)
    return colours[sum(int(character, 36) for character in code) % len(colours)]


@transaction.atomic
def gather_facts_of_heir(website: WebSite, *, by: User, at: datetime) -> bool:
    """Fill the facts of a commune that merged, when nothing is known of its mairie, from the new commune's.

    Returns whether something was filled. What its mairie wrote, or the directory said of it, stays.
    """
    commune, facts = website.beneficiary.commune, website.facts
    if (
        commune is None
        or commune.merged_into_id is None
        or facts.corrected_at
        or facts.phone
        or facts.openings.exists()
    ):
        return False
    town_hall = TownHall.objects.filter(commune=commune.heir).first()
    if town_hall is None:
        return False
    facts.delete()
    _write_facts(website, town_hall)
    changed(website.pk, "facts", "hours", at=at)
    journal.record("website.facts_gathered", website, by=by, at=at, insee_code=commune.heir.insee_code)
    return True


def _gather_facts(website: WebSite) -> None:
    body = website.beneficiary
    town_hall = TownHall.objects.filter(commune=body.commune).first() if body.commune else None
    if town_hall is not None:
        _write_facts(website, town_hall)
        return
    MunicipalFacts.objects.create(
        website=website, address=body.seat, phone=body.phone, email=body.email, source="déclaration de l’organisme"
    )


def _write_facts(website: WebSite, town_hall: TownHall) -> None:
    facts = MunicipalFacts.objects.create(
        website=website,
        address=town_hall.address,
        postal_code=town_hall.postal_code,
        city=town_hall.city,
        phone=town_hall.phone,
        email=town_hall.email,
        latitude=town_hall.latitude,
        longitude=town_hall.longitude,
        source="annuaire de l’administration (DILA)",
        source_on=town_hall.as_of,
    )
    WeekOpening.objects.bulk_create(
        WeekOpening(facts=facts, day=day, opens=opening.opens, closes=opening.closes, note=opening.note)
        for opening in town_hall.opening_hours.all()
        if opening.opens < opening.closes
        for day in range(opening.first_day, opening.last_day + 1)
        if 1 <= day <= 7
    )


def _set(website: WebSite, key: str, *, at: datetime, **values: Any) -> WebSite:
    """Write a state of the site, and renew the pages that show it."""
    for name, value in values.items():
        setattr(website, name, value)
    website.save(update_fields=[*values])
    changed(website.pk, key, at=at)
    return website


@transaction.atomic
def suspend_site(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Take the site offline: visitors read why and how to reach the mairie. Nothing is deleted."""
    refuse(why_not_suspend(website))
    journal.record("website.suspended", website, by=by, at=at)
    return _set(website, EVERYTHING, at=at, suspended_at=at)


@transaction.atomic
def resume_site(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Put a suspended site back online, as it was."""
    refuse(why_not_resume(website))
    journal.record("website.resumed", website, by=by, at=at)
    return _set(website, EVERYTHING, at=at, suspended_at=None)


@transaction.atomic
def open_site(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Let search engines list the site: until then it answers, and asks them to leave it out."""
    refuse(why_not_open(website, notice.lacks(website)))
    journal.record("website.opened", website, by=by, at=at)
    return _set(website, "opening", at=at, opened_at=at)


@transaction.atomic
def close_site(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Take back an opening: the site still answers, and search engines are asked again to leave it out."""
    refuse(why_not_close(website))
    journal.record("website.closed", website, by=by, at=at)
    return _set(website, "opening", at=at, opened_at=None)


@transaction.atomic
def redirect_site(website: WebSite, *, to: WebSite, by: User, at: datetime) -> WebSite:
    """Lead the visitors of a site to another one; its pages stay as they were."""
    refuse(why_not_redirect(website, to))
    journal.record("website.redirected", website, by=by, at=at, host=to.host)
    return _set(website, EVERYTHING, at=at, redirects_to=to)


@transaction.atomic
def archive_site(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Close a site for good reason, its pages kept: visitors read that the commune merged and where to go."""
    journal.record("website.archived", website, by=by, at=at)
    return _set(website, EVERYTHING, at=at, archived_at=at)


@transaction.atomic
def restore_site(website: WebSite, *, by: User, at: datetime) -> WebSite:
    """Open a site that was redirected or archived, as it was."""
    journal.record("website.restored", website, by=by, at=at)
    return _set(website, EVERYTHING, at=at, redirects_to=None, archived_at=None)


@dataclass(frozen=True)
class Opening:
    """One opening, as the mairie writes it: Monday is 1."""

    day: int
    opens: time
    closes: time
    note: str = ""


@transaction.atomic
def correct_hours(website: WebSite, openings: Iterable[Opening], *, note: str = "", by: User, at: datetime) -> None:
    """Replace the week of the mairie. Raises Refused when two openings overlap, or one ends before it starts."""
    week = sorted(openings, key=lambda opening: (opening.day, opening.opens))
    for opening in week:
        if not 1 <= opening.day <= 7:
            raise Refused("Un jour de la semaine va de lundi à dimanche.")
        if opening.closes <= opening.opens:
            raise Refused("La mairie ferme après avoir ouvert\u00a0: vérifiez les deux heures.")
    for earlier, later in itertools.pairwise(week):
        if earlier.day == later.day and later.opens < earlier.closes:
            raise Refused("Deux ouvertures du même jour se chevauchent\u00a0: vérifiez les heures.")
    facts = website.facts
    facts.openings.all().delete()
    WeekOpening.objects.bulk_create(
        WeekOpening(facts=facts, day=o.day, opens=o.opens, closes=o.closes, note=o.note) for o in week
    )
    facts.hours_note = note
    facts.corrected_at, facts.corrected_by = at, by
    facts.save(update_fields=["hours_note", "corrected_at", "corrected_by"])
    changed(website.pk, "hours", "facts", at=at)
    journal.record("website.hours_corrected", website, by=by, at=at, openings=len(week))


CORRECTABLE = (
    "address", "postal_code", "city", "phone", "email", "publication_director", "data_protection_contact",
)  # fmt: skip


@transaction.atomic
def correct_facts(website: WebSite, changes: dict[str, str], *, by: User, at: datetime) -> MunicipalFacts:
    """Write the mairie's own address, phone and contacts over those of the directory.

    Keys are those of CORRECTABLE. Raises Refused with the first field that cannot be read.
    """
    facts = website.facts
    for name in changes:
        if name not in CORRECTABLE:
            raise ValueError(f"{name} is not a fact the mairie corrects")
    for name, value in changes.items():
        setattr(facts, name, value.strip())
    facts.corrected_at, facts.corrected_by = at, by
    try:
        facts.full_clean()
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    facts.save(update_fields=[*changes, "corrected_at", "corrected_by"])
    changed(website.pk, "facts", at=at)
    journal.record("website.facts_corrected", website, by=by, at=at, fields=sorted(changes))
    return facts


@transaction.atomic
def choose_look(website: WebSite, choices: dict[str, Any], *, by: User, at: datetime) -> WebSite:
    """Give the site another look. The journal says what was chosen before.

    Keys are those of LOOK. Any colour is accepted: the shades of what is read are computed from it. Raises Refused with
    the first choice that cannot be read.
    """
    wanted = {**website.look, **choices}
    if set(wanted) != set(LOOK):
        raise ValueError("this is not something of the look of a site")
    refuse(why_not_look_so(website, wanted))
    if wanted == website.look:
        return website
    for name, value in wanted.items():
        setattr(website, name, value)
    website.save(update_fields=LOOK)
    changed(website.pk, "look", at=at)
    facts = {name: wanted[name] for name in ("layout", "font", "colour", "second_colour")}
    journal.record("website.look_chosen", website, by=by, at=at, **facts)
    return website


@transaction.atomic
def take_coat(website: WebSite, picture: File[bytes], *, by: User, at: datetime) -> WebSite:
    """Keep the coat of arms among the images of the site, and show it in the head of each page."""
    name = website.beneficiary.place_name
    image = models.CommuneImage.objects.create(
        title="Blason",
        description=f"Blason {of_place(name)}"[:255],
        file=picture,
        collection=website.collection,
        uploaded_by_user=by,
    )
    return choose_look(website, {"coat_of_arms_id": image.pk}, by=by, at=at)


def website_of_collection(collection_id: int | None) -> WebSite | None:
    """Return the site whose images and files this collection holds."""
    with scopes_disabled():  # One site, named by what belongs to it.
        return WebSite.objects.filter(collection_id=collection_id).first() if collection_id else None


def index_sites(*, at: datetime, limit: int = 50) -> int:
    """Tell the search and reference indexes about the sites made since the last time; return how many.

    Called by a tick. One write of the index per kind of page and per batch: the cost of a site does not grow with
    the number of sites already there.
    """
    with scopes_disabled():
        waiting = list(WebSite.objects.filter(indexed_at=None).select_related("root_page").order_by("pk")[:limit])
        if not waiting:
            return 0
        page_ids = set()
        for website in waiting:
            page_ids.update(Page.objects.descendant_of(website.root_page, inclusive=True).values_list("pk", flat=True))
        pages = list(Page.objects.filter(pk__in=page_ids).specific())
        by_model: dict[type[Page], list[Page]] = {}
        for page in pages:
            by_model.setdefault(type(page), []).append(page)
        for model, items in by_model.items():
            for backend in get_search_backends(with_auto_update=True):
                index = backend.get_index_for_model(model)
                index.add_items(model, items)
        for page in pages:
            ReferenceIndex.create_or_update_for_object(page)
        WebSite.objects.filter(pk__in=[website.pk for website in waiting]).update(indexed_at=at)
    return len(waiting)
