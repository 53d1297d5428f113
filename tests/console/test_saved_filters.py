"""Saved filters: an address under a name, read first by its list; one's own, or shared with one's operator."""

import pytest
from bs4 import BeautifulSoup
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from socle.journal.models import Entry
from socle.people import filters
from socle.people.models import Role, SavedFilter
from socle.provisioning.desk.lists import Filters
from socle.provisioning.desk.saving import lists
from tests import factories as f
from tests.consistency import house
from tests.console.test_gestures import said

COMMUNES = "/console/communes/"
ASKED = "departement=62&priorite=oui"


def save(client, query=ASKED, name="Prioritaires du 62", code="communes", follow=True):
    data = {"liste": code, "filtres": query, "nom": name}
    return client.post("/console/filtres/enregistrer/", data, follow=follow)


def shown(client, address=COMMUNES):
    soup = BeautifulSoup(client.get(address).content, "html.parser")
    return {one.get_text(strip=True): one for one in soup.select(".saved-filter")}


@pytest.mark.slow
def test_a_filter_is_kept_with_one_field_found_again_renamed_removed_and_taken_back(world, enter):
    officer = enter("officer")
    page = BeautifulSoup(officer.get(f"{COMMUNES}?page=1&priorite=oui&departement=62&q=").content, "html.parser")
    form = page.select_one('form[action="/console/filtres/enregistrer/"]')
    assert form.select_one("[name=filtres]")["value"] == ASKED  # Always in the same order, without the page.
    assert len(form.select("input:not([type=hidden])")) == len(form.select("button")) == 1
    response = save(officer)
    assert response.redirect_chain[-1][0] == f"{COMMUNES}?{ASKED}"
    (link,) = shown(officer, f"{COMMUNES}?priorite=oui&departement=62").values()
    assert link["aria-current"] == "page"
    assert link["href"] == f"{COMMUNES}?{ASKED}"
    (link,) = shown(officer).values()
    assert not link.has_attr("aria-current")
    saved = SavedFilter.objects.get()
    officer.post(f"/console/filtres/{saved.pk}/renommer/", {"nom": " Pas-de-Calais  prioritaire "})
    assert list(shown(officer)) == ["Pas-de-Calais prioritaire"]
    gone = officer.post(f"/console/filtres/{saved.pk}/supprimer/", {"retour": COMMUNES}, follow=True)
    assert "vous avez un jour pour le rétablir" in said(gone)
    assert f"/console/filtres/{saved.pk}/retablir/" in gone.content.decode()
    assert shown(officer) == {}
    officer.post(f"/console/filtres/{saved.pk}/retablir/", {"retour": COMMUNES})
    assert list(shown(officer)) == ["Pas-de-Calais prioritaire"]
    assert officer.get(f"/console/filtres/{saved.pk}/").url == f"{COMMUNES}?{ASKED}"
    verbs = ["filter.saved", "filter.renamed", "filter.removed", "filter.restored"]
    lines = Entry.objects.about(saved).order_by("pk")
    assert [line.verb for line in lines] == verbs
    assert {str(line.facts) for line in lines} == {"{'list': 'communes'}"}


HOSTILE = (
    ("communes", f"{ASKED}&next=//ailleurs.invalid", "ne connaît pas"),
    ("communes", "departement=75", "n’existe pas dans la liste"),
    ("communes", "q=%00", "n’existe pas dans la liste"),
    ("communes", "tri=password", "n’existe pas dans la liste"),
    ("communes", "%00=1", "ne connaît pas"),
    ("communes", "page=2", "Rien n’est filtré"),
    ("communes", f"q={'a' * 1000}", "trop long"),
    ("communes", f"q={'a' * 81}", "n’existe pas dans la liste"),
    ("journal", "du=31-02", "n’existe pas dans la liste"),
    ("fusions", "tri=id", "n’existe pas dans la liste"),
    ("personnes", "q=a", "Cette liste n’existe pas"),
)


@pytest.mark.slow
def test_what_a_list_does_not_know_is_refused_and_nothing_is_kept(world, enter):
    officer = enter("officer")
    for code, query, sentence in HOSTILE:
        assert sentence in said(save(officer, query, code=code)), query
    for name, sentence in (("", "Donnez un nom"), ("a" * 61, "60 caractères"), ("a\x00", "ne s’écrit pas")):
        assert sentence in said(save(officer, name=name))
    assert enter("technician").get("/console/consultations/").status_code == 403
    assert save(enter("technician"), "quoi=record", code="consultations").status_code == 403
    assert not SavedFilter.objects.exists()


@pytest.mark.slow
def test_a_private_filter_is_nobody_elses_and_a_shared_one_follows_the_operator(world, enter):
    officer, technician, stranger = enter("officer"), enter("technician"), enter("cdg62")
    save(officer)
    saved = SavedFilter.objects.get()
    gestures = ("renommer", "partager", "garder", "supprimer", "retablir")
    for client in (technician, stranger):
        assert client.get(f"/console/filtres/{saved.pk}/").status_code == 404
        assert {client.post(f"/console/filtres/{saved.pk}/{one}/").status_code for one in gestures} == {404}
    officer.post(f"/console/filtres/{saved.pk}/partager/")
    sharer = world.people["officer"].name
    assert list(shown(technician)) == [f"Prioritaires du 62, partagé par {sharer}"]
    assert {technician.post(f"/console/filtres/{saved.pk}/{one}/").status_code for one in gestures} == {403}
    assert {stranger.post(f"/console/filtres/{saved.pk}/{one}/").status_code for one in gestures} == {404}
    assert shown(stranger) == {}
    assert "Seule la personne qui le partage" in technician.get("/console/filtres/").content.decode()
    save(technician)  # Another's name does not stand in the way.
    assert SavedFilter.objects.filter(name="Prioritaires du 62").count() == 2
    officer.post(f"/console/filtres/{saved.pk}/garder/")
    assert technician.get(f"/console/filtres/{saved.pk}/").status_code == 404
    # Nor is one of a list that is not theirs to read.
    watched = SavedFilter.objects.create(
        user=saved.user, operator=saved.operator, list_code="consultations", name="Lus", query="q=a", saved_at=f.NOW,
        is_shared=True,
    )  # fmt: skip
    assert technician.get(f"/console/filtres/{watched.pk}/").status_code == 404
    assert officer.get(f"/console/filtres/{watched.pk}/").status_code == 302


