"""What a mairie shares by a link: opened by whoever has it, until its day, and nothing around it."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django_scopes import scope

from socle.files import queries
from socle.files.actions import bin, entries, links, spaces
from socle.files.models import Link
from tests import factories as f
from tests.files.conftest import a_disk_of_its_own, at, mayor, place, put, secretary, space  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(space, secretary):  # noqa: F811
    def made(road, **more):
        given = {"days": 7, **more}
        return f"/partage/{links.share(at(space, road), by=secretary, at=f.NOW, **given)[1]}/"

    return made


def body(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_whoever_has_the_link_takes_the_file_and_only_openings_are_counted(client, put, share):  # noqa: F811
    put("lettre.txt")
    url = share("lettre.txt")
    answer = client.get(url)
    assert answer.status_code == 200
    soup = BeautifulSoup(answer.content, "html.parser")
    assert "lettre.txt" in soup.h1.text
    assert not answer.cookies
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    taken = client.get(soup.select_one("a.btn-primary[href*=fichier]")["href"])
    assert body(taken) == b"bonjour"
    assert taken["Content-Disposition"].startswith("attachment")
    assert "sandbox" in taken["Content-Security-Policy"]
    assert not taken.cookies
    link = Link.objects.get()
    assert (link.count, link.opened_at) == (1, f.NOW)


@pytest.mark.slow
def test_it_is_over_when_its_time_is_or_when_it_is_stopped(client, put, share, space, secretary, time_machine):  # noqa: F811
    put("lettre.txt")
    url = share("lettre.txt")
    assert client.get(url).status_code == 200

    def is_over():
        answers = (client.get(url), client.get(f"{url}fichier/"), client.post(url, {"password": "x"}))
        return all(one.status_code == 410 and "n’ouvre plus rien" in one.content.decode() for one in answers)

    time_machine.move_to(f.NOW + timedelta(days=7))
    assert is_over()
    time_machine.move_to(f.NOW)
    bin.trash(at(space, "lettre.txt"), by=secretary, at=f.NOW)
    assert is_over()
    from socle.files.models import Entry

    bin.restore(queries.place_of(Entry.objects.get(name="lettre.txt")), by=secretary, at=f.NOW)
    assert client.get(url).status_code == 200
    spaces.suspend_space(space, by=secretary, at=f.NOW)
    assert is_over()
    spaces.resume_space(space, by=secretary, at=f.NOW)
    links.end_link(Link.objects.get(), by=secretary, at=f.NOW)
    assert is_over()


@pytest.mark.parametrize("token", ["x", "a" * 32, "..", "%00", "é", "a" * 5000])
def test_a_link_that_never_was_says_the_same(client, space, token):  # noqa: F811
    answer = client.get(f"/partage/{token}/")
    assert answer.status_code in (404, 410)


def test_a_password_is_asked_and_gives_a_key_for_an_hour(client, put, share, time_machine):  # noqa: F811
    put("lettre.txt")
    url = share("lettre.txt", password="mot de passe donné à part")
    asked = client.get(url)
    assert "demande un mot de passe" in asked.content.decode()
    assert "lettre.txt" not in asked.content.decode()
    assert client.get(f"{url}fichier/").status_code == 403
    assert client.post(url, {"password": "autre"}).status_code == 422
    opened = client.post(url, {"password": "mot de passe donné à part"})
    assert opened.status_code == 200
    assert not opened.cookies
    address = BeautifulSoup(opened.content, "html.parser").select_one("a[href*=fichier]")["href"]
    assert body(client.get(address)) == b"bonjour"
    assert client.get(re.sub(r"cle=.{5}", "cle=AAAAA", address)).status_code == 403
    time_machine.move_to(f.NOW + timedelta(minutes=61))
    assert client.get(address).status_code == 403
    assert Link.objects.get().password.startswith(("md5$", "argon2"))


def test_the_key_of_a_link_opens_no_other(client, put, share):  # noqa: F811
    put("a.txt", b"un")
    put("b.txt", b"deux")
    first, second = (share(name, password="le même mot de passe") for name in ("a.txt", "b.txt"))
    opened = client.post(first, {"password": "le même mot de passe"})
    address = BeautifulSoup(opened.content, "html.parser").select_one("a[href*=fichier]")["href"]
    assert client.get(f"{second}fichier/?{address.partition('?')[2]}").status_code == 403


@pytest.mark.slow
def test_guessing_a_password_is_slowed_whoever_guesses(put, share):  # noqa: F811
    put("a.txt")
    url = share("a.txt", password="mot de passe donné à part")
    seen = []
    for rank in range(40):
        client = Client(SERVER_NAME="localhost", REMOTE_ADDR=f"203.0.113.{rank}")
        seen.append(client.post(url, {"password": f"essai {rank}"}).status_code)
    assert seen[0] == 422
    assert seen[-1] == 429
    # Nor is the right one told apart meanwhile.
    client = Client(SERVER_NAME="localhost", REMOTE_ADDR="203.0.113.99")
    assert client.post(url, {"password": "mot de passe donné à part"}).status_code == 429


@pytest.mark.slow
def test_a_folder_is_walked_within_and_not_above(client, put, share, space, secretary):  # noqa: F811
    entries.make_folder(at(space, "Secrétariat"), "Dedans", by=secretary, at=f.NOW)
    put("Secrétariat/Dedans/a.txt", b"dedans")
    put("Secrétariat/b.txt", b"au-dessus")
    put("c.txt", b"ailleurs")
    url = share("Secrétariat/Dedans")
    page = client.get(url).content.decode()
    assert "a.txt" in page
    assert "b.txt" not in page
    for road, is_open in (("Secrétariat/Dedans/a.txt", True), ("Secrétariat/b.txt", False), ("c.txt", False)):
        pk = at(space, road).entry.pk
        answer = client.get(f"{url}fichier/?dans={pk}")
        assert answer.status_code == (200 if is_open else 404), road
        assert (body(answer) == b"dedans") is is_open
    for pk in (at(space, "Secrétariat").entry.pk, queries.root_of(space).pk, 0, "x", "9" * 30):
        assert client.get(f"{url}?dans={pk}").status_code == (200 if pk == "" else 404)
    bin.trash(at(space, "Secrétariat/Dedans/a.txt"), by=secretary, at=f.NOW)
    assert "a.txt" not in client.get(url).content.decode()


@pytest.mark.slow
def test_a_shared_folder_leaves_as_one_zip_and_nothing_around_it(client, put, share, space, monkeypatch):  # noqa: F811
    put("Secrétariat/Vœux.txt", b"dedans")
    put("c.txt", b"ailleurs")
    url = share("Secrétariat", password="mot de passe donné à part")
    assert client.get(f"{url}dossier.zip").status_code == 403
    opened = client.post(url, {"password": "mot de passe donné à part"})
    address = BeautifulSoup(opened.content, "html.parser").select_one("a[href*='dossier.zip']")["href"]
    answer = client.get(address, HTTP_ACCEPT_ENCODING="gzip")
    content = body(answer)
    assert len(content) == int(answer["Content-Length"])
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        assert {name: bundle.read(name) for name in bundle.namelist()} == {
            "Secrétariat/": b"", "Secrétariat/Vœux.txt": b"dedans",
        }  # fmt: skip
    assert Link.objects.get().count == 1
    for pk in (at(space, "c.txt").entry.pk, at(space, "Secrétariat/Vœux.txt").entry.pk, queries.root_of(space).pk):
        assert client.get(f"{address}&dans={pk}").status_code == 404
    monkeypatch.setattr("socle.files.rules.MOST_BUNDLED", 1)
    refused = client.get(address)
    assert refused.status_code == 409
    assert "une partie à la fois" in refused.content.decode()


def test_a_link_opens_nothing_of_another_mairie(client, put, share, space):  # noqa: F811
    put("a.txt")
    url = share("Secrétariat")
    there = f.beneficiary(f.commune("62001", "Ablain", 1800))
    other = spaces.open_space(there, by=f.user(), at=f.NOW)
    with scope(beneficiary=there):
        root = queries.root_of(other).pk
    assert client.get(f"{url}?dans={root}").status_code == 404
    assert client.get(f"{url}fichier/?dans={root}").status_code == 404


def test_no_cookie_opens_a_link_s_form_so_that_none_is_needed(put, share):  # noqa: F811
    put("a.txt")
    url = share("a.txt", password="mot de passe donné à part")
    strict = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert strict.post(url, {"password": "mot de passe donné à part"}).status_code == 200
