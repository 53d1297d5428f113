"""The papers of a meeting as a jurist reads them, by the number of what was found wrong in those of before (P1 to P6,
P18, P19, P21): each is read back from its PDF, and agrees with the rows.
"""

from __future__ import annotations

import subprocess
from datetime import date, timedelta

import pytest

from socle.assemblies import actions, papers
from socle.assemblies.actions import Asked, Noted, Proposed
from socle.assemblies.actions.outcome import sessions_of
from socle.assemblies.ballots import Votes
from socle.assemblies.item_models import models
from socle.assemblies.models import Meeting, Member
from socle.assemblies.papers import words
from socle.assemblies.rules import why_not_post
from socle.assemblies.tally import roll_of, tally
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.lib.refusals import Refused
from tests import factories as f
from tests.assemblies.conftest import SENT, SESSION, attend, held, named, opened, prepared
from tests.assemblies.test_papers import says, words_of

pytestmark = pytest.mark.django_db


def pages_of(pdf: bytes) -> list[str]:
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return [" ".join(page.split()).replace("\u00a0", " ") for page in told.stdout.decode().split("\f")[:-1]]


def another(first: Meeting, by, *subjects: str, days: int = 30, late: int = 4) -> Meeting:
    """A session after this one, opened some minutes late."""
    meeting = actions.prepare(first.assembly, starts_at=SESSION + timedelta(days=days), by=by, at=SESSION)
    for subject in subjects:
        actions.add_item(meeting, Proposed(subject, decision="D’agir.", matter="7.5"), by=by, at=SESSION)
    meeting = actions.convene(meeting, by=by, at=SESSION)
    (pen,) = named(meeting, "Brice Deux")
    opened_at = meeting.starts_at + timedelta(minutes=late)
    return actions.open_session(meeting, secretary=pen, named_by="secret", by=by, at=opened_at)


@pytest.mark.slow
def test_paper_01_each_sheet_of_the_register_bears_the_day_of_its_meeting(beneficiary, secretary) -> None:
    first = held(beneficiary, secretary)
    second = another(first, secretary, "Vœu", days=20)
    actions.vote(second.items.get(), None, by=secretary, at=SESSION)
    actions.close(second, by=secretary, at=second.starts_at)
    made, is_new = actions.make_register(first.assembly, 2026, by=secretary, at=SESSION)
    assert is_new
    pages = pages_of(documents.read(made.document))
    day = ""
    for page in pages:
        for one in ("3 décembre 2026", "23 décembre 2026"):
            day = one if f"Séance du {one}" in page else day
        if "Registre des" not in page and "Table par date" not in page:
            assert f"Commune de Prisches – conseil municipal – séance du {day}" in page
        assert "Feuillet coté" in page
        assert "Paraphe" in page


@pytest.mark.slow
def test_paper_02_the_register_holds_what_the_law_wants_of_it(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary, ("Budget", "Vente du presbytère", "Chemin"))
    attend(meeting, secretary, Karim=Noted("absent"))
    adopted, rejected, last = meeting.items.all()
    actions.vote(adopted, None, by=secretary, at=SESSION)
    actions.vote(rejected, Votes(in_favour=2, against=8), by=secretary, at=SESSION)
    actions.vote(last, None, by=secretary, at=SESSION)
    actions.close(meeting, by=secretary, at=SESSION + timedelta(hours=1))
    decision = f.act(
        beneficiary, "D-2026-4", kind=Act.Kind.DECISION, subject="Louage du pré", adopted_on=date(2026, 5, 2)
    )
    assembly = meeting.assembly
    made, _ = actions.make_register(assembly, 2026, by=secretary, at=SESSION)
    pages = pages_of(documents.read(made.document))
    whole = " ".join(pages)
    for one in (
        "Convocation du 25 novembre 2026", "à 19 heures", "dans la salle du conseil",
        "10 membres présents sur 11 en exercice",
        "N° 1 de la séance – 2026-01. Budget", "N° 2 de la séance – proposition rejetée. Vente du presbytère",
        "rejette la proposition, par 2 voix pour, 8 voix contre", "N° 3 de la séance – 2026-02. Chemin",
        "Décisions prises par délégation", decision.number, "Louage du pré", "La maire,", "Le secrétaire de séance,",
        "Table par date", "Table par matière",
    ):  # fmt: skip
        assert one in whole, one
    (sheet,) = [page for page in pages if "Feuillet de clôture" in page]
    present = sheet.partition("Membres présents : ")[2]
    assert "Jean Dix" in present
    assert "Karim Onze" not in present
    assembly.has_rejected_in_register = False
    without = papers.register(assembly, sessions_of(assembly, 2026), [], year=2026).set(at=SESSION)
    assert "presbytère" not in words_of(without).partition("Ordre du jour")[2].partition("N° 1")[2]


