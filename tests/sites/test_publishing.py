"""The sites as files: what is written, what a change renews, and what a reader gets at each instant."""

from __future__ import annotations

import errno
import gzip
import re
import shutil
from datetime import date, datetime, time, timedelta

import brotli
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.urls import get_urlconf
from django.utils.html import strip_tags
from django_scopes import scope
from django_tasks_db.models import DBTaskResult, get_date_max
from wagtail.models import Page

from socle.deliberations.actions import qualify
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.journal import actions as journal
from socle.lib.findings import Severity
from socle.operations import doctor
from socle.people.models import User
from socle.programme.models import Partner, Programme
from socle.provisioning.models import Right
from socle.quality.upkeep import score
from socle.quality.upkeep.tasks import score_sites
from socle.sites import actions, exceptional_days, tasks
from socle.sites.actions import Opening
from socle.sites.exceptional_days import Wanted
from socle.sites.models import (
    Change,
    CommuneDocument,
    NewsIndexPage,
    NewsPage,
    Publication,
    PublishedFile,
    StandardPage,
)
from socle.sites.publishing import folders, freezing
from socle.sites.publishing.actions import (
    changed,
    changed_everywhere,
    note_acts,
    note_new_day,
    note_new_look,
    note_unserved,
    publish_site,
    publish_waiting,
)
from socle.sites.publishing.freezing import request_for
from tests import factories as f
from tests.disks import filled, small_disk
from tests.sites.conftest import equipped
from tests.sites.released import (
    add_news,
    index_of,
    marks,
    picture,
    publish_page,
    published,
    served,
    written_by,
)

__all__ = ["published"]

# Each writes a site on the disk, of a dozen pages or more: one second, or two.
pytestmark = pytest.mark.slow


def test_a_site_is_whole_on_the_disk_each_page_as_it_is_answered(prisches, visit):
    publish_waiting()
    files = served(prisches)
    for path in ("/", "/actualites/", "/contact/", "/accessibilite/", "/robots.txt", "/sitemap.xml"):
        assert files[str(folders.file_of(path))] == visit(prisches, path).content, path
    assert "Cette page n’existe pas" in files["404.html"].decode() or "404" in files["404.html"].decode()
    # What the pages need is there too: readers need nothing from the platform.
    for page in (content.decode() for name, content in files.items() if name.endswith(".html")):
        for asset in freezing.assets_of(page):
            assert asset[1:] in files, asset
    assert any(name.startswith("couleurs/") for name in files)
    assert any(name.startswith("static/") for name in files)


def test_an_address_badly_written_hides_no_file_of_its_page():
    page = (
        '<a href="http://[exemple.fr/">non</a> <a href="//exemple.fr/media/b.png">ailleurs</a> <img src="/media/a.png">'
        '<a href="https://ici.fr/documents/1/a.pdf#page=2">le plan</a> <a href="/media/c.png?x=1">une demande</a>'
    )
    assert freezing.assets_of(page, "https://ici.fr") == {"/media/a.png", "/documents/1/a.pdf"}


def test_each_text_is_compressed_once_and_says_the_same(prisches):
    publish_waiting()
    top = folders.root() / "hosts" / prisches.host
    page = (top / "index.html").read_bytes()
    assert brotli.decompress((top / "index.html.br").read_bytes()) == page
    assert gzip.decompress((top / "index.html.gz").read_bytes()) == page
    assert (top / "index.html.br").stat().st_size < len(page) / 2


def test_the_hours_renew_the_pages_that_show_them_and_no_other(prisches):
    week = [Opening(6, time(10), time(11, 45))]
    written = written_by(prisches, lambda: actions.correct_hours(prisches, week, by=f.user(), at=f.NOW))
    pages = {name for name in served(prisches) if name.endswith("index.html")} | {"404.html", "_/503.html"}
    # What is found on the site holds the hours, so that whoever looks for them is led to them.
    assert written == pages | {"recherche.json"}
    assert "robots.txt" not in written


