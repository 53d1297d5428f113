"""« Rendre ses données », in the console: whoever follows a commune asks, and takes what they asked for only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.journal.models import Entry, Reading
from socle.people.models import Beneficiary
from socle.provisioning.handover import handing
from socle.provisioning.handover.models import Handover, HandoverStatus
from tests.console.test_access import OPERATORS

pytestmark = pytest.mark.django_db


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\u00a0", " ")


def place_of(world: Any) -> Beneficiary:
    place: Beneficiary = world.people["mayor59474"].memberships.get().beneficiary
    return place


def ready(world: Any, by: str) -> Handover:
    with scopes_disabled():
        return Handover.objects.create(
            beneficiary=place_of(world),
            status=HandoverStatus.READY,
            reason="Fin de la convention",
            asked_by=world.people[by],
            asked_at=timezone.now(),
            ready_at=timezone.now(),
            file=default_storage.save("handovers/x/archive.zip", ContentFile(b"tout")),
            size=4,
            sha256="a" * 64,
        )


@pytest.fixture(autouse=True)
def elsewhere(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.slow
def test_who_reads_who_asks(world: Any, enter: Any) -> None:
    url = reverse("console:handovers", args=[place_of(world).pk])
    for who in OPERATORS:
        expected = 404 if who in ("cdg62", "cdg62_president") else 200
        assert enter(who).get(url).status_code == expected, who
    for who in OPERATORS:
        before = Handover._base_manager.count()
        response = enter(who).post(reverse("console:handover_ask", args=[place_of(world).pk]), {"reason": "Départ"})
        made = Handover._base_manager.count() - before
        if who == "officer":
            assert (response.status_code, made) == (302, 1), who
            Handover._base_manager.all().delete()
        else:
            assert (response.status_code, made) == (404 if who in ("cdg62", "cdg62_president") else 403, 0), who


def test_an_officer_takes_what_they_asked_for_and_nothing_else(world: Any, enter: Any) -> None:
    mine, theirs = ready(world, "officer"), ready(world, "cdg59")
    client, user, place = enter("officer"), world.people["officer"], place_of(world)

    def file_of(handover: Handover) -> str:
        return reverse("console:handover_file", args=[place.pk, handover.pk, handing.sign(handover, user)])

    assert client.get(reverse("console:handover_take", args=[place.pk, theirs.pk])).status_code == 409
    assert client.get(file_of(theirs)).status_code == 409
    page = client.get(reverse("console:handover_take", args=[place.pk, mine.pk]))
    assert "archive.zip" in page.content.decode()
    assert b"".join(client.get(file_of(mine)).streaming_content) == b"tout"
    assert Entry.objects.filter(verb="handover.taken", object_id=str(mine.pk)).count() == 1
    assert Reading.objects.filter(kind="handover").count() == 1


def test_an_archive_is_not_found_under_another_body(world: Any, enter: Any) -> None:
    mine = ready(world, "officer")
    with scopes_disabled():
        other = Beneficiary.objects.exclude(pk=place_of(world).pk).filter(department__code="59").first()
    assert other is not None
    client = enter("officer")
    assert client.get(reverse("console:handover_take", args=[other.pk, mine.pk])).status_code == 404
    assert client.post(reverse("console:handover_remove", args=[other.pk, mine.pk])).status_code == 404


@pytest.mark.slow
def test_it_is_reached_from_the_commune_and_asked_with_a_reason(world: Any, enter: Any) -> None:
    client, place = enter("officer"), place_of(world)
    url = reverse("console:handovers", args=[place.pk])
    assert url in client.get(reverse("console:body_services", args=[place.pk])).content.decode()
    assert client.post(reverse("console:handover_ask", args=[place.pk]), {"reason": " "}).status_code == 422
    page = text(client.post(reverse("console:handover_ask", args=[place.pk]), {"reason": "Départ"}, follow=True))
    assert "la mairie en est prévenue" in page
    assert "Motif : Départ" in page
    with scopes_disabled():
        handover = Handover.objects.get()
    page = text(client.post(reverse("console:handover_remove", args=[place.pk, handover.pk]), follow=True))
    assert "Retirée" in page
