"""The nouns of the quality of the sites: audits and plans, pages seen, what was confirmed, scores."""

from socle.quality.models.accessibility import AccessibilityPlan, Audit, Conformity
from socle.quality.models.audience import AccessLog, PageViews
from socle.quality.models.pages import AccessibilityPage
from socle.quality.models.score import SiteScore, SiteTask
from socle.quality.models.upkeep import Confirmation

__all__ = [
    "AccessLog",
    "AccessibilityPage",
    "AccessibilityPlan",
    "Audit",
    "Confirmation",
    "Conformity",
    "PageViews",
    "SiteScore",
    "SiteTask",
]