def test_the_legal_notice_follows_who_hosts_the_site_in_whatever_order_they_come(
    prisches, ablain, settings, django_capture_on_commit_callbacks
):
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"
    notice, data = "mentions-legales/index.html", "donnees-personnelles/index.html"
    publish_waiting()
    assert "dont dépend la commune" in served(prisches)[notice].decode(), "no programme yet"
    pack = f.programme()

    def load():
        with django_capture_on_commit_callbacks(execute=True):
            journal.record("programme.loaded", pack, by=f.user(), at=f.NOW)

    assert written_by(prisches, load) == {notice, data}
    assert "Syndicat mixte d’essai" in served(prisches)[notice].decode()
    assert "Syndicat mixte d’essai" in served(ablain)[notice].decode()
    # The right to this site, and to no other, comes to be given by another programme.
    agreement, service = f.signed_agreement(prisches.beneficiary), pack.services.get(code="site-internet")
    second = Programme.objects.get(pk=pack.pk)
    for copied in (second, service):
        copied.pk, copied._state.adding = None, True
    second.code, second.number_prefix = "autre", "AUT"
    second.save()
    service.programme = second
    service.save()
    other = f.operator("autre", "Autre syndicat", 9)
    Partner.objects.create(programme=second, operator=other, part=Partner.Part.LEAD, sees_money=True)

    def give(service=service):
        with scope(beneficiary=prisches.beneficiary), django_capture_on_commit_callbacks(execute=True):
            right = Right.objects.create(
                beneficiary=prisches.beneficiary, service=service, agreement=agreement, opened_at=f.NOW
            )
            journal.record("right.opened", right, by=f.user(), at=f.NOW)

    give(pack.services.get(code="messagerie"))
    assert not Change.objects.exists()
    assert written_by(prisches, give) == {notice, data}
    assert "Autre syndicat" in served(prisches)[notice].decode()
    assert "Syndicat mixte d’essai" in served(ablain)[notice].decode()
    # A batch opens many: what waits is done with what runs.
    with scope(beneficiary=prisches.beneficiary):
        waiting = Right.objects.get(service=service)
    DBTaskResult.objects.create(
        task_path=tasks.publish_host.module_path, args_kwargs={"args": [str(waiting.pk)], "kwargs": {}},
        queue_name="default", backend_name="default", run_after=get_date_max(), priority=0, status="READY",
        exception_class_path="", traceback="",
    )  # fmt: skip
    tasks.publish_host.call("0")
    assert [(one.website_id, one.key) for one in Change.objects.all()] == [(prisches.pk, "host")]


def test_an_exceptional_day_is_found_once_announced_and_leaves_with_its_day(prisches, time_machine):
    time_machine.move_to(f.NOW)
    wanted = Wanted(date(2026, 12, 24), date(2026, 12, 24), "Réveillon")

    def announce():
        exceptional_days.announce_day(prisches, wanted, by=f.user(), at=f.NOW)

    assert "recherche.json" in written_by(prisches, announce)
    assert "Réveillon" in served(prisches)["recherche.json"].decode()
    time_machine.move_to(f.NOW + timedelta(days=40))
    tasks.follow_the_day.call()
    publish_waiting()
    assert "Réveillon" not in served(prisches)["recherche.json"].decode()


def test_a_news_item_renews_the_home_the_list_and_the_maps_and_no_other(prisches):
    f.open_site(prisches)
    written = written_by(prisches, lambda: add_news(prisches))
    assert written == {
        "index.html", "actualites/index.html", "actualites/brocante/index.html", "sitemap.xml", "actualites.atom",
        "recherche.json",
    }  # fmt: skip


def test_a_picture_arrives_with_the_page_that_shows_it_and_is_renewed_with_it(prisches):
    image = picture(prisches)
    written = written_by(prisches, lambda: add_news(prisches, picture=image, picture_alternative="La place."))
    assert sum(name.startswith("media/") for name in written) >= 1

    def rename():
        image.focal_point_x = image.focal_point_y = image.focal_point_width = image.focal_point_height = 100
        image.save()

    again = written_by(prisches, rename)
    assert "contact/index.html" not in again
    assert any(name.startswith("media/") for name in again)


def test_what_is_withdrawn_is_no_longer_served_and_its_picture_lingers_a_day(prisches, time_machine):
    time_machine.move_to(f.NOW)
    page = add_news(prisches, picture=picture(prisches))
    publish_waiting()
    media = {name for name in served(prisches) if name.startswith("media/")}
    page.unpublish()
    publish_waiting()
    files = served(prisches)
    assert "actualites/brocante/index.html" not in files
    assert b"Brocante" not in files["index.html"] + files["actualites/index.html"] + files["sitemap.xml"]
    assert media <= set(files)
    # Shown again, it lingers anew from the day when it is withdrawn again.
    page.save_revision().publish()
    publish_waiting()
    time_machine.move_to(f.NOW + timedelta(days=2))
    page.refresh_from_db()
    page.unpublish()
    publish_waiting()
    assert "actualites/brocante/index.html" not in served(prisches)
    assert media <= set(served(prisches))
    time_machine.move_to(f.NOW + timedelta(days=4))
    changed(prisches.pk, "look", at=f.NOW)
    publish_waiting()
    assert not media & set(served(prisches))
    assert not PublishedFile.objects.filter(path__startswith="/media/").exists()


