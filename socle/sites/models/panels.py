"""How the form of a page is cut: what it says, then when it appears and where it is listed."""

# Wagtail never wrote down the types of its panels.
# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from wagtail.admin.forms.pages import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList, TabbedInterface

from socle.sites.alternatives import why_not_describe_so

APPEARS = FieldPanel(
    "go_live_at",
    heading="Publier le…",
    help_text="Vide\u00a0: dès que vous appuyez sur «\u00a0Publier\u00a0». Sinon la page attend ce moment, et paraît "
    "seule.",
)
LEAVES = FieldPanel(
    "expire_at",
    heading="Retirer le…",
    help_text="Vide\u00a0: elle reste en ligne. Retirée, la page n’est pas perdue\u00a0: vous la publiez de nouveau "
    "quand vous voulez.",
)


SEEN = (
    "Pour qui ne voit pas l’image\u00a0: dites en une phrase ce qu’on y voit. Une affiche\u00a0: tout ce qu’on y lit."
)
PICTURE = MultiFieldPanel(
    [
        FieldPanel("picture"),
        FieldPanel(
            "picture_alternative", heading="Description de l’image (obligatoire avec une image)", help_text=SEEN
        ),
        FieldPanel("picture_is_decorative", help_text="Elle ne montre rien que le texte ne dise."),
    ],
    heading="Image",
)


class PageForm(WagtailAdminPageForm):
    """The form of a page of a commune: its hours are fields like the others, not a box behind a button."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # A draft may wait for its words; what is published may not.
        if "picture_is_decorative" in self.fields and not self.is_deferred_validation:
            words, is_decorative = cleaned.get("picture_alternative") or "", bool(cleaned.get("picture_is_decorative"))
            if reason := why_not_describe_so(cleaned.get("picture"), words, is_decorative=is_decorative):
                self.add_error("picture_alternative", reason)
        return cleaned


class Tabs(TabbedInterface):
    """The form of a page, without the button of Wagtail's own box of hours."""

    def get_form_class(self) -> type[Any]:
        made: type[Any] = super().get_form_class()
        made.show_schedule_publishing_toggle = False
        return made


def tabs_of(page: Any) -> TabbedInterface:
    """Return the form of a kind of page. A page that a public site must show never leaves by itself."""
    hours = [APPEARS] if page.is_mandatory else [APPEARS, LEAVES]
    when = MultiFieldPanel(hours, heading="Quand elle paraît")
    return Tabs(
        [
            ObjectList(page.content_panels, heading="Contenu"),
            ObjectList([when, *page.promote_panels], heading="Dates et menu"),
        ],
        base_form_class=PageForm,
    )
