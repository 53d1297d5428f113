"""Blocks of the body of a page: a few blocks, each with a French name a secretary understands."""

# `wagtail.blocks` gathers its names with `import *`, which hides them from the checker.
# mypy: disable-error-code="attr-defined"

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from socle.lib import text
from socle.sites.alternatives import why_not_describe_so

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]


def anchor(title: str) -> str:
    """Return the identifier of a heading, in ASCII, never beginning by a digit."""
    return f"s-{text.slug(title)}"


class TitleBlock(blocks.StructBlock):
    """A heading of level 2: the page's own title is the only level 1."""

    text = blocks.CharBlock(label="Intertitre", max_length=120)

    class Meta:
        icon = "title"
        label = "Intertitre"
        template = "websites/blocks/title.html"


class PictureBlock(blocks.StructBlock):
    """An image with what a blind person needs to know of it, or that it only decorates, said on purpose."""

    image = ImageChooserBlock(label="Image")
    alternative = blocks.CharBlock(
        label="Description pour les personnes qui ne voient pas l’image",
        help_text="Une phrase, ce que l’image apprend\u00a0: «\u00a0La place et l’église, un matin d’automne\u00a0».",
        required=False,
        max_length=200,
    )
    is_decorative = blocks.BooleanBlock(
        label="Elle ne fait que décorer",
        help_text="Elle n’apprend rien que le texte ne dise\u00a0: qui écoute la page passera par-dessus.",
        required=False,
    )
    caption = blocks.CharBlock(label="Légende", required=False, max_length=200)

    class Meta:
        icon = "image"
        label = "Image"
        template = "websites/blocks/picture.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        reason = why_not_describe_so(
            cleaned.get("image"), cleaned.get("alternative") or "", is_decorative=bool(cleaned.get("is_decorative"))
        )
        if reason:
            raise blocks.StructBlockValidationError(block_errors={"alternative": ValidationError(reason)})
        return cleaned


class FileBlock(blocks.StructBlock):
    """A file to download, with its type and weight said before the click."""

    document = DocumentChooserBlock(label="Document")
    title = blocks.CharBlock(label="Intitulé", required=False, max_length=200, help_text="À défaut\u00a0: son titre.")

    class Meta:
        icon = "doc-full"
        label = "Document à télécharger"
        template = "websites/blocks/file.html"


class NoticeBlock(blocks.StructBlock):
    """A few sentences set apart: a closing, a change of date."""

    title = blocks.CharBlock(label="Titre de l’encadré", max_length=120)
    text = blocks.RichTextBlock(label="Texte", features=TEXT_FEATURES)

    class Meta:
        icon = "warning"
        label = "Encadré"
        template = "websites/blocks/notice.html"


class QuestionBlock(blocks.StructBlock):
    """A question folded over its answer, without a script."""

    question = blocks.CharBlock(label="Question", max_length=200)
    answer = blocks.RichTextBlock(label="Réponse", features=TEXT_FEATURES)

    class Meta:
        icon = "help"
        label = "Question et réponse"
        template = "websites/blocks/question.html"


class OpeningHoursBlock(blocks.StaticBlock):
    """The hours of the mairie, as they are written in one place."""

    class Meta:
        icon = "time"
        label = "Horaires de la mairie"
        admin_text = "Les horaires de la mairie s’affichent ici. Pour les changer : « Corriger les horaires »."
        template = "websites/blocks/hours.html"

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        context["frame"] = (parent_context or {}).get("frame")
        return context


class Body(blocks.StreamBlock):
    """The body of a page."""

    text = blocks.RichTextBlock(
        label="Texte", icon="pilcrow", features=["h3", *TEXT_FEATURES], template="websites/blocks/text.html"
    )
    title = TitleBlock()
    picture = PictureBlock()
    file = FileBlock()
    notice = NoticeBlock()
    question = QuestionBlock()
    hours = OpeningHoursBlock()


class Files(blocks.StreamBlock):
    """Files to download, and nothing else."""

    file = FileBlock()


class ProcedureBlock(blocks.StructBlock):
    """One procedure: what it is, how the mairie does it, and the official page if there is one."""

    title = blocks.CharBlock(label="Démarche", max_length=120)
    summary = blocks.TextBlock(label="En deux phrases", max_length=400)
    link = blocks.URLBlock(
        label="Page officielle",
        required=False,
        help_text="Par exemple une fiche de service-public.gouv.fr. L’adresse commence par https://.",
    )

    class Meta:
        icon = "form"
        label = "Démarche"
        template = "websites/blocks/procedure.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        link = cleaned.get("link") or ""
        if link and not link.startswith("https://"):
            raise blocks.StructBlockValidationError(
                block_errors={"link": ValidationError("L’adresse doit commencer par https://.")}
            )
        return cleaned


class Procedures(blocks.StreamBlock):
    """The procedures of the commune, in the order the mairie chose."""

    procedure = ProcedureBlock()
