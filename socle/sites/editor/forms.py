"""The forms of the mairie that are not pages: its week, its address, the files it puts on its site."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import willow
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils import timezone
from PIL import Image, ImageOps
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from socle.documents.fields import refuse_infected
from socle.documents.rules import MAX_UPLOAD
from socle.lib import photographs
from socle.sites.actions import CORRECTABLE
from socle.sites.colours import PALETTE, is_colour
from socle.sites.models.panels import SEEN
from socle.sites.models.sites import Font, Layout, MunicipalFacts, WebSite
from socle.sites.notice import proposed_director
from socle.sites.readability import ADVICE, examine_due
from socle.sites.uploads import why_not_publish_file
from socle.ui.meanwhile import Filled


class FactsForm(Filled, forms.ModelForm):  # type: ignore[type-arg]
    """The address, the ways to reach the mairie, and who answers for the site."""

    class Meta:
        model = MunicipalFacts
        fields = CORRECTABLE
        help_texts = {
            "publication_director": (
                "La personne qui répond de ce que le site publie\u00a0: son nom, puis sa qualité. Par exemple\u00a0: "
                "Camille Exemple, maire."
            ),
            "data_protection_contact": "Par exemple\u00a0: le nom du service et son adresse électronique.",
        }

    def __init__(self, data: Any = None, *, website: WebSite, on: date) -> None:
        facts = website.facts
        super().__init__(data, instance=facts)
        if not self.is_bound and not facts.is_director_named and (proposed := proposed_director(website, on=on)):
            self.saved = {**self.initial}
            self.initial["publication_director"] = proposed
            self.fields[
                "publication_director"
            ].help_text = "Proposé d’après les personnes de la mairie\u00a0: relisez, puis publiez."


OTHER = "other"
LAYOUTS = {
    Layout.MAP: "Le contour de la commune ou sa photographie à côté du nom, les horaires d’abord.",
    Layout.PHOTO: "Une grande photographie sur toute la largeur. Sans photographie, un aplat de votre couleur.",
    Layout.SOBER: "Des mots et des filets, une seule colonne. La plus légère, la plus facile à lire.",
    Layout.VILLAGE: "Un bandeau à votre couleur, le blason au milieu, de grandes tuiles.",
    Layout.JOURNAL: "Une une, des colonnes. Pour qui publie souvent des actualités.",
}


class LookForm(Filled, forms.Form):
    """How the site looks: its layout, its colours, its characters. What it begins with is given, to be seen first."""

    layout = forms.ChoiceField(label="Mise en page", choices=Layout.choices, widget=forms.RadioSelect)
    colour = forms.ChoiceField(label="Couleur", widget=forms.RadioSelect)
    own_colour = forms.CharField(
        label="Autre couleur", max_length=7, required=False, widget=forms.TextInput(attrs={"type": "color"})
    )
    second_colour = forms.ChoiceField(label="Seconde couleur", required=False, widget=forms.RadioSelect)
    own_second_colour = forms.CharField(
        label="Autre seconde couleur", max_length=7, required=False, widget=forms.TextInput(attrs={"type": "color"})
    )
    font = forms.ChoiceField(label="Caractères", choices=Font.choices, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, kept: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        # What the address tries is shown; what is sent is compared with what is kept.
        super().__init__(data, initial=self._values(kept if data else shown))
        self.saved = self._values(kept)
        named = [(colour, name.capitalize()) for colour, name in PALETTE.items()]
        other = (OTHER, "Une autre, choisie ci-dessous")
        self.fields["colour"].choices = [*named, other]  # type: ignore[attr-defined]
        self.fields["second_colour"].choices = [("", "La même"), *named, other]  # type: ignore[attr-defined]

    @staticmethod
    def _values(look: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {"layout": look["layout"], "font": look["font"]}
        for name in ("colour", "second_colour"):
            value = look[name]
            values[name] = value if value in PALETTE or not value else OTHER
            values[f"own_{name}"] = value or look["colour"]
        return values

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("colour", "second_colour"):
            if cleaned.get(name) == OTHER:
                cleaned[name] = cleaned.get(f"own_{name}", "").strip().lower()
                if not is_colour(cleaned[name]):
                    self.add_error(
                        f"own_{name}",
                        "Une couleur s’écrit # puis six chiffres ou lettres de a à f, par exemple #9c3d22.",
                    )
        return cleaned

    def choices(self) -> dict[str, str]:
        """Return what was chosen, as the action wants it."""
        return {name: self.cleaned_data[name] for name in ("layout", "colour", "second_colour", "font")}


class DocumentForm(BaseDocumentForm):
    """Wagtail's form for a file put on the site or replaced there, with our judgement of its bytes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            self.fields[
                "file"
            ].help_text = "PDF, bureautique, texte, CSV ou agenda, de 20\u00a0Mo au plus\u00a0; sans macros."
            if self.instance.pk is not None and not self.is_bound:
                examine_due([self.instance], at=timezone.now())
                if self.instance.is_tagged is False:
                    self.fields["file"].help_text += f" {ADVICE}"

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            if (file.size or 0) <= MAX_UPLOAD:
                refuse_infected(file)
            reason = why_not_publish_file(file, name=file.name or "", size=file.size or 0)  # type: ignore[arg-type]
            if reason:
                raise forms.ValidationError(reason)
        return file


