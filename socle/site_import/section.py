"""Extension of the sites by the import of a former site: its screens, and old addresses that lead to new pages."""

from socle.site_import.moved import moved, moved_paths
from socle.sites.registry import Extension, MenuEntry

EXTENSION = Extension(
    code="site_import",
    package="socle.site_import",
    editor_urls="socle.site_import.editor_urls",
    menu=(MenuEntry("Importer l’ancien site", "website_imports", "settings", 70),),
    first_screen_part="websites/editor/former_site.html",
    moved=moved,
    moved_paths=moved_paths,
    not_handed_over={
        "ImportedItem": "a copy of another site, which the mairie has",
        "SiteImport": "a copy of another site, which the mairie has",
    },
)
