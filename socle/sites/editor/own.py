"""Path converters tied to the site being edited: `<own_review:review_id>` is the identifier of a review of this site.

The address is read before anyone knows whose site is edited: what is read is an `Own`, which the guard asks whether the
site has it, and replaces by its number before the view is called.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import register_converter
from django_scopes import scope
from wagtail.models import Page

from socle.sites.models.sites import WebSite


@dataclass(frozen=True)
class Own:
    """An identifier in an address, and how one knows that the site has it."""

    pk: int
    has: Callable[[WebSite, int], bool]

    def is_of(self, website: WebSite) -> bool:
        """Say whether this is the identifier of a row of the site."""
        with scope(beneficiary=website.beneficiary_id):
            return self.has(website, self.pk)


def register(name: str, *models: type[Model], way: str = "website") -> None:
    """Register `own_<name>`: a row of one of these models, that leads to its site by `way`."""

    def has(website: WebSite, pk: int) -> bool:
        return any(model._default_manager.filter(pk=pk, **{way: website}).exists() for model in models)

    register_with(name, has)


def register_with(name: str, has: Callable[[WebSite, int], bool]) -> None:
    """Register `own_<name>`, for what is known to be of the site in another way."""

    class Converter:
        regex = "[0-9]+"

        def to_python(self, value: str) -> Own:
            return Own(int(value), has)

        def to_url(self, value: Any) -> str:
            return str(value)

    register_converter(Converter, f"own_{name}")


def has_page(website: WebSite, pk: int) -> bool:
    """Say whether this is the identifier of a page of the site."""
    return bool(Page.objects.filter(pk=pk, path__startswith=website.root_page.path).exists())
