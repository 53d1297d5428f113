"""The thirty-two corrections of a jurist, by number: where each is read, what is never said again, what is said now.

What is printed or sent is read as it is printed or sent; the source, where printing costs a whole signed agreement.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core import mail
from django.template.loader import render_to_string
from django_scopes import scope

from socle.agreements.deeds import visa
from socle.agreements.document import ServiceFacts
from socle.agreements.reprints import words_of as words_of_agreement
from socle.assemblies import actions, emails, papers
from socle.assemblies.actions import Noted, Proposed
from socle.assemblies.ballots import Votes
from socle.assemblies.item_models import models
from socle.assemblies.models import Member
from socle.assemblies.tally import roll_of
from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.grants.models import Expense
from socle.grants.statements import mandate_in_words
from socle.joining import emails as joining_emails
from socle.lib.text import town_of
from socle.people.actions import COMMUNE
from socle.people.models import Role
from tests import factories as f
from tests.agreements.facts import agreement, party
from tests.assemblies.conftest import SENT, SESSION, attend, named, prepared
from tests.assemblies.test_papers import words_of
from tests.consistency.house import ROOT, files, read

TEXTS = ROOT / "texts"


@dataclass(frozen=True)
class Correction:
    """One line of the jurist: its number, what it is read in, the words struck out, those that stand now."""

    number: int
    source: str
    never: tuple[str, ...]
    says: tuple[str, ...]


CORRECTIONS = (
    Correction(1, "extract", ("Article 1 :", "Article 1 –"), ("Article 1er – D’approuver.",)),
    Correction(2, "extract", ("Ne prennent pas part",),
               ("N’a pas pris part au vote : Mme Claire Trois, qui s’est retirée.",)),
    Correction(3, "extract", ("compris",), ("dont 1 par pouvoir",)),
    Correction(4, "extract", ("Les pouvoirs ne comptent",), ("Quorum atteint",)),
    Correction(5, "extract", ("19 h 00", "Salle du conseil"), ("à 19 heures, ", " dans la salle du conseil")),
    Correction(6, "extract", ("(e)", "Maire :"), ("La maire, ", "Mme Claire Trois, deuxième adjointe présente")),
    Correction(7, "extract", ("Présidence :", "Secrétariat de séance :"),
               ("sous la présidence de Mme Anne Un, maire", "M. Brice Deux a été nommé secrétaire de séance")),
    Correction(8, "minutes", ("Délibération adoptée", "Adopté :"), ("Adoptée à l’unanimité (9 voix",)),
    Correction(9, "minutes", ("Point dont il est pris acte",), ("Le conseil municipal prend acte.",)),
    Correction(10, "convocation", ("Vous êtes convoqué",),
               ("J’ai l’honneur de vous convoquer à la séance du conseil municipal qui se tiendra le jeudi 3",)),
    Correction(10, "message", ("Vous êtes convoqué", "19 h 00"),
               ("J’ai l’honneur de vous convoquer à la séance du conseil municipal qui se tiendra le jeudi 3",)),
    Correction(11, "convocation", ("collègue",), ("à un autre membre du conseil.",)),
    Correction(11, "message", ("collègue",), ("à un autre membre du conseil.",)),
    Correction(12, "models", ("le maire ou la maire", "LE MAIRE"), ("D’autoriser la maire à signer",)),
    Correction(13, "model deliberation", ("Présents et présentes",),
               ("{{ assembly_subject }}, Vu le code", "Membres présents : ")),
    Correction(14, "model deliberation", ("est inscrite au budget",),
               ("les crédits nécessaires seront inscrits au budget",)),
    Correction(15, "agreement", ("Commune d’Audresselles, commune", "Commune d’Audresselles, dont",
                                 "ci-après dénommé « le bénéficiaire »"),
               ("La commune d’Audresselles, ", "ci-après dénommée « le bénéficiaire »")),
    # « à l’adresse suivante : » where the seat is neither a street nor a town.
    Correction(16, "agreement", ("collectivité territoriale)", "dont le siège est :", ", commune,"),
               ("dont le siège est situé 16 rue Haute, 62164 Audresselles",)),
    # Not « habilité(e) »: no party says a civility. The act empowers, which is right for everybody.
    Correction(17, "agreement", ("agissant par", "en vertu de la délibération", "habilité(e)"),
               ("représentée par Camille Exemple, maire, qu’habilite la délibération n° 2026-07",)),
    Correction(18, "agreement", ("Ci-après dénommées", "relative à l’objet suivant"),
               ("ci-après dénommées ensemble « les parties »", "portant « Approbation du projet")),
    Correction(19, "agreement", ("dans sa version du",),
               ("Elle est établie d’après le modèle « Convention tripartite d’équipement numérique », approuvé par "
                "l’article 5 de la délibération n° 2021-16",)),
    Correction(20, "agreement", ("à votre nom", "en quelques clics", "hors de portée"),
               ("au nom de la commune, tenu à jour par la mairie",
                "Une copie chiffrée des données, conservée hors de la mairie")),
    Correction(20, "skeleton", ("à votre nom", "en quelques clics", "hors de portée"),
               ("au nom de la commune, tenu à jour par la mairie",
                "Une copie chiffrée des données, conservée hors de la mairie")),
    Correction(21, "seats", ("département",), ("[] [Arras] [Lille]",)),
    Correction(22, "amendment", ("Avenant n° A", "Ce que ce tableau ne cite pas"),
               ("Avenant n° 1 à la convention n° PMC-2026-0001", "Les autres stipulations demeurent inchangées.")),
    Correction(23, "between operators", ("Elles et ils",), ("Ces personnels sont placés",)),
    Correction(24, "proof", ("= Verdict", "version du {agreement.text.version"),
               ("Résultat de la vérification", "version du {_version_of(agreement)}",
                "dates.in_words(date.fromisoformat(agreement.text.version))")),
    Correction(25, "acts", ("Délibération : Adopté le", "Délibération : Le mettre"),
               ("délibération : Adoptée le", "liste des délibérations : Établie le",
                "act.is_feminine %}{% wrap \"card\" title=\"La mettre en ligne\"")),
    Correction(26, "awaited", ("qu’elle parte", "La convention PMC"),
               ("L’avenant PMC-2026-0001-A1", "Pour qu’il parte")),
    Correction(27, "notice", ("de Eccles",), ("au nom de la commune d’Eccles, à adhérer",)),
    Correction(28, "help", ("l’espace de Commune", "à Centre"),
               ("l’espace de la commune d’Eccles au Centre de gestion du Nord",)),
    Correction(28, "proposal", ("pour Commune",), ("pour la commune d’Eccles, comme",)),
    Correction(28, "concluded", ("de Commune",), ("La convention PMC-2026-0001 de la commune d’Eccles est conclue",)),
    Correction(29, "reckonings", ('"Fournit"', '"Doit"', ">Fournit<", ">Doit<"),
               ('("Prestataire", statement.provider), ("Redevable", statement.debtor)', 'Field("Prestataire"',
                'Field("Redevable"', "<dt>Prestataire</dt>", "<dt>Redevable</dt>")),
    Correction(30, "statement", ('"HT ou brut"', "23/04/2022"),
               ('"Montant HT ou brut"', "Mandat n° 101 du 23 avril 2022", "payé le {dates.in_words")),
    Correction(31, "screens", ("Être prévenu des prochains", "s’inscrit d’une pression", "s’inscrivent d’une pression"),
               ("Cochez au moins un acte", "Recevoir les prochains actes", "s’inscrit en un clic",
                "refuse(None if acts else rules.NOTHING)")),
    Correction(32, "guide", ("5 au-delà", "« Actes », puis « Séances »"),
               ("Depuis « Séances »", "5 à partir de 3 500 habitants")),
)  # fmt: skip


# --- What is read -----------------------------------------------------------------------------------------------------
@pytest.fixture
def session(db: None) -> dict[str, str]:
    return _session()


@cache
def _session() -> dict[str, str]:
    """The papers of one session and its message, as read: printed once, whatever became of its rows."""
    place = f.beneficiary()
    with scope(beneficiary=place):
        by = f.member(Role.SECRETARY, place)
        meeting = prepared(place, by)
        actions.add_item(meeting, Proposed("Travaux", kind="information"), by=by, at=SENT)
        Member.objects.filter(name="Anne Un").update(email="anne@exemple.invalid")
        said = {"models": " ".join(one.decision for one in models(meeting.assembly, on=meeting.held_on))}
        meeting = actions.convene(meeting, by=by, at=SENT)
        emails.send_due(at=SENT)
        said["message"] = mail.outbox[-1].body
        (pen,) = named(meeting, "Brice Deux")
        meeting = actions.open_session(meeting, secretary=pen, named_by="alone", by=by, at=SESSION)
        (holder,) = named(meeting, "Denis Quatre")
        attend(meeting, by, Karim=Noted("excused", proxy_to=holder.pk), Jean=Noted("absent"))
        first, second, told = meeting.items.all()
        actions.withdraw_from(first, named(meeting, "Claire Trois"), by=by, at=SESSION)
        actions.vote(first, Votes(in_favour=9, against=0), by=by, at=SESSION)
        actions.vote(second, None, by=by, at=SESSION)
        actions.set_aside(told, outcome="told", by=by, at=SESSION)
        meeting = actions.close(meeting, by=by, at=SESSION)
        items = list(meeting.items.select_related("act"))
        extract = documents.read(items[0].act.document)
        minutes = papers.minutes(meeting, items, roll_of(meeting), at=SESSION)
        printed = {"extract": extract, "minutes": minutes, "convocation": documents.read(meeting.convocation)}
        return said | {name: words_of(pdf) for name, pdf in printed.items()}


def last_text(name: str) -> str:
    return max((TEXTS / name).glob("20*")).joinpath("text.md").read_text()


def the_agreement() -> str:
    said = {"seat": "16 rue Haute, 62164 Audresselles", "legal_form": COMMUNE, "quality": "Maire"}
    commune = party("beneficiary", "Commune d’Audresselles", **said)
    programme = tomllib.loads(read("programmes/pack-mairies-connectees.toml"))
    services = tuple(
        ServiceFacts(one["code"], one["name"], one["summary"], "L. 1425-1", "Syndicat mixte")
        for one in programme["service"]
    )
    plain = agreement()
    approved = "approuvé par l’article\u00a05 de la délibération n°\u00a02021-16 du comité syndical"
    given = replace(plain, parties=(commune, *plain.parties[1:]), services=services, model_approval=approved,
                    vat_regime="hors du champ de la TVA", visas=(visa(plain.parties[2].act),))  # fmt: skip
    return words_of_agreement(given, last_text("convention-tripartite"))


def the_amendment() -> str:
    facts = {
        "number": "PMC-2026-0001-A1",
        "amended": "PMC-2026-0001",
        "amended_on": "3 mars 2026",
        "purpose": "Ajouter.",
    }
    return words_of_agreement(replace(agreement(), **facts), last_text("avenant"))


def the_acts() -> str:
    kinds = (Act.Kind.DELIBERATION, Act.Kind.LIST)
    return " ".join([*(f"{kind.label} : {Act(kind=kind).adopted_words}" for kind in kinds),
                     read("socle/mairie/templates/mairie/act.html")])  # fmt: skip


ECCLES = SimpleNamespace(name="Commune d’Eccles")
TRIPARTITE = SimpleNamespace(number="PMC-2026-0001", beneficiary=ECCLES, amends_id=None)
AMENDMENT = SimpleNamespace(number="PMC-2026-0001-A1", beneficiary=ECCLES, amends_id=1)


def rendered(template: str, **said: object) -> Callable[[], str]:
    return lambda: render_to_string(template, {"person": SimpleNamespace(name="Camille"), **said})


def the_notice() -> str:
    request = SimpleNamespace(commune=SimpleNamespace(name="Eccles"), name="Camille", reference="ADH-1")
    said = joining_emails._named(SimpleNamespace(request=request))
    return render_to_string("joining/notice.txt", {"request": request, "named": said, "programme": ECCLES})


def the_screens() -> str:
    told = [path for path in files(".html") if path.parts[0] == "socle"]
    told += [path for path in files(".md") if path.parts[:2] == ("docs", "guide")]
    rules = (Path("socle/deliberations", name) for name in ("transmission_rules.py", "sending.py"))
    return " ".join(map(read, (*told, *rules)))


HELP = SimpleNamespace(
    opened_by=SimpleNamespace(name="Camille"), beneficiary=ECCLES, ends_on=date(2026, 12, 9), motive="un site",
    operator=SimpleNamespace(name="Centre de gestion du Nord"),
)  # fmt: skip
SOURCES: dict[str, Callable[[], str]] = {
    "model deliberation": lambda: last_text("deliberation-adhesion"),
    "agreement": the_agreement,
    "skeleton": lambda: read("socle/programme/skeleton.toml"),
    "seats": lambda: " ".join(
        f"[{town_of(seat)}]"
        for seat in ("département du Pas-de-Calais (siège à préciser)", "Arras", "1 rue Haute, 59000 Lille")
    ),
    "amendment": the_amendment,
    "between operators": lambda: last_text("convention-operateurs"),
    "proof": lambda: read("socle/agreements/proof.typ") + read("socle/agreements/proof.py"),
    "acts": the_acts,
    "awaited": rendered("agreements/awaited.txt", agreement=AMENDMENT, awaited=["L’acte."]),
    "notice": the_notice,
    "help": rendered("people/help_opened.txt", access=HELP),
    "proposal": rendered("people/proposal.txt", place=ECCLES, invitation=SimpleNamespace(name="Camille")),
    "concluded": rendered("agreements/concluded.txt", agreement=TRIPARTITE, starts_on="3 mars 2026"),
    "reckonings": lambda: "".join(
        map(read, ("socle/revenue/reckonings.py", "socle/revenue/desk/reckonings.py",
                   "socle/revenue/templates/revenue/reckonings.html"))
    ),
    "statement": lambda: read("socle/grants/statement.typ") + read("socle/grants/statements.py")
    + mandate_in_words(Expense(mandate="101", mandated_on=date(2022, 4, 23))),
    "screens": the_screens,
    "guide": lambda: read("docs/guide/seances.md"),
}  # fmt: skip
PRINTED = {"extract", "minutes", "convocation", "message", "models"}


def _holds(one: Correction, words: str) -> None:
    words = " ".join(words.replace("\u00a0", " ").replace("\u202f", " ").replace("\\u00a0", " ").split())
    assert [struck for struck in one.never if struck in words] == []
    assert [said for said in one.says if said not in words] == [], words[:4000]


def _name(one: Correction) -> str:
    return f"{one.number:02d}-{one.source.replace(' ', '-')}"


@pytest.mark.parametrize("one", [one for one in CORRECTIONS if one.source not in PRINTED], ids=_name)
def test_a_correction_of_the_jurist_stands(one: Correction) -> None:
    _holds(one, SOURCES[one.source]())


@pytest.mark.slow
@pytest.mark.parametrize("one", [one for one in CORRECTIONS if one.source in PRINTED], ids=_name)
def test_a_correction_of_the_jurist_stands_on_the_papers_of_a_session(one: Correction, session: dict[str, str]) -> None:
    _holds(one, session[one.source])


def test_each_of_the_thirty_two_has_its_line() -> None:
    assert sorted({one.number for one in CORRECTIONS}) == list(range(1, 33))
    assert all(one.never and one.says for one in CORRECTIONS)
    assert {one.source for one in CORRECTIONS} == PRINTED | SOURCES.keys()
