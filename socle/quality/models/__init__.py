"""The nouns of the quality of the sites: audits and plans, pages seen, scores."""

from socle.quality.models.accessibility import AccessibilityPlan, Audit, Conformity
from socle.quality.models.audience import AccessLog, PageViews
from socle.quality.models.pages import AccessibilityPage
from socle.quality.models.score import SiteScore, SiteTask

__all__ = [
    "AccessLog",
    "AccessibilityPage",
    "AccessibilityPlan",
    "Audit",
    "Conformity",
    "PageViews",
    "SiteScore",
    "SiteTask",
]
