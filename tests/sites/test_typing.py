"""What a secretary types in the form of a page: hours as people write them, and what she is told."""

import gettext
import re
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.conf import settings
from django.contrib.messages import get_messages
from django.utils.translation import gettext as _
from wagtail.images.forms import get_image_form
from wagtail.models import Page

from socle.mairie.publishing.forms import HoursForm
from socle.people.models import Role
from socle.sections.events.actions import open_agenda
from socle.sections.events.models import EventIndexPage, EventPage
from socle.sites.models import CommuneImage, NewsPage
from socle.ui.fields import HourField, MomentField
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.forged_forms import news_form
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/"
pytestmark = pytest.mark.django_db


def event_form(**fields):
    """The form of an event, as the page posts it."""
    form = news_form(title="Vœux du maire", slug="", starts_on="2027-01-15", place="Salle des fêtes", rhythm="once")
    for name in ("TOTAL", "INITIAL", "MIN_NUM"):
        form[f"skipped_days-{name}_FORMS"] = "0"
    del form["published_on"]
    return {
        **form, "skipped_days-MAX_NUM_FORMS": "1000", "start_time": "", "ends_on": "", "end_time": "",
        "repeats_until": "", "contact": "", "price": "", **fields,
    }  # fmt: skip


@pytest.fixture
def author(prisches):
    return signed_in(secretary(prisches.beneficiary))


def add_address(of, kind):
    """The address of the form of a new page under the index of this site."""
    index = of.objects.get()
    return f"{SITE}pages/add/{'events' if kind == 'eventpage' else 'websites'}/{kind}/{index.pk}/"


@pytest.fixture
def new_event(prisches):
    open_agenda(prisches, by=f.user(), at=f.NOW)
    return add_address(EventIndexPage, "eventpage")


def said_in(answer):
    """The messages of an answer, as they are read."""
    return plain(BeautifulSoup(answer.content, "html5lib").select_one(".messages"))


def plain(element):
    """The text of an element, its spaces of all kinds made one."""
    return " ".join(element.get_text().split())


@pytest.mark.parametrize("typed", ["18:30", "18h30", "18 h 30", "18.30"])
@pytest.mark.slow
def test_the_hour_of_an_event_is_kept_as_it_is_typed(author, new_event, typed):
    assert author.post(new_event, event_form(start_time=typed, end_time="21h")).status_code == 302
    event = EventPage.objects.get()
    assert (event.start_time, event.end_time) == (time(18, 30), time(21))


@pytest.mark.slow
def test_an_hour_that_cannot_be_read_is_said_and_kept_in_its_field(author, new_event):
    answer = author.post(new_event, event_form(start_time="18h3"))
    screen = BeautifulSoup(answer.content, "html5lib")
    assert not EventPage.objects.exists()
    field = screen.select_one("#id_start_time")
    assert field["value"] == "18h3"
    assert "« 18h3 » ne se lit pas comme une heure : écrivez par exemple 18 h 30, ou 18 h." in plain(screen)
    assert "C’est ici : Heure de début" in said_in(answer)


@pytest.mark.slow
def test_no_picker_opens_over_the_form_of_an_event(author, new_event):
    screen = BeautifulSoup(author.get(new_event).content, "html5lib")
    assert not re.search(r"init(Date|Time|DateTime)Chooser\(", str(screen))
    assert screen.select_one("#id_starts_on")["type"] == "date"
    assert screen.select_one("#id_start_time")["type"] == "text"
    assert screen.select_one("#id_go_live_at")["type"] == "datetime-local"
    assert "Par exemple 18 h 30." in plain(screen)
    # The example is of hours only, and what the model says stays beside it.
    assert "Vide : toute la journée. Par exemple 18 h 30." in plain(screen)


def test_the_week_of_the_mairie_reads_hours_the_same_way(prisches):
    form = HoursForm({"day1_opens0": "8h30", "day1_closes0": "12 h"}, facts=prisches.facts)
    assert form.is_valid(), form.errors
    assert form.openings()[0].opens == time(8, 30)
    assert "ne se lit pas" in str(HoursForm({"day1_opens0": "demain"}, facts=prisches.facts).errors["day1_opens0"])


