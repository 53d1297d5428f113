"""The nouns of the communes' websites, by family: the site and its facts, its images and files, its pages, its law."""

from socle.sites.models.media import CommuneDocument, CommuneImage, CommuneRendition, MapPicture
from socle.sites.models.names import SiteName
from socle.sites.models.notices import Alert, ExceptionalDay
from socle.sites.models.pages import (
    ActsPage,
    CommunePage,
    ContactPage,
    HomePage,
    LegalNoticePage,
    NewsIndexPage,
    NewsPage,
    PersonalDataPage,
    ProceduresPage,
    SitemapPage,
    StandardPage,
)
from socle.sites.models.procedures import LocalProcedure
from socle.sites.models.publication import Change, Publication, PublishedFile, Shown
from socle.sites.models.reviews import Review
from socle.sites.models.sites import Font, Layout, MunicipalFacts, WebSite, WeekOpening

__all__ = [
    "ActsPage",
    "Alert",
    "Change",
    "CommuneDocument",
    "CommuneImage",
    "CommunePage",
    "CommuneRendition",
    "ContactPage",
    "ExceptionalDay",
    "Font",
    "HomePage",
    "Layout",
    "LegalNoticePage",
    "LocalProcedure",
    "MapPicture",
    "MunicipalFacts",
    "NewsIndexPage",
    "NewsPage",
    "PersonalDataPage",
    "ProceduresPage",
    "Publication",
    "PublishedFile",
    "Review",
    "Shown",
    "SiteName",
    "SitemapPage",
    "StandardPage",
    "WebSite",
    "WeekOpening",
]
