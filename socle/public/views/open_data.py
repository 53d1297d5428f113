"""The open data of the programme: a page, files, the catalogue that portals gather. Nobody signs in for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import condition, require_safe

import socle
from socle.lib import dates
from socle.programme.models import Programme
from socle.public.open_data import catalogue, datasets
from socle.ui.shapes import Column

FICTITIOUS = "Démonstration : les conventions et les équipements sont fictifs."
COLUMNS = (Column("Champ"), Column("Valeur"), Column("Ce qu’il veut dire"))


def _notice() -> str:
    return FICTITIOUS if settings.DEMO else ""


def _programme_or_404() -> Programme:
    programme = datasets.programme_published()
    if programme is None:
        raise Http404("Aucun programme n’est encore chargé : rien n’est publié.")
    return programme


def _fresh(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer « nothing changed » without reading the data; let everybody keep the answer, and any page read it."""

    def etag(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        rank, _ = _change(request)
        said = (rank, request.path, settings.PLATFORM_URL, settings.SOCLE_OPEN_DATA_LICENCE, settings.DEMO)
        return f'"{hashlib.sha256(repr((*said, socle.__version__)).encode()).hexdigest()[:32]}"'

    def modified(request: HttpRequest, *args: Any, **kwargs: Any) -> datetime | None:
        return _change(request)[1]

    @condition(etag_func=etag, last_modified_func=modified)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    @require_safe
    def kept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = answer(request, *args, **kwargs)
        response["Cache-Control"] = "public, max-age=300"
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return kept


def _change(request: HttpRequest) -> tuple[int, datetime | None]:
    """Read once for a request, so that its tag, its date and its content speak of the same moment."""
    if not hasattr(request, "open_data_change"):
        request.open_data_change = datasets.last_change()  # type: ignore[attr-defined]
    found: tuple[int, datetime | None] = request.open_data_change  # type: ignore[attr-defined]
    return found


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Say what is published, field by field, under which licence, and how to gather it."""
    programme = datasets.programme_published()
    _, changed_at = datasets.last_change()
    context = {
        "programme": programme,
        "datasets": datasets.DATASETS,
        "columns": COLUMNS,
        "licence": settings.SOCLE_OPEN_DATA_LICENCE,
        "licence_name": settings.SOCLE_OPEN_DATA_LICENCE_NAME,
        "changed_at": changed_at,
        "notice": _notice(),
        "catalogue_url": catalogue.address("catalogue.jsonld"),
    }
    return render(request, "public/open_data.html", context)


@_fresh
def download(request: HttpRequest, code: str, kind: str) -> HttpResponseBase:
    """Give a dataset whole."""
    programme = _programme_or_404()
    dataset = datasets.BY_CODE.get(code)
    if dataset is None or kind not in dataset.kinds:
        raise Http404("Ce jeu de données n’existe pas.")
    response: HttpResponseBase
    if dataset.pieces is not None:
        on = dates.day_of(timezone.now())
        response = StreamingHttpResponse(dataset.pieces(on), content_type="text/csv; charset=utf-8")
    elif kind == "csv":
        response = HttpResponse(datasets.as_csv(dataset, programme), content_type="text/csv; charset=utf-8")
    else:
        content = datasets.as_json(dataset, programme, licence=settings.SOCLE_OPEN_DATA_LICENCE, notice=_notice())
        response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{code}.{kind}"'
    return response


@_fresh
def show_catalogue(request: HttpRequest, kind: str) -> HttpResponse:
    """Give the catalogue, in one of its writings."""
    programme = _programme_or_404()
    writing, content_type = catalogue.WRITINGS[kind]
    files = datasets.deliberation_files(dates.day_of(timezone.now()))
    graph = catalogue.graph_of(programme, changed_at=_change(request)[1], notice=_notice(), files=files)
    return HttpResponse(graph.serialize(format=writing, encoding="utf-8"), content_type=content_type)
