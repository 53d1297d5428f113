"""« Publier »: what a secretary says each week on the site, in forms of one screen, and what is sent back."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from html import unescape

import pillow_heif
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageCms
from wagtail.models import Page

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.people.models import Role
from socle.sections.albums.models import AlbumPage
from socle.sections.events.models import EventPage
from socle.sites.models import Alert, ExceptionalDay, NewsPage
from socle.sites.publishing import actions as publishing
from socle.sites.publishing.actions import publish_waiting
from socle.sites.publishing.freezing import CannotFreeze
from socle.sites.tasks import publish_acts
from tests import factories as f
from tests.mairie.conftest import pdf
from tests.sites.conftest import secretary
from tests.sites.released import drawn, published
from tests.sites.two_communes import signed_in

__all__ = ["published"]
# The library that resizes images leaves its temporary files to the garbage collector.
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def editor(prisches):
    # Whose acts are, when nobody says another.
    f.member(Role.MAYOR, prisches.beneficiary)
    return signed_in(secretary(prisches.beneficiary))


def at(name: str, *args: object) -> str:
    return reverse(f"mairie:{name}", args=args)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


COLOURS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def photograph(name: str = "IMG_2034.png", colour: str = "red") -> SimpleUploadedFile:
    stream = io.BytesIO()
    kind = name.rpartition(".")[2]
    image = Image.new("RGB", (40, 30), colour)
    if kind == "heic":
        # The plugin of the library that opens them is the platform's to load.
        image.info["icc_profile"] = COLOURS
        pillow_heif.from_pillow(image).save(stream)
        return SimpleUploadedFile(name, stream.getvalue())
    turned = Image.Exif()
    turned[0x0112] = 6
    image.save(stream, kind.upper(), **({"exif": turned} if kind == "jpeg" else {}))
    return SimpleUploadedFile(name, stream.getvalue())


# --- Pages ------------------------------------------------------------------------------------------------------------
NEWS = {"title": "Brocante", "words": "Dimanche, place de l’église.\n\nVenez nombreux.", "published_on": "2026-11-25"}


@pytest.mark.slow
def test_a_news_item_of_four_gestures_is_on_the_site(editor, prisches, visit):
    answer = editor.post(at("publish_news"), {**NEWS, "photograph": photograph()})
    assert answer["Location"] == at("publish")
    page = NewsPage.objects.get(slug="brocante")
    assert (page.live, page.summary, page.picture_is_decorative) == (True, "Dimanche, place de l’église.", True)
    shown = text(visit(prisches, "/actualites/brocante/"))
    assert "Dimanche, place de l’église. Venez nombreux." in shown
    assert Entry.objects.about(page).get().verb == "page.published"
    assert "C’est publié : « Brocante »." in text(editor.get(at("publish")))


@pytest.mark.slow
def test_a_photograph_is_described_or_decorates(editor, prisches, visit):
    editor.post(at("publish_news"), {**NEWS, "photograph": photograph(), "shows": "La place un jour de brocante"})
    page = NewsPage.objects.get(slug="brocante")
    assert (page.picture_is_decorative, page.picture_alternative) == (False, "La place un jour de brocante")
    answer = editor.post(
        at("publish_news"), {**NEWS, "title": "Loto", "photograph": photograph(), "shows": "IMG_2034.png"}
    )
    assert answer.status_code == 422
    assert "est le nom d’un fichier" in text(answer)
    assert not NewsPage.objects.filter(title="Loto").exists()


@pytest.mark.slow
def test_the_photograph_of_a_telephone_is_kept_as_every_browser_shows_it(editor, prisches, settings):
    editor.post(at("publish_news"), {**NEWS, "photograph": photograph("IMG_2034.HEIC".lower())})
    image = NewsPage.objects.get(slug="brocante").picture
    assert image.file.name.endswith(".jpg")
    with image.file.open() as file, Image.open(file) as kept:
        assert (kept.format, kept.size, kept.info["icc_profile"]) == ("JPEG", (40, 30), COLOURS)
    settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS = 1_199
    from socle.sites.editor.forms import ScannedImageField

    with pytest.raises(Exception, match="trop de points"):
        ScannedImageField().clean(photograph("grande.heic"))


@pytest.mark.parametrize("missing", ["title", "words"])
def test_a_news_item_without_words_is_sent_back_and_nothing_is_lost(editor, missing):
    answer = editor.post(at("publish_news"), {**NEWS, missing: ""})
    assert answer.status_code == 422
    kept = next(value for name, value in NEWS.items() if name not in (missing, "published_on"))
    assert kept.split("\n")[0] in unescape(answer.content.decode())
    assert not NewsPage.objects.filter(title="Brocante").exists()


def test_a_title_of_signs_alone_is_sent_back(editor):
    answer = editor.post(at("publish_news"), NEWS | {"title": "!!! ???"})
    assert answer.status_code == 422
    assert "au moins une lettre ou un chiffre" in text(answer)


@pytest.mark.slow
def test_what_is_sent_twice_by_two_presses_is_one_page(editor, prisches, time_machine):
    for seconds, pages in ((0, 1), (59, 1), (60, 2)):
        time_machine.move_to(f.NOW + timedelta(seconds=seconds), tick=False)
        assert editor.post(at("publish_news"), NEWS).status_code == 302
        assert NewsPage.objects.filter(title="Brocante").count() == pages, seconds


EVENT = {"title": "Loto", "starts_on": "2026-12-12", "place": "Salle des fêtes"}


@pytest.mark.slow
def test_an_event_opens_the_agenda_and_wants_a_title_a_day_and_a_place(editor, prisches, visit):
    assert not Page.objects.filter(slug="agenda").exists()
    for name in EVENT:
        assert editor.post(at("publish_event"), {**EVENT, name: ""}).status_code == 422
    wrong = editor.post(at("publish_event"), {**EVENT, "ends_on": "2026-12-11"})
    assert "Le dernier jour vient après le premier" in text(wrong)
    assert not Page.objects.filter(slug="agenda").exists()
    assert editor.post(at("publish_event"), EVENT).status_code == 302
    assert "Samedi 12 décembre 2026 Loto" in text(visit(prisches, "/agenda/"))
    assert "Loto" in text(visit(prisches, "/agenda/loto/"))
    assert EventPage.objects.get().summary == ""
    assert Entry.objects.filter(verb="website.section_opened", facts__section="agenda").count() == 1


@pytest.mark.slow
def test_an_album_is_sent_then_described_then_published(editor, prisches, ablain, visit):
    form = {"title": "Fête", "taken_on": "2026-07-14", "credit": "Mairie"}
    assert editor.post(at("publish_album"), form).status_code == 422
    wrong = editor.post(
        at("publish_album"), {**form, "pictures": [photograph("a.png"), SimpleUploadedFile("b.png", b"MZ")]}
    )
    assert "b.png :" in text(wrong)
    assert not AlbumPage.objects.exists()
    answer = editor.post(at("publish_album"), {**form, "pictures": [photograph(f"{n}.png") for n in range(2)]})
    album = AlbumPage.objects.get()
    assert answer["Location"] == at("album", album.pk)
    words = {"shows0": "Le bal", "shows1": ""}
    assert "au moins une photographie" in text(editor.post(at("album", album.pk), {"shows0": "", "shows1": " "}))
    assert "est le nom d’un fichier" in text(editor.post(at("album", album.pk), {**words, "shows1": "IMG_1.png"}))
    assert editor.post(at("album", album.pk), words)["Location"] == at("publish")
    page = BeautifulSoup(drawn(prisches, "/galerie/fete/"), "html5lib")
    assert [image["alt"] for image in page.select(".grid img")] == ["Le bal"]
    # More are added to the draft: what is online does not change.
    editor.post(at("album_add", album.pk), {"pictures": [photograph("c.png")]})
    assert len(BeautifulSoup(editor.get(at("album", album.pk)).content, "html5lib").select(".pictured")) == 3
    # That of another commune is not found.
    theirs = signed_in(secretary(ablain.beneficiary, email="autre@exemple.invalid"))
    for name in ("album", "album_add"):
        assert theirs.post(at(name, album.pk), words).status_code == 404


@pytest.mark.slow
def test_the_first_screen_lists_the_latest_and_leads_to_each_form(editor, django_assert_max_num_queries):
    editor.post(at("publish_news"), NEWS)
    page = BeautifulSoup(editor.get(at("publish")).content, "html5lib")
    leads = {link["href"] for link in page.select("main .tile a")}
    assert leads == {
        at(name)
        for name in ("publish_news", "publish_event", "alerts", "hours", "closings", "publish_act", "publish_album")
    }
    assert "Brocante" in [link.get_text() for link in page.select("main .rows a")]
    # An event is known by its own day, a news item by that of its publication.
    editor.post(at("publish_event"), EVENT)
    said = text(editor.get(at("publish")))
    assert "Loto Événement, le samedi 12 décembre 2026" in said
    assert "Brocante Actualité, le 25 novembre 2026" in said
    with django_assert_max_num_queries(30):
        editor.get(at("publish"))


# --- Hours and closings -----------------------------------------------------------------------------------------------
def test_the_hours_are_corrected_in_one_form(editor, prisches, visit):
    assert 'value="13\u00a0h\u00a030"' in editor.get(at("hours")).content.decode()
    answer = editor.post(at("hours"), {"day1_opens0": "08:15", "day1_closes0": "12:00", "note": ""})
    assert answer.status_code == 302
    assert "8\u00a0h\u00a015\u00a0–\u00a012\u00a0h" in visit(prisches).content.decode()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"day1_opens0": "09:00"}, "donnez l’heure d’ouverture et l’heure de fermeture"),
        ({"day1_opens0": "25:00", "day1_closes0": "12:00"}, "ne se lit pas comme une heure"),
        ({"day1_opens0": "12:00", "day1_closes0": "09:00"}, "après avoir ouvert"),
        (
            {"day1_opens0": "09:00", "day1_closes0": "12:00", "day1_opens1": "11:00", "day1_closes1": "17:00"},
            "se chevauchent",
        ),
        ({"note": "x" * 301}, "300"),
    ],
)
def test_hours_that_do_not_hold_are_sent_back_and_nothing_is_lost(editor, prisches, visit, data, reason):
    before = visit(prisches).content
    answer = editor.post(at("hours"), data)
    assert answer.status_code == 422
    assert reason in answer.content.decode()
    assert visit(prisches).content == before


@pytest.mark.slow
def test_a_closing_is_announced_changed_removed_and_restored(editor, prisches, visit):
    form = {"starts_on": "2026-12-24", "ends_on": "", "reason": "Congés", "opens": "09:00", "closes": ""}
    answer = editor.post(at("closings"), form)
    assert "Donnez l’heure d’ouverture et l’heure de fermeture" in text(answer)
    assert 'value="2026-12-24"' in answer.content.decode()
    assert not ExceptionalDay.objects.exists()
    assert "C’est annoncé" in text(editor.post(at("closings"), {**form, "closes": "11:00"}, follow=True))
    day = ExceptionalDay.objects.get()
    assert "9 h – 11 h (Congés)" in text(visit(prisches, "/contact/"))
    # Its own days do not stand in the way of a change.
    assert 'value="Congés"' in editor.get(at("closing", day.pk)).content.decode()
    editor.post(at("closing", day.pk), {**form, "ends_on": "2026-12-26", "opens": ""})
    day.refresh_from_db()
    assert (day.starts_on, day.ends_on, day.opens, day.closes) == (date(2026, 12, 24), date(2026, 12, 26), None, None)
    assert "du 24 au 26 décembre 2026 (Congés)" in text(visit(prisches, "/contact/"))
    assert Entry.objects.filter(verb="website.day_changed").count() == 1
    assert "Remettre" in text(editor.post(at("closing_remove", day.pk), follow=True))
    assert "remettez-le d’abord" in text(editor.post(at("closing", day.pk), form | {"opens": ""}))
    assert "Congés" not in text(visit(prisches, "/contact/"))
    editor.post(at("closing_restore", day.pk))
    assert "Congés" in text(visit(prisches, "/contact/"))
    assert editor.get(at("closing_remove", day.pk))["Location"] == at("closings")


@pytest.mark.slow
def test_the_public_holidays_are_announced_in_one_press(editor, prisches):
    page = BeautifulSoup(editor.get(at("closings")).content, "html5lib")
    boxes = page.select("input[name=days]")
    assert boxes
    assert all(box.has_attr("checked") for box in boxes)
    # The week of the mairie is from Monday to Friday: the 1st of May 2027 is a Saturday.
    assert "2027-05-01" not in {box["value"] for box in boxes}
    editor.post(at("closings_holidays"), {"days": [box["value"] for box in boxes]})
    assert ExceptionalDay.objects.count() == len(boxes)
    assert "Les jours fériés" not in editor.get(at("closings")).content.decode()
    assert editor.post(at("closings_holidays"), {"days": ["2026-11-26"]}).status_code == 422
    assert ExceptionalDay.objects.count() == len(boxes)


# --- Alerts -----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_alert_of_one_field_is_above_every_page_withdrawn_and_restored(editor, prisches, visit):
    page = BeautifulSoup(editor.get(at("alerts")).content, "html5lib")
    form = {
        field["name"]: field.get("value", "")
        for field in page.select("main form input[name]")
        if field.get("type") != "radio" or field.has_attr("checked")
    }
    answer = editor.post(at("alerts"), {**form, "words": "Route barrée"}, follow=True)
    assert "L’alerte est sur toutes les pages du site." in text(answer)
    assert "Information. Route barrée" in text(visit(prisches))
    assert "1 alerte sur le site" in text(editor.get(at("publish")))
    alert = Alert.objects.get()
    assert alert.ends_at == datetime.combine(date(2026, 11, 28), time(18), PARIS)
    editor.post(at("alert_withdraw", alert.pk))
    assert "Route barrée" not in text(visit(prisches))
    editor.post(at("alert_restore", alert.pk))
    assert "Route barrée" in text(visit(prisches))


def test_a_form_that_lies_is_sent_back_and_nothing_is_written(editor, prisches):
    bad = {"gravity": "9", "words": "x" * 301, "ends_at": "hier", "starts_at": "2026-13-45T99:99"}
    answer = editor.post(at("alerts"), bad)
    assert answer.status_code == 422
    assert "Rien n’est publié" in text(answer)
    for name in ("closing_remove", "alert_withdraw"):
        assert editor.post(at(name, 999999)).status_code == 404
    assert not Alert.objects.exists()


# --- Acts -------------------------------------------------------------------------------------------------------------
ACT = {"kind": "deliberation", "adopted_on": "2026-11-20", "number": "2026-12", "subject": "Tarifs de la cantine"}


def follow_the_site() -> None:
    for act in f.acts().all():
        publish_acts.func(str(act.pk))
    publish_waiting()


@pytest.mark.slow
def test_an_act_of_five_gestures_is_dated_once_the_site_serves_it(editor, prisches, published, time_machine):
    proposed = BeautifulSoup(editor.get(at("publish_act")).content, "html5lib").select_one("#id_number")["value"]
    assert proposed == "2026-01"
    text_of = SimpleUploadedFile("acte.pdf", pdf())
    answer = editor.post(at("publish_act"), {**ACT, "document": text_of})
    act = f.acts().get()
    assert answer["Location"] == at("act", act.pk)
    assert (act.put_online_at, act.published_on) == (None, None)
    assert "La mise en ligne est demandée" in text(editor.get(at("act", act.pk)))
    follow_the_site()
    act.refresh_from_db()
    assert (act.put_online_at, act.published_on) == (f.NOW, f.TODAY)
    assert f"/actes/{act.pk}/acte-{act.pk}.pdf" in act.publication_certificate
    assert "En ligne depuis le 25 novembre 2026" in text(editor.get(at("act", act.pk)))
    assert [line.verb for line in Entry.objects.about(act).order_by("pk")] == [
        "act.recorded", "act.online_asked", "act.put_online",
    ]  # fmt: skip
    # Published anew later, it keeps its day.
    time_machine.move_to(f.NOW.replace(year=2027), tick=False)
    follow_the_site()
    act.refresh_from_db()
    assert act.put_online_at == f.NOW


@pytest.mark.slow
def test_an_act_whose_file_could_not_be_made_is_not_said_to_be_online(editor, prisches, published, monkeypatch):
    def freeze(website, path):
        if path.startswith("/actes/") and path != "/actes/":
            raise CannotFreeze(path)
        return true(website, path)

    true = publishing.freeze
    editor.post(at("publish_act"), {**ACT, "document": SimpleUploadedFile("acte.pdf", pdf())})
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "freeze", freeze)
        follow_the_site()
    assert f.acts().get().put_online_at is None
    follow_the_site()
    assert f.acts().get().put_online_at == f.NOW


@pytest.mark.slow
def test_an_act_pasted_becomes_a_document_that_says_it(editor, prisches):
    import pikepdf

    from socle.documents import actions as documents

    editor.post(at("publish_act"), {**ACT, "words": "Le conseil municipal,\n\nDécide que le repas coûte 3,50 €."})
    act = f.acts().get()
    with pikepdf.open(io.BytesIO(documents.read(act.document))) as made:
        assert made.Root.MarkInfo.Marked
        assert str(made.docinfo["/Title"]) == "Délibération n°\u00a02026-12 – Commune de Prisches"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "Choisissez le PDF de l’acte, ou collez son texte"),
        ({"words": "Le conseil décide.", "document": b""}, None),
        ({"kind": "unqualified", "words": "Mots."}, "Choisissez ce qu’est cet acte"),
        ({"adopted_on": "2026-11-26", "words": "Mots."}, "n’est pas encore venu"),
        ({"number": "", "words": "Mots."}, "nécessaire"),
    ],
)
def test_an_act_that_lacks_something_is_sent_back(editor, prisches, change, says):
    answer = editor.post(at("publish_act"), ACT | change)
    assert answer.status_code == (302 if says is None else 422)
    assert f.acts().count() == (says is None)
    assert says is None or says in text(answer)


@pytest.mark.slow
def test_an_individual_act_is_kept_and_never_goes_online(editor, prisches):
    text_of = SimpleUploadedFile("acte.pdf", pdf())
    page = text(editor.post(at("publish_act"), {**ACT, "kind": "individual", "document": text_of}, follow=True))
    act = f.acts().get()
    assert act.put_online_asked_at is None
    assert "est gardé, et n’est pas mis en ligne" in page
    assert "il se notifie à la personne" in page
    assert "notifie" in text(editor.post(at("act_ask_online", act.pk), follow=True))


# --- Who --------------------------------------------------------------------------------------------------------------
NAMES = ("publish", "publish_news", "publish_event", "publish_album", "hours", "closings", "alerts")


@pytest.mark.slow
def test_a_mairie_without_a_site_is_told_so(db):
    client = signed_in(secretary(f.beneficiary(f.commune("59218", "Étrœungt"))))
    for name in NAMES:
        answer = client.get(at(name))
        assert answer.status_code == 404, name
        assert "Vous n’avez pas encore de site internet" in text(answer)
    assert client.get(at("publish_act"))["Location"] == at("act_record")


@pytest.mark.slow
def test_the_notices_of_another_commune_cannot_be_touched(prisches, ablain):
    from tests.sites.test_notices import alarm, announce

    client = signed_in(secretary(prisches.beneficiary, ablain.beneficiary), active=prisches)
    day, alert = announce(ablain), alarm(ablain)
    assert client.get(at("closing", day.pk)).status_code == 404
    for name, row in (("closing_remove", day), ("closing", day), ("alert_withdraw", alert)):
        assert client.post(at(name, row.pk), {"starts_on": "2026-12-24"}).status_code == 404
    day.refresh_from_db()
    alert.refresh_from_db()
    assert (day.removed_at, alert.withdrawn_at) == (None, None)
    for screen in ("closings", "alerts"):
        shown = client.get(at(screen)).content.decode()
        assert "Coupure" not in shown
        assert "24\u00a0décembre" not in shown


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("horaires/", "hours"),
        ("fermetures/", "closings"),
        ("alertes/", "alerts"),
        ("nouvelle-actualite/", "publish_news"),
        ("nouvel-evenement/", "publish_event"),
        ("galerie/", "publish_album"),
    ],
)
def test_the_address_of_a_screen_that_moved_leads_to_it(editor, old, new):
    answer = editor.get(f"/mairie/site/{old}?commune=")
    assert answer["Location"].partition("?")[0] == at(new)
