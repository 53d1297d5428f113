"""The page of the accessibility statement."""

# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from socle.sites.models.pages import LegalPage, today


class AccessibilityPage(LegalPage):
    """The accessibility statement (loi n° 2005-102, article 47; décret n° 2019-768; RGAA 4.1.2).

    Nothing of it is typed here: its state is computed from the last valid audit, its plan from the rows of the plan.
    """

    template = "websites/pages/accessibility.html"
    named = "accessibility"

    class Meta:
        verbose_name = "déclaration d’accessibilité"
        verbose_name_plural = "déclarations d’accessibilité"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.quality.accessibility.statement import statement_of

        context = super().get_context(request, *args, **kwargs)
        context["statement"] = statement_of(context["frame"].website, on=today())
        return context
