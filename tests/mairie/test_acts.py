"""Acts on the screens of a mairie: what to decide, recorded, completed, qualified, taken away."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from socle.deliberations.models import Act, PublicationChoice
from socle.documents.models import Document
from socle.documents.rules import MAX_UPLOAD
from socle.journal.models import Entry
from tests import factories as f
from tests.mairie.conftest import pdf
from tests.mairie.test_screens import at, words

pytestmark = pytest.mark.django_db

FACTS = {
    "kind": "deliberation",
    "number": "2026-31",
    "subject": "Convention tripartite",
    "adopted_on": "2026-11-10",
    "received_on": "2026-11-12",
    "published_on": "2026-11-13",
    "attach": "on",
}


@pytest.mark.slow
def test_without_an_act_one_is_told_what_to_deliberate_and_given_a_model(secretary, world):
    f.acts().filter(beneficiary=world.here.place).delete()
    page = secretary.get(at("acts"))
    assert "Que faut-il délibérer" in words(page)
    assert at("act_model") in page.content.decode()
    model = secretary.get(at("act_model"))
    assert "la commune de Prisches" in words(model).replace("\u00a0", " ")
    assert "Modèle de démonstration" in words(model)
    text = secretary.get(at("act_model_text"))
    assert text["Content-Disposition"] == 'attachment; filename="projet-de-deliberation.txt"'
    assert "MODÈLE DE DÉMONSTRATION" in text.content.decode()
    assert "- Messagerie." in text.content.decode()


def test_an_act_is_recorded_with_its_text_and_attached_in_one_form(secretary, world):
    content = pdf()  # Made twice, its identifier would follow the clock.
    file = SimpleUploadedFile("délibération ../../x.exe", content, content_type="application/x-msdownload")
    response = secretary.post(at("act_record"), {**FACTS, "document": file})
    act = f.acts().get(number="2026-31")
    assert response["Location"] == at("act", act.pk)
    assert act.document.content_type == "application/pdf"
    assert act.document.beneficiary == world.here.place
    assert act.document.file.name.endswith("/acte-2026-31.pdf")
    with scope(beneficiary=world.here.place):
        assert world.here.agreement.parties.get(kind="beneficiary").act == act
    served = secretary.get(at("act_document", act.pk))
    assert served.content == content
    assert served["Content-Disposition"].startswith("attachment")
    assert "sandbox" in served["Content-Security-Policy"]
    assert "Exécutoire depuis le 13 novembre 2026" in words(secretary.get(at("act", act.pk))).replace("\u00a0", " ")


def test_the_same_form_sent_twice_records_once_and_leads_to_it(secretary, world):
    first = secretary.post(at("act_record"), FACTS)
    second = secretary.post(at("act_record"), FACTS)
    assert first["Location"] == second["Location"]
    assert f.acts().filter(number="2026-31").count() == 1
    assert Entry.objects.filter(verb="act.recorded").count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": ""}, "Choisissez ce qu’est cet acte"),
        ({"kind": "unqualified"}, "Choisissez ce qu’est cet acte"),
        ({"number": ""}, "Indiquez le numéro"),
        ({"number": "2026;31"}, "lettres, chiffres, tirets"),
        ({"number": "9" * 31}, "30 caractères"),
        ({"number": "2026-59474"}, "porte déjà le numéro"),
        ({"subject": ""}, "Indiquez l’objet"),
        ({"subject": "x" * 501}, "500 caractères"),
        ({"adopted_on": ""}, "Indiquez cette date"),
        ({"adopted_on": "hier"}, "ne se lit pas"),
        ({"adopted_on": "2026-02-30"}, "ne se lit pas"),
        ({"adopted_on": "0001-01-01\x00"}, "ne se lit pas"),
        ({"adopted_on": "2027-01-01"}, "n’est pas encore venu"),
        ({"received_on": "2026-11-01"}, "avant d’être adopté"),
        ({"not_transmissible_because": "facultatif"}, "est transmissible"),
        ({"document": "hostile"}, "pas un PDF"),
    ],
)
def test_a_wrong_act_is_refused_with_a_summary_and_what_was_typed_is_kept(secretary, world, change, said):
    sent = {**FACTS, "subject": "Un objet que j’ai mis du temps à écrire", **change}
    if "document" in change:
        sent["document"] = SimpleUploadedFile("a.pdf", b"<script>alert(1)</script>", content_type="application/pdf")
    response = secretary.post(at("act_record"), sent)
    assert response.status_code == 422
    soup = BeautifulSoup(response.content.decode(), "html.parser")
    assert said in soup.select_one("#erreurs").get_text().replace("\u00a0", " ")
    if "subject" not in change:
        assert soup.select_one("#id_subject")["value"] == "Un objet que j’ai mis du temps à écrire"
    assert f.acts().filter(beneficiary=world.here.place).count() == 1
    with scope(beneficiary=world.here.place):
        assert world.here.agreement.parties.get(kind="beneficiary").act is None


def test_days_are_read_as_french_people_write_them(secretary):
    secretary.post(at("act_record"), {**FACTS, "adopted_on": "10/11/2026", "received_on": "12.11.2026"})
    act = f.acts().get(number="2026-31")
    assert (act.adopted_on, act.received_on) == (f.date(2026, 11, 10), f.date(2026, 11, 12))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"%PDF-1.7 " + b"x" * 100, "abîmé"),
        (b"GIF89a", "pas un PDF"),
        (b"PK\x03\x04" + b"\x00" * 50, "pas un PDF"),
    ],
)
def test_a_hostile_file_is_refused_in_french_and_nothing_is_kept(secretary, world, content, said):
    act = f.act(world.here.place, "2026-77")
    before = Document.objects.count()
    file = SimpleUploadedFile("a.pdf", content, content_type="application/pdf")
    response = secretary.post(at("act_hand_over", act.pk), {"document": file})
    assert response.status_code == 422
    assert said in words(response)
    act.refresh_from_db()
    assert act.document is None
    assert Document.objects.count() == before


@pytest.mark.slow
def test_a_file_too_big_is_refused_before_it_is_read(secretary, world):
    act = f.act(world.here.place, "2026-77")

    file = SimpleUploadedFile("a.pdf", pdf() + b" " * MAX_UPLOAD)
    response = secretary.post(at("act_hand_over", act.pk), {"document": file})
    assert "20 Mo" in words(response).replace("\u00a0", " ")
    assert response.status_code == 422


@pytest.mark.slow
def test_the_road_of_an_act_is_completed_step_by_step(secretary, world):
    act = f.act(world.here.place, "2026-77", received_on=None, published_on=None)
    page = words(secretary.get(at("act", act.pk)))
    assert "Il manque sa réception en préfecture et sa publication" in page
    assert "Elle ne permet pas" not in page
    response = secretary.post(at("act_receive", act.pk), {"received_on": "2026-11-31"})
    assert response.status_code == 422
    assert "ne se lit pas" in words(response)
    response = secretary.post(at("act_receive", act.pk), {"received_on": "2026-09-01"})
    assert "avant d’être adopté" in words(response)
    assert secretary.post(at("act_receive", act.pk), {"received_on": "2026-10-05"}).status_code == 302
    # Sent twice: the second one is told, and nothing changes.
    again = secretary.post(at("act_receive", act.pk), {"received_on": "2026-10-06"})
    assert "déjà reçu" in words(again)
    said = {"published_on": "2026-10-07", "mode": "posted"}
    refused = words(secretary.post(at("act_publish", act.pk), {**said, "certificate": "Affiché"}))
    assert "ne publie vos actes que si une délibération l’a choisi" in refused
    chosen = f.act(world.here.place, "2026-76", mode="electronic")
    PublicationChoice.objects.create(act=chosen, mode="posted", starts_on=f.date(2026, 10, 1))
    assert "Dites ce qui le prouve" in words(secretary.post(at("act_publish", act.pk), said))
    secretary.post(at("act_publish", act.pk), {**said, "proof": SimpleUploadedFile("a.pdf", pdf())})
    file = SimpleUploadedFile("a.pdf", pdf())
    secretary.post(at("act_hand_over", act.pk), {"document": file})
    act.refresh_from_db()
    assert act.executory_on == f.date(2026, 10, 7)
    assert act.document is not None
    # Declared by somebody, with what proves it: never said to be put online.
    assert (act.mode, act.declared_by, act.put_online_at) == ("posted", world.here.secretary, None)
    page = words(secretary.get(at("act", act.pk)))
    assert f"Date déclarée par {world.here.secretary.name}" in page
    assert secretary.get(at("act_proof", act.pk)).content.startswith(b"%PDF")
    verbs = list(Entry.objects.about(act).order_by("id").values_list("verb", flat=True))
    assert verbs == ["act.received", "act.published", "act.document_attached"]


@pytest.mark.slow
def test_an_act_to_qualify_is_listed_and_qualified_in_one_gesture(secretary, world):
    act = f.act(world.here.place, "2026-77", kind=Act.Kind.UNQUALIFIED)
    other = f.act(world.there.place, "2026-78", kind=Act.Kind.UNQUALIFIED)
    page = secretary.get(at("acts"))
    assert "1 acte est à qualifier" in words(page)
    assert at("act_qualify", act.pk) in page.content.decode()
    wrong = secretary.post(at("act_qualify", act.pk), {"kind": "unqualified"}, follow=True)
    assert "Choisissez ce qu’est cet acte" in words(wrong)
    done = secretary.post(at("act_qualify", act.pk), {"kind": "individual"}, follow=True)
    assert "à qualifier" not in words(secretary.get(at("acts")))
    assert "Le public ne le voit pas" in words(secretary.get(at("act", act.pk)))
    assert "acte individuel" in words(done)
    assert secretary.post(at("act_qualify", other.pk), {"kind": "decision"}).status_code == 404


@pytest.mark.slow
def test_that_it_does_not_permit_to_sign_is_said_only_where_an_agreement_waits_for_the_act(secretary, world):
    said = "Elle ne permet pas encore de signer"
    alone = f.act(world.here.place, "2026-77", received_on=None, published_on=None)
    assert said not in words(secretary.get(at("act", alone.pk)))
    assert "réception en préfecture" in words(secretary.get(at("act", alone.pk)))
    secretary.post(at("act_attach", alone.pk))
    assert said in words(secretary.get(at("act", alone.pk)))
    minutes = f.act(world.here.place, "2026-78", kind=Act.Kind.MINUTES, received_on=None, published_on=None)
    page = words(secretary.get(at("act", minutes.pk)))
    assert said not in page
    assert "réception en préfecture" not in page
    assert "La rattacher à la convention" not in page
    # A form kept from before says why.
    refused = secretary.post(at("act_attach", minutes.pk), follow=True)
    assert "n’autorise pas à signer" in words(refused)


def test_an_act_recorded_by_mistake_is_taken_away_unless_an_agreement_stands_on_it(secretary, world):
    act = f.act(world.here.place, "2026-77")
    assert secretary.post(at("act_remove", act.pk))["Location"] == at("acts")
    assert not f.acts().filter(pk=act.pk).exists()
    secretary.post(at("act_attach", world.here.act.pk))
    response = secretary.post(at("act_remove", world.here.act.pk), follow=True)
    assert "Une convention s’appuie sur cet acte" in words(response)
    assert f.acts().filter(pk=world.here.act.pk).exists()


def test_the_journal_is_in_french_with_the_names_of_today(secretary, world):
    secretary.post(at("act_record"), FACTS)
    page = words(secretary.get(at("journal")))
    assert "Acte enregistré" in page
    assert f"par {world.here.secretary.name}" in page
    assert "act.recorded" not in page
    assert "Taisnières" not in page


# --- The public -------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_two_matters_that_fit_are_offered_by_name_and_one_is_taken_at_once(secretary, world):
    one = f.act(world.here.place, "2026-77", subject="Subventions aux associations de l’école")
    page = words(secretary.get(at("act", one.pk)))
    assert "Quelle est sa matière" in page
    assert "Finances locales, subventions (7.5)" in page
    # What is not asked is left as it was.
    f.acts().filter(pk=one.pk).update(author_name="Ada Roi")
    secretary.post(at("act_describe", one.pk), {"matter": "7.5"})
    one.refresh_from_db()
    assert (one.matter, one.author_name) == ("7.5", "Ada Roi")
    assert "Quelle est sa matière" not in words(secretary.get(at("act", one.pk)))
    assert secretary.post(at("act_describe", one.pk), {"matter": "5.99"}).status_code == 422
    secretary.post(at("act_record"), {**FACTS, "subject": "Adhésion au syndicat mixte"})
    assert f.acts().get(number=FACTS["number"]).matter == "5.7"


@pytest.mark.slow
def test_an_act_held_back_says_why_and_comes_back(secretary, world):
    act = f.act(world.here.place, "2026-77")
    assert secretary.post(at("act_hold_back", act.pk), {"because": "x" * 301}).status_code == 422
    secretary.post(at("act_hold_back", act.pk), {"because": "le nom d’un locataire"})
    page = words(secretary.get(at("act", act.pk)))
    assert "Le public ne le voit pas" in page
    assert "le nom d’un locataire" in page
    assert "Non public" in words(secretary.get(at("acts")))
    secretary.post(at("act_hold_back", act.pk), {"because": ""})
    assert "Le public ne le voit pas" not in words(secretary.get(at("act", act.pk)))


@pytest.mark.slow
def test_an_individual_act_is_notified_and_the_day_typed_for_it_is_that_day(secretary, world):
    secretary.post(at("act_record"), {**FACTS, "kind": "individual"})
    act = f.acts().get(number=FACTS["number"])
    assert (str(act.notified_on), act.published_on) == (FACTS["published_on"], None)
    f.acts().filter(pk=act.pk).update(notified_on=None)
    for day, status in (("2027-01-01", 422), ("2026-11-14", 302)):
        assert secretary.post(at("act_notify", act.pk), {"notified_on": day}).status_code == status
    act.refresh_from_db()
    assert str(act.notified_on) == "2026-11-14"


@pytest.mark.slow
def test_a_deliberation_about_publication_chooses_the_mode_and_no_other_is_asked(secretary, world):
    online = {"mode": "electronic", "subject": "Mode de publication des actes"}
    act, other = f.act(world.here.place, "2026-77", **online), f.act(world.here.place, "2026-78", mode="electronic")
    assert "Il choisit comment" in words(secretary.get(at("act", act.pk)))
    assert "Il choisit comment" not in words(secretary.get(at("act", other.pk)))
    secretary.post(at("act_choose", act.pk), {"mode": "posted"})
    assert "Cet acte a choisi" in words(secretary.get(at("act", act.pk)))


@pytest.mark.slow
def test_a_long_list_has_pages_and_a_search_and_costs_the_same(secretary, world, django_assert_num_queries):
    for rank in range(31):
        f.act(world.here.place, f"2026-A{rank:02}", subject=f"Objet {rank}, à l’École")
    with CaptureQueriesContext(connection) as queries:
        first = words(secretary.get(at("acts")))
    assert "Un mot de l’objet" in first
    assert "Suivante" in first
    for rank in range(20):
        f.act(world.here.place, f"2026-B{rank:02}")
    with django_assert_num_queries(len(queries)):
        secretary.get(at("acts"))
    found = words(secretary.get(at("acts") + "?q=ecole+30"))
    assert "Objet 30" in found
    assert "Objet 3," not in found
    assert "Aucun acte ne répond" in words(secretary.get(at("acts") + "?q=zzz"))
    assert len(secretary.get(at("acts_file", "csv") + "?q=ecole").getvalue().splitlines()) == 32