def test_a_file_that_no_page_shows_is_not_public_by_its_number(prisches, visit):
    def kept(name):
        file = ContentFile(b"x", name=f"{name}.pdf")
        return CommuneDocument.objects.create(title=name, file=file, collection=prisches.collection)

    def seen(document):
        answer = visit(prisches, document.url)
        # Read to its end, which closes the file.
        assert (answer.getvalue() == b"x") == (answer.status_code == 200)
        return answer.status_code

    lonely, drafted, linked, typed = (kept(name) for name in ("seul", "projet", "joint", "colle"))
    draft = StandardPage(title="Projet", slug="projet", live=False, body=[("file", {"document": drafted, "title": ""})])
    Page.objects.get(pk=prisches.root_page_id).specific.add_child(instance=draft)
    assert [seen(one) for one in (lonely, drafted, linked, typed)] == [404] * 4
    page = add_news(prisches, title="Fête", body=[("file", {"document": linked, "title": ""})])
    assert seen(linked) == 200, "its page is public before its files are made"
    # Pasted as one reads it in a browser: a whole address of the site's own.
    address = f"{prisches.root_url}{typed.url}"
    add_news(prisches, title="Tri", body=[("text", f'<p><a href="{address}">consignes</a></p>')])
    publish_waiting()
    assert [seen(one) for one in (lonely, drafted, linked, typed)] == [404, 404, 200, 200]
    files = served(prisches)
    assert [one.url[1:] in files for one in (lonely, drafted, linked, typed)] == [False, False, True, True]
    page.unpublish()
    publish_waiting()
    assert [seen(one) for one in (linked, typed)] == [404, 200]


def test_a_long_list_has_its_own_addresses_and_every_page_of_it_is_a_file(prisches, visit):
    for number in range(14):
        index_of(prisches).add_child(instance=NewsPage(title=f"Nouvelle {number}", summary="Une phrase."))
    publish_waiting()
    files = served(prisches)
    assert "actualites/page/2/index.html" in files
    assert b'href="/actualites/page/2/"' in files["actualites/index.html"]
    assert b'href="/actualites/"' in files["actualites/page/2/index.html"]
    for path in ("/actualites/page/1/", "/actualites/page/9/", "/actualites/page/0/", "/actualites/page/x/"):
        assert visit(prisches, path).status_code == 404


def test_a_page_that_moves_takes_its_address_everywhere(prisches):
    parent = StandardPage(title="Vie locale", slug="vie-locale")
    prisches.root_page.specific.add_child(instance=parent)
    publish_page(parent)
    child = StandardPage(title="Salle", slug="salle")
    parent.add_child(instance=child)
    publish_page(child)
    publish_waiting()
    parent.slug = "vivre-ici"
    publish_page(parent)
    publish_waiting()
    files = served(prisches)
    assert "vivre-ici/salle/index.html" in files
    assert not any(name.startswith("vie-locale/") for name in files)
    assert b"/vie-locale/" not in b"".join(files.values())


def test_a_closed_site_is_left_to_the_platform_and_comes_back(prisches):
    publish_waiting()
    actions.suspend_site(prisches, by=f.user(), at=f.NOW)
    publish_waiting()
    assert not (folders.root() / "hosts" / prisches.host).exists()
    actions.resume_site(prisches, by=f.user(), at=f.NOW)
    publish_waiting()
    assert "index.html" in served(prisches)


def test_another_host_replaces_the_former_one(prisches, settings):
    f.open_site(prisches)
    publish_waiting()
    former = prisches.host
    settings.SITES_DOMAIN = "communes.exemple.invalid"
    website = actions.create_site(prisches.beneficiary, by=f.user(), at=f.NOW)
    publish_waiting()
    assert website.host != former
    assert not (folders.root() / "hosts" / former).exists()
    assert website.host.encode() in served(website)["sitemap.xml"]