@pytest.mark.slow
def test_one_of_the_same_name_is_replaced_and_can_be_taken_back(world, enter):
    officer = enter("officer")
    save(officer)
    first = SavedFilter.objects.get()
    save(officer)
    assert SavedFilter.objects.count() == 1
    save(officer, "departement=59")
    second = SavedFilter.objects.kept().get()
    assert second.query == "departement=59"
    refused = officer.post(f"/console/filtres/{first.pk}/retablir/", {"retour": COMMUNES}, follow=True)
    assert "renommez-le d’abord" in said(refused)
    officer.post(f"/console/filtres/{second.pk}/renommer/", {"nom": "Nord"})
    officer.post(f"/console/filtres/{first.pk}/retablir/")
    assert SavedFilter.objects.kept().count() == 2
    assert "renommez-le" in said(
        officer.post(f"/console/filtres/{first.pk}/renommer/", {"nom": "Nord", "retour": COMMUNES}, follow=True)
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.kept().update(name="Pareil")


@pytest.mark.slow
def test_a_value_that_no_longer_exists_says_so_with_the_remedy(world, enter):
    officer = enter("officer")
    save(officer, "service=messagerie", "Messagerie", code="installations")
    world.programme.services.filter(code="messagerie").update(is_provisioned=False)
    page = officer.get("/console/installations/?service=messagerie").content.decode()
    assert "n’existe plus" in page
    assert "Service (messagerie)" in page
    assert "enregistrez sous le même nom" in page
    assert "n’existe plus\u00a0: Service (messagerie)" in officer.get("/console/filtres/").content.decode()
    assert "n’existe plus" in next(iter(shown(officer, "/console/installations/")))


@pytest.mark.slow
@pytest.mark.both
def test_every_list_with_filters_has_them_and_reads_them_in_one_query(world, enter):
    forms = {one for one in Filters.__subclasses__() if one.__module__.startswith("socle.")}
    assert forms == set(lists().values())
    assert len(lists()) == len(forms) > 6
    # The form of filters is one piece, which shows the saved ones; the expenses of an operation have none saved.
    alone = ("_filters.html", "grant_expenses.html")
    pages = [path for path in house.files(".html") if path.parts[:1] == ("socle",) and "mairie" not in path.parts]
    by_hand = [str(path) for path in pages if "list-filters" in house.read(path) and path.name not in alone]
    assert by_hand == []
    with_filters = [path for path in pages if '{% include "desk/_filters.html"' in house.read(path)]
    assert len(with_filters) == len(lists())
    officer = enter("officer")
    for code, one in lists().items():
        for name in ("Un", "Deux", "Trois"):
            SavedFilter.objects.create(
                user=world.people["officer"], operator=world.programme.lead(), list_code=code, name=name,
                query="q=a", saved_at=f.NOW,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            assert len(shown(officer, reverse(one.view))) == 3, code
        assert sum("people_savedfilter" in query["sql"] for query in asked) == 1


def test_a_shared_filter_is_passed_on_and_a_private_one_goes_with_its_author(world):
    officer, lead = world.people["officer"], world.programme.lead()
    technician = world.people["technician"]
    kept = [
        filters.save(lead, list_code="communes", name=name, query="q=a", by=officer, at=f.NOW)
        for name in ("À moi", "Aux deux", "Pris")
    ]
    for one in kept[1:]:
        filters.share(one, by=officer, at=f.NOW)
    filters.save(lead, list_code="communes", name="Pris", query="q=b", by=technician, at=f.NOW)
    membership = officer.memberships.get()
    assert filters.shared_filters(membership, f.TODAY) == ["Aux deux", "Pris"]
    other = officer.memberships.create(role=Role.FINANCE_OFFICER, operator=lead)
    assert filters.shared_filters(membership, f.TODAY) == []  # Still there by another role.
    other.delete()
    assert filters.pass_shared_filters(membership, to=technician, by=officer, at=f.NOW) == 2
    owners = dict(SavedFilter.objects.exclude(query="q=b").values_list("name", "user"))
    assert owners == {"À moi": officer.pk, "Aux deux": technician.pk, "Pris": None}
    # What is nobody's is whose hand it is in, and can be taken back.
    left = SavedFilter.objects.get(user=None)
    assert filters.remove(left, by=technician, at=f.NOW).user == technician
    filters.share(SavedFilter.objects.get(name="À moi"), by=officer, at=f.NOW)
    filters.save(lead, list_code="communes", name="Secret", query="q=a", by=officer, at=f.NOW)
    assert filters.forget(officer) == 1
    assert SavedFilter.objects.get(name="À moi").user is None
    assert filters.erase_removed(f.NOW, by=officer, at=f.NOW, is_dry=False) == 0
    assert filters.erase_removed(f.NOW + filters.UNDO, by=officer, at=f.NOW, is_dry=True) == 1
