"""The pages of a site. Each belongs to one tree, and refers to nothing outside it."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import EmptyPage, Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.utils.decorators import cached_classmethod

from socle.lib.dates import day_of
from socle.websites.blocks import TEXT_FEATURES, Body, Procedures
from socle.websites.models.panels import PICTURE, tabs_of
from socle.websites.models.reviews import ReviewStatus
from socle.websites.models.sites import Layout, WebSite, edited
from socle.websites.publishing.reads import reads

HOME_PATH_LENGTH = 2 * Page.steplen


class CommunePage(Page):
    """What every page of a commune's site does: know its site, its address, and refuse what belongs to another."""

    # Indexed by our own handlers, which know when a site is being made (socle.websites.apps).
    search_auto_update = False
    subpage_types: ClassVar[list[str]] = []
    show_in_menus_default = True
    is_mandatory: ClassVar[bool] = False
    # No page of a public site is kept from anyone: no password, no private page.
    private_page_options: ClassVar[list[str]] = []
    # Not Wagtail's own panel of the title: its script looks for the address of the page, which these forms do not show.
    content_panels: ClassVar[list[Any]] = [FieldPanel("title")]
    promote_panels: ClassVar[list[Any]] = [
        MultiFieldPanel([FieldPanel("show_in_menus"), FieldPanel("search_description")], heading="Menu et moteurs")
    ]

    class Meta:
        abstract = True

    @cached_classmethod
    def get_edit_handler(cls) -> Any:
        return tabs_of(cls).bind_to_model(cls)

    def website(self) -> WebSite | None:
        """Return the site this page belongs to; for a page not yet in the tree, the one being edited."""
        return website_of_path(self.path) if self.path else edited.get()

    @property
    def beneficiary_id(self) -> int | None:
        """What the journal keeps beside a page."""
        website = self.website()
        return website.beneficiary_id if website else None

    def clean(self) -> None:
        super().clean()
        from socle.websites.rules import why_not_refer

        website = self.website()
        if website is not None and (reason := why_not_refer(self, website=website)):
            raise ValidationError(reason)

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Return the site, its address and the page's path in it, without reading the list of all the sites."""
        reads(f"address:{self.pk}")
        website = getattr(request, "website", None) if request is not None else None
        if website is None or not (self.path or "").startswith(website.root_page.path):
            website = self.website()
        if website is None:
            return None
        path = "/".join((self.url_path or "").strip("/").split("/")[1:])
        return website.site_id, website.root_url, f"/{path}/" if path else "/"

    def get_admin_display_title(self) -> str:
        """Its title in the lists of the editor, with what is awaited of it when the list asked (`review_status`)."""
        status = getattr(self, "review_status", None)
        title = str(super().get_admin_display_title())
        return f"{title} ({ReviewStatus(status).label})" if status else title

    @property
    def crumbs(self) -> list[Page]:
        """The pages between the home and this one."""
        if self.depth is None or self.depth <= 3:
            return []
        pages = list(self.get_ancestors().filter(depth__gt=2).live())
        reads(*(f"page:{page.pk}" for page in pages))
        return pages

    def shown_as(self) -> set[str]:
        """Return the keys of what changes on the site when this page does (socle.websites.publishing.reads)."""
        # Directly under the home, a page is in the menu, in the foot, or named by others.
        return {f"page:{self.pk}", f"address:{self.pk}", "tree"} | ({"menu"} if self.depth <= 3 else set())

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.frame import frame_for

        reads(f"page:{self.pk}")
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["frame"] = frame_for(request, self)
        return context


def website_of_path(path: str) -> WebSite | None:
    """Return the site whose tree holds this path of the page tree, with what its pages show."""
    from django_scopes import scopes_disabled

    with scopes_disabled():
        return (
            WebSite.objects.select_related(
                "facts", "beneficiary__commune__department", "root_page", "site", "coat_of_arms"
            )
            .filter(root_page__path=path[:HOME_PATH_LENGTH])
            .first()
        )