def test_a_clock_that_goes_a_day_ahead_and_back_leaves_no_site_on_the_hours_of_tomorrow(prisches, time_machine):
    time_machine.move_to(f.NOW + timedelta(days=1))
    publish_waiting()
    assert note_new_day(at=f.NOW + timedelta(days=1)) == 0
    time_machine.move_to(f.NOW)
    assert note_new_day(at=f.NOW) == 1
    assert note_new_day(at=f.NOW) == 0
    assert publish_waiting() == 1
    assert Publication.objects.get().dated_at == f.NOW


def test_a_new_day_renews_what_depends_on_the_date_once(prisches, time_machine):
    time_machine.move_to(f.NOW)
    publish_waiting()
    assert note_new_day(at=f.NOW + timedelta(minutes=1)) == 0
    time_machine.move_to(f.NOW + timedelta(days=1))
    assert note_new_day(at=f.NOW + timedelta(days=1)) == 1
    assert note_new_day(at=f.NOW + timedelta(days=1)) == 0
    assert publish_waiting() == 1
    assert not Change.objects.exists()


def test_a_page_that_fails_keeps_its_old_file_and_does_not_stop_the_others(prisches, monkeypatch):
    publish_waiting()
    before = served(prisches)
    render = NewsIndexPage.get_context

    def fail(self, *args, **kwargs):
        raise RuntimeError("une panne")

    monkeypatch.setattr(NewsIndexPage, "get_context", fail)
    actions.correct_facts(prisches, {"phone": "03 20 00 00 00"}, by=f.user(), at=f.NOW)
    addresses = get_urlconf()
    done = publish_site(prisches.pk, at=f.NOW)
    assert done is not None
    # The worker that published goes back to the platform's addresses.
    assert get_urlconf() == addresses
    assert done.problems == ("/actualites/\u00a0: le site répond 500",) or "RuntimeError" in done.problems[0]
    after = served(prisches)
    assert after["actualites/index.html"] == before["actualites/index.html"]
    assert b"03 20 00 00 00" in after["contact/index.html"]
    prisches.publication.refresh_from_db()
    assert "/actualites/" in prisches.publication.problem
    monkeypatch.setattr(NewsIndexPage, "get_context", render)


@time_machine.travel(f.NOW)
def test_a_site_without_its_first_page_is_never_served_and_is_tried_again(prisches, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("une panne")

    with monkeypatch.context() as patch:
        patch.setattr("socle.sites.models.pages.frame_for", fail)
        assert publish_waiting() == 1
    assert not (folders.root() / "hosts" / prisches.host).exists()
    prisches.publication.refresh_from_db()
    assert prisches.publication.problem.startswith("/\u00a0: le site répond 500")
    assert note_new_day(at=f.NOW + timedelta(days=400)) == 1
    publish_waiting()
    assert "index.html" in served(prisches)


def test_killed_before_the_swap_what_was_served_goes_on_and_the_next_one_converges(prisches, monkeypatch):
    publish_waiting()
    before = served(prisches)
    add_news(prisches)

    def killed(slug, name):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folders, "serve", killed)
        with pytest.raises(KeyboardInterrupt):
            publish_waiting()
    assert served(prisches) == before
    publish_waiting()
    assert "actualites/brocante/index.html" in served(prisches)
    assert not Change.objects.exists()


@pytest.mark.slow
def test_on_a_full_disk_nothing_is_left_half_written_what_was_served_goes_on_and_a_sentence_says_why(
    prisches, settings
):
    with small_disk(4) as disk:
        settings.PUBLISHED_ROOT = disk
        publish_waiting()
        before, laid = served(prisches), sorted(path for path in disk.rglob("*"))
        add_news(prisches)
        with filled(disk), pytest.raises(CommandError, match=r"est plein.*rien n’a changé en ligne"):
            call_command("publish")
        assert sorted(path for path in disk.rglob("*")) == laid
        assert served(prisches) == before
        prisches.publication.refresh_from_db()
        assert "est plein" in prisches.publication.problem
        # What changed is still noted, and the next tick publishes it.
        publish_waiting()
        assert "actualites/brocante/index.html" in served(prisches)
        prisches.publication.refresh_from_db()
        assert prisches.publication.problem == ""


@pytest.mark.parametrize("where", ["_write", "_point"])
def test_a_disk_that_refuses_one_site_keeps_no_other_from_being_published(where, prisches, monkeypatch):
    """At its hundredth file, or at the swap: whatever the disk says, in French, and the task does not fail."""
    real, told = getattr(folders, where), []

    def refused(target, *args):
        told.append(target)
        if len(told) > 5 or where == "_point":
            raise OSError(errno.EIO, "Input/output error")
        return real(target, *args)

    monkeypatch.setattr(folders, where, refused)
    assert publish_waiting() == 1
    home = folders.home_of(prisches.slug)
    assert [entry.name for entry in home.iterdir() if folders.RELEASE.fullmatch(entry.name)] == []
    monkeypatch.undo()
    publish_waiting()
    assert "index.html" in served(prisches)


