"""The council on a commune's site: protocol order, delegations, portraits with consent."""

from __future__ import annotations

import json
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from socle.assemblies import actions as assemblies
from socle.assemblies.functions import function_in_words
from socle.assemblies.models import Member
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.sections.council import actions
from socle.sections.council.actions import Seated
from socle.sections.council.models import Councillor
from socle.sections.council.presenters import council_of
from socle.sites import actions as actions_of_sites
from socle.sites.models import Change, CommuneImage, Layout
from socle.sites.photographs import Photograph
from tests import factories as f
from tests.browser import PHONE, violations, watched_context
from tests.sites.conftest import equipped, secretary
from tests.sites.released import drawn
from tests.sites.two_communes import picture, signed_in

SITE = "/mairie/site/"
Function = Member.Function


@pytest.fixture(autouse=True)
def on_that_day(time_machine, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def opened(website) -> None:
    """A council of five, written in another order than that of the protocol."""
    actions.open_council(website, by=f.user(), at=f.NOW)
    for name, function, civility in (
        ("Lou Membre", Function.MEMBER, ""),
        ("Kim Second", Function.DEPUTY, "mr"),
        ("Nour Maire", Function.MAYOR, "mrs"),
        ("Ange Seconde", Function.DEPUTY, "mrs"),
        ("Swann Délégué", Function.DELEGATED, "mr"),
    ):
        add(website, name, function, civility)


def add(website, name, function=Function.MEMBER, civility="", **fields) -> Councillor:
    return actions.seat(website, Seated(name, function, civility, **fields), by=f.user(), at=f.NOW)


def names(website) -> list[str]:
    return [person.who.name.split()[0] for person in council_of(website).people]


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


@pytest.mark.slow
def test_the_council_is_shown_in_protocol_order_with_functions_in_words(prisches, ablain, visit, valid_html):
    assert visit(prisches, "/conseil-municipal/").status_code == 404
    opened(prisches)
    written = actions.council_page_of(prisches)
    written.body = [("title", {"text": "Commissions"}), ("text", "<p>Finances\u00a0: Kim Second.</p>")]
    written.save_revision().publish()
    answer = visit(prisches, "/conseil-municipal/")
    assert valid_html(answer.content) == []
    page = BeautifulSoup(answer.content, "html5lib")
    assert [h.get_text() for h in page.select(".person h3")] == [
        "Nour Maire", "Kim Second", "Ange Seconde", "Swann Délégué", "Lou Membre",
    ]  # fmt: skip
    said = text(answer)
    for words in ("Premier adjoint", "Deuxième adjointe", "Conseiller délégué"):
        assert words in said
    assert "Commissions Finances : Kim Second." in said
    assert "Conseil municipal" in text(visit(prisches, "/contact/"))
    assert page.select_one("a[href='/actes/']")
    assert "Conseil" not in text(visit(ablain, "/contact/"))
    # A larger council asks nothing more of the database.
    with CaptureQueriesContext(connection) as few:
        visit(prisches, "/conseil-municipal/")
    for rank in range(8):
        add(prisches, f"Autre {rank}")
    with CaptureQueriesContext(connection) as many:
        visit(prisches, "/conseil-municipal/")
    assert len(many) == len(few)


def test_a_function_is_written_as_one_says_it():
    for given, words in (
        ((Function.DEPUTY, "", 1), "premier adjoint ou première adjointe"),
        ((Function.DEPUTY, "mrs", 3), "troisième adjointe"),
        ((Function.DEPUTY, "mr", 20), "20e adjoint"),
        ((Function.MEMBER, "mrs", 1), "conseillère municipale"),
    ):
        assert function_in_words(*given, is_commune=True) == words
    assert function_in_words(Function.DEPUTY, "mrs", 1, is_commune=False) == "première vice-présidente"


def test_the_order_changes_one_place_at_a_time_within_a_function(prisches):
    opened(prisches)
    who = prisches.councillors.get(member__name="Ange Seconde")
    actions.move(who, up=True, by=f.user(), at=f.NOW)
    assert names(prisches) == ["Nour", "Ange", "Kim", "Swann", "Lou"]
    actions.move(who, up=True, by=f.user(), at=f.NOW)
    assert names(prisches) == ["Nour", "Ange", "Kim", "Swann", "Lou"]
    actions.move(who, up=False, by=f.user(), at=f.NOW)
    assert names(prisches) == ["Nour", "Kim", "Ange", "Swann", "Lou"]
    moved = Entry.objects.filter(verb="website.councillor_moved")
    assert [line.facts["councillor"] for line in moved] == [who.pk, who.pk]


def test_what_is_corrected_of_a_member_is_written_whole(prisches):
    opened(prisches)
    who = prisches.councillors.get(member__name="Kim Second")
    wanted = Seated("Kim Autre", Function.DELEGATED, "mrs", delegation="les écoles")
    actions.correct(who, wanted, by=f.user(), at=f.NOW)
    fresh = Councillor.objects.get(pk=who.pk)
    assert (fresh.name, fresh.function, fresh.civility) == ("Kim Autre", Function.DELEGATED, "mrs")
    assert fresh.delegation == "les écoles"
    assert names(prisches)[-2] == "Kim"


@pytest.mark.slow
def test_the_pages_of_this_site_alone_are_renewed_by_each_gesture(prisches, ablain):
    opened(prisches)
    opened(ablain)
    by, at = f.user(), f.NOW
    who = prisches.councillors.get(member__name="Kim Second")
    gestures = {
        "seat": lambda: add(prisches, "Ali Nouveau"),
        "correct": lambda: actions.correct(who, Seated("Kim Autre", Function.DEPUTY, "mr"), by=by, at=at),
        "move": lambda: actions.move(who, up=False, by=by, at=at),
        "follow": lambda: actions.follow_members(who.member.assembly, at=at),
        "remove": lambda: actions.remove(who, by=by, at=at),
    }
    for name, gesture in gestures.items():
        Change.objects.all().delete()
        with scope(beneficiary=prisches.beneficiary):
            gesture()
        assert set(Change.objects.values_list("website", "key")) == {(prisches.pk, "council")}, name


@pytest.mark.slow
def test_who_leaves_is_taken_off_and_leaves_their_place(prisches, visit):
    opened(prisches)
    mayor = prisches.councillors.get(member__function=Function.MAYOR)
    with pytest.raises(Refused, match="Une seule personne préside"):
        add(prisches, "Ariel Remplace", Function.MAYOR)
    actions.remove(mayor, by=f.user(), at=f.NOW)
    add(prisches, "Ariel Remplace", Function.MAYOR)
    said = text(visit(prisches, "/conseil-municipal/"))
    assert "Nour" not in said
    assert "Ariel Remplace" in said
    assert Entry.objects.filter(verb="website.councillor_removed").count() == 1
    assert "Nour" not in json.dumps([line.facts for line in Entry.objects.all()], default=str)


@pytest.mark.slow
def test_a_portrait_is_shown_with_consent_only_and_taken_back(prisches):
    opened(prisches)
    photograph = Photograph("moi.png", picture().read())
    with pytest.raises(Refused, match="accord de la personne"):
        add(prisches, "Yaël Visage", portrait=photograph)
    assert not CommuneImage.objects.exists()
    who = add(prisches, "Yaël Visage", portrait=photograph, is_agreed=True)
    assert who.portrait_agreed_on == f.TODAY
    assert who.portrait.collection_id == prisches.collection_id
    assert 'alt="Portrait de Yaël Visage"' in drawn(prisches, "/conseil-municipal/").decode()
    with pytest.raises(IntegrityError), transaction.atomic():
        Councillor.objects.filter(pk=who.pk).update(portrait_agreed_on=None)
    with pytest.raises(Refused, match="retirez le portrait"):
        actions.correct(who, Seated("Yaël Visage"), by=f.user(), at=f.NOW)
    actions.correct(who, Seated("Yaël Visage", drops_portrait=True), by=f.user(), at=f.NOW)
    assert "Portrait de" not in drawn(prisches, "/conseil-municipal/").decode()


def test_what_does_not_hold_is_refused_with_the_remedy(prisches):
    opened(prisches)
    for given, reason in (
        (("", Function.MEMBER), "Écrivez le prénom"),
        (("Autre Maire", Function.MAYOR), "Une seule personne préside"),
        (("lou membre", Function.MEMBER), "déjà dans la liste"),
    ):
        with pytest.raises(Refused, match=reason):
            add(prisches, *given)


@pytest.mark.slow
def test_the_mayor_the_platform_knows_is_offered_and_nobody_else(prisches, editor):
    assert "Inscrire" not in editor.get(f"{SITE}conseil/").content.decode()
    f.member(Role.MAYOR, prisches.beneficiary, email="autre@exemple.invalid", quality="Directrice du syndicat")
    assert actions.known_mayor(prisches, on=f.TODAY) is None
    person = f.member(Role.MAYOR, prisches.beneficiary, email="maire@exemple.invalid", quality="Maire")
    assert "en tête de liste" in editor.get(f"{SITE}conseil/").content.decode()
    answer = editor.post(f"{SITE}conseil/", {"with_mayor": "on"}, follow=True)
    assert "elle est dans le menu" in answer.content.decode()
    assert [who.who.name for who in council_of(prisches).people] == [person.name]
    # Once is enough.
    actions.open_council(prisches, with_mayor=True, by=f.user(), at=f.NOW)
    assert Councillor.objects.count() == 1


@pytest.mark.slow
def test_a_secretary_fills_the_council_in_plain_forms(editor, prisches, visit):
    assert editor.get(f"{SITE}conseil/personne/")["Location"] == f"{SITE}conseil/"
    assert "Ouvrir la page du conseil" in editor.get(f"{SITE}conseil/").content.decode()
    editor.post(f"{SITE}conseil/")
    answer = editor.post(f"{SITE}conseil/personne/", {"name": "", "function": "mayor", "delegation": "Tout"})
    assert "Le formulaire n’a pas été enregistré" in answer.content.decode()
    assert 'value="Tout"' in answer.content.decode()
    form = {"name": "Nour Maire", "function": "mayor", "civility": "mrs", "delegation": ""}
    answer = editor.post(f"{SITE}conseil/personne/", {**form, "another": "1"})
    assert answer["Location"] == f"{SITE}conseil/personne/"
    mayor = Councillor.objects.get()
    portrait = SimpleUploadedFile("moi.png", picture().read(), "image/png")
    page = f"{SITE}conseil/personne/{mayor.pk}/"
    assert "accord de la personne" in editor.post(page, {**form, "portrait": portrait}).content.decode()
    portrait.seek(0)
    assert editor.post(page, {**form, "portrait": portrait, "is_agreed": "on"}).status_code == 302
    wrong = SimpleUploadedFile("moi.png", b"<script>", "image/png")
    assert editor.post(page, {**form, "portrait": wrong, "is_agreed": "on"}).status_code == 200
    assert "Retirer le portrait" in editor.get(page).content.decode()
    editor.post(f"{SITE}conseil/personne/", {"name": "Kim Membre", "function": "member"})
    other = Councillor.objects.get(member__name="Kim Membre")
    assert "Kim Membre" in text(visit(prisches, "/conseil-municipal/"))
    assert "Retirer de la page" in editor.get(f"{SITE}conseil/personne/{other.pk}/").content.decode()
    editor.post(f"{SITE}conseil/personne/{other.pk}/retirer/")
    assert "Kim Membre" not in text(visit(prisches, "/conseil-municipal/"))


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_the_page_of_the_council_is_read_by_everyone_in_every_layout(browser, address):
    website = equipped("59474", "Prisches")
    opened(website)
    photograph = Photograph("moi.png", picture().read())
    add(website, "Yaël Visage", portrait=photograph, is_agreed=True, delegation="Fêtes et cérémonies")
    drawn(website, "/conseil-municipal/")  # Nothing else makes the sizes of the portrait.
    with watched_context(browser, viewport=PHONE) as context:
        page = context.new_page()
        for layout in Layout.values:
            actions_of_sites.choose_look(website, {"layout": layout}, by=f.user(), at=f.NOW)
            page.goto(address("/conseil-municipal/", host=website.slug))
            assert violations(page) == [], layout
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), layout


