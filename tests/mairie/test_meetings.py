"""The desk of an assembly, as a mairie opens it: what is asked of the rules, and what each page costs."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope
from PIL import Image

from socle.assemblies import actions, law
from socle.assemblies.actions import Proposed
from socle.assemblies.item_models import models
from socle.assemblies.law import Law, Regime, rule_on
from socle.assemblies.models import Assembly, Item, Meeting
from socle.deliberations.models import Transmission
from socle.documents import actions as documents
from socle.people.models import Role
from tests import factories as f
from tests.assemblies.conftest import SENT, SESSION, held, opened, prepared
from tests.mairie.conftest import pdf
from tests.sites.two_communes import signed_in

pytestmark = pytest.mark.django_db
SEANCES = "/mairie/seances/"


@pytest.fixture
def place():
    place = f.beneficiary()
    with scope(beneficiary=place):
        yield place


@pytest.fixture
def secretary(place):
    return f.member(Role.SECRETARY, place)


@pytest.fixture
def client(secretary, time_machine):
    time_machine.move_to(SENT, tick=False)
    return signed_in(secretary)


def told(answer) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.mark.slow
def test_a_council_is_written_then_its_first_agenda(client, place) -> None:
    assert "D’abord, les membres" in told(client.get(SEANCES))
    assert client.get(f"{SEANCES}assemblee/").status_code == 200
    assert not Assembly.objects.exists()  # A page that is read makes nothing.
    said = client.post(f"{SEANCES}assemblee/", {"names": "Mme Anne Un, maire\nBrice Deux"}, follow=True)
    assert "2 personnes de plus au tableau" in told(said)
    assert "Une personne" not in told(client.get(f"{SEANCES}assemblee/"))
    client.post(f"{SEANCES}preparer/", {"starts_at": "2026-12-03T19:00", "place": "Mairie"})
    meeting = Meeting.objects.get()
    assert (meeting.starts_at, meeting.place) == (SESSION, "Mairie")
    page = f"{SEANCES}{meeting.pk}/"
    client.post(f"{page}inscrire/", {"subjects": "- Budget primitif\n\n• Subventions aux associations de l’école\n"})
    first, second = meeting.items.all()
    assert (first.subject, first.matter, second.matter) == ("Budget primitif", "7.1", "")
    # Two matters fit: she chooses between their names, and never sees a code.
    shown = told(client.get(page))
    assert "De quelle matière ?" in shown
    assert "Finances locales, subventions" in shown
    assert ">7.5<" not in shown
    client.post(f"{page}ranger/", {"matiere": f"{second.pk}:7.5"})
    assert Item.objects.get(pk=second.pk).matter == "7.5"
    client.post(f"{page}ranger/", {"monter": second.pk})
    client.post(f"{page}ranger/", {"retirer": first.pk})
    assert list(meeting.items.values_list("rank", "subject")) == [(1, "Subventions aux associations de l’école")]
    chosen = client.post(f"{page}inscrire/", {"modele": "0"})
    assert chosen["Location"] == f"{page}points/{meeting.items.last().pk}/"
    said = client.post(f"{page}ranger/", {"retirer": first.pk}, follow=True)
    assert "n’est plus à l’ordre du jour" in told(said)


@pytest.mark.parametrize(("chosen", "is_told"), [("Budget primitif", False), ("Taux d’imposition", True)])
def test_paper_24_what_a_model_only_remembers_is_told_to_whoever_takes_it_and_not_on_the_act(
    client, place, secretary, chosen, is_told
) -> None:
    meeting = prepared(place, secretary)
    rank = [one.subject for one in models(meeting.assembly, on=meeting.held_on)].index(chosen)
    page = told(client.post(f"{SEANCES}{meeting.pk}/inscrire/", {"modele": rank}, follow=True))
    assert ("à faire vérifier, ou à retirer" in page) is is_told
    written = meeting.items.last()
    assert ("résidences secondaires … %" in written.decision) is is_told
    assert "vérifi" not in f"{written.grounds} {written.decision}"


@pytest.mark.slow
def test_a_rule_whose_text_nobody_read_is_told_on_the_page_and_cited_nowhere_else(client, place, monkeypatch) -> None:
    assert "<li>CGCT, article L. 2122-7-2</li>" in told(client.get(f"{SEANCES}assemblee/"))
    remembered = replace(rule_on(Law(Regime.COMMUNE), "quorum", on=SENT.date()), source="Loi retenue", is_read=False)
    monkeypatch.setattr(law, "rules", lambda: ())
    assert "Paramètres à vérifier" not in told(client.get(f"{SEANCES}assemblee/"))
    monkeypatch.setattr(law, "rules", lambda: (remembered,))
    shown = told(client.get(f"{SEANCES}assemblee/"))
    assert "Paramètres à vérifier" in shown
    assert "<li>Loi retenue</li>" in shown
    assert remembered.in_brackets == ""


@pytest.mark.slow
def test_what_was_typed_of_a_vote_that_is_refused_is_shown_again_with_why(
    client, place, secretary, time_machine
) -> None:
    meeting = opened(place, secretary, ("Motion", "Désignation d’un délégué"))
    meeting.items.filter(rank=2).update(kind=Item.Kind.APPOINTMENT)
    first, second = meeting.items.all()
    time_machine.move_to(SESSION + timedelta(minutes=5), tick=False)
    client, page = signed_in(secretary), f"{SEANCES}{meeting.pk}/tenir/"
    tie = {"point": first.pk, f"{first.pk}-against": "5", f"{first.pk}-abstentions": "1"}
    shown = client.post(f"{page}vote/", tie)
    assert shown.status_code == 422
    assert told(shown).count("Dites comment a voté la personne qui préside") == 2
    assert re.search(r'name="\d+-against"[^>]*value="5"|value="5"[^>]*name="\d+-against"', told(shown))
    rounds = "Hugo Huit : 5\nInès Neuf : 5\n\nHugo Huit : 5\nInès Neuf : 5\n\nHugo Huit : 5\nInès Neuf : 5"
    for typed, why in ((rounds, "dites leurs dates de naissance"), (f"{rounds}\nJean : douze", "Jean")):
        named = {"point": second.pk, f"tours-{second.pk}": typed, f"facon-{second.pk}": "public"}
        shown = client.post(f"{page}nomination/", named)
        assert shown.status_code == 422
        assert why in told(shown)
        assert typed in told(shown)
        assert f'value="public" id="facon-{second.pk}-public" checked' in told(shown)
    assert not meeting.items.exclude(outcome=Item.Outcome.PENDING).exists()
    # Written as it happened, nothing is left of it.
    shown = client.post(f"{page}vote/", {**tie, f"{first.pk}-head": "for"}, follow=True)
    assert "Point 1 : délibération adoptée" in told(shown)
    assert "Dites comment" not in told(shown)


@pytest.mark.slow
def test_what_a_rule_refuses_is_a_sentence_on_its_page(client, place, secretary) -> None:
    meeting = prepared(place, secretary)
    Assembly.objects.update(population=None)
    page = f"{SEANCES}{meeting.pk}/"
    assert "Dites la population au dernier renouvellement" in told(client.get(page))
    assert "Dites la population" in told(client.post(f"{page}convoquer/", follow=True))
    assert Meeting.objects.get().status == "prepared"
    wrong = client.post(f"{page}modifier/", {"starts_at": "demain", "place": ""})
    assert wrong.status_code == 422
    assert "Ce moment ne se lit pas" in told(wrong)
    wrong = client.post(f"{SEANCES}assemblee/", {"names": "Zoé Exemple, maire"})
    assert wrong.status_code == 422
    assert "Une seule personne préside" in told(wrong)


@pytest.mark.slow
def test_the_session_of_the_day_is_on_the_list_of_what_is_to_be_done(client, place, secretary, time_machine) -> None:
    meeting = actions.convene(prepared(place, secretary), by=secretary, at=SENT)
    assert "à tenir" not in told(client.get("/mairie/"))
    time_machine.move_to(SESSION - timedelta(hours=9), tick=False)
    home = told(signed_in(secretary).get("/mairie/"))
    assert "Séance du 3 décembre 2026 : à tenir" in home
    assert f"{SEANCES}{meeting.pk}/tenir/" in home


@pytest.mark.slow
def test_a_vote_by_its_figures_and_a_roll_by_its_form(place, secretary, time_machine) -> None:
    meeting = opened(place, secretary)
    time_machine.move_to(SESSION, tick=False)
    client = signed_in(secretary)
    page, item = f"{SEANCES}{meeting.pk}/tenir/", meeting.items.first()
    hugo = meeting.assembly.members.get(name="Hugo Huit")
    denis = meeting.assembly.members.get(name="Denis Quatre")
    client.post(f"{page}presences/", {f"etat-{hugo.pk}": "excused", f"pouvoir-{hugo.pk}": denis.pk})
    assert meeting.attendances.get(member=hugo).proxy_to == denis
    too_many = {"point": item.pk, f"{item.pk}-against": 12}
    assert "12 voix contre ou abstentions, pour 11 possibles" in told(
        client.post(f"{page}vote/", too_many, follow=True)
    )
    client.post(f"{page}vote/", {"point": item.pk, f"{item.pk}-against": 2, f"{item.pk}-abstentions": 1})
    item.refresh_from_db()
    assert (item.votes_for, item.votes_against, item.abstentions, item.outcome) == (8, 2, 1, "adopted")
    client.post(f"{page}issue/", {"revoter": item.pk})
    gone = {"retraits": item.pk, f"retrait-{item.pk}": [denis.pk], f"exercice-{item.pk}": "oui"}
    client.post(f"{page}vote/", {"unanime": item.pk, **gone})
    item.refresh_from_db()
    # Denis is out, with the voice that Hugo gave him.
    assert (item.members_in_office, item.votes_for) == (10, 9)


def picture(size: tuple[int, int], kind: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "navy").save(content, kind)
    return content.getvalue()


def drawn(pdf: bytes) -> int:
    """How many pictures a PDF draws, whatever makes parts of them transparent."""
    told = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True)
    return sum(line.split()[2] == "image" for line in told.stdout.decode().splitlines()[2:])


@pytest.mark.slow
def test_the_coat_of_arms_is_at_the_head_of_the_papers_made_after_it(client, place, secretary) -> None:
    meeting = prepared(place, secretary)
    page, arms = f"{SEANCES}assemblee/", f"{SEANCES}assemblee/armoiries/"

    def convocation() -> bytes:
        return client.get(f"{SEANCES}{meeting.pk}/convocation.pdf").getvalue()

    assert drawn(convocation()) == 0
    for content, said in (
        (b"%PDF-1.7", "Cette image ne se lit pas"),
        (picture((6000, 5000)), "Cette image a trop de points"),
        (picture((9, 9), "GIF"), "Cette image ne se lit pas"),
        (b"\x89PNG\r\n\x1a\n", "Cette image ne se lit pas"),
    ):
        page_again = client.post(arms, {"arms": SimpleUploadedFile("blason.png", content)})
        assert page_again.status_code == 422
        assert said in told(page_again)
    for kind in ("PNG", "JPEG"):
        blason = SimpleUploadedFile("blason", picture((900, 1200), kind))
        assert client.post(arms, {"arms": blason}).status_code == 302
        kept = bytes(Assembly.objects.get().arms)
        assert Image.open(io.BytesIO(kept)).size == (180, 240)
    assert drawn(convocation()) == 1
    assert "Retirer" in told(client.get(page))
    client.post(arms, {"retirer": "oui"})
    assert drawn(convocation()) == 0


@pytest.mark.slow
def test_what_is_decided_is_written_during_the_session_and_shown_again_when_refused(
    place, secretary, time_machine
) -> None:
    meeting = opened(place, secretary, ("Chemin",))
    time_machine.move_to(SESSION, tick=False)
    client, item = signed_in(secretary), meeting.items.get()
    hold = f"{SEANCES}{meeting.pk}/tenir/"
    decide = f"{hold}decision/"
    long = "x" * 4001
    page = client.post(decide, {"decider": item.pk, f"decision-{item.pk}": long})
    assert page.status_code == 422
    assert long in page.content.decode()
    assert "coupez-le en plusieurs lignes" in page.content.decode()
    assert client.post(decide, {"decider": item.pk, f"decision-{item.pk}": "De borner."}).status_code == 302
    assert "De borner." in client.get(hold).content.decode()
    page = client.post(decide, {"decider": item.pk, f"decision-{item.pk}": " "})
    assert page.status_code == 422
    assert "Écrivez ce que l’assemblée décide" in told(page)
    # What is typed counts with the next press, whichever it is: nobody votes on former words.
    client.post(f"{hold}vote/", {"unanime": item.pk, f"decision-{item.pk}": "De borner.\r\nDe classer."})
    item.refresh_from_db()
    assert (item.outcome, item.decision) == ("adopted", "De borner.\nDe classer.")
    Item.objects.filter(pk=item.pk).update(decision="")
    assert "Le point 1 est adopté, et rien n’y est décidé" in told(client.get(hold))
    client.post(decide, {"decider": item.pk, f"decision-{item.pk}": "De classer."})
    assert "rien n’y est décidé" not in told(client.get(hold))


@pytest.mark.slow
def test_two_people_who_write_what_one_item_decides_see_both_texts(place, secretary, time_machine) -> None:
    meeting = opened(place, secretary, ("Chemin", "Budget"))
    time_machine.move_to(SESSION, tick=False)
    client, (item, other) = signed_in(secretary), meeting.items.all()
    hold = f"{SEANCES}{meeting.pk}/tenir/"
    shown = BeautifulSoup(client.get(hold).content, "html.parser").select_one("form.stack")
    sent = {one["name"]: one.get("value", "") for one in shown.select("input[type=hidden]")}
    sent |= {one["name"]: one.text.removeprefix("\n") for one in shown.select("textarea[name^=decision]")}
    sent |= {one["name"]: one["value"] for one in shown.select("input[type=radio][checked]")}
    actions.write_decision(item, decision="De classer.", by=secretary, at=SESSION)
    page = client.post(f"{hold}vote/", sent | {"unanime": item.pk, f"decision-{item.pk}": "De vendre."})
    assert page.status_code == 422
    assert "De classer." in told(page)
    assert "De vendre." in told(page)
    item.refresh_from_db()
    assert (item.outcome, item.decision) == ("pending", "De classer.")
    # Nothing typed of it, the other item is voted all the same.
    client.post(f"{hold}vote/", {"unanime": other.pk})
    other.refresh_from_db()
    assert other.outcome == "adopted"


def test_forms_that_no_browser_sends_are_refused_with_a_sentence(place, secretary, time_machine) -> None:
    meeting = opened(place, secretary)
    time_machine.move_to(SESSION, tick=False)
    client, page, huge = signed_in(secretary), f"{SEANCES}{meeting.pk}/tenir/", "9" * 40
    member, item = meeting.assembly.members.first(), meeting.items.first()
    for address, form in (
        ("presences/", {f"etat-{member.pk}": "excused", f"pouvoir-{member.pk}": huge, "president": huge}),
        ("presences/", {f"etat-{member.pk}": "n’importe", f"arrivee-{member.pk}": "١٢", f"depart-{member.pk}": "1"}),
        ("vote/", {"unanime": huge}),
        ("vote/", {"point": item.pk, f"{item.pk}-against": "-1"}),
        ("presences/", {"retraits": f"{item.pk},x,{huge}", f"retrait-{item.pk}": [huge, "x"]}),
        ("presences/", {f"etat-{member.pk}": "present", f"papier-{member.pk}": huge, "secretaire": huge}),
        ("nomination/", {"point": item.pk, f"tours-{item.pk}": "sans voix"}),
        ("arreter/", {"seance": huge}),
    ):
        # What is typed of a vote is shown again; of all else, the page as it is.
        is_typed = "point" in form
        assert client.post(f"{page}{address}", form).status_code == (422 if is_typed else 302), address
    assert client.get(f"{SEANCES}registre-99999.pdf").status_code == 404
    item.refresh_from_db()
    assert item.outcome == "pending"


@pytest.mark.slow
def test_the_acts_of_a_session_leave_on_paper_and_come_back_stamped(place, secretary, time_machine) -> None:
    meeting = held(place, secretary)
    time_machine.move_to(SESSION + timedelta(days=1), tick=False)
    client, page = signed_in(secretary), f"{SEANCES}{meeting.pk}/partir/"
    first, second = (item.act for item in meeting.items.all())
    assert "En retard" not in told(client.get(page))
    assert "Aucun bordereau" in told(client.get(f"{SEANCES}{meeting.pk}/bordereau.pdf"))
    said = client.post(f"{page}envoyer/", {"acte": [first.pk, second.pk, meeting.list_act.pk]}, follow=True)
    assert "Le bordereau est prêt" in told(said)
    assert "Parti sur papier le 4 décembre 2026" in told(said)
    assert client.get(f"{SEANCES}{meeting.pk}/bordereau.pdf").content.startswith(b"%PDF")
    # What leaves does not leave twice.
    assert "déjà en route" in told(client.post(f"{page}envoyer/", {"acte": first.pk}, follow=True))
    early = {"received_on": "2026-12-03", "document": SimpleUploadedFile("t.pdf", pdf(), "application/pdf")}
    refused = client.post(f"{page}tampon/", early)
    assert refused.status_code == 422
    assert "reçu avant d’être envoyé" in told(refused)
    stamped = {"received_on": "2026-12-04", "document": SimpleUploadedFile("t.pdf", pdf(), "application/pdf")}
    assert "reçus en préfecture" in told(client.post(f"{page}tampon/", stamped, follow=True))
    for act in (first, second):
        act.refresh_from_db()
        assert act.received_on == date(2026, 12, 4)
    time_machine.move_to(SESSION + timedelta(days=8), tick=False)
    assert "La publication de la liste des délibérations était à faire" in told(signed_in(secretary).get(page))


@pytest.mark.slow
def test_what_leaves_is_shown_once_to_whom_signed_or_not_then_all_leaves_in_one_press(
    place, secretary, time_machine
) -> None:
    meeting = held(place, secretary)
    time_machine.move_to(SESSION + timedelta(days=1), tick=False)
    client, page = signed_in(secretary), f"{SEANCES}{meeting.pk}/partir/"
    first, second = (item.act for item in meeting.items.all())
    second.signatories = "Anne Un"
    second.save(update_fields=["signatories"])
    ticked = {"acte": [first.pk, second.pk, meeting.list_act.pk]}
    shown = told(client.post(f"{page}tout/", ticked))
    for words in ("À la préfecture (Nord), sur papier. Signé par Anne Un.", "sur papier. Pas signé", "sur le site."):
        assert words in shown
    assert not Transmission.of_all().exists()
    assert "Mettre en ligne" in told(client.get(page))
    assert "Le bordereau est prêt" in told(client.post(f"{page}tout/", {**ticked, "oui": "oui"}, follow=True))
    assert "Mettre en ligne" not in told(client.get(page))
    assert Transmission.of_all().count() == 2
    for act in (first, second, meeting.list_act):
        act.refresh_from_db()
        assert act.put_online_asked_at is not None
    # Asked again by a second press, nothing leaves twice.
    assert "Rien de ce qui est coché ne reste" in told(
        client.post(f"{page}tout/", {**ticked, "oui": "oui"}, follow=True)
    )
    assert Transmission.of_all().count() == 2


@pytest.mark.slow
def test_an_act_recorded_from_a_pdf_leaves_as_those_of_a_session(client, place, secretary) -> None:
    kept = {"title": "Acte", "filename": "a.pdf", "beneficiary": place, "by": secretary, "at": SENT}
    act = f.act(place, "2026-41", document=documents.keep(f.pdf(), **kept), received_on=None)
    bare = f.act(place, "2026-42", received_on=None)
    page = f"/mairie/deliberations/{act.pk}/"
    shown = told(client.get(page))
    assert "À la préfecture (Nord), sur papier, avec son bordereau. Pas signé par un certificat" in shown
    assert "L’envoyer à la préfecture" not in told(client.get(f"/mairie/deliberations/{bare.pk}/"))
    assert "Le bordereau est prêt" in told(client.post(f"{page}envoyer/", follow=True))
    sent = Transmission.of_all().get(act=act)
    assert "déjà en route" in told(client.post(f"{page}envoyer/", follow=True))
    road = f"{SEANCES}prefecture/{sent.pk}/"
    assert "Bordereau" in told(client.get(road))
    early = {"received_on": "2026-01-01", "document": SimpleUploadedFile("t.pdf", pdf(), "application/pdf")}
    refused = client.post(f"{road}tampon/", early)
    assert (refused.status_code, "avant d’être" in told(refused)) == (422, True)
    stamped = {"received_on": "2026-11-25", "document": SimpleUploadedFile("t.pdf", pdf(), "application/pdf")}
    assert "reçu en préfecture" in told(client.post(f"{road}tampon/", stamped, follow=True))
    act.refresh_from_db()
    assert act.received_on == date(2026, 11, 25)
    assert "Quand l’exemplaire tamponné revient" not in told(client.get(road))


@pytest.mark.slow
def test_an_act_sent_elsewhere_is_noted_with_its_receipt(place, secretary, time_machine) -> None:
    meeting = held(place, secretary)
    time_machine.move_to(SESSION + timedelta(days=1), tick=False)
    client, page = signed_in(secretary), f"{SEANCES}{meeting.pk}/partir/"
    act = meeting.items.first().act
    receipt = {"act": act.pk, "received_on": "2026-12-04", "identifier": "059-1-20261203-2026_01-DE"}
    wrong = client.post(f"{page}ailleurs/", {**receipt, "document": SimpleUploadedFile("a.pdf", pdf())})
    assert wrong.status_code == 422
    assert "n’est pas celui de cet acte" in told(wrong)
    right = {**receipt, "identifier": "", "document": SimpleUploadedFile("a.pdf", pdf())}
    assert "reçu en préfecture" in told(client.post(f"{page}ailleurs/", right, follow=True))
    act.refresh_from_db()
    assert act.received_on == date(2026, 12, 4)


@pytest.mark.slow
def test_a_body_says_how_it_reaches_its_prefecture(client, place) -> None:
    page = f"{SEANCES}prefecture/"
    assert "les actes partent sur papier" in told(client.get(page))
    facts = {
        "agreed_on": "2026-10-01", "transmitter": "s2low", "device": "SLO", "siren": place.siret[:9],
        "department": "059", "district": "5", "nature": "31", "email": "actes@exemple.test",
    }  # fmt: skip
    assert "de 2 à 6 lettres" in told(client.post(f"{page}regler/", {**facts, "email": "actes@exemple.invalid"}))
    assert "arrondissement" in told(client.post(f"{page}regler/", {**facts, "district": "X"}))
    assert "Déposez le certificat" in told(client.post(f"{page}regler/", facts, follow=True))
    file = SimpleUploadedFile("c.pem", b"rien")
    refused = client.post(f"{page}certificat/", {"certificate": file, "certificate_password": "secret"})
    assert refused.status_code == 422
    assert "ne contient pas le certificat" in told(refused)
    assert "secret" not in told(refused)


@pytest.mark.slow
def test_the_desk_costs_the_same_however_long_the_agenda(client, place, secretary) -> None:
    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    meeting = prepared(place, secretary)
    pages = [SEANCES, f"{SEANCES}{meeting.pk}/"]
    few = [cost(one) for one in pages]
    for rank in range(9):
        actions.add_item(meeting, Proposed(f"Point {rank}"), by=secretary, at=SENT)
        actions.prepare(meeting.assembly, starts_at=SESSION, by=secretary, at=SENT)
    assert [cost(one) for one in pages] == few
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    Meeting.objects.filter(pk=meeting.pk).update(status="open", opened_at=SENT)
    hold = f"{SEANCES}{meeting.pk}/tenir/"
    eleven = cost(hold)
    Item.objects.filter(rank__gt=2).delete()
    assert cost(hold) == eleven


@pytest.mark.slow
def test_a_plan_is_joined_read_and_taken_off_an_item(client, place, secretary) -> None:
    meeting = prepared(place, secretary)
    item = meeting.items.first()
    page = f"{SEANCES}{meeting.pk}/points/{item.pk}/"

    def join(content: bytes, title: str = "Plan"):
        return client.post(page, {"title": title, "document": SimpleUploadedFile("plan.pdf", content)}, follow=True)

    for content, title, why in ((b"du texte", "Plan", "n’est pas un PDF"), (f.pdf(), "", "Ce renseignement")):
        answer = join(content, title)
        assert (answer.status_code, why in told(answer)) == (422, True)
    assert not item.annexes.exists()
    assert "Annexe jointe" in told(join(f.pdf()))
    one = item.annexes.get()
    assert client.get(f"{page}annexe-{one.pk}.pdf").content == f.pdf()
    assert "Cette annexe n’est plus" in told(client.post(f"{page}retirer/", {"annexe": "x"}, follow=True))
    assert "n’est plus joint à ce point" in told(client.post(f"{page}retirer/", {"annexe": one.pk}, follow=True))
    assert client.get(f"{page}annexe-{one.pk}.pdf").status_code == 404


@pytest.mark.slow
def test_a_ballot_that_members_ask_is_noted_on_its_page(place, secretary, time_machine) -> None:
    meeting = opened(place, secretary)
    time_machine.move_to(SESSION, tick=False)
    client, item = signed_in(secretary), meeting.items.first()
    page = f"{SEANCES}{meeting.pk}/tenir/{item.pk}/scrutin/"
    assert "Anne Un" in told(client.get(page))
    answer = client.post(page, {"public": "2"})
    assert (answer.status_code, "Scrutin ordinaire" in told(answer)) == (422, True)
    assert client.post(page, {"public": "beaucoup"}).status_code == 422
    answer = client.post(page, {"public": "3", "voix-0": "for", "voix-1": "against", "voix-2": "?"}, follow=True)
    assert "10 pour, 1 contre" in told(answer)
    item.refresh_from_db()
    assert "Contre\u00a0: Brice Deux" in item.named


@pytest.mark.slow
def test_decisions_taken_by_delegation_are_told_in_one_press(client, place, secretary) -> None:
    meeting = prepared(place, secretary)
    page = f"{SEANCES}{meeting.pk}/"
    assert "prise par délégation" not in told(client.get(page))
    f.act(place, "D-7", kind="decision", subject="Louer la salle", adopted_on=SENT.date())
    assert "1 décision prise par délégation" in told(client.get(page))
    client.post(f"{page}inscrire/", {"decisions": "oui"})
    assert "Louer la salle" in meeting.items.last().grounds
    assert "Mettre le point à jour" in told(client.get(page))


@pytest.mark.slow
def test_a_signed_file_that_is_no_act_of_the_session_is_refused_on_its_page(client, place, secretary) -> None:
    page = f"{SEANCES}{held(place, secretary).pk}/partir/"
    assert "Signé avec un certificat" in told(client.get(page))
    for content, why in ((b"du texte", "n’est pas un PDF"), (f.pdf(), "Ce PDF n’est aucun de ces actes")):
        answer = client.post(f"{page}signe/", {"signed": SimpleUploadedFile("acte.pdf", content)})
        assert (answer.status_code, why in told(answer)) == (422, True)