def test_a_folder_that_was_lost_is_made_again(prisches):
    publish_waiting()
    before = served(prisches)
    for entry in folders.home_of(prisches.slug).iterdir():
        if folders.RELEASE.fullmatch(entry.name):
            for path in entry.rglob("contact/*"):
                path.unlink()
    add_news(prisches)
    publish_waiting()
    assert set(before) <= set(served(prisches))


@pytest.mark.parametrize("lost", ["everything", "one file"])
def test_what_readers_do_not_find_any_more_is_published_again_byte_for_byte(prisches, capsys, lost):
    publish_waiting()
    before, dates = served(prisches), dict(PublishedFile.objects.values_list("path", "changed_at"))
    assert note_unserved(at=f.NOW) == 0
    if lost == "everything":
        # As after a restoration on another machine: the base says that all is published, and no file is there.
        shutil.rmtree(folders.root())
        examined = next(doctor.examine(only=["sites"]))
        assert prisches.host in examined.findings[0].says
        assert examined.findings[0].remedy == f"socle publish {prisches.host}"
        assert note_unserved(at=f.NOW) == 1
        publish_waiting()
    else:
        (folders.home_of(prisches.slug) / "current/contact/index.html").unlink()
        call_command("publish", all=True)
    assert served(prisches) == before
    assert dict(PublishedFile.objects.values_list("path", "changed_at")) == dates
    assert next(doctor.examine(only=["sites"])).severity is Severity.OK


def test_old_releases_are_swept(prisches):
    for number in range(5):
        actions.correct_facts(prisches, {"phone": f"03 20 00 00 0{number}"}, by=f.user(), at=f.NOW)
        publish_waiting()
    releases = [entry for entry in folders.home_of(prisches.slug).iterdir() if folders.RELEASE.fullmatch(entry.name)]
    assert len(releases) == folders.KEPT


@pytest.mark.parametrize(
    "path",
    ["/../x", "/a/../b/", "//ailleurs/", "/a b/", "/.cache/", "/%2e%2e/", "/é/", "/a\n/", "a/", "/a//b/", "/a?b"],
)
def test_an_address_that_is_no_place_in_the_site_is_never_a_file(prisches, path):
    with pytest.raises(freezing.CannotFreeze):
        freezing.freeze(prisches, path)


def test_one_site_never_publishes_in_the_folder_of_another(prisches, ablain):
    publish_waiting()
    add_news(ablain)
    before = marks(prisches)
    publish_waiting()
    assert marks(prisches) == before
    assert b"Prisches" not in b"".join(content for name, content in served(ablain).items() if name.endswith(".html"))


def test_the_command_makes_everything_anew_and_refuses_a_name_it_does_not_know(prisches, capsys):
    call_command("publish")
    assert "Sites publiés\u00a0: 1" in capsys.readouterr().out
    call_command("publish", prisches.host)
    assert "adresses écrites\u00a0: 0" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Aucun site à ce nom"):
        call_command("publish", "ailleurs.localhost")


def test_acts_that_change_renew_the_pages_that_list_them(prisches):
    publish_waiting()
    act = f.act(prisches.beneficiary)
    journal.record("act.published", act, by=f.user(), at=f.NOW)
    note_acts(str(act.pk), at=f.NOW)
    assert [change.key for change in Change.objects.all()] == ["acts"]
    note_acts("999999", at=f.NOW)


