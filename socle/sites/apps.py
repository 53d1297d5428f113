from typing import Any

from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "socle.sites"
    # Django and Wagtail have applications called « sites ».
    label = "websites"
    verbose_name = "sites des communes"

    def ready(self) -> None:
        from socle.sites.publishing import signals

        type_as_people_write()
        connect_indexing()
        signals.connect()
        # What Wagtail has no hook for is changed in place; tests/sites/test_patches.py says when a version breaks one.
        close_filters()
        say_what_is_wrong()
        ask_again_for_a_link()
        say_the_first_of_a_month()


def close_filters() -> None:
    """Take out of the explorer and of the images the filters that list every site, person and tag of the installation.

    Broken by filters of another class, or of another name.
    """
    from wagtail.admin import filters as of_media
    from wagtail.admin.views.pages import listing
    from wagtail.images.views import chooser

    for filters in (listing.PageFilterSet, listing.GenericPageFilterSet):
        for name in ("site", "owner", "edited_by"):
            filters.base_filters.pop(name, None)
    for module in (of_media, chooser):
        module.popular_tags_for_model = lambda *_, **__: []  # type: ignore[attr-defined]


def type_as_people_write() -> None:
    """In the forms of pages, days and hours are typed in our own fields: no picker rewrites « 18h30 » to 18:00."""
    from django.db import models
    from wagtail.admin.forms.models import register_form_field_override

    from socle.ui.fields import DayInput, HourField, MomentField

    register_form_field_override(models.DateField, override={"widget": DayInput})
    register_form_field_override(models.TimeField, override={"form_class": HourField})
    register_form_field_override(models.DateTimeField, override={"form_class": MomentField})


def say_what_is_wrong() -> None:
    """A refusal of Wagtail's says how many things are wrong, and leads to the first.

    Broken by views that would not call it through its module: Wagtail's own sentence then shows.
    """
    from wagtail.admin import messages

    from socle.sites.editor import faults

    messages.validation_error = faults.say


def ask_again_for_a_link() -> None:
    """A form of a link that lost its address is asked again, like one left empty: Wagtail's field fails on it.

    Of no use once Wagtail's field reads an absent value as an empty one.
    """
    from wagtail.admin.forms.choosers import ExternalLinkChooserForm, URLOrAbsolutePathField

    class LinkField(URLOrAbsolutePathField):
        def to_python(self, value: Any) -> Any:
            return super().to_python(value or "")

    fields = ExternalLinkChooserForm.base_fields
    fields["url"] = LinkField(label=fields["url"].label)


def say_the_first_of_a_month() -> None:
    """« 1er décembre 2026 » in what Wagtail writes: Django's ordinals of days are English, French has this one alone.

    Our formats (socle.config.formats) ask for it. Of no use once Django's French formats say it.
    """
    from django.utils.dateformat import DateFormat

    DateFormat.S = lambda self: "er" if self.data.day == 1 else ""  # type: ignore[method-assign, union-attr]


def connect_indexing() -> None:
    """Tell the search index of what an editor writes, but not of the pages of a site being made.

    Our models say `search_auto_update = False`, so that the library connects nothing for them by itself.
    """
    from django.db.models.signals import post_delete, post_save
    from modelsearch import index, signal_handlers

    from socle.sites.actions import indexing_is_off

    def saved(instance: Any, **kwargs: Any) -> None:
        if not indexing_is_off.get():
            signal_handlers.post_save_signal_handler(instance, **kwargs)

    for model in index.get_indexed_models():
        if model.__module__.startswith("socle."):
            post_save.connect(saved, sender=model, weak=False, dispatch_uid=f"index-{model._meta.label}")
            post_delete.connect(
                signal_handlers.post_delete_signal_handler, sender=model, dispatch_uid=f"unindex-{model._meta.label}"
            )
