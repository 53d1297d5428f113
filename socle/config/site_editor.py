"""The editor of the communes' sites: what Wagtail is told, and what of it is not used."""

from __future__ import annotations

from typing import Any

WAGTAIL_SITE_NAME = "Site de la commune"
# One way in: Wagtail's own sign-in page leads to ours.
WAGTAILADMIN_LOGIN_URL = WAGTAIL_FRONTEND_LOGIN_URL = "account_login"
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAILIMAGES_IMAGE_MODEL = "websites.CommuneImage"
# The largest photographs of telephones; each point of one that is shown takes three bytes of memory while it is made.
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 65_000_000
# The photographs of some telephones are HEIC: they are kept as JPEG, which every browser shows (`editor.forms`).
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "heic", "jpg", "jpeg", "png", "webp"]
WAGTAILDOCS_DOCUMENT_MODEL = "websites.CommuneDocument"
# What else than its name a file must be: socle.sites.uploads.
WAGTAILDOCS_DOCUMENT_FORM_BASE = "socle.sites.editor.forms.DocumentForm"
WAGTAILIMAGES_IMAGE_FORM_BASE = "socle.sites.editor.forms.ImageForm"
# Files are served by us, wherever they are: never by an address of the storage.
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = ["csv", "doc", "docx", "ics", "odp", "ods", "odt", "pdf", "ppt", "pptx", "txt", "xls", "xlsx"]
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "french"}}
# Nothing is asked from a third party.
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, Any]] = []
# One person writes and publishes: no moderation, no comments, no translation, no conversion of a pasted address into
# the page of another commune.
WAGTAIL_WORKFLOW_ENABLED = False
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAIL_I18N_ENABLED = False
WAGTAILADMIN_EXTERNAL_LINK_CONVERSION = ""
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAILADMIN_PERMITTED_LANGUAGES = [("fr", "français")]
WAGTAIL_DATE_FORMAT, WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y", "%d/%m/%Y %H:%M"
TAGGIT_CASE_INSENSITIVE = True
