"""The dozen checks of a site: what each looks at, its French sentence with the remedy, who does it, where it leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope
from wagtail.models import Page, get_page_models

from socle.deliberations.models import Act
from socle.lib.dates import add_months, day_of, in_words
from socle.lib.text import folded
from socle.people.models import Membership
from socle.quality.accessibility.statement import end_of, last_audit
from socle.quality.models.accessibility import AccessibilityPlan
from socle.quality.models.score import SiteTask
from socle.quality.upkeep import links
from socle.sites.frame import host_of
from socle.sites.models.media import CommuneDocument
from socle.sites.models.pages import CommunePage, NewsPage
from socle.sites.models.sites import WebSite
from socle.sites.parameters import value_of
from socle.sites.readability import examine_due

Who = SiteTask.Who


# The pages whose own words grow old, by the name of their model.
OF_WORDS = {"standardpage", "procedurespage"}


class PageRow(NamedTuple):
    """Columns asked of a live page: enough to know its age and its place."""

    pk: int
    model: str
    title: str
    published_at: datetime | None
    url_path: str


class Looked:
    """A site looked at on a day: each thing is read once, when the first check asks for it."""

    def __init__(self, website: WebSite, *, on: date) -> None:
        self.website, self.facts, self.on = website, website.facts, on

    @cached_property
    def pages(self) -> list[PageRow]:
        """The live pages of the site."""
        pages = Page.objects.descendant_of(self.website.root_page, inclusive=True).live()
        rows = pages.values_list("pk", "content_type__model", "title", "last_published_at", "url_path")
        return [PageRow(*row) for row in rows]

    @cached_property
    def published(self) -> links.Published:
        """Return the findings read on the pages as they are published."""
        root = self.website.root_page.url_path
        return links.read_published(self.website, {f"/{row.url_path[len(root) :]}": row.pk for row in self.pages})

    @cached_property
    def old(self) -> list[tuple[date, PageRow]]:
        """The pages of words that nobody has published for long, the oldest first, each with its day."""
        before = add_months(self.on, -value_of("page-months"))
        dated = [(day_of(one.published_at), one) for one in self.pages if one.model in OF_WORDS and one.published_at]
        return sorted((day, one) for day, one in dated if day < before)

    @cached_property
    def untagged(self) -> list[CommuneDocument]:
        """The PDF that have no structure; each is opened once, and again when its file changes."""
        documents = list(CommuneDocument.objects.filter(collection_id=self.website.collection_id).order_by("pk"))
        examine_due(documents, at=timezone.now())
        return [one for one in documents if one.is_tagged is False]


# --- What each check says, or nothing ---------------------------------------------------------------------------------
def _opening(site: Looked) -> str | None:
    if site.website.opened_at is None:
        return "Le site n’est pas encore ouvert\u00a0: les moteurs de recherche ne le montrent pas. Ouvrez-le."
    return None


def _hours(site: Looked) -> str | None:
    if site.facts.openings.all() or site.facts.hours_note:
        return None
    return "Les horaires d’ouverture ne sont pas indiqués\u00a0: écrivez-les."


def _facts(site: Looked) -> str | None:
    facts = site.facts
    wanted = {
        "l’adresse": facts.address or facts.city,
        "le téléphone": facts.phone,
        "l’adresse électronique": facts.email,
        "le nom de la personne responsable du site (direction de la publication, souvent la ou le maire)": (
            facts.is_director_named
        ),
        "un contact pour les données personnelles": facts.data_protection_contact,
    }
    if missing := [words for words, is_there in wanted.items() if not is_there]:
        *first, last = missing
        said = f"{', '.join(first)} et {last}" if first else last
        return (
            f"Écrivez sur le site {said}\u00a0: la loi et vos habitants {'les attendent' if first else 'l’attendent'}."
        )
    named = f" {folded(facts.publication_director)} {folded(facts.data_protection_contact)} "
    served: dict[int, tuple[Any, list[date | None]]] = {}
    rows = Membership.objects.filter(beneficiary_id=site.website.beneficiary_id).select_related("user")
    for row in rows:
        served.setdefault(row.user_id, (row.user, []))[1].append(row.ends_on)
    for user, ends in served.values():
        is_gone = all(end is not None and end < site.on for end in ends)
        # A first name alone would be anybody's.
        if is_gone and " " in user.name.strip() and folded(user.name) in named:
            return "Les mentions légales nomment une personne qui a quitté la mairie\u00a0: nommez qui lui succède."
    return None


def _acts(site: Looked) -> str | None:
    with scope(beneficiary=site.website.beneficiary_id):
        last = Act.objects.shown_on(site.on).aggregate(last=Max("published_on"))["last"]
    if last is None:
        return "Aucun acte n’est publié sur le site\u00a0: publiez les derniers."
    if last < add_months(site.on, -value_of("acts-months")):
        return f"Aucun acte n’est publié depuis le {in_words(last)}\u00a0: publiez les derniers."
    return None


def _news(site: Looked) -> str | None:
    news = NewsPage.objects.descendant_of(site.website.root_page).live()
    last = news.aggregate(last=Max("published_on"))["last"]
    if last is None:
        return "Le site n’a aucune actualité\u00a0: écrivez-en une."
    if last < add_months(site.on, -value_of("news-months")):
        return f"La dernière actualité est du {in_words(last)}\u00a0: écrivez-en une."
    return None


def _links(site: Looked) -> str | None:
    if not (broken := site.published.broken):
        return None
    link = broken[0].href or f"«\u00a0{broken[0].words}\u00a0»"
    more = f", et {len(broken) - 1} de plus" if len(broken) > 1 else ""
    return f"Un lien de la page {broken[0].path} ne mène nulle part ({link[:80]}){more}."


def _stale(site: Looked) -> str | None:
    if not (old := site.old):
        return None
    (day, page), more = old[0], f", et {len(old) - 1} de plus" if len(old) > 1 else ""
    return (
        f"La page «\u00a0{page.title[:80]}\u00a0» n’a pas changé depuis le {in_words(day)}{more}\u00a0: relisez, "
        "corrigez ou publiez de nouveau."
    )


def _pictures(site: Looked) -> str | None:
    if not (bare := site.published.bare):
        return None
    s, nt = ("s", "nt") if len(bare) > 1 else ("", "")
    return f"{len(bare)} image{s} sans description (page {bare[0]})\u00a0: décrivez ce qu’elle{s} montre{nt}."


def _documents(site: Looked) -> str | None:
    if not (untagged := site.untagged):
        return None
    s, more = ("s", "…") if len(untagged) > 1 else ("", "")
    return (
        f"{len(untagged)} PDF sans structure lisible par un lecteur d’écran "
        f"(«\u00a0{untagged[0].title[:80]}\u00a0»{more})\u00a0: remplacez-le{s} par un PDF balisé."
    )


def _plan(site: Looked) -> str | None:
    plan = AccessibilityPlan.objects.filter(website=site.website).first()
    if plan is None:
        return "Le schéma pluriannuel d’accessibilité n’est pas publié\u00a0: écrivez-le."
    if plan.last_year < site.on.year:
        return f"Le schéma pluriannuel d’accessibilité s’est terminé en {plan.last_year}\u00a0: écrivez le suivant."
    return None


def _legal(site: Looked) -> str | None:
    present = {row.model for row in site.pages}
    wanted = [model for model in get_page_models() if issubclass(model, CommunePage) and model.is_mandatory]
    if absent := [str(one._meta.verbose_name) for one in wanted if one._meta.model_name not in present]:
        return f"Des pages obligatoires ne sont pas en ligne\u00a0: {', '.join(absent)}. Publiez-les de nouveau."
    return None


def _host(site: Looked) -> str | None:
    host = host_of(site.website)
    if host is None:
        return "L’hébergeur du site n’est pas connu\u00a0: aucun opérateur ne conduit de programme."
    wanted = {"l’adresse": ("seat", host.seat), "le téléphone": ("phone", host.phone)}
    absent = {words: name for words, (name, value) in wanted.items() if not value}
    if absent:
        return (
            f"Il manque aux mentions légales {' et '.join(absent)} de l’hébergeur, {host.name}\u00a0: la personne qui "
            f"administre la plateforme {'les ' if len(absent) > 1 else 'l’'}écrit au fichier du programme "
            f"({', '.join(absent.values())}), puis lance "
            "«\u00a0socle load-programmes\u00a0»."
        )
    return None


def _audit(site: Looked) -> str | None:
    audit = last_audit(site.website)
    if audit is None:
        return "Sans audit d’accessibilité, la déclaration du site dit «\u00a0non conforme\u00a0»\u00a0: faites-en un."
    end = end_of(audit)
    if site.on > end:
        return f"L’audit d’accessibilité n’est plus valable depuis le {in_words(end)}\u00a0: refaites-le."
    if site.on > add_months(end, -value_of("audit-warning-months")):
        return f"L’audit d’accessibilité n’est plus valable après le {in_words(end)}\u00a0: préparez le suivant."
    return None


# --- The table --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Check:
    """One thing looked at: its code, its label in a list, who mends it, what says what is missing, where it is mended.

    Of what there may be several, `things` counts them, and `one` and `several` are what a list calls them.
    """

    code: str
    label: str
    who: SiteTask.Who
    look: Callable[[Looked], str | None]
    url: Callable[[Looked], str] | None = None
    things: Callable[[Looked], list[Any]] | None = None
    one: str = ""
    several: str = ""


def _to(name: str, place: str = "") -> Callable[[Looked], str]:
    return lambda site: f"{reverse(name)}{place}"


def _to_bare_page(site: Looked) -> str:
    """Lead to the form of the page at fault, when it is known."""
    pk = site.published.pages.get(site.published.bare[0])
    return reverse("wagtailadmin_pages:edit", args=[pk]) if pk else reverse("website_home")


def form_of(page_pk: int) -> str:
    """Return the form of a page to correct; once it is published, one comes back to the list."""
    back = urlencode({"next": reverse(LIST)})
    return f"{reverse('wagtailadmin_pages:edit', args=[page_pk])}?{back}"


def _to_document(site: Looked) -> str:
    return reverse("wagtaildocs:edit", args=[site.untagged[0].pk])


MAIRIE, OPERATOR, LIST = Who.MAIRIE, Who.OPERATOR, "website_upkeep"
# In the order of the screen: what inhabitants miss first, then what makes a site good, then what the operator does.
CHECKS: tuple[Check, ...] = (
    Check("opening", "site pas encore ouvert", MAIRIE, _opening, _to("website_opening")),
    Check("hours", "horaires", MAIRIE, _hours, _to("mairie:hours")),
    Check("facts", "coordonnées et mentions légales", MAIRIE, _facts, _to("website_facts")),
    Check("acts", "actes récents", MAIRIE, _acts, _to("mairie:publish_act")),
    Check("news", "actualité récente", MAIRIE, _news, _to("mairie:publish_news")),
    Check("links", "liens cassés", MAIRIE, _links, _to(LIST, "#links"),
          lambda site: site.published.broken, "lien cassé", "liens cassés"),
    Check("stale", "pages à relire", MAIRIE, _stale, _to(LIST, "#stale"),
          lambda site: site.old, "page à relire", "pages à relire"),
    Check("pictures", "images décrites", MAIRIE, _pictures, _to_bare_page,
          lambda site: site.published.bare, "image sans description", "images sans description"),
    Check("documents", "documents accessibles", MAIRIE, _documents, _to_document,
          lambda site: site.untagged, "PDF sans structure", "PDF sans structure"),
    Check("plan", "schéma pluriannuel", MAIRIE, _plan, _to("website_plan")),
    Check("legal", "pages obligatoires", OPERATOR, _legal),
    Check("host", "hébergeur des sites", OPERATOR, _host),
    Check("audit", "audit d’accessibilité", OPERATOR, _audit),
)  # fmt: skip
BY_CODE = {check.code: check for check in CHECKS}