@pytest.mark.slow
def test_a_register_is_made_once_and_what_changes_it_is_another_version(beneficiary, secretary) -> None:
    meeting = held(beneficiary, secretary)
    with pytest.raises(Refused, match="Aucune séance n’a été tenue en 2025"):
        actions.make_register(meeting.assembly, 2025, by=secretary, at=SESSION)
    first, _ = actions.make_register(meeting.assembly, 2026, by=secretary, at=SESSION)
    assert actions.make_register(meeting.assembly, 2026, by=secretary, at=SESSION) == (first, False)
    f.act(beneficiary, "D-2026-9", kind=Act.Kind.DECISION, adopted_on=date(2026, 12, 20))
    second, is_new = actions.make_register(meeting.assembly, 2026, by=secretary, at=SESSION)
    assert (second.version, is_new) == (2, True)
    assert "Version 2, qui remplace la version 1." in words_of(documents.read(second.document))
    assert first.document.sha256 != second.document.sha256
    assert "Version" not in words_of(documents.read(first.document))


# --- P3: the secretary, as the session opens --------------------------------------------------------------------------
def test_paper_03_nothing_is_voted_before_the_secretary_is_named(beneficiary, secretary) -> None:
    meeting = actions.convene(prepared(beneficiary, secretary), by=secretary, at=SENT)
    meeting = actions.open_session(meeting, by=secretary, at=SESSION)
    for gesture in (
        lambda item: actions.vote(item, None, by=secretary, at=SESSION),
        lambda item: actions.vote_as_asked(item, Asked(secret=4), by=secretary, at=SESSION),
    ):
        with pytest.raises(Refused, match="nomme secrétaire de séance"):
            gesture(meeting.items.first())
    attend(meeting, secretary)
    assert actions.vote(meeting.items.first(), None, by=secretary, at=SESSION).outcome == "adopted"


@pytest.mark.parametrize(
    ("civility", "named_by", "said"),
    [
        (
            "mr",
            "alone",
            "M. Brice Deux a été nommé secrétaire de séance, seule candidature, dont il a été donné lecture.",
        ),
        ("mrs", "secret", "Mme Brice Deux a été nommée secrétaire de séance, au scrutin secret."),
        ("mr", "open", "a été nommé secrétaire de séance, l’assemblée ayant décidé à l’unanimité"),
        ("mr", "", "M. Brice Deux a été nommé secrétaire de séance."),
    ],
)
def test_paper_03_how_the_secretary_was_named_is_told(beneficiary, secretary, civility, named_by, said) -> None:
    meeting = actions.convene(prepared(beneficiary, secretary), by=secretary, at=SENT)
    Member.objects.filter(name="Brice Deux").update(civility=civility)
    (pen,) = named(meeting, "Brice Deux")
    meeting = actions.open_session(meeting, secretary=pen, named_by=named_by, by=secretary, at=SESSION)
    (node,) = words.secretary(meeting)
    assert said in "".join(span.text for span in node.spans).replace("\u00a0", " ")


