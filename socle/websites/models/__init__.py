"""The nouns of the communes' websites, by family: the site and its facts, its images and files, its pages, its law."""

from socle.websites.models.accessibility import (
    AccessibilityPlan,
    Audit,
    Conformity,
    PlanAction,
)
from socle.websites.models.accessibility_page import AccessibilityPage
from socle.websites.models.albums import AlbumPage, AlbumPicture
from socle.websites.models.audience import AccessLog, PageViews
from socle.websites.models.council import Commission, CommissionSeat, Councillor, CouncilPage, CouncilTerm
from socle.websites.models.events import EventIndexPage, EventPage, SkippedDay
from socle.websites.models.imports import ImportedItem, SiteImport
from socle.websites.models.listing import ListingEntry, ListingPage
from socle.websites.models.media import CommuneDocument, CommuneImage, CommuneRendition, DocumentFlaw
from socle.websites.models.menus import MenuPage, MenuWeekPage
from socle.websites.models.messages import ContactMessage, MessageFile, MessageLetter, MessageReply
from socle.websites.models.names import NameCheck, SiteName
from socle.websites.models.notice_pages import NoticeIndexPage, NoticePage
from socle.websites.models.notices import Alert, ExceptionalDay
from socle.websites.models.pages import (
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
from socle.websites.models.publication import Change, Publication, PublishedFile, Shown
from socle.websites.models.reviews import Review
from socle.websites.models.score import SiteScore, SiteTask
from socle.websites.models.sharing import Share, ShareOffer, SharingChoice
from socle.websites.models.sites import Font, FormerLook, Layout, MunicipalFacts, WebSite, WeekOpening
from socle.websites.models.subscriptions import AlertMailing, AlertSubscription
from socle.websites.models.upkeep import Confirmation, MonthlyReminder, OutsideAddress, PageLink
from socle.websites.models.waste import DropOffPoint, WastePage, WasteRound, WasteShift

__all__ = [
    "AccessLog",
    "AccessibilityPage",
    "AccessibilityPlan",
    "ActsPage",
    "AlbumPage",
    "AlbumPicture",
    "Alert",
    "AlertMailing",
    "AlertSubscription",
    "Audit",
    "Change",
    "Commission",
    "CommissionSeat",
    "CommuneDocument",
    "CommuneImage",
    "CommunePage",
    "CommuneRendition",
    "Confirmation",
    "Conformity",
    "ContactMessage",
    "ContactPage",
    "CouncilPage",
    "CouncilTerm",
    "Councillor",
    "DocumentFlaw",
    "DropOffPoint",
    "EventIndexPage",
    "EventPage",
    "ExceptionalDay",
    "Font",
    "FormerLook",
    "HomePage",
    "ImportedItem",
    "Layout",
    "LegalNoticePage",
    "ListingEntry",
    "ListingPage",
    "MenuPage",
    "MenuWeekPage",
    "MessageFile",
    "MessageLetter",
    "MessageReply",
    "MonthlyReminder",
    "MunicipalFacts",
    "NameCheck",
    "NewsIndexPage",
    "NewsPage",
    "NoticeIndexPage",
    "NoticePage",
    "OutsideAddress",
    "PageLink",
    "PageViews",
    "PersonalDataPage",
    "PlanAction",
    "ProceduresPage",
    "Publication",
    "PublishedFile",
    "Review",
    "Share",
    "ShareOffer",
    "SharingChoice",
    "Shown",
    "SiteImport",
    "SiteName",
    "SiteScore",
    "SiteTask",
    "SitemapPage",
    "SkippedDay",
    "StandardPage",
    "WastePage",
    "WasteRound",
    "WasteShift",
    "WebSite",
    "WeekOpening",
]