TOO_MANY_POINTS = (
    "Cette image a trop de points, plus de 65\u00a0millions\u00a0: elle occuperait toute la mémoire de la plateforme. "
    "Réduisez-la, ou prenez-en une autre."
)

UNTOLD = (
    "Cette image est abîmée, ou d’une sorte dont la plateforme ne sait pas retirer ce qu’elle dit du lieu et de "
    "l’appareil\u00a0: enregistrez-la de nouveau en JPEG, ou prenez-en une autre."
)


class ScannedImageField(WagtailImageField):
    """Wagtail's field for an image, which the antivirus reads before anything opens it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = f"{self.max_upload_size // 1024**2}\u00a0Mo au plus"
        self.help_text = f"AVIF, GIF, HEIC, JPEG, PNG ou WebP, de {most}."
        for code in ("file_too_large", "file_too_large_unknown_size"):
            self.error_messages[code] = (
                f"Cette image est trop lourde\u00a0: {most}. Réduisez-la, ou prenez-en une autre."
            )
        self.error_messages["file_too_many_pixels"] = TOO_MANY_POINTS

    def to_python(self, data: Any) -> Any:
        if isinstance(data, UploadedFile) and (data.size or 0) <= (self.max_upload_size or MAX_UPLOAD):
            refuse_infected(data)
            # Before any library opens it: of pieces without end, theirs is a minute of work.
            _refuse_endless(data)
        try:
            return silenced(in_jpeg(super().to_python(data)))
        except Image.DecompressionBombError as error:
            # The library refuses to open it, before Wagtail counts its points.
            raise forms.ValidationError(TOO_MANY_POINTS, code="file_too_many_pixels") from error


def in_jpeg(file: Any) -> Any:
    """Return what a form was given, a HEIC photograph as the JPEG of the same name; anything else as it is."""
    if not isinstance(file, UploadedFile) or not str(file.name).lower().endswith(".heic"):
        return file
    file.seek(0)
    content = BytesIO()
    with Image.open(file) as photograph:
        # Its own lines say which way is up: they are turned before all but whose it is is dropped (`silenced`).
        upright = ImageOps.exif_transpose(photograph)
        kept = {"icc_profile": photograph.info.get("icc_profile"), "exif": upright.getexif()}
        upright.convert("RGB").save(content, "JPEG", quality=90, **kept)
    return _handed(f"{str(file.name)[:-5]}.jpg", content.getvalue(), "image/jpeg")


def _refuse_endless(file: UploadedFile[bytes]) -> None:
    file.seek(0)
    content = file.read()
    file.seek(0)
    try:
        photographs.check(content)
    except photographs.Endless as error:
        raise forms.ValidationError(UNTOLD, code="invalid_image") from error
    except photographs.NotAPhotograph:
        return  # Whoever reads it next says so.


def silenced(file: Any) -> Any:
    """Return the image that a form was given without what it tells of its place and its camera: the same points."""
    if not isinstance(file, UploadedFile):
        return file
    file.seek(0)
    content = file.read()
    file.seek(0)
    try:
        silent = photographs.silent(content)
    except photographs.NotAPhotograph as error:
        raise forms.ValidationError(UNTOLD, code="invalid_image") from error
    return file if silent == content else _handed(str(file.name), silent, file.content_type or "")


def _handed(name: str, content: bytes, content_type: str) -> UploadedFile[bytes]:
    made = SimpleUploadedFile(name, content, content_type)
    # What Wagtail reads of an image it has validated (`WagtailImageField.to_python`).
    made.image = willow.Image.open(made)  # type: ignore[attr-defined]
    return made


class CoatForm(forms.Form):
    """The coat of arms: an image like another, whose place is the head of each page."""

    file = ScannedImageField(label="Blason", error_messages={"required": "Choisissez le fichier du blason."})


class ImageForm(BaseImageForm):
    """Wagtail's form for an image put on the site or replaced there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if field := self.fields.get("file"):
            self.fields["file"] = ScannedImageField(label=field.label, required=field.required, widget=field.widget)
        if field := self.fields.get("description"):
            field.label = "Description de l’image"
            field.help_text = SEEN
