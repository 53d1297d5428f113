"""The models of agreement: read by every operator, written, published and chosen by the lead's officers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions as agreements
from socle.agreements import checklist, queries, texts
from socle.agreements import text_rules as rules
from socle.agreements.document import agreement_html, render_agreement
from socle.agreements.example import example_of
from socle.agreements.models import Party
from socle.console.views.drafts import BODIES, ActForm, LinkActForm
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Approval
from socle.deliberations.rules import why_not_may_record
from socle.documents.differences import compare
from socle.documents.fields import ScannedFileField
from socle.documents.models import Text, TextDraft
from socle.documents.rules import MOST_CHARACTERS
from socle.documents.texts import read_words, settled
from socle.documents.tree import parse
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import whole
from socle.programme.models import AgreementType
from socle.provisioning.desk.access import Access, console_view, forbid, gesture
from socle.provisioning.desk.lists import attachment
from socle.ui.fields import DayInput
from socle.ui.shapes import Column, Fact, Link, Tone
from socle.ui.submit import refusal_shown_in

VERSIONS = (
    Column("Version"),
    Column("Approbation"),
    Column("Conventions", is_number=True),
    Column("Empreinte"),
)
POINTS = (Column("Point"), Column("Résultat"), Column("Mots cherchés"))
FOUND: dict[str, tuple[str, Tone]] = {
    checklist.Found.SEEN: ("vu", "ok"),
    checklist.Found.BY_EYE: ("à vérifier à l’œil", "wait"),
    checklist.Found.NOT_SEEN: ("non vu", "alert"),
}


class WordsField(ScannedFileField):
    """The file of a text: what weighs more than a text is read by nobody."""

    most_bytes = 4 * MOST_CHARACTERS


class Words(forms.CharField):
    """The words shown are an answer: nothing of them is optional, though a file may replace them."""

    is_answered = True


class Day(forms.DateField):
    """The day of the version: it is wanted to publish, and proposed."""

    is_answered = True


class TextForm(forms.Form):
    """The words of a draft, written or deposited, and the date of the version to publish."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    body = Words(
        label="Texte du modèle",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "true", "lang": "fr", "class": "model-words"}),
        help_text="Titres «\u00a0# Titre\u00a0», listes «\u00a0- point\u00a0», «\u00a0**gras**\u00a0», données "
        "entre doubles accolades.",
    )
    file = WordsField(
        label="Ou déposer un fichier",
        required=False,
        help_text="Un fichier .md en UTF-8\u00a0: il remplace tout le texte.",
    )
    version = Day(
        label="Date de la version à publier",
        required=False,
        widget=DayInput,
        error_messages={"invalid": "Écrivez une date."},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file = given.get("file")
        with refusal_shown_in(self, "file"):
            # Read no further than what could be a text.
            given["body"] = read_words(file.read(WordsField.most_bytes + 1)) if file else settled(given.get("body", ""))
        return given


def kinds_or_404(access: Access, name: str) -> list[AgreementType]:
    """The types of agreement written on this text, or 404."""
    kinds = rules.kinds_on(access.programme, name)
    if not kinds:
        raise Http404("Aucun type de convention du programme n’est écrit sur ce texte.")
    return kinds


def text_or_404(name: str, version: str) -> Text:
    """A published version, or 404."""
    text = Text.objects.filter(name=name, version=version).first()
    if text is None:
        raise Http404("Cette version n’existe pas.")
    return text


@console_view
def show(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Show a model: its draft to write and to publish, what it changes, how it reads, and all its versions."""
    kinds = kinds_or_404(access, name)
    now = timezone.now()
    on = dates.day_of(now)
    last = rules.last_of(name)
    draft = TextDraft.objects.select_related("edited_by", "based_on").filter(name=name).first() or TextDraft(name=name)
    why_not_write = rules.why_not_write(access.programme, by=access.user, on=on)
    is_shown = access.is_lead and draft.is_open
    body = draft.body if is_shown else (last.body if last else "")
    after = date.fromisoformat(last.version) + timedelta(days=1) if last else on
    initial = {"revision": draft.revision, "body": body, "version": max(on, after)}
    form = TextForm(initial=initial)
    if request.method == "POST":
        forbid(why_not_write)
        form = TextForm(request.POST, request.FILES)
        if form.is_valid() and (answer := _write(request, access, draft, form)) is not None:
            return answer
    context = {
        "name": name,
        "kinds": kinds,
        "draft": draft,
        "form": form,
        "is_lead": access.is_lead,
        "why_not_write": why_not_write,
        "why_not_publish": rules.why_not_publish(draft, kinds, last, at=now) if access.is_lead else None,
        "is_shown": is_shown,
        "last": last,
        "changes": compare(last.body if last else "", body) if is_shown else [],
        "versions": queries.versions_of(access.programme, name, on=on),
        "version_columns": VERSIONS,
        **_reading(request, kinds, name, body),
        "crumbs": [Link("Offre et acte fondateur", reverse("console:programme")), Link(name)],
    }
    return render(request, "console/text.html", context, status=422 if form.errors else 200)


def _write(request: HttpRequest, access: Access, draft: TextDraft, form: TextForm) -> HttpResponse | None:
    """Save what was written and, if asked, publish it; None when refused, the form saying why.

    What is published is what was read: words that differ from the draft are saved, to be read before.
    """
    given, name = form.cleaned_data, draft.name
    who: dict[str, Any] = {"by": access.user, "at": timezone.now()}
    is_same = draft.is_open and given["body"] == draft.body
    try:
        if not is_same:
            texts.save_draft(access.programme, name, body=given["body"], revision=given["revision"], **who)
        if "publish" not in request.POST:
            messages.success(request, "Le projet est enregistré\u00a0: relisez ce qu’il change.")
        elif not is_same:
            messages.warning(
                request, "Le texte a changé depuis sa lecture\u00a0: il est enregistré. Relisez-le d’abord."
            )
        elif given["version"] is None:
            form.add_error("version", "Dites la date de la version.")
            return None
        else:
            text = texts.publish(access.programme, name, version=given["version"], revision=given["revision"], **who)
            messages.success(request, "La version est publiée, et ne change plus. Aucun acte ne l’approuve encore.")
            return redirect("console:text_version", name, text.version)
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return None
    return redirect("console:text", name)


def _reading(
    request: HttpRequest, kinds: list[AgreementType], name: str, body: str, **of_version: str
) -> dict[str, Any]:
    """How words read with the facts of an example, and what the list looks for in them."""
    kind = _chosen(request, kinds)
    words, unreadable = "", None
    try:
        words = agreement_html(example_of(kind, body, name=name, at=timezone.now(), **of_version), body)
    except Refused as refusal:
        unreadable = refusal.sentence
    is_listed = any(one.has_beneficiary and one.amends_id is None for one in kinds)
    answers = [(one, *FOUND[one.found]) for one in checklist.look(body)] if is_listed else []
    return {
        "kind": kind,
        "words": words,
        "unreadable": unreadable,
        "answers": answers,
        "point_columns": POINTS,
        "delegates": any(one.approved_by == AgreementType.ApprovedBy.MODEL for one in kinds),
    }


def _chosen(request: HttpRequest, kinds: list[AgreementType]) -> AgreementType:
    return next((kind for kind in kinds if kind.code == request.GET.get("type")), kinds[0])


@console_view
def download(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Give the PDF of the example, on the draft or on a version."""
    kinds = kinds_or_404(access, name)
    version = request.GET.get("version", "")
    of_version: dict[str, str] = {}
    if version:
        shown = _version_or_404(access, name, version)
        body, of_version = shown.text.body, {"approved": shown.approved, "sha256": shown.text.sha256}
    else:
        draft = TextDraft.objects.filter(name=name, is_open=True).first() if access.is_lead else None
        if draft is None:
            raise Http404("Aucun projet n’est en cours.")
        body = draft.body
    data = example_of(_chosen(request, kinds), body, name=name, at=timezone.now(), **of_version)
    content = render_agreement(data, body)
    return attachment(content, filename=f"exemple-{name}-{version or 'projet'}.pdf", content_type="application/pdf")


@console_view
def download_words(request: HttpRequest, access: Access, name: str, version: str) -> HttpResponse:
    """Give the very bytes of a version: what an assembly reads, and what its act approves."""
    kinds_or_404(access, name)
    text = text_or_404(name, version)
    return attachment(text.body, filename=f"{name}-{version}.md", content_type="text/markdown; charset=utf-8")


def _version_or_404(access: Access, name: str, version: str) -> queries.Version:
    """A published version, with what approves it, or 404."""
    text = text_or_404(name, version)
    on = dates.day_of(timezone.now())
    return next(one for one in queries.versions_of(access.programme, name, on=on) if one.text == text)


@console_view
def show_version(request: HttpRequest, access: Access, name: str, version: str) -> HttpResponse:
    """Show a published version: what approves it, what uses it, how it reads, its source."""
    kinds = kinds_or_404(access, name)
    shown = _version_or_404(access, name, version)
    text, on = shown.text, dates.day_of(timezone.now())
    why_not_write = rules.why_not_write(access.programme, by=access.user, on=on)
    origin = "livrée avec la plateforme" if text.is_shipped else "publiée ici"
    facts = [
        Fact(
            "Version",
            dates.in_words(date.fromisoformat(version)),
            origin,
        ),
        Fact("Empreinte SHA-256", text.sha256, "celle des octets du texte, en UTF-8"),
        Fact("Conventions rédigées dessus", str(shown.agreements)),
        Fact("En-tête", parse(text.body).facts.get("statut", "ne dit rien"), "ce que le texte dit de lui-même"),
    ]
    context = {
        "name": name,
        "text": text,
        "shown": shown,
        "facts": facts,
        "kinds": kinds,
        "uses": [(kind, why_not_write or rules.why_not_choose(kind, text)) for kind in kinds],
        "why_not_approve": why_not_write or why_not_may_record(access.user, access.programme.lead(), on=on),
        **_reading(request, kinds, name, text.body, approved=shown.approved, sha256=text.sha256),
        "crumbs": [*_crumbs(name), Link(version)],
    }
    return render(request, "console/text_version.html", context)


@console_view
def show_differences(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Show the words by which two versions differ: `?de=` and `?a=`, the two last ones by default."""
    kinds_or_404(access, name)
    known = {text.version: text for text in Text.objects.filter(name=name).order_by("version")}
    if len(known) < 2:
        raise Http404("Ce texte n’a qu’une version.")
    *_, before, after = known
    asked_before, asked_after = request.GET.get("de", ""), request.GET.get("a", "")
    before = asked_before if asked_before in known else before
    after = asked_after if asked_after in known else after
    context = {
        "name": name,
        "known": list(known),
        "before": before,
        "after": after,
        "changes": compare(known[before].body, known[after].body),
        "crumbs": [*_crumbs(name), Link("Comparer")],
    }
    return render(request, "console/text_differences.html", context)


@gesture
def discard(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Set the draft aside."""
    _act_on_draft(request, access, name, texts.discard_draft)
    messages.success(request, "Le projet est mis de côté\u00a0: rien de publié ne change, et il peut être repris.")
    return redirect("console:text", name)


@gesture
def restore(request: HttpRequest, access: Access, name: str) -> HttpResponse:
    """Take up again the draft that was set aside."""
    _act_on_draft(request, access, name, texts.restore_draft)
    messages.success(request, "Le projet est repris.")
    return redirect("console:text", name)


def _act_on_draft(request: HttpRequest, access: Access, name: str, action: Any) -> None:
    kinds_or_404(access, name)
    now = timezone.now()
    forbid(rules.why_not_write(access.programme, by=access.user, on=dates.day_of(now)))
    revision = whole(request.POST.get("revision", ""))
    action(access.programme, name, revision=-1 if revision is None else revision, by=access.user, at=now)


@gesture
def choose(request: HttpRequest, access: Access, name: str, version: str) -> HttpResponse:
    """Draft the next agreements of a type on this version."""
    kind = next((one for one in kinds_or_404(access, name) if one.code == request.POST.get("type")), None)
    if kind is None:
        raise Http404("Ce type de convention n’est pas écrit sur ce texte.")
    now = timezone.now()
    forbid(rules.why_not_write(access.programme, by=access.user, on=dates.day_of(now)))
    texts.choose(kind, text_or_404(name, version), by=access.user, at=now)
    messages.success(
        request,
        f"Les prochaines conventions «\u00a0{kind.name}\u00a0» seront rédigées sur cette version. Celles qui existent "
        "gardent leur texte.",
    )
    return redirect("console:text_version", name, version)


@console_view
def approve(request: HttpRequest, access: Access, name: str, version: str) -> HttpResponse:
    """Say which article of which act of the committee approves a version, word for word."""
    text = _approvable(access, name, version)
    lead = access.programme.lead()
    now = timezone.now()
    back = reverse("console:text_version", args=[name, version])
    form = LinkActForm(request.POST if request.method == "POST" else None, lead=lead)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        with refusal_shown_in(form):
            texts.approve(
                access.programme, text, act=given["act"], article=given["article"], words=given["text"],
                by=access.user, at=now,
            )  # fmt: skip
            messages.success(request, "L’approbation est notée\u00a0: elle vaut pour ces mots, et pour aucun autre.")
            return redirect("console:text_version", name, version)
    context = {
        "name": name,
        "text": text,
        "form": form,
        "why_not_record": why_not_may_record(access.user, lead, on=dates.day_of(now)),
        "crumbs": [
            *_crumbs(name),
            Link(version, back),
            Link("Approbation"),
        ],
    }
    return render(request, "console/text_approve.html", context, status=422 if form.errors else 200)


@console_view
def record_act(request: HttpRequest, access: Access, name: str, version: str) -> HttpResponse:
    """Record an act of the committee, to say next which of its articles approves a version."""
    _approvable(access, name, version)
    back = reverse("console:text_approve", args=[name, version])
    initial = {"body": BODIES[Party.Kind.LEAD], "subject": "Modèle de convention"}
    form = ActForm(request.POST, request.FILES) if request.method == "POST" else ActForm(initial=initial)
    if form.is_bound and form.is_valid():
        facts = form.facts()
        with refusal_shown_in(form):
            agreements.record_act_of_committee(access.programme, facts=facts, by=access.user, at=timezone.now())
            messages.success(
                request, f"L’acte n°\u00a0{facts.number} est enregistré\u00a0: dites quel article approuve."
            )
            return redirect(back)
    context = {
        "form": form,
        "what": "La délibération du comité syndical qui approuve ce modèle.",
        "label": "Enregistrer",
        "back": back,
        "crumbs": [*_crumbs(name), Link("Approbation", back), Link("Enregistrer un acte")],
    }
    return render(request, "console/act_form.html", context, status=422 if form.errors else 200)


@gesture
def withdraw(request: HttpRequest, access: Access, name: str, version: str, approval_id: int) -> HttpResponse:
    """Take back an approval noted here by mistake."""
    text = _approvable(access, name, version)
    noted = Approval.objects.filter(
        pk=approval_id, sha256=text.sha256, article__act__operator=access.programme.lead(), is_declared=False
    )
    approval = noted.select_related("article__act__operator").first()
    if approval is None:
        raise Http404("Cette approbation n’est pas notée ici.")
    deliberations.withdraw(approval, by=access.user, at=timezone.now())
    messages.success(request, "L’approbation est retirée.")
    return redirect("console:text_version", name, version)


def _approvable(access: Access, name: str, version: str) -> Text:
    """A version, for whoever may note what approves it; 403 or 404 otherwise."""
    kinds_or_404(access, name)
    on = dates.day_of(timezone.now())
    forbid(rules.why_not_write(access.programme, by=access.user, on=on))
    forbid(why_not_may_record(access.user, access.programme.lead(), on=on))
    return text_or_404(name, version)


def _crumbs(name: str) -> list[Link]:
    return [
        Link("Offre et acte fondateur", reverse("console:programme")),
        Link(name, reverse("console:text", args=[name])),
    ]