@pytest.mark.parametrize(
    "typed", ["2026-12-24T18:30", "24/12/2026 18h30", "24/12/2026 à 18 h 30", "24/12/2026, 18.30", "24/12/2026 18:30"]
)
def test_a_moment_is_read_at_the_hour_of_paris(typed):
    assert MomentField().clean(typed) == datetime(2026, 12, 24, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["31/02/2026 18h30", "24/12/2026 25h", "bientôt", "24/12/2026 18h3"])
def test_a_moment_that_cannot_be_read_is_said(typed):
    with pytest.raises(forms.ValidationError, match="Ce moment ne se lit pas"):
        MomentField().clean(typed)
    assert HourField(required=False).clean("  ") is None


def test_midnight_is_an_hour():
    assert HourField().clean("0h") == time(0)
    assert MomentField().clean("24/12/2026 0h") == datetime(2026, 12, 23, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "address"),
    [("Vœux du maire", "voeux-du-maire"), ("Ægidius", "aegidius"), ("L’école", "lecole"), ("★ !", "page")],
)
@pytest.mark.slow
def test_the_address_of_a_page_keeps_the_letters_of_its_title(author, new_event, title, address):
    author.post(new_event, event_form(title=title))
    assert EventPage.objects.get().slug == address


@pytest.mark.slow
def test_two_titles_of_signs_have_two_addresses_and_an_address_stays(author, new_event):
    for title in ("★", "…", "œ" * 255):
        author.post(new_event, event_form(title=title))
    first, second, long = EventPage.objects.order_by("pk")
    assert (first.slug, second.slug) == ("page", "page-2")
    assert len(long.slug) <= 255
    EventPage.objects.filter(pk=first.pk).update(slug="vux-du-maire")
    author.post(f"{SITE}pages/{first.pk}/edit/", event_form(title="Vœux", slug="vux-du-maire"))
    assert EventPage.objects.get(pk=first.pk).slug == "vux-du-maire"


@pytest.mark.slow
def test_what_is_asked_of_a_page_already_published_is_said_truly(author, prisches):
    mayor = f.member(Role.MAYOR, prisches.beneficiary, email="maire@exemple.invalid")
    index = Page.objects.get(slug="actualites")
    author.post(f"{SITE}pages/add/websites/newspage/{index.pk}/", news_form())
    page = NewsPage.objects.get(title="Nouvelle")
    assert page.live
    form = news_form(title="Corrigée", **{"action-ask-review": "oui"})
    del form["action-publish"]
    asked = author.post(f"{SITE}pages/{page.pk}/edit/", form)
    said = said_in(author.get(asked["Location"]))
    assert "c’est enregistré. Rien de nouveau n’est publié." in said
    author.post(asked["Location"], {"of": str(mayor.pk), "word": ""})
    said = said_in(author.get(SITE))
    assert "La page publiée reste telle qu’elle est : votre correction, enregistrée, ne paraît pas encore." in said
    assert NewsPage.objects.get(pk=page.pk).title == "Nouvelle"


@pytest.mark.slow
def test_a_refusal_says_how_many_things_and_leads_to_the_first(author, new_event):
    answer = author.post(new_event, event_form(starts_on="", place=""))
    said = said_in(answer)
    assert "Rien n’est publié : 2 points sont à corriger. Le premier : Jour." in said
    link = BeautifulSoup(answer.content, "html5lib").select_one(".messages a.first-fault")
    assert link["href"] == "#id_starts_on"
    form = event_form(starts_on="")
    del form["action-publish"]
    assert "Rien de nouveau n’est enregistré : un point est à corriger." in said_in(author.post(new_event, form))


@pytest.mark.slow
def test_a_refusal_leads_into_a_line_as_well(author, new_event):
    lines = {"skipped_days-TOTAL_FORMS": "1", "skipped_days-0-skipped_on": "demain", "skipped_days-0-ORDER": "1"}
    answer = author.post(new_event, event_form(ends_on="2027-01-14", **lines))
    said = said_in(answer)
    assert "2 points sont à corriger" in said
    assert "Le premier : Dernier jour." in said
    only_a_line = author.post(new_event, event_form(**lines))
    link = BeautifulSoup(only_a_line.content, "html5lib").select_one(".messages a.first-fault")
    assert link["href"] == "#id_skipped_days-0-skipped_on"
    elsewhere = author.post(new_event, event_form(title="Vœux", summary="x" * 401, **lines))
    assert "2 points" in said_in(elsewhere)


