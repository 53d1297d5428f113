"""Permissions of an editor, conferred for the time of one request.

Nobody holds a Wagtail permission in the database and no group exists: outside the guard everything is refused. It finds
the active beneficiary's site and lends its powers to the user object of this request; Wagtail's permission
policies read them where they keep what they would have found in the database, once per request.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import Permission
from django.http import HttpRequest
from wagtail.models import GroupCollectionPermission, GroupPagePermission
from wagtail.permission_policies.collections import CollectionPermissionLookupMixin
from wagtail.permission_policies.pages import PagePermissionPolicy
from wagtail.permission_policies.sites import SitePermissionPolicy

from socle.sites.models.sites import WebSite

ON_PAGES = ("add_page", "change_page", "publish_page")
ON_FILES = ("add_image", "change_image", "choose_image", "add_document", "change_document", "choose_document")
ACCESS = frozenset({"wagtailadmin.access_admin"})
EDITED = "_edited_website"


def lend(user: Any, website: WebSite) -> None:
    """Give this user object, for as long as it lives, the powers of an editor of this site and of no other."""
    # Rows that are never saved: their negative keys only tell them apart, as sets want.
    pages = [
        GroupPagePermission(pk=-rank, page=website.root_page, permission=Permission(codename=codename))
        for rank, codename in enumerate(ON_PAGES, start=1)
    ]
    files = [
        GroupCollectionPermission(pk=-rank, collection=website.collection, permission=Permission(codename=codename))
        for rank, codename in enumerate(ON_FILES, start=1)
    ]
    setattr(user, PagePermissionPolicy.permission_cache_name, pages)
    setattr(user, CollectionPermissionLookupMixin.permission_cache_name, files)
    setattr(user, SitePermissionPolicy.permission_cache_name, [])
    if hasattr(user, PagePermissionPolicy._explorable_root_instance_cache_name):
        delattr(user, PagePermissionPolicy._explorable_root_instance_cache_name)
    setattr(user, EDITED, website)


def edited_website(request: HttpRequest) -> WebSite | None:
    """Return the site this request edits, or None outside the editor."""
    website: WebSite | None = getattr(request.user, EDITED, None)
    return website


class EditorBackend(BaseBackend):
    """Say that a user whom the guard let in has access to the editor. It knows no other permission, and no password."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if obj is None and getattr(user_obj, "is_active", False) and getattr(user_obj, EDITED, None) is not None:
            return set(ACCESS)
        return set()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return perm in self.get_all_permissions(user_obj, obj)