class HomePage(CommunePage):
    """The first page: what inhabitants came for, at once."""

    introduction = models.CharField("mot d’accueil", max_length=300, blank=True)
    picture = models.ForeignKey(
        "websites.CommuneImage",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="photographie",
        help_text="Une vue de la commune, en largeur.",
    )
    picture_alternative = models.CharField(
        "description de la photographie", max_length=200, blank=True, help_text="Pour qui ne voit pas l’image."
    )
    body = StreamField(Body(), verbose_name="contenu", blank=True)

    template = "websites/pages/home.html"
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types = ["websites.StandardPage"]
    is_mandatory = True

    def clean(self) -> None:
        super().clean()
        if self.picture and not self.picture_alternative and not self.picture.description:
            raise ValidationError(
                {
                    "picture_alternative": "Décrivez la photographie en une phrase, pour qui ne la voit pas\u00a0: "
                    "«\u00a0La place et l’église, un matin d’automne\u00a0»."
                }
            )

    content_panels = [
        FieldPanel("title", heading="Nom de la commune"),
        FieldPanel("introduction"),
        MultiFieldPanel([FieldPanel("picture"), FieldPanel("picture_alternative")], heading="Photographie"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "page d’accueil"
        verbose_name_plural = "pages d’accueil"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.frame import published_acts
        from socle.websites.models.announcements import announced
        from socle.websites.models.events import next_events

        context = super().get_context(request, *args, **kwargs)
        context["news"] = news_under(self).select_related("picture")[: NEWS_AT_HOME[context["frame"].layout]]
        # A site without an agenda is asked nothing more.
        if "events" in context["frame"].urls:
            context["events"] = next_events(self, on=today(), limit=4)
        context["announced"] = announced(self, context["frame"].urls, at=timezone.now())
        context["map"] = context["frame"].emblem
        reads("menu")
        procedures = ProceduresPage.objects.child_of(self).live().first()
        if procedures:
            reads(f"page:{procedures.pk}")
        context["procedures_page"] = procedures
        context["procedures"] = list(procedures.procedures)[:8] if procedures else []
        context["acts"] = published_acts(context["frame"].website, on=day_of(timezone.now()))[:3]
        return context


# How many news items the first page shows: a journal is made of them.
NEWS_AT_HOME = {Layout.MAP: 3, Layout.PHOTO: 3, Layout.SOBER: 5, Layout.VILLAGE: 3, Layout.JOURNAL: 6}


def news_under(page: Page) -> models.QuerySet[NewsPage]:
    """Return the news published under a page, the newest first."""
    reads("news")
    return NewsPage.objects.descendant_of(page).live().order_by("-published_on", "-pk")


class ListPage(RoutablePageMixin, CommunePage):
    """A long list, cut into pages that each have their own address: `/actualites/`, `/actualites/page/2/`."""

    per_page: ClassVar[int] = 12

    class Meta:
        abstract = True

    def items(self) -> models.QuerySet[Any] | list[Any]:
        """Return the whole list, in the order of the screen."""
        raise NotImplementedError

    def paginator(self) -> Paginator[Any]:
        return Paginator(self.items(), self.per_page)

    @path("")
    def first(self, request: HttpRequest) -> HttpResponse:
        """The beginning of the list."""
        return self._page(request, 1)

    @path("page/<int:number>/")
    def later(self, request: HttpRequest, number: int) -> HttpResponse:
        """The rest of it, from the second page on."""
        if number < 2:
            raise Http404
        return self._page(request, number)

    def _page(self, request: HttpRequest, number: int) -> HttpResponse:
        try:
            items = self.paginator().page(number)
        except EmptyPage:
            raise Http404 from None
        response: HttpResponse = self.render(request, context_overrides={"items": items, "here": site_path_of(self)})
        return response

    def get_cached_paths(self) -> list[str]:
        """Return the addresses of the list, relative to its own."""
        return ["/", *(f"/page/{number}/" for number in range(2, self.paginator().num_pages + 1))]


def site_path_of(page: Page) -> str:
    """Return the path of a page in its own site, without a query: « /demarches/ »."""
    rest = "/".join((page.url_path or "").strip("/").split("/")[1:])
    return f"/{rest}/" if rest else "/"


class NewsIndexPage(ListPage):
    """The list of news."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    template = "websites/pages/news_index.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    subpage_types = ["websites.NewsPage"]
    max_count_per_parent = 1
    is_mandatory = True
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page des actualités"
        verbose_name_plural = "pages des actualités"

    def items(self) -> models.QuerySet[NewsPage]:
        return news_under(self)


def today() -> date:
    """The day a news item is dated by default (Europe/Paris)."""
    return day_of(timezone.now())


class NewsPage(CommunePage):
    """One news item: a title, a day, a few sentences, and more if wanted."""

    published_on = models.DateField("date", default=today)
    summary = models.TextField("en deux phrases", max_length=400, help_text="Ce texte s’affiche aussi à l’accueil.")
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image"
    )
    picture_alternative = models.CharField(
        "description de l’image",
        max_length=200,
        blank=True,
        help_text="Pour qui ne voit pas l’image\u00a0: dites en une phrase ce qu’elle apprend.",
    )
    picture_is_decorative = models.BooleanField(
        "elle ne fait que décorer",
        default=False,
        db_default=False,
        help_text="Elle n’apprend rien que le texte ne dise.",
    )
    body = StreamField(Body(), verbose_name="texte complet", blank=True)

    template = "websites/pages/news.html"
    parent_page_types: ClassVar[list[str]] = ["websites.NewsIndexPage"]
    show_in_menus_default = False
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("summary"),
        FieldPanel("published_on"),
        PICTURE,
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "actualité"

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"news"}


class StandardPage(CommunePage):
    """A page of free content."""

    introduction = models.TextField("introduction", max_length=400, blank=True)
    body = StreamField(Body(), verbose_name="contenu", blank=True)

    template = "websites/pages/standard.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage", "websites.StandardPage"]
    subpage_types = ["websites.StandardPage"]
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction"), FieldPanel("body")]

    class Meta:
        verbose_name = "page"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        reads("tree")
        context["below"] = StandardPage.objects.child_of(self).live().order_by("path")
        return context


class ProceduresPage(CommunePage):
    """« Vos démarches »: what one comes to the mairie for, with the State's official page beside."""

    introduction = models.TextField("introduction", max_length=400, blank=True)
    procedures = StreamField(Procedures(), verbose_name="démarches", blank=True)
    body = StreamField(Body(), verbose_name="contenu", blank=True)

    template = "websites/pages/procedures.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    subpage_types = ["websites.StandardPage"]
    max_count_per_parent = 1
    is_mandatory = True
    content_panels = [
        *CommunePage.content_panels,
        FieldPanel("introduction"),
        FieldPanel("procedures"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "page des démarches"
        verbose_name_plural = "pages des démarches"


class ActsPage(ListPage):
    """The acts of the commune that are published: the list comes from the register of acts, never typed here."""

    introduction = models.TextField("introduction", max_length=400, blank=True)

    template = "websites/pages/acts.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    is_mandatory = True
    per_page = 30
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page des actes"
        verbose_name_plural = "pages des actes"

    def items(self) -> models.QuerySet[Any]:
        from socle.websites.frame import published_acts

        website = self.website()
        assert website is not None
        return published_acts(website, on=day_of(timezone.now()))


class ContactPage(CommunePage):
    """How to reach the mairie: its address, hours, phone and place on the map, from the facts written once."""

    introduction = models.TextField("introduction", max_length=400, blank=True)
    body = StreamField(Body(), verbose_name="contenu", blank=True)

    template = "websites/pages/contact.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    is_mandatory = True
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction"), FieldPanel("body")]

    class Meta:
        verbose_name = "page de contact"
        verbose_name_plural = "pages de contact"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["map"] = context["frame"].emblem
        return context


class LegalPage(CommunePage):
    """A page the law wants: its frame is ours, the commune adds to it."""

    complement = RichTextField("complément de la commune", blank=True, features=["h3", *TEXT_FEATURES])

    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    show_in_menus_default = False
    max_count_per_parent = 1
    is_mandatory = True
    content_panels = [*CommunePage.content_panels, FieldPanel("complement")]

    class Meta:
        abstract = True


class LegalNoticePage(LegalPage):
    """Who publishes and who hosts (loi n° 2004-575 pour la confiance dans l’économie numérique)."""

    template = "websites/pages/legal_notice.html"

    class Meta:
        verbose_name = "page des mentions légales"
        verbose_name_plural = "pages des mentions légales"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.frame import host_of

        context = super().get_context(request, *args, **kwargs)
        context["host"] = host_of(context["frame"].website)
        return context


class PersonalDataPage(LegalPage):
    """What the site does with personal data: nothing for a reader, and whom to ask."""

    template = "websites/pages/personal_data.html"

    class Meta:
        verbose_name = "page des données personnelles"
        verbose_name_plural = "pages des données personnelles"


class AccessibilityPage(LegalPage):
    """The accessibility statement (loi n° 2005-102, article 47; décret n° 2019-768; RGAA 4.1.2).

    Nothing of it is typed: the state, the rate and the lists come from the last valid audit, the plan from its rows.
    """

    template = "websites/pages/accessibility.html"

    class Meta:
        verbose_name = "déclaration d’accessibilité"
        verbose_name_plural = "déclarations d’accessibilité"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.accessibility.criteria import referential
        from socle.websites.accessibility.statement import statement_of

        context = super().get_context(request, *args, **kwargs)
        context["statement"] = statement_of(context["frame"].website, on=today())
        context["referential"] = referential()
        return context


class SitemapPage(CommunePage):
    """The map of the site, for people; machines read /sitemap.xml."""

    template = "websites/pages/sitemap.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    show_in_menus_default = False
    max_count_per_parent = 1
    is_mandatory = True

    class Meta:
        verbose_name = "plan du site"
        verbose_name_plural = "plans du site"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.models.announcements import INDEXES
        from socle.websites.models.events import EventPage

        context = super().get_context(request, *args, **kwargs)
        reads("tree")
        home = context["frame"].website.root_page
        context["tree"] = [
            page.specific_deferred
            for page in Page.objects.descendant_of(home)
            .live()
            .not_exact_type(NewsPage, EventPage, *(index.kind() for index in INDEXES.values()))
            .order_by("path")
        ]
        return context
