"""A site is made once, born filled, suspended without loss, under an address that is nobody else's."""

from datetime import time, timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from wagtail.models import Collection, Page, PageLogEntry, ReferenceIndex, Site
from wagtail.search.models import IndexEntry

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary
from socle.sites import actions, exceptional_days
from socle.sites.actions import Opening
from socle.sites.exceptional_days import Wanted
from socle.sites.models import MunicipalFacts, NewsPage, WebSite
from socle.sites.search.entries import entries_of
from socle.sites.search.ranking import find
from socle.territory.models import Commune
from tests import factories as f
from tests.sites.conftest import equipped, town_hall


def make(of: Beneficiary) -> WebSite:
    return actions.create_site(of, by=f.user(), at=f.NOW)


def test_a_site_is_born_filled_with_the_public_facts(prisches, visit):
    page = visit(prisches).content.decode()
    hours = "9\u00a0h\u00a0–\u00a012\u00a0h", "13\u00a0h\u00a030"
    for fact in ("13 rue de la Mairie", "59550", "03 27 77 59 00", *hours):
        assert fact in page
    assert "annuaire de l’administration (DILA)" in page


@pytest.mark.usefixtures("all_beneficiaries")
@pytest.mark.slow
def test_every_page_a_site_is_born_with_is_one_that_its_editor_takes(prisches):
    """Planted, they are not read again."""
    other = Beneficiary.objects.create(
        kind=Beneficiary.Kind.OTHER, name="Syndicat d’essai", legal_form="syndicat", department=f.department()
    )
    for website in (prisches, make(other)):
        pages = Page.objects.descendant_of(website.root_page, inclusive=True).specific()
        assert len(pages) > 8
        for page in pages:
            before = {field.name: getattr(page, field.name) for field in page._meta.concrete_fields}
            page.full_clean()
            assert {field.name: getattr(page, field.name) for field in page._meta.concrete_fields} == before


def test_pages_planted_at_once_are_in_the_tree_as_if_added_one_by_one(prisches):
    home = prisches.root_page
    pages = list(home.get_descendants().specific())
    [news] = NewsPage.objects.descendant_of(home)
    assert (home.numchild, news.get_parent().slug) == (len(pages) - 1, "actualites")
    for page in pages:
        address = page.url_path
        page.set_url_path(page.get_parent())
        assert page.url_path == address
        assert (page.draft_title, page.locale, page.live) == (page.title, home.locale, True)
        assert page.show_in_menus == page.show_in_menus_default
    born = PageLogEntry.objects.filter(action="wagtail.create", timestamp=f.NOW, content_changed=True)
    assert set(born.values_list("page_id", "label")) == {(page.pk, page.title) for page in pages}
    news.get_parent().specific.add_child(
        instance=NewsPage(title="Suite", slug="suite", summary="x", published_on=f.TODAY)
    )
    home.add_child(instance=NewsPage(title="Autre", slug="autre", summary="x", published_on=f.TODAY))
    assert not any(Page.find_problems())


def test_a_site_is_made_once(prisches):
    again = make(prisches.beneficiary)
    assert again == prisches
    assert Page.objects.filter(depth=2).count() == 1
    assert Entry.objects.filter(verb="website.created").count() == 1


def test_a_site_that_fails_half_way_leaves_nothing(db, monkeypatch):
    def fail(website):
        raise RuntimeError

    monkeypatch.setattr(actions, "_gather_facts", fail)
    place = f.beneficiary()
    with pytest.raises(RuntimeError):
        make(place)
    assert not Page.objects.filter(depth=2).exists()
    assert not Site.objects.exists()


@pytest.mark.slow
def test_the_cost_of_a_site_does_not_grow_with_their_number(db):
    def cost(code: str, name: str) -> int:
        place = f.beneficiary(f.commune(code, name))
        with CaptureQueriesContext(connection) as queries:
            make(place)
        return len(queries)

    # The very first one also reads the content types, once for all.
    cost("59474", "Prisches")
    second = cost("59475", "Zuytpeene")
    for number in range(5):
        cost(f"6200{number + 1}", f"Village {'abcde'[number]}")
    assert cost("59001", "Abancourt") == second <= 230