@pytest.mark.slow
def test_the_words_of_an_image_are_asked_before_the_refusal(author, new_event):
    screen = plain(BeautifulSoup(author.get(new_event).content, "html5lib"))
    assert "Description de l’image (obligatoire avec une image)" in screen
    assert "ce qu’on y voit" in screen
    assert "elle apprend" not in screen


def test_an_image_is_said_to_weigh_what_is_refused(author):
    field = get_image_form(CommuneImage)().fields["file"]
    assert field.help_text.replace("\u00a0", " ") == "AVIF, GIF, HEIC, JPEG, PNG ou WebP, de 10 Mo au plus."
    assert field.max_upload_size == 10 * 1024**2
    assert "10\u00a0Mo au plus" in field.error_messages["file_too_large"] % {"file_size": "", "max_filesize": ""}


def test_an_empty_chooser_of_images_says_what_to_do(author):
    said = author.get(f"{SITE}images/chooser/").json()["html"]
    assert "Aucune image ici pour l’instant." in said
    assert "Transférez une image de votre ordinateur" in said
    assert "Pourquoi ne pas" not in said


@pytest.mark.slow
def test_no_word_of_the_editor_frightens_while_one_types(author, new_event):
    screen = BeautifulSoup(author.get(new_event).content, "html5lib")
    said = plain(screen)
    assert "Nouveau : Événement" in plain(screen.title)
    assert "en pause" not in str(screen)
    assert "Ajouter : jour sans événement" in said
    assert "Combien de fois" in said
    answer = author.post(new_event, event_form(starts_on=""), headers={"accept": "application/json"})
    assert "l’enregistrement reprend dès que c’est corrigé" in answer.json()["error_message"]
    assert not get_messages(answer.wsgi_request)


def written():
    """The messages of our catalogue, as the readable file has them."""
    text = (Path(settings.LOCALE_PATHS[0]) / "fr/LC_MESSAGES/django.po").read_text()
    lines = re.findall(r'^msgid "(.+)"\n(?:msgid_plural ".+"\nmsgstr\[0\]|msgstr) "(.+)"$', text, re.MULTILINE)
    return {english.replace('\\"', '"'): french.replace('\\"', '"') for english, french in lines}


def test_our_words_are_compiled_and_used():
    with (Path(settings.LOCALE_PATHS[0]) / "fr/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert len(written()) >= 10
    for english, french in written().items():
        assert compiled.gettext(english) == french
        assert _(english) == french


def test_our_words_still_answer_words_of_the_library():
    import wagtail

    here = Path(wagtail.__file__).parent
    known = set()
    for part in ("", "admin", "documents", "images"):
        with (here / part / "locale/fr/LC_MESSAGES/django.mo").open("rb") as file:
            # What counts has a key for each of its forms.
            known |= {key if isinstance(key, str) else key[0] for key in gettext.GNUTranslations(file)._catalog}
    assert set(written()) <= known, set(written()) - known


def test_what_wagtail_counts_agrees(prisches):
    """Only whoever administers the whole still sees its home, which counts."""
    home = signed_in(f.user("administration@exemple.invalid", is_superuser=True)).get(SITE).content.decode()
    said = " ".join(BeautifulSoup(home, "html5lib").main.get_text().split())
    assert re.search(r"\d pages créées dans \w", said)
    assert re.search(r"0 document créé dans \w", said)


def test_the_first_of_a_month_is_said_so_in_the_form_of_a_page(author, prisches):
    for day, said in ((1, "1er"), (2, "2")):
        Page.objects.filter(pk=prisches.root_page_id).update(
            first_published_at=datetime(2026, 12, day, 13, 5, tzinfo=UTC)
        )
        form = author.get(f"{SITE}pages/{prisches.root_page_id}/edit/").content.decode()
        assert f'"{said}\u00a0décembre\u00a02026 à\u00a014\u00a0h\u00a005"' in form


@pytest.mark.slow
def test_an_event_is_on_its_day(author, new_event):
    author.post(new_event, event_form(starts_on="15/01/2027"))
    assert EventPage.objects.get().starts_on == date(2027, 1, 15)
