"""« Emporter toutes vos données », at the mairie's door: who sees what, the signed address, a download that goes on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django_scopes import scopes_disabled

from socle.journal.models import Entry
from socle.provisioning.handover import handing
from socle.provisioning.handover.models import Handover, HandoverStatus
from tests import factories as f

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 40


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\u00a0", " ")


@pytest.fixture
def ready(world, settings, tmp_path):
    """An archive of the first commune, ready, its file where files are."""
    settings.MEDIA_ROOT = tmp_path
    place = world.here.place
    name = default_storage.save("handovers/x/archive.zip", ContentFile(CONTENT))
    with scopes_disabled():
        return Handover.objects.create(
            beneficiary=place,
            status=HandoverStatus.READY,
            reason="Copie de l’année",
            asked_by=world.here.mayor,
            asked_at=f.NOW,
            ready_at=f.NOW,
            file=name,
            files=12,
            size=len(CONTENT),
            sha256="a" * 64,
            parts=4,
        )


def file_url(handover, user):
    return reverse("mairie:handover_file", args=[handover.pk, handing.sign(handover, user)])


def test_the_page_says_what_leaves_and_asks_why(mayor, world):
    page = text(mayor.get(reverse("mairie:handovers")))
    assert "Messages des habitants" in page
    assert "Préparer l’archive" in page
    response = mayor.post(reverse("mairie:handover_ask"), {"reason": ""})
    assert response.status_code == 422
    page = text(mayor.post(reverse("mairie:handover_ask"), {"reason": "Fin de la convention"}, follow=True))
    assert "L’archive se prépare" in page
    assert "Fin de la convention" in page
    assert "Une archive est déjà en préparation" in page
    with scopes_disabled():
        handover = Handover.objects.get()
    assert (handover.beneficiary, handover.status) == (world.here.place, HandoverStatus.ASKED)
    assert "Y renoncer" in page
    mayor.post(reverse("mairie:handover_remove", args=[handover.pk]))
    with scopes_disabled():
        assert Handover.objects.get().status == HandoverStatus.REMOVED


def test_how_far_it_has_come_is_shown_and_asked_again_alone(mayor, world, ready):
    with scopes_disabled():
        Handover.objects.filter(pk=ready.pk).update(
            status=HandoverStatus.MAKING, part="Site internet", parts_done=1, files=345, size=1_200_000
        )
    page = mayor.get(reverse("mairie:handovers"))
    assert "En cours : Site internet." in text(page)
    assert "1 sur 4" in text(page)
    assert "1,2 Mo" in text(page)
    part = mayor.get(reverse("mairie:handovers"), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="archives"')
    assert "HX-Refresh" not in part
    with scopes_disabled():
        Handover.objects.filter(pk=ready.pk).update(status=HandoverStatus.READY)
    assert mayor.get(reverse("mairie:handovers"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_the_page_costs_the_same_whatever_was_made(mayor, world, ready, django_assert_max_num_queries):
    url = reverse("mairie:handovers")
    mayor.get(url)
    with scopes_disabled():
        for _ in range(15):
            ready.pk = None
            ready.status = HandoverStatus.REMOVED
            ready.removed_at = f.NOW
            ready.save()
    with django_assert_max_num_queries(60):
        assert mayor.get(url).status_code == 200


def test_the_secretary_reads_the_page_and_takes_nothing(secretary, world, ready):
    page = text(secretary.get(reverse("mairie:handovers")))
    assert "Seuls le ou la maire" in page
    assert "remise au ou à la maire" in page
    assert "Préparer l’archive" not in page
    assert secretary.get(reverse("mairie:handover_take", args=[ready.pk])).status_code == 409
    for who in (world.here.secretary, world.here.mayor):
        assert secretary.get(file_url(ready, who)).status_code == 409
    secretary.post(reverse("mairie:handover_ask"), {"reason": "Pour voir"})
    with scopes_disabled():
        assert Handover.objects.count() == 1
    assert not Entry.objects.filter(verb__startswith="handover.").exists()


def test_the_mayor_takes_it_and_the_journal_says_so(mayor, world, ready):
    page = mayor.get(reverse("mairie:handover_take", args=[ready.pk]))
    assert "a" * 64 in page.content.decode()
    url = re.search(r'href="(/mairie/emporter/[^"]+archive\.zip)"', page.content.decode())[1]
    response = mayor.get(url)
    assert b"".join(response.streaming_content) == CONTENT
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]
    assert Entry.objects.filter(verb="handover.taken").count() == 1


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=100-", 206, (100, len(CONTENT))),
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=5000-5000", 206, (5000, 5001)),
        ("bytes=10-999999999", 206, (10, len(CONTENT))),
        ("bytes=999999-", 416, None),
        ("bytes=9-3", 416, None),
        ("bytes=-5", 200, (0, len(CONTENT))),
        ("bytes=1-2,5-6", 200, (0, len(CONTENT))),
        ("lignes=1-2", 200, (0, len(CONTENT))),
        ("bytes=" + "9" * 40 + "-", 200, (0, len(CONTENT))),
    ],
)
def test_a_download_that_stopped_goes_on(mayor, world, ready, asked, status, span):
    response = mayor.get(file_url(ready, world.here.mayor), headers={"Range": asked})
    assert response.status_code == status
    if span is not None:
        content = b"".join(response.streaming_content)
        assert content == CONTENT[slice(*span)]
        assert int(response["Content-Length"]) == len(content)


def test_what_goes_on_is_another_archive_is_sent_whole(mayor, world, ready):
    response = mayor.get(
        file_url(ready, world.here.mayor), headers={"Range": "bytes=100-", "If-Range": '"' + "b" * 64 + '"'}
    )
    assert b"".join(response.streaming_content) == CONTENT


def test_only_a_beginning_is_told_to_the_journal(mayor, world, ready):
    for start in ("0", "100", "200"):
        response = mayor.get(file_url(ready, world.here.mayor), headers={"Range": f"bytes={start}-"})
        b"".join(response.streaming_content)
    assert Entry.objects.filter(verb="handover.taken").count() == 1


def test_an_address_of_another_person_opens_nothing(mayor, world, ready):
    url = file_url(ready, world.there.mayor)
    response = mayor.get(url)
    assert response.status_code == 409
    assert "douze heures" in text(response)


def test_a_file_that_is_nowhere_is_said_and_not_told_as_taken(mayor, world, ready):
    default_storage.delete(ready.file)
    response = mayor.get(file_url(ready, world.here.mayor))
    assert response.status_code == 409
    assert "réessayez" in text(response)
    assert not Entry.objects.filter(verb="handover.taken").exists()


@pytest.mark.slow
@pytest.mark.both
def test_the_services_and_the_agreement_lead_there(mayor, world):
    agreement = world.signed(world.here)
    url = reverse("mairie:handovers")
    assert url in mayor.get(reverse("mairie:services")).content.decode()
    page = mayor.get(reverse("mairie:agreement", args=[agreement.number]))
    assert url in page.content.decode()
    assert "La fin de la convention approche" not in text(page)


@pytest.mark.slow
@pytest.mark.both
def test_an_agreement_about_to_end_says_that_everything_can_be_taken(mayor, world):
    agreement = world.signed(world.here)
    with scopes_disabled():
        type(agreement).objects.filter(pk=agreement.pk).update(ends_on=f.TODAY + timedelta(days=30))
    assert "La fin de la convention approche" in text(mayor.get(reverse("mairie:agreement", args=[agreement.number])))


@pytest.mark.slow
def test_every_page_is_valid_html(mayor, world, ready, valid_html):
    for url in (reverse("mairie:handovers"), reverse("mairie:handover_take", args=[ready.pk])):
        assert valid_html(mayor.get(url).content) == []
    with scopes_disabled():
        Handover.objects.filter(pk=ready.pk).update(status=HandoverStatus.MAKING)
    assert valid_html(mayor.get(reverse("mairie:handovers")).content) == []
