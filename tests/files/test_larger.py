"""What is larger than the antivirus reads: kept and said so, or refused before it is sent, as the operator chose."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from socle.documents import scanning
from socle.documents.contract import TooLarge
from socle.engines.simulated.scanner import TRIAL
from socle.files import queries
from socle.files.actions import entries, links
from socle.files.models import Content, Entry
from socle.lib.refusals import Refused
from tests import factories as f
from tests.engines.drive import Drive, body_of
from tests.files.test_entries import disk

pytestmark = pytest.mark.django_db

MOST = 1000


class Never:
    """A body that nobody may read."""

    def read(self, size=-1):
        pytest.fail("it was read")

    readline = read


class Narrow:
    """An antivirus that reads even less than it is asked to."""

    is_simulated = True

    def scan(self, file):
        raise TooLarge("Trop grand.")


@pytest.fixture
def reads(settings, monkeypatch):
    """An antivirus that reads a thousand bytes."""
    settings.SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner"
    monkeypatch.setattr(scanning, "MOST_READ", MOST)
    return settings


@pytest.fixture
def refuses(reads):
    reads.SOCLE_CLAMD_LARGER = "refuse"
    return reads


@pytest.mark.parametrize(
    ("scanner", "chosen", "size", "becomes"),
    [
        ("", "accept", MOST + 1, "kept"),
        ("", "refuse", MOST + 1, "kept"),
        ("twin", "accept", MOST, "kept"),
        ("twin", "accept", MOST + 1, "unread"),
        ("twin", "refuse", MOST, "kept"),
        ("twin", "refuse", MOST + 1, "refused"),
        # Whatever is not said as it must be refuses.
        ("twin", "oui", MOST + 1, "refused"),
        ("narrow", "accept", MOST, "unread"),
        ("narrow", "refuse", MOST, "refused"),
    ],
)
def test_what_is_too_large_to_be_read_becomes_what_the_operator_chose(put, reads, scanner, chosen, size, becomes):
    twin = reads.SOCLE_SCANNER
    reads.SOCLE_SCANNER = {"": "", "twin": twin, "narrow": "tests.files.test_larger.Narrow"}[scanner]
    reads.SOCLE_CLAMD_LARGER = chosen
    try:
        put("plan.tif", b"x" * size)
    except entries.TooLarge:
        assert becomes == "refused"
        assert not Content.objects.exists()
    else:
        assert becomes == ("unread" if Content.objects.get().is_unread else "kept")


def test_what_is_read_later_is_said_so_no_more(put, reads, monkeypatch):
    put("plan.tif", b"x" * (MOST + 1))
    monkeypatch.setattr(scanning, "MOST_READ", 2 * MOST)
    put("plan.tif", b"x" * (MOST + 1))
    assert not Content.objects.get().is_unread
    with pytest.raises(Refused, match="malveillant"):
        put("autre.tif", TRIAL + b"x" * MOST)


def test_a_drive_is_told_413_before_the_body(space, place, secretary, refuses):
    drive = Drive(secretary, place)
    named = {"CONTENT_LENGTH": str(300_000_000), "wsgi.input": Never(), "HTTP_AUTHORIZATION": drive.header}
    answer = drive.client.generic("PUT", f"{drive.base}/plan.tif", b"", **named)
    assert answer.status_code == 413
    assert "trop grand pour être lu par l’antivirus" in body_of(answer).decode()
    assert drive.put("/plan.tif", b"x" * MOST).status_code == 201
    refuses.SOCLE_CLAMD_LARGER = "accept"
    assert drive.put("/grand.tif", b"x" * (MOST + 1)).status_code == 201
    assert queries.find(space, ["grand.tif"]).entry.is_unread


def drop(client, root, *files, **headers):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(f"/mairie/dossier/{root.entry.pk}/deposer/", {"files": sent}, **headers)


def test_a_page_says_so_in_french_before_the_body_to_its_script_and_as_it_comes_to_a_form(
    client, space, root, secretary, refuses, a_disk_of_its_own
):
    client.force_login(secretary)
    address = f"/mairie/dossier/{root.entry.pk}/deposer/"
    named = {"CONTENT_LENGTH": "3000000", "wsgi.input": Never(), "HTTP_ACCEPT": "application/json"}
    answer = client.generic("POST", address, b"", "multipart/form-data; boundary=x", **named)
    assert answer.status_code == 422
    assert "trop grand pour être lu" in answer.json()["refused"][0]
    # Two that are read one by one are not too large together.
    drop(client, root, ("a.txt", b"x" * MOST), ("b.txt", b"y" * MOST), ("c.txt", b"z" * (MOST + 1)))
    said = client.get("/mairie/dossier/").content.decode()
    assert "trop grand pour être lu" in said
    assert sorted(Entry.objects.filter(is_folder=False).values_list("name", flat=True)) == ["a.txt", "b.txt"]
    assert len(disk(a_disk_of_its_own)) == 2


@pytest.mark.slow
def test_what_was_not_read_is_said_wherever_it_is_taken(client, space, put, secretary, reads):
    made = put("plan.tif", b"x" * (MOST + 1))
    client.force_login(secretary)
    assert "non analysé" in client.get("/mairie/dossier/").content.decode()
    assert "Non analysé par l’antivirus" in client.get(f"/mairie/dossier/{made.pk}/").content.decode()
    place = queries.find(space, ["plan.tif"])
    _, token = links.share(place, days=7, by=secretary, at=f.NOW)
    assert "non analysé par l’antivirus" in client.get(f"/partage/{token}/").content.decode()
    put("plan.tif", b"lu")
    page = client.get(f"/mairie/dossier/{made.pk}/").content.decode()
    assert "Non analysé par l’antivirus" not in page
    assert "non analysé par l’antivirus" in page  # Its version.