def test_no_site_is_the_default_one(prisches):
    assert not Site.objects.filter(is_default_site=True).exists()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Écaillon", "ecaillon"),
        ("L’Œuf-en-Ternois", "l-oeuf-en-ternois"),
        ("Le Cateau-Cambrésis", "le-cateau-cambresis"),
        ("Mairie", "mairie-59"),
        ("Www", "www-59"),
    ],
)
def test_an_address_is_the_name_in_ascii_and_never_one_of_the_platform(db, name, slug):
    assert actions.slug_for(f.beneficiary(f.commune("59474", name))) == slug


def test_homonyms_take_their_department_whoever_comes_first(db):
    nord, other = f.commune("59529", "Saint-Aubin"), f.commune("62742", "Saint-Aubin")
    assert make(f.beneficiary(other)).host == "saint-aubin-62.localhost"
    assert make(f.beneficiary(nord)).host == "saint-aubin-59.localhost"


def test_homonyms_of_one_department_take_their_code(db):
    one, two = f.commune("59529", "Saint-Aubin"), f.commune("59530", "Saint-Aubin")
    assert make(f.beneficiary(one)).slug == "saint-aubin-59"
    assert make(f.beneficiary(two)).slug == "saint-aubin-59530"


def test_a_public_body_that_is_not_a_commune_has_its_site(db, visit):
    body = Beneficiary.objects.create(
        kind="other", name="Centre communal d’action sociale d’essai", department=f.department(), seat="1 place, Arras"
    )
    website = make(body)
    assert website.slug == "centre-communal-d-action-sociale-d-essai"
    page = visit(website).content.decode()
    assert "1 place, Arras" in page
    assert "Commune de" not in page


def test_a_merged_commune_is_refused_and_its_heir_named(db):
    heir = f.commune("59001", "Abancourt")
    with pytest.raises(Refused, match="Abancourt"):
        make(f.beneficiary(f.commune("59002", "Disparue", merged_into=heir)))


def test_a_mairie_without_published_facts_has_a_page_that_says_so(db, visit):
    website = make(f.beneficiary())
    page = visit(website).content.decode()
    assert "Les horaires ne sont pas encore indiqués." in page
    assert "seront bientôt indiqués" in page


def test_making_writes_no_index_and_indexing_does_it_once(prisches):
    assert not IndexEntry.objects.exists()
    assert not ReferenceIndex.objects.exists()
    assert actions.index_sites(at=f.NOW) == 1
    assert IndexEntry.objects.count() >= Page.objects.filter(depth__gte=2).count()
    assert [page.title for page in Page.objects.search("actualités")] == ["Actualités"]
    assert actions.index_sites(at=f.NOW) == 0


def test_what_an_editor_writes_is_indexed_at_once(prisches, django_capture_on_commit_callbacks):
    actions.index_sites(at=f.NOW)
    parent = Page.objects.get(slug="actualites")
    with django_capture_on_commit_callbacks(execute=True):
        parent.add_child(instance=NewsPage(title="Brocante", slug="brocante", summary="Dimanche."))
    assert [page.title for page in Page.objects.search("brocante")] == ["Brocante"]


def test_suspending_says_how_to_reach_the_mairie_and_resuming_gives_all_back(prisches, visit):
    before = visit(prisches).content
    actions.suspend_site(prisches, by=f.user(), at=f.NOW)
    answer = visit(prisches, "/actualites/")
    assert answer.status_code == 503
    assert "03 27 77 59 00" in answer.content.decode()
    with pytest.raises(Refused, match="déjà suspendu"):
        actions.suspend_site(prisches, by=f.user(), at=f.NOW)
    actions.resume_site(prisches, by=f.user(), at=f.NOW)
    assert visit(prisches).content == before


def test_hours_corrected_once_show_on_every_page(prisches, visit):
    week = [Opening(6, time(10), time(11, 45), "semaines paires")]
    actions.correct_hours(prisches, week, note="Fermée le 2\u00a0janvier.", by=f.user(), at=f.NOW)
    for path in ("/", "/actes/", "/contact/"):
        page = unescape(visit(prisches, path).content.decode())
        assert "Samedi\u00a0: 10\u00a0h\u00a0–\u00a011\u00a0h\u00a045 (semaines paires)" in page
        assert "Fermée le 2\u00a0janvier." in page
        assert "13\u00a0h\u00a030" not in page
    assert "tenus à jour par la mairie" in page