@pytest.mark.slow
def test_paper_03_whoever_presides_alone_after_a_second_convocation_has_no_secretary(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary, ("Budget",))
    everybody = {
        one.name.split()[0]: Noted("absent") for one in meeting.assembly.members.all() if one.name != "Anne Un"
    }
    attend(meeting, secretary, **everybody)
    again = actions.fail(meeting, by=secretary, at=SESSION)
    again = actions.open_session(actions.convene(again, by=secretary, at=SESSION), by=secretary, at=again.starts_at)
    chair = named(again, "Anne Un")[0]
    rows = {one.pk: Noted("absent") for one in again.assembly.members.exclude(pk=chair.pk)}
    with pytest.raises(Refused, match="nomme secrétaire de séance"):
        actions.vote(again.items.get(), None, by=secretary, at=again.starts_at)
    actions.note_attendance(again, rows, president=chair, secretary=None, by=secretary, at=again.starts_at)
    actions.vote(again.items.get(), None, by=secretary, at=again.starts_at)
    again = actions.close(again, by=secretary, at=again.starts_at)
    minutes = papers.minutes(again, list(again.items.all()), roll_of(again), at=SESSION)
    says(
        minutes,
        "Nul autre membre n’étant présent, aucun secrétaire de séance n’a été nommé.",
        "sans condition de quorum",
    )


# --- P4 to P6, P19 ----------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_paper_04_the_hours_are_those_of_the_session_and_not_of_its_convocation(beneficiary, secretary) -> None:
    first = held(beneficiary, secretary)
    meeting = another(first, secretary, "Vœu", late=17)
    actions.vote(meeting.items.get(), None, by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=meeting.starts_at + timedelta(minutes=95))
    minutes = papers.minutes(meeting, list(meeting.items.all()), roll_of(meeting), at=SESSION)
    says(minutes, "à 19 h 17, le conseil municipal de Prisches", "La séance est levée le 2 janvier 2027, à 20 h 35.")
    says(documents.read(meeting.items.get().act.document), "à 19 h 17")
    says(documents.read(meeting.convocation), "samedi 2 janvier 2027 à 19 heures")


@pytest.mark.slow
def test_paper_05_an_extract_decides_counts_and_says_who_withdrew(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    holder = meeting.assembly.members.get(name="Denis Quatre")
    attend(meeting, secretary, Claire=Noted("excused", proxy_to=holder.pk), Karim=Noted("absent"))
    meeting.assembly.appeal = "Recours devant le tribunal compétent (fictif)."
    meeting.assembly.district = "Avesnes-sur-Helpe"
    meeting.assembly.save()
    first, second = meeting.items.all()
    actions.withdraw_from(second, named(meeting, "Jean Dix"), by=secretary, at=SESSION)
    for item in (first, second):
        actions.vote(item, None, by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    says(
        documents.read(meeting.items.last().act.document),
        "République française", "Département : Nord", "Arrondissement d’Avesnes-sur-Helpe", "Commune de Prisches",
        "Réservé au visa de la préfecture", "Délibération n° 2026-02", "Objet : Adhésion au syndicat mixte",
        "Le jeudi 3 décembre 2026, à 19 heures, le conseil municipal de Prisches, convoqué le 25 novembre 2026, s’est "
        "réuni dans la salle du conseil, sous la présidence de Mme Anne Un, maire.",
        "Mme Claire Trois, deuxième adjointe excusée Denis Quatre", "Jean Dix présence, retrait de ce point",
        "Quorum atteint : 8 membres présents sur 11 en exercice ; il en faut plus de la moitié, soit 6",
        "Le conseil municipal, après en avoir délibéré, à l’unanimité (9 voix, dont 1 par pouvoir), décide :",
        "Article 1er – D’approuver.", "Article 2 – D’autoriser le maire à signer.",
        "N’a pas pris part au vote : Jean Dix, par retrait.", "Recours devant le tribunal compétent (fictif).",
        "Pour extrait conforme, La maire, Le secrétaire de séance, Anne Un Brice Deux", "Page 1 sur 1",
    )  # fmt: skip
    says(documents.read(meeting.list_act.document), "2026-01", "Budget primitif 2027", "adoptée", "La maire, Anne Un")


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        (Votes(11, 0), "à l’unanimité (11 voix)"),
        (Votes(10, 1), "par 10 voix pour, 1 voix contre"),
        (Votes(8, 2, 1), "par 8 voix pour, 2 voix contre et 1 abstention"),
        (Votes(9, 0, 2), "à l’unanimité des suffrages exprimés (9 voix, 2 abstentions)"),
        (Votes(5, 6), "par 5 voix pour, 6 voix contre"),
    ],
)
def test_paper_05_a_vote_is_told_in_words(beneficiary, secretary, votes, said) -> None:
    meeting = opened(beneficiary, secretary)
    item = actions.vote(meeting.items.first(), votes, by=secretary, at=SESSION)
    assert words.voices(item, tally(item, roll_of(meeting))).replace("\u00a0", " ") == said