@pytest.mark.slow
def test_who_sits_in_the_assembly_is_on_the_site_once_it_has_its_page(prisches, ablain):
    opened(ablain)
    body, by = prisches.beneficiary, secretary(prisches.beneficiary)
    with scope(beneficiary=body):
        council = assemblies.open_assembly(body, by=by, at=f.NOW)
        assemblies.seat_all(council, "Mme Nour Maire, maire\nKim Membre", by=by, at=f.NOW)
        actions.follow_members(council, at=f.NOW)
        assert not Councillor.objects.filter(website=prisches).exists()
        actions.open_council(prisches, by=by, at=f.NOW)
        assert names(prisches) == ["Nour", "Kim"]
        assemblies.seat_all(council, "Lou Membre", by=by, at=f.NOW)
        assemblies.leave(council.members.get(name="Kim Membre"), left_on=f.TODAY, by=by, at=f.NOW)
    with scopes_disabled():  # As the worker does.
        actions.follow_members(council, at=f.NOW)
    assert names(prisches) == ["Nour", "Lou"]
    assert len(names(ablain)) == 5


def test_what_the_site_corrects_leaves_what_it_does_not_ask(prisches):
    opened(prisches)
    who = prisches.councillors.get(member__name="Kim Second")
    Member.objects.filter(pk=who.member_id).update(email="kim@exemple.invalid", came_on=f.TODAY)
    who = prisches.councillors.get(pk=who.pk)
    actions.correct(who, Seated("Kim Second", Function.DEPUTY, "mr", delegation="Voirie"), by=f.user(), at=f.NOW)
    member = Member.objects.get(pk=who.member_id)
    assert (member.email, member.came_on, member.delegation) == ("kim@exemple.invalid", f.TODAY, "Voirie")
