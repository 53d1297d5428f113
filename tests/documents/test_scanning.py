"""Whatever is handed over is read by the antivirus first: every form, every door, and closed when it is silent."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.documents import get_document_model
from wagtail.documents.forms import get_document_form
from wagtail.images import get_image_model
from wagtail.images.forms import get_image_form

import socle
from socle.documents import scanning
from socle.documents.contract import ScannerError, Unreachable, Unread
from socle.documents.fields import PdfField, ScannedFileField
from socle.engines.simulated.scanner import TRIAL
from socle.files.actions.entries import keep_file
from socle.journal.models import Entry
from socle.sites.editor.forms import DocumentForm, ScannedImageField
from tests.consistency import house
from tests.documents.test_uploads import pdf

TWIN = "socle.engines.simulated.scanner.SimulatedScanner"


@pytest.fixture
def twin(settings):
    settings.SOCLE_SCANNER = TWIN


class Broken:
    """An antivirus that fails as `failure` says."""

    is_simulated = True
    failure: ScannerError = Unreachable("clamd ne répond pas.")

    def scan(self, file):
        raise self.failure


# --- Nothing enters otherwise -----------------------------------------------------------------------------------------
def every_form() -> set[type[forms.BaseForm]]:
    for module in pkgutil.walk_packages(socle.__path__, "socle."):
        if ".migrations" not in module.name and module.name != "socle.__main__":
            importlib.import_module(module.name)

    def below(kind):
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    ours = {one for one in below(forms.BaseForm) if one.__module__.startswith("socle.")}
    return ours | {get_image_form(get_image_model()), get_document_form(get_document_model())}


@pytest.mark.slow
def test_every_form_of_the_house_that_takes_a_file_has_it_read():
    seen = []
    for form in every_form():
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.FileField):
                # Wagtail's are replaced, or judged, when the form is made: tried below through the editor.
                is_wagtail = name == "file" and form.__module__.startswith(("wagtail", "django", "socle.sites"))
                assert isinstance(field, ScannedFileField | ScannedImageField) or is_wagtail, f"{form}: {name}"
                seen.append(field)
    assert len([field for field in seen if isinstance(field, PdfField)]) >= 3
    assert len(seen) >= 7


# It takes many files at once, bigger than a form holds; the room reads each as it keeps it (tests/files).
READ_BY_THE_ROOM = "socle/mairie/views/file_gestures.py"


@pytest.mark.slow
def test_no_code_takes_a_file_around_the_forms():
    """`request.FILES` is only ever given to a form; a field for a file is made in one place."""
    found = []
    for path in house.files(".py"):
        source = house.read(path)
        if path.parts[0] != "socle" or not any(word in source for word in ("FILES", "FileField", "ImageField")):
            continue
        tree = ast.parse(source)
        given = {
            id(inner)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("Form")
            for argument in [*call.args, *[keyword.value for keyword in call.keywords]]
            for inner in ast.walk(argument)
        }
        for node in ast.walk(tree):
            is_of_a_request = isinstance(node, ast.Attribute) and ast.unparse(node) == "request.FILES"
            if is_of_a_request and id(node) not in given and str(path) != READ_BY_THE_ROOM:
                found.append(f"{path}:{node.lineno} reads FILES")
            is_made = isinstance(node, ast.Call) and ast.unparse(node.func) in ("forms.FileField", "forms.ImageField")
            if is_made:
                found.append(f"{path}:{node.lineno} takes a file that nothing reads")
    assert found == []
    assert "_is_left_unread" in inspect.getsource(keep_file)
    assert "refuse_infected" in inspect.getsource(DocumentForm.clean_file)


# --- What is answered -------------------------------------------------------------------------------------------------
def field_says(field: forms.Field, content: bytes, name: str = "a.pdf") -> str:
    try:
        field.clean(SimpleUploadedFile(name, content))
    except forms.ValidationError as error:
        return str(error.messages[0]).replace("\u00a0", " ")
    return ""


def test_what_is_clean_is_rewound_and_judged_as_before(twin):
    assert PdfField().clean(SimpleUploadedFile("a.pdf", pdf())) == pdf()
    assert "pas un PDF" in field_says(PdfField(), b"x" * 100)
    uploaded = SimpleUploadedFile("a.csv", b"INSEE;Nom")
    assert ScannedFileField().clean(uploaded).read() == b"INSEE;Nom"


def test_a_virus_is_refused_before_anything_opens_the_file(twin, monkeypatch):
    monkeypatch.setattr("socle.documents.fields.why_not_upload", lambda content: pytest.fail("it was opened"))
    said = field_says(PdfField(), TRIAL)
    assert "programme malveillant" in said
    assert said.endswith(".")


def test_an_antivirus_that_does_not_answer_refuses_unless_it_was_said_otherwise(settings, monkeypatch, caplog):
    settings.SOCLE_SCANNER = "tests.documents.test_scanning.Broken"
    assert "ne répond pas" in field_says(PdfField(), pdf())
    assert "upload.unscanned" in caplog.text
    for odd in ("", "Accept", "true", "oui"):
        settings.SOCLE_CLAMD_UNREACHABLE = odd
        assert "ne répond pas" in field_says(PdfField(), pdf()), odd
    settings.SOCLE_CLAMD_UNREACHABLE = "accept"
    assert field_says(PdfField(), pdf()) == ""
    # What it answered that it could not read is not what it did not answer to.
    for failure in (Unread("Trop gros."), ScannerError("SOCLE_CLAMD est mal écrit.")):
        monkeypatch.setattr(Broken, "failure", failure)
        assert "lire ce fichier en entier" in field_says(PdfField(), pdf())


def test_without_an_antivirus_nothing_changes(settings):
    settings.SOCLE_SCANNER = ""
    assert scanning.scanner() is None
    assert field_says(PdfField(), pdf()) == ""
    assert field_says(ScannedFileField(), TRIAL) == ""


# --- Through the doors ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_mairie_is_told_and_the_journal_holds_who_and_what_and_no_file(twin, client):
    from socle.documents.models import Document
    from socle.people.models import Role, User
    from tests import factories as f

    place = f.beneficiary(f.commune("59474", "Prisches", 900))
    by = f.member(Role.SECRETARY, place)
    User.objects.update(is_fictitious=True)
    client.force_login(by)
    given = {
        "number": "2026-12", "subject": "Convention", "adopted_on": "2026-10-01", "published_on": "", "received_on": "",
        "not_transmissible_because": "", "document": SimpleUploadedFile("Madame Durand.pdf", b"%PDF-1.7\n" + TRIAL),
    }  # fmt: skip
    answer = client.post("/mairie/deliberations/enregistrer/", given)
    assert answer.status_code == 422
    assert "programme malveillant" in answer.content.decode()
    assert "2026-12" in answer.content.decode()  # What was typed is kept.
    assert not f.acts().exists()
    assert not Document.objects.exists()
    line = Entry.objects.get(verb="upload.infected")
    assert line.beneficiary_ref == str(place.pk)
    assert line.by_ref == f"people.user:{by.pk}"
    assert line.facts["signature"] == "Simulé.EICAR"
    assert "Durand" not in str(line.facts)