@pytest.mark.slow
def test_paper_06_the_minutes_say_each_vote_once_and_who_signs(beneficiary, secretary) -> None:
    meeting = held(beneficiary, secretary)
    actions.write_discussion(meeting, discussion="On a parlé de la toiture.", by=secretary, at=SESSION)
    meeting.refresh_from_db()
    items = list(meeting.items.select_related("act"))
    draft = words_of(papers.minutes(meeting, items, roll_of(meeting), at=SESSION)).replace("\u00a0", " ")
    for one in ("Projet, à arrêter", "1. Budget primitif 2027", "On a parlé de la toiture.", "Adoptée à l’unanimité"):
        assert one in draft
    assert draft.count("11 voix") == 2
    assert draft.count("Quorum atteint") == 1
    assert draft.index("La séance est levée") < draft.index("La maire, Le secrétaire de séance, Anne Un Brice Deux")


@pytest.mark.slow
@pytest.mark.parametrize("lines", range(0, 60, 6))
def test_nobody_signs_a_page_that_says_nothing(beneficiary, secretary, lines) -> None:
    meeting = held(beneficiary, secretary)
    Meeting.objects.update(discussion="\n\n".join(["Une ligne."] * lines))
    meeting.refresh_from_db()
    last = pages_of(papers.minutes(meeting, list(meeting.items.all()), roll_of(meeting), at=SESSION))[-1]
    assert "La séance est levée" in last
    assert "La maire, Le secrétaire de séance" in last


@pytest.mark.parametrize(
    ("assembly", "place", "wanted"),
    [
        ("conseil municipal", "Salle du conseil", ("le conseil municipal", " dans la salle du conseil")),
        ("assemblée délibérante", "Mairie", ("l’assemblée délibérante", " à la mairie")),
        ("commission syndicale", "Foyer rural", ("la commission syndicale", " (Foyer rural)")),
        ("comité syndical", "", ("le comité syndical", "")),
    ],
)
def test_an_assembly_and_its_place_are_named_as_in_a_sentence(beneficiary, secretary, assembly, place, wanted) -> None:
    meeting = prepared(beneficiary, secretary)
    meeting.assembly.name, meeting.place, meeting.assembly.kind = assembly, place, "epci"
    assert (words.council(meeting), words.where(meeting)) == wanted