def test_the_public_reads_a_declared_date_and_never_an_individual_act(prisches, visit):
    kept = documents.keep(
        b"%PDF-1.7", title="x", filename="x.pdf", beneficiary=prisches.beneficiary, by=f.user(), at=f.NOW
    )
    act = f.act(prisches.beneficiary, "2026-88", subject="Aide exceptionnelle", document=kept)
    unknown = f.act(prisches.beneficiary, "2026-89", subject="Ancien acte", kind=Act.Kind.UNQUALIFIED)
    online_at = f.NOW.replace(microsecond=322993)
    f.act(prisches.beneficiary, "2026-90", subject="Tarif", put_online_asked_at=online_at, put_online_at=online_at,
          online_sha256="a" * 64, mode="electronic", author_name="Ada Roi", author_quality="maire")  # fmt: skip
    publish_waiting()
    place = f"actes/{act.pk}/acte-{act.pk}.pdf"
    assert place in served(prisches)
    for page in ("index.html", "actes/index.html"):
        said = " ".join(strip_tags(served(prisches)[page].decode().replace("&nbsp;", " ")).split())
        assert "publié le 3 octobre 2026 (date déclarée)" in said.replace("\u00a0", " "), page
        assert said.count("mis en ligne le") == 1
        assert "Ada Roi, maire" in said
        # Machines read an instant to the second: more than three digits of a fraction are not valid HTML.
        moments = re.findall(r'<time datetime="([^"]*T[^"]*)"', served(prisches)[page].decode())
        assert [datetime.fromisoformat(moment) for moment in moments] == [f.NOW.replace(microsecond=0)], page
        assert unknown.subject not in said
    # Its people say what it is: it appears.
    with scope(beneficiary=prisches.beneficiary):
        qualify(unknown, kind=Act.Kind.DELIBERATION, by=User.objects.system(), at=f.NOW)
    note_acts(str(unknown.pk), at=f.NOW)
    publish_waiting()
    assert unknown.subject in served(prisches)["actes/index.html"].decode()
    # Or it leaves the site at once, its text too, whatever the time others linger.
    with scope(beneficiary=prisches.beneficiary):
        qualify(act, kind=Act.Kind.INDIVIDUAL, by=User.objects.system(), at=f.NOW)
    note_acts(str(act.pk), at=f.NOW)
    publish_waiting()
    files = served(prisches)
    assert place not in files
    assert visit(prisches, f"/{place}").status_code == 404
    assert not [name for name, content in files.items() if act.subject.encode() in content]
    assert unknown.subject in files["actes/index.html"].decode()


def test_another_release_of_the_platform_makes_the_pages_anew(prisches):
    publish_waiting()
    assert note_new_look(at=f.NOW) == 0
    Publication.objects.update(look="ancienne")
    assert (note_new_look(at=f.NOW), note_new_look(at=f.NOW)) == (1, 0)
    publish_waiting()
    assert note_new_look(at=f.NOW) == 0


def test_what_comes_after_everything_else_lets_a_publication_pass_between_two_sites(prisches):
    publish_waiting()
    score.keep_due(at=f.NOW)
    other = equipped("62005", "Audresselles")
    actions.correct_facts(prisches, {"phone": "03 20 00 00 00"}, by=f.user(), at=f.NOW)
    DBTaskResult.objects.all().delete()
    urgent = DBTaskResult.objects.create(
        task_path="socle.sites.tasks.publish",
        args_kwargs={"args": [other.pk], "kwargs": {}},
        queue_name="default",
        backend_name="default",
        priority=10,
        run_after=get_date_max(),
    )
    assert tasks.publish_waiting.func() == 1
    assert Change.objects.exists()
    urgent.delete()
    assert tasks.publish_waiting.func() == 1
    assert not Change.objects.exists()
    # The same for what examines the sites: a piece of work as low, or lower, does not count.
    DBTaskResult.objects.create(
        task_path="socle.quality.upkeep.tasks.score_sites",
        args_kwargs={"args": [], "kwargs": {}},
        queue_name="default",
        backend_name="default",
        priority=-10,
        run_after=get_date_max(),
    )
    assert score_sites.func() == 2


@pytest.mark.parametrize("path", ["/fête/?page=2", "/f%C3%AAte/?page=2"])
def test_an_address_with_an_accent_is_asked_as_a_browser_does(prisches, path):
    request = request_for(prisches, path)
    assert (request.path, request.GET["page"]) == ("/fête/", "2")


@pytest.mark.parametrize(
    ("is_urgent", "count", "enqueued"), [(True, 2, 1), (True, 0, 0), (False, 2, 0)], ids=["urgent", "no site", "behind"]
)
def test_a_change_of_many_sites_goes_ahead_of_the_others_when_it_is_urgent(
    prisches, ablain, settings, is_urgent, count, enqueued
):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    chosen = [prisches.pk, ablain.pk, prisches.pk][: count + 1 if count else 0]
    Change.objects.all().delete()
    changed_everywhere(chosen, "notices", at=f.NOW, is_urgent=is_urgent)
    assert DBTaskResult.objects.filter(task_path="socle.sites.tasks.publish_urgent").count() == enqueued
    assert Change.objects.count() == count
