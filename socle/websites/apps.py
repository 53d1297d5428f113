from typing import Any

from django.apps import AppConfig


class WebsitesConfig(AppConfig):
    name = "socle.websites"
    verbose_name = "sites des communes"

    def ready(self) -> None:
        from socle.websites.publishing import watching

        close_filters()
        connect_indexing()
        watching.connect()


def close_filters() -> None:
    """Take out of the explorer the filters that list every site and every person of the installation."""
    from wagtail.admin.views.pages import listing

    for filters in (listing.PageFilterSet, listing.GenericPageFilterSet):
        for name in ("site", "owner", "edited_by"):
            filters.base_filters.pop(name, None)


def connect_indexing() -> None:
    """Tell the search index of what an editor writes, but not of the pages of a site being made.

    Our models say `search_auto_update = False`, so that the library connects nothing for them by itself.
    """
    from django.db.models.signals import post_delete, post_save
    from modelsearch import index, signal_handlers

    from socle.websites.actions import indexing_is_off

    def saved(instance: Any, **kwargs: Any) -> None:
        if not indexing_is_off.get():
            signal_handlers.post_save_signal_handler(instance, **kwargs)

    for model in index.get_indexed_models():
        if model._meta.app_label == "websites":
            post_save.connect(saved, sender=model, weak=False, dispatch_uid=f"index-{model._meta.label}")
            post_delete.connect(
                signal_handlers.post_delete_signal_handler, sender=model, dispatch_uid=f"unindex-{model._meta.label}"
            )