def test_paper_19_a_convocation_is_of_its_mayor_who_signs_it(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    Member.objects.filter(name="Anne Un").update(civility="", name="Ève d’Ornano-Lefèbvre de l’Étoile")
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    says(
        documents.read(meeting.convocation),
        "J’ai l’honneur de vous convoquer à la séance du conseil municipal qui se tiendra le jeudi 3 décembre 2026",
        "à un autre membre du conseil", "Le maire, Ève d’Ornano-Lefèbvre de l’Étoile",
    )  # fmt: skip


# --- P6: the posting --------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_paper_06_the_posting_is_certified_by_the_head_and_the_register_says_that_of_the_convocation(
    beneficiary, secretary
) -> None:
    meeting = held(beneficiary, secretary)
    Member.objects.filter(name="Anne Un").update(civility="mr")
    later = SESSION + timedelta(days=20)
    said = {"first_on": date(2026, 12, 4), "last_on": date(2026, 12, 18)}
    listed = actions.certify_posting(meeting, what="list", **said, by=secretary, at=later)
    says(
        documents.read(listed.document),
        "Le maire, M. Anne Un, certifie que la liste des délibérations examinées de la séance du 3 décembre 2026 du "
        "conseil municipal a été affichée à la mairie du 4 décembre 2026 au 18 décembre 2026 inclus.",
        "Fait le 23 décembre 2026.", "Le maire, Anne Un",
    )  # fmt: skip
    days = {"first_on": date(2026, 11, 25), "last_on": date(2026, 12, 3)}
    actions.certify_posting(meeting, what="convocation", **days, by=secretary, at=later)
    made, _ = actions.make_register(meeting.assembly, 2026, by=secretary, at=later)
    says(documents.read(made.document), "Convocation du 25 novembre 2026, affichée du 25 novembre 2026 au 3 décembre")


@pytest.mark.parametrize(
    ("what", "first_on", "last_on", "wanted"),
    [
        ("list", date(2026, 12, 3), date(2026, 12, 10), None),
        ("list", date(2026, 12, 10), date(2026, 12, 10), None),
        ("list", date(2026, 12, 2), date(2026, 12, 10), "commencerait avant le 3\u00a0décembre\u00a02026"),
        ("list", date(2026, 12, 10), date(2026, 12, 9), "finirait avant de commencer"),
        ("list", date(2026, 12, 4), date(2026, 12, 11), "n’est pas encore venu"),
        ("convocation", date(2026, 11, 25), date(2026, 12, 3), None),
        ("convocation", date(2026, 11, 24), date(2026, 12, 3), "commencerait avant"),
        ("minutes", date(2026, 12, 4), date(2026, 12, 5), "une fois arrêté"),
        ("budget", date(2026, 12, 4), date(2026, 12, 5), "Choisissez ce qui a été affiché"),
    ],
)
def test_a_certificate_tells_a_posting_that_took_place(beneficiary, secretary, what, first_on, last_on, wanted) -> None:
    meeting = held(beneficiary, secretary)
    said = {"what": what, "first_on": first_on, "last_on": last_on}
    reason = why_not_post(meeting, **said, on=date(2026, 12, 10))
    assert (reason is None) if wanted is None else (wanted in reason)
    if wanted is None:
        actions.certify_posting(meeting, **said, by=secretary, at=SESSION + timedelta(days=7))
        with pytest.raises(Refused, match="déjà fait"):
            actions.certify_posting(meeting, **said, by=secretary, at=SESSION + timedelta(days=7))


@pytest.mark.parametrize(
    ("civility", "kind", "said"),
    [
        ("mrs", "commune", "la maire"),
        ("mr", "commune", "le maire"),
        ("", "commune", "le maire"),
        ("mrs", "epci", "la présidente"),
        ("", "epci", "le président"),
    ],
)
def test_a_model_authorises_the_head_as_their_civility_says(beneficiary, secretary, civility, kind, said) -> None:
    assembly = prepared(beneficiary, secretary).assembly
    Member.objects.filter(name="Anne Un").update(civility=civility)
    assembly.kind = kind
    words_said = " ".join(one.decision for one in models(assembly, on=date(2026, 12, 3)))
    assert f"D’autoriser {said} à signer" in words_said
    assert "MAIRE" not in words_said