@pytest.mark.parametrize(
    ("week", "reason"),
    [
        ([Opening(1, time(12), time(9))], "après avoir ouvert"),
        ([Opening(1, time(9), time(9))], "après avoir ouvert"),
        ([Opening(8, time(9), time(12))], "lundi à dimanche"),
        ([Opening(1, time(9), time(12)), Opening(1, time(11), time(17))], "se chevauchent"),
    ],
)
def test_a_week_that_does_not_hold_is_refused_and_changes_nothing(prisches, week, reason):
    with pytest.raises(Refused, match=reason):
        actions.correct_hours(prisches, week, by=f.user(), at=f.NOW)
    assert prisches.facts.openings.count() == 6


@pytest.mark.parametrize("changes", [{"email": "pas une adresse"}, {"postal_code": "5955000"}])
def test_facts_that_cannot_be_read_are_refused_and_nothing_is_written(prisches, changes):
    with pytest.raises(Refused):
        actions.correct_facts(prisches, changes, by=f.user(), at=f.NOW)
    with scopes_disabled():
        fresh = WebSite.objects.get(pk=prisches.pk)
    assert fresh.facts.email == "mairie@59474.exemple.invalid"


def test_a_colour_is_a_colour(prisches):
    with pytest.raises(Refused, match="six chiffres"):
        actions.choose_look(prisches, {"colour": "url(//ailleurs)"}, by=f.user(), at=f.NOW)


def test_two_sites_share_nothing(prisches, ablain):
    assert prisches.collection != ablain.collection
    assert not ablain.root_page.path.startswith(prisches.root_page.path)
    assert equipped("59001", "Abancourt").root_page.get_siblings().count() == 3


def test_openings_the_directory_wrote_backwards_are_left_out(db):
    place = f.commune()
    hall = town_hall(place)
    hall.opening_hours.create(first_day=6, last_day=6, opens=time(12), closes=time(9))
    website = make(f.beneficiary(place))
    assert not website.facts.openings.filter(day=6).exists()


def test_an_emptied_database_is_planted_again(db):
    Site.objects.all().delete()
    Page.objects.filter(depth=1).delete()
    Collection.objects.all().delete()
    assert make(f.beneficiary()).root_page.get_parent().is_root()


@pytest.mark.slow
def test_a_mairie_that_said_nothing_yet_is_named_once_and_gives_no_source(db, visit, time_machine):
    time_machine.move_to(f.NOW)
    website = make(f.beneficiary(f.commune("59070", "Bermeries"), seat="Mairie de Bermeries"))
    wanted = Wanted(f.TODAY + timedelta(days=2), f.TODAY + timedelta(days=2), "pont")
    exceptional_days.announce_day(website, wanted, by=f.user(), at=f.NOW)
    soup = BeautifulSoup(visit(website, "/contact/").content, "html5lib")
    card = " ".join(soup.select_one(".office").get_text(" ").split())
    assert card.count("Bermeries") == 1
    assert "Les horaires habituels ne sont pas encore indiqués" in card
    assert "L’adresse et le téléphone de la mairie seront bientôt indiqués ici." in card
    assert soup.select_one(".source") is None
    assert find(entries_of(website), "horaires").results[0].entry["title"] == "Mairie et contact"
    website.facts.phone = "03 27 00 00 00"
    website.facts.save()
    soup = BeautifulSoup(visit(website, "/contact/").content, "html5lib")
    assert soup.select_one(".source").get_text() == "Source\u00a0: déclaration de l’organisme."


@pytest.mark.parametrize("own", [{}, {"phone": "03 27 00 00 01"}, {"corrected_at": f.NOW}])
def test_a_commune_that_merged_is_filled_from_the_new_one_when_nothing_is_known_of_its_mairie(visit, db, own):
    old, heir = f.commune("59070", "Bermeries"), f.commune("59006", "L’Orée de Mormal")
    town_hall(heir, address="114 rue de l’Église", phone="03 27 58 78 11")
    website = make(f.beneficiary(old))
    assert not actions.gather_facts_of_heir(website, by=f.user(), at=f.NOW)
    Commune.objects.filter(pk=old.pk).update(gone_in=2025, merged_into=heir)
    MunicipalFacts.objects.filter(website=website).update(**own)
    with scopes_disabled():
        website = WebSite.objects.get(pk=website.pk)
        assert actions.gather_facts_of_heir(website, by=f.user(), at=f.NOW) is not bool(own)
    page = visit(website).content.decode()
    assert "Commune déléguée de L’Orée de Mormal" in page
    assert ("114 rue de l’Église" in page) is not bool(own)
