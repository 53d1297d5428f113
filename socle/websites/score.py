"""What is missing on a site and who must do it: small checks, each a French sentence or nothing.

A screen about one site examines it anew; lists read what the last examination kept (`socle.websites.models.score`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled
from wagtail.models import get_page_models

from socle.deliberations.models import Act
from socle.lib.dates import add_months, day_of, in_words
from socle.websites.accessibility.statement import end_of, last_audit
from socle.websites.frame import host_of
from socle.websites.models.accessibility import AccessibilityPlan, Audit
from socle.websites.models.media import CommuneDocument
from socle.websites.models.pages import CommunePage, NewsPage, ProceduresPage
from socle.websites.models.publication import Publication, PublishedFile
from socle.websites.models.score import SiteScore, SiteTask
from socle.websites.models.sites import MunicipalFacts, WebSite
from socle.websites.parameters import value_of
from socle.websites.publishing import folders
from socle.websites.readability import examine_due
from socle.websites.upkeep import freshness, links, reading
from socle.websites.upkeep.freshness import Aged

Who = SiteTask.Who
# Pages read on the disk in one examination: a site of thousands is examined in part.
MOST_PAGES = 400
NAMELESS = MunicipalFacts._meta.get_field("publication_director").default


@dataclass
class Known:
    """What the checks look at, read once for a site."""

    website: WebSite
    facts: MunicipalFacts
    on: date
    has_hours: bool
    news_on: date | None
    act_on: date | None
    host: Any
    audit: Audit | None
    plan: AccessibilityPlan | None
    # The pages the law or the site wants that are not live, by their names; the index of procedures when it is empty.
    absent: list[str] = field(default_factory=list)
    is_procedures_empty: bool = False
    # What was read on the pages as they are published; then the links to tell of, outside ones included.
    links: list[links.Seen] = field(default_factory=list)
    is_read: bool = False
    broken: list[tuple[str, str]] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    untagged: list[CommuneDocument] = field(default_factory=list)
    page_of: dict[str, int] = field(default_factory=dict)
    # What asks to be read again, and the places that name somebody who left.
    aged: list[Aged] = field(default_factory=list)
    left: list[tuple[str, date]] = field(default_factory=list)
    # Since when each thing is missing, as the last examinations kept it.
    since: dict[str, datetime] = field(default_factory=dict)

    def old(self, kind: str) -> list[Aged]:
        """What asks to be read again, of one kind."""
        return [one for one in self.aged if one.kind == kind]


@dataclass(frozen=True)
class Check:
    """One thing looked at: its code, its label in a list, who mends it, and what says what is missing."""

    code: str
    label: str
    who: SiteTask.Who
    look: Callable[[Known], str | None]
    # Where the mairie mends it.
    link: Callable[[Known], str] | None = None


@dataclass(frozen=True)
class Found:
    """One thing to do: its sentence, who does it (`check.who`), where, since when, and how many there are of it."""

    check: Check
    says: str
    url: str
    count: int = 1
    since_at: datetime | None = None


def why_no_hours(known: Known) -> str | None:
    """The week of the mairie."""
    if known.has_hours or known.facts.hours_note:
        return None
    return "Les horaires d’ouverture ne sont pas indiqués."


def why_no_phone(known: Known) -> str | None:
    """The telephone."""
    return None if known.facts.phone else "Le numéro de téléphone n’est pas indiqué."


def why_no_email(known: Known) -> str | None:
    """The e-mail address."""
    return None if known.facts.email else "L’adresse électronique n’est pas indiquée."


def why_no_director(known: Known) -> str | None:
    """Who answers for what is published: a name, not only a position."""
    if known.facts.publication_director.strip() in ("", NAMELESS):
        return "Le nom de la personne qui dirige la publication n’est pas indiqué."
    return None


def why_no_host(known: Known) -> str | None:
    """Who hosts the site, and how to reach them (loi n° 2004-575)."""
    host = known.host
    if host is None:
        return "L’hébergeur du site n’est pas connu : aucun opérateur ne conduit de programme."
    if not (host.seat and host.phone):
        return "Il manque l’adresse ou le téléphone de l’hébergeur dans les mentions légales."
    return None


def why_no_data_contact(known: Known) -> str | None:
    """Whom to ask about personal data."""
    if known.facts.data_protection_contact:
        return None
    return "Le contact pour la protection des données n’est pas indiqué."


def why_no_audit(known: Known) -> str | None:
    """A statement that rests on a valid audit."""
    end = end_of(known.audit) if known.audit is not None else None
    if end is None:
        return "Le site n’a pas d’audit d’accessibilité : sa déclaration dit « non conforme »."
    if known.on > end:
        return f"L’audit d’accessibilité n’est plus valable depuis le {in_words(end)} : refaites-le."
    if known.on > add_months(end, -value_of("audit-warning-months")):
        return f"L’audit d’accessibilité n’est plus valable après le {in_words(end)} : préparez le suivant."
    return None


def why_no_plan(known: Known) -> str | None:
    """The multi-year plan of the years that run."""
    if known.plan is None:
        return "Le schéma pluriannuel d’accessibilité n’est pas publié."
    if known.plan.last_year < known.on.year:
        return f"Le schéma pluriannuel d’accessibilité s’est terminé en {known.plan.last_year}."
    return None


def why_pages_lack(known: Known) -> str | None:
    """The pages that a public site shows."""
    if known.absent:
        return f"Des pages obligatoires ne sont pas en ligne : {', '.join(known.absent)}."
    return None


def why_no_procedures(known: Known) -> str | None:
    """What one comes to the mairie for."""
    return "La page des démarches est vide." if known.is_procedures_empty else None


def why_no_recent_act(known: Known) -> str | None:
    """Acts published lately."""
    if known.act_on is None:
        return "Aucun acte n’est publié sur le site."
    if known.act_on < add_months(known.on, -value_of("acts-months")):
        return f"Aucun acte n’est publié depuis le {in_words(known.act_on)}."
    return None


def why_no_recent_news(known: Known) -> str | None:
    """A site that lives."""
    if known.news_on is None:
        return "Le site n’a aucune actualité."
    if known.news_on < add_months(known.on, -value_of("news-months")):
        return f"La dernière actualité est du {in_words(known.news_on)}."
    return None


def why_pictures_are_mute(known: Known) -> str | None:
    """Pictures that say something to whoever does not see them."""
    if not known.bare:
        return None
    count = len(known.bare)
    return (
        f"{count} image{'s' if count > 1 else ''} sans description "
        f"(page {known.bare[0]}) : décrivez ce qu’elle{'s' if count > 1 else ''} montre{'nt' if count > 1 else ''}."
    )


def why_documents_are_closed(known: Known) -> str | None:
    """PDF that a screen reader can read."""
    if not known.untagged:
        return None
    count, first = len(known.untagged), known.untagged[0].title
    return (
        f"{count} PDF sans structure lisible par un lecteur d’écran (« {first[:80]} »"
        f"{'…' if count > 1 else ''}) : remplacez-le{'s' if count > 1 else ''} par un PDF balisé."
    )


def why_links_break(known: Known) -> str | None:
    """Links to pages of the site that are gone, and to addresses outside that have not answered for several days."""
    if not known.broken:
        return None
    page, link = known.broken[0]
    more = f", et {len(known.broken) - 1} de plus" if len(known.broken) > 1 else ""
    return f"Un lien de la page {page} ne mène nulle part ({link[:80]}){more}."


def why_hours_are_old(known: Known) -> str | None:
    """A week that somebody vouches for."""
    old = known.old(freshness.HOURS)
    return f"{old[0].sentence} Sont-ils toujours exacts\u00a0?" if old else None


def why_council_is_old(known: Known) -> str | None:
    """The council of the term that runs."""
    old = known.old(freshness.COUNCIL)
    return f"{old[0].sentence} Commencez le nouveau, ou dites que celui-ci continue." if old else None


def why_content_is_old(known: Known) -> str | None:
    """Pages and lists that somebody read again."""
    old = known.old(freshness.CONTENT)
    if len(old) == 1:
        return f"{old[0].sentence} Est-ce toujours exact\u00a0?"
    if old:
        return (
            f"{len(old)} contenus sont à relire, le plus ancien du {in_words(old[0].since)} "
            f"(«\u00a0{old[0].title[:80]}\u00a0»)\u00a0: dites s’ils sont toujours exacts."
        )
    return None


def why_contacts_left(known: Known) -> str | None:
    """People named on the site who still serve the mairie."""
    if not known.left:
        return None
    place, on = known.left[0]
    return f"La personne nommée pour {place} a quitté la mairie le {in_words(on)}\u00a0: nommez qui lui succède."


def why_closed(known: Known) -> str | None:
    """A site that search engines may list."""
    if known.website.opened_at is None:
        return "Le site n’est pas encore ouvert : les moteurs de recherche ne le montrent pas."
    return None


def _to(name: str) -> Callable[[Known], str]:
    return lambda known: reverse(name)


def _to_bare_page(known: Known) -> str:
    """Lead to the form of the page at fault, when it is known."""
    pk = known.page_of.get(known.bare[0]) if known.bare else None
    return reverse("wagtailadmin_pages:edit", args=[pk]) if pk else reverse("wagtailadmin_home")


def _to_list(code: str) -> Callable[[Known], str]:
    """Lead to the list « À faire », where each of several things has its gestures."""
    return lambda known: f"{reverse('website_upkeep')}#{code}"


def _to_contacts(known: Known) -> str:
    return reverse("website_plan" if known.left[0][0] == PLAN else "website_facts")


def _to_document(known: Known) -> str:
    return reverse("wagtaildocs:edit", args=[known.untagged[0].pk])


# Where the site names somebody, in the words of the sentence.
PLAN = "l’accessibilité"

# In the order of the screen: what inhabitants miss first, then the law, then what makes a site good.
CHECKS: tuple[Check, ...] = (
    Check("opening", "site pas encore ouvert", Who.MAIRIE, why_closed, _to("website_opening")),
    Check("hours", "horaires", Who.MAIRIE, why_no_hours, _to("website_hours")),
    Check("hours-age", "horaires à confirmer", Who.MAIRIE, why_hours_are_old, _to_list("hours-age")),
    Check("phone", "téléphone", Who.MAIRIE, why_no_phone, _to("website_facts")),
    Check("email", "adresse électronique", Who.MAIRIE, why_no_email, _to("website_facts")),
    Check("director", "direction de la publication", Who.MAIRIE, why_no_director, _to("website_facts")),
    Check("data-contact", "contact données personnelles", Who.MAIRIE, why_no_data_contact, _to("website_facts")),
    Check("acts", "actes récents", Who.MAIRIE, why_no_recent_act, _to("mairie:acts")),
    Check("news", "actualité récente", Who.MAIRIE, why_no_recent_news, _to("website_news")),
    Check("links", "liens cassés", Who.MAIRIE, why_links_break, _to_list("links")),
    Check("council-term", "mandat du conseil terminé", Who.MAIRIE, why_council_is_old, _to_list("council-term")),
    Check("contacts", "personne partie, nommée sur le site", Who.MAIRIE, why_contacts_left, _to_contacts),
    Check("stale", "contenus à relire", Who.MAIRIE, why_content_is_old, _to_list("stale")),
    Check("pictures", "images décrites", Who.MAIRIE, why_pictures_are_mute, _to_bare_page),
    Check("documents", "documents accessibles", Who.MAIRIE, why_documents_are_closed, _to_document),
    Check("procedures", "démarches", Who.MAIRIE, why_no_procedures, _to("wagtailadmin_explore_root")),
    Check("plan", "schéma pluriannuel", Who.MAIRIE, why_no_plan, _to("website_plan")),
    Check("pages", "pages obligatoires", Who.OPERATOR, why_pages_lack),
    Check("host", "hébergeur", Who.OPERATOR, why_no_host),
    Check("audit", "audit d’accessibilité", Who.OPERATOR, why_no_audit),
)
LABELS = {check.code: check.label for check in CHECKS}
# Of which there may be several: how many, and what a list calls one, then several of them.
COUNTED: dict[str, tuple[Callable[[Known], int], str, str]] = {
    "links": (lambda known: len(known.broken), "lien cassé", "liens cassés"),
    "stale": (lambda known: len(known.old(freshness.CONTENT)), "contenu à relire", "contenus à relire"),
    "pictures": (lambda known: len(known.bare), "image sans description", "images sans description"),
    "documents": (lambda known: len(known.untagged), "PDF sans structure", "PDF sans structure"),
}


def label_of(task: SiteTask) -> str:
    """Say a thing to do in the few words of a list: « horaires », « 3 liens cassés »."""
    if task.code not in COUNTED:
        return LABELS.get(task.code, task.code)
    _, one, several = COUNTED[task.code]
    return f"{task.count} {one if task.count == 1 else several}"


def examine(website: WebSite, *, on: date) -> list[Found]:
    """Look at everything on a site; return what is to do, in the order of the screen."""
    return _judge(_gather(website, on=on))


def _judge(known: Known) -> list[Found]:
    return [
        Found(
            check,
            says,
            check.link(known) if check.link else "",
            count=min(COUNTED[check.code][0](known), 9999) if check.code in COUNTED else 1,
            since_at=known.since.get(check.code),
        )
        for check in CHECKS
        if (says := check.look(known))
    ]


def _gather(website: WebSite, *, on: date) -> Known:
    facts = website.facts
    home = website.root_page
    rows = freshness.page_rows(website)
    present = {row.model for row, _ in rows}
    news = NewsPage.objects.descendant_of(home).live().aggregate(last=models.Max("published_on"))
    acts = Act.objects.shown_on(on).filter(beneficiary_id=website.beneficiary_id)
    procedures = ProceduresPage.objects.child_of(home).live().first()
    known = Known(
        website=website,
        facts=facts,
        on=on,
        has_hours=bool(facts.openings.all()),
        news_on=news["last"],
        act_on=acts.aggregate(last=models.Max("published_on"))["last"],
        host=host_of(website),
        audit=last_audit(website),
        plan=AccessibilityPlan.objects.filter(website=website).first(),
        absent=[str(model._meta.verbose_name) for model in _mandatory() if model._meta.model_name not in present],
        is_procedures_empty=procedures is not None and not len(procedures.procedures) and not len(procedures.body),
        untagged=_untagged(website),
        page_of={f"/{path[len(home.url_path) :]}": row.pk for row, path in rows},
        aged=freshness.aged(website, facts, [row for row, _ in rows], on=on),
        since=dict(SiteTask.objects.filter(score__website=website).order_by().values_list("code", "since_at")),
    )
    named = (
        ("la direction de la publication", facts.publication_director),
        ("la protection des données", facts.data_protection_contact),
        (PLAN, known.plan.referent if known.plan else ""),
    )
    known.left = freshness.left_contacts(website, named, on=on)
    _read_published(website, known)
    known.broken = links.broken_of(website, known.links)
    return known


def aged_of(website: WebSite, *, on: date) -> list[Aged]:
    """Return what asks to be read again on a site, each thing with its gesture."""
    return freshness.aged(website, website.facts, [row for row, _ in freshness.page_rows(website)], on=on)


def _mandatory() -> list[type[CommunePage]]:
    return [model for model in get_page_models() if issubclass(model, CommunePage) and model.is_mandatory]


def _read_published(website: WebSite, known: Known) -> None:
    """Read the pages as they are on the disk; a site that is not published yet has nothing to read."""
    publication = Publication.objects.filter(website=website).first()
    if publication is None or not publication.release:
        return
    release = folders.home_of(website.slug) / publication.release
    addresses = set(PublishedFile.objects.filter(website=website).values_list("path", flat=True))
    sight = links.Sight(website, links.hosts_of(website), addresses, known.page_of)
    pages = sorted(path for path in addresses if path.endswith("/"))
    for path in pages[:MOST_PAGES]:
        try:
            html = (release / folders.file_of(path)).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        page = reading.read(html, path=path)
        known.bare += [path] * len(page.bare_pictures)
        sight.note(page)
    known.links, known.is_read = sight.links(), True


def _untagged(website: WebSite) -> list[CommuneDocument]:
    """The PDF of the site that have no structure; each is opened once, and again when its file changes."""
    documents = list(CommuneDocument.objects.filter(collection_id=website.collection_id).order_by("pk"))
    examine_due(documents, at=timezone.now())
    return [one for one in documents if one.is_tagged is False]


# --- Kept for the lists ----------------------------------------------------------------------------------------------
def keep(website: WebSite, *, at: datetime) -> SiteScore:
    """Examine a site and keep what is missing; a thing missing already keeps its first day."""
    return keep_found(website, at=at)[0]


@transaction.atomic
def keep_found(website: WebSite, *, at: datetime) -> tuple[SiteScore, list[Found]]:
    """Examine a site, keep what is missing, and return it too: the whole list of what is to do, of this instant."""
    known = _gather(website, on=day_of(at))
    found = _judge(known)
    score, _ = SiteScore.objects.update_or_create(
        website=website,
        defaults={"scored_at": at, "checked": len(CHECKS), "passed": len(CHECKS) - len(found)},
    )
    if known.is_read:
        links.keep(website, known.links, at=at)
    before = {task.code: task for task in score.tasks.all()}
    told = [(one.check.code, one.says[:400], one.count) for one in found]
    if told == [(task.code, task.says, task.count) for task in before.values()]:
        return score, found
    since = {code: task.since_at for code, task in before.items()}
    score.tasks.all().delete()
    SiteTask.objects.bulk_create(
        SiteTask(
            score=score,
            code=one.check.code,
            who=one.check.who,
            says=one.says[:400],
            count=one.count,
            since_at=since.get(one.check.code, at),
        )
        for one in found
    )
    return score, found


def due() -> models.QuerySet[WebSite]:
    """The sites published since they were last examined, or never examined."""
    published = WebSite.objects.filter(publication__isnull=False, archived_at=None, redirects_to=None)
    return published.filter(
        models.Q(score__isnull=True) | models.Q(score__scored_at__lt=models.F("publication__published_at"))
    ).order_by("pk")


def keep_due(*, at: datetime, limit: int = 40, is_awaited: Callable[[], bool] = lambda: False) -> int:
    """Examine the sites that changed, until something more urgent awaits this worker; return how many.

    A tick does so: what is missing follows what is published.
    """
    done = 0
    with scopes_disabled():  # Every site of the installation, each examined alone.
        for website in list(due().select_related("facts", "beneficiary__commune", "root_page", "site")[:limit]):
            keep(website, at=at)
            done += 1
            if is_awaited():
                break
    return done
