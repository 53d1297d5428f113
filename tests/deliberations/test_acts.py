import contextvars
import csv
import json
from datetime import date, timedelta

import pytest
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from socle.deliberations import actions, open_data
from socle.deliberations.models import Act
from socle.deliberations.rules import (
    next_number,
    why_not_attach_document,
    why_not_certify,
    why_not_empowering,
    why_not_may_record,
    why_not_put_online,
    why_not_receive,
    why_not_record,
    why_not_show,
)
from socle.documents.models import Document
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary, Role, User
from socle.territory.models import Department
from tests import factories as f
from tests.deliberations.scdl import SCHEMA

# Rules and verbs are asked whatever the scope; the scope itself has its test.
pytestmark = pytest.mark.usefixtures("all_beneficiaries")
D = date


@pytest.mark.parametrize(
    ("received", "published", "not_transmissible", "expected"),
    [
        (D(2026, 10, 2), D(2026, 10, 3), "", D(2026, 10, 3)),
        (D(2026, 10, 5), D(2026, 10, 3), "", D(2026, 10, 5)),
        (None, D(2026, 10, 3), "", None),
        (D(2026, 10, 2), None, "", None),
        (None, D(2026, 10, 3), "mission facultative du centre de gestion", D(2026, 10, 3)),
    ],
)
def test_an_act_is_executory_on_the_later_of_publication_and_reception(
    received, published, not_transmissible, expected
):
    act = Act(received_on=received, published_on=published, not_transmissible_because=not_transmissible)
    assert act.executory_on == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"kind": Act.Kind.UNQUALIFIED}, "Choisissez ce qu’est cet acte"),
        ({"number": ""}, "numéro"),
        ({"number": "2026;12"}, "numéro"),
        ({"number": "9" * 30}, None),
        ({"number": "9" * 31}, "numéro"),
        ({"adopted_on": D(2026, 12, 1)}, "n’est pas encore venu"),
        ({"adopted_on": f.TODAY, "received_on": f.TODAY, "published_on": f.TODAY}, None),
        ({"received_on": D(2026, 9, 1)}, "reçu en préfecture avant d’être adopté"),
        ({"published_on": D(2026, 9, 1)}, "publié avant d’être adopté"),
        ({"received_on": D(2026, 10, 1), "published_on": D(2026, 10, 1)}, None),
        ({"received_on": None, "published_on": D(2026, 12, 1)}, "publié le 1"),
        ({"received_on": D(2026, 12, 1)}, "reçu en préfecture le 1"),
        ({"not_transmissible_because": "facultatif"}, "transmissible"),
        ({"not_transmissible_because": "facultatif", "received_on": None}, None),
        ({"number": "2026-01"}, "porte déjà le numéro"),
        ({"number": "2026-02"}, None),
    ],
)
def test_dates_that_contradict_each_other_are_refused(change, reason):
    place = f.beneficiary()
    f.act(place, "2026-01")
    f.act(f.beneficiary(f.commune("62001", "Ablain", 300)), "2026-02")
    facts = {
        "kind": Act.Kind.DELIBERATION,
        "number": "2026-12",
        "adopted_on": D(2026, 10, 1),
        "received_on": D(2026, 10, 2),
        "published_on": D(2026, 10, 3),
        "matter": "",
        "vote": None,
        **change,
    }
    said = why_not_record(place, on=f.TODAY, **facts)
    assert (said is None) if reason is None else (reason in said)


@pytest.mark.django_db
def test_only_its_own_people_record_the_act_of_a_commune():
    place, other = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300))
    facts = {"kind": Act.Kind.DELIBERATION, "body": "conseil municipal", "number": "2026-12", "subject": "Adhésion",
             "adopted_on": D(2026, 10, 1)}  # fmt: skip
    with pytest.raises(Refused):
        actions.record_act(place, **facts, by=f.member(Role.MAYOR, other), at=f.NOW)
    assert not f.acts().exists()
    act = actions.record_act(place, **facts, by=f.member(Role.SECRETARY, place), at=f.NOW)
    assert Entry.objects.about(act).get().verb == "act.recorded"


@pytest.mark.django_db
def test_an_act_is_read_within_the_scope_of_its_commune_and_those_of_operators_apart():
    place, other = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300))
    act, lead = f.act(place, "2026-31"), f.programme().lead()
    with scope(beneficiary=place):
        assert (list(Act.objects.all()), list(Act.of(place))) == ([act], [act])
    with scope(beneficiary=[other]):
        assert not Act.objects.exists()
        assert not Act.of(place).exists()
        assert [one.number for one in Act.of(lead)] == ["2021-16"]
    asked = contextvars.Context()  # Where nobody has said anything.
    with pytest.raises(ScopeError):
        asked.run(lambda: Act.of(place).exists())
    assert asked.run(lambda: Act.of(lead).exists())


@pytest.mark.django_db
def test_an_officer_records_for_the_bodies_of_their_own_programmes_and_no_other():
    lead, cdg = (one.operator for one in f.programme().partners.order_by("pk")[:2])
    stranger = f.operator("ailleurs", "Syndicat d’ailleurs", 9)
    here, beyond = f.beneficiary(), f.beneficiary(f.commune("02001", "Abbécourt", 500))
    ours, theirs = (f.member(Role.PROGRAMME_OFFICER, one) for one in (lead, stranger))
    may = [(who, body) for who in (ours, theirs) for body in (here, beyond, lead, cdg, stranger)
           if why_not_may_record(who, body, on=f.TODAY) is None]  # fmt: skip
    assert may == [(ours, here), (ours, lead), (ours, cdg), (theirs, stranger)]
    ours.memberships.update(ends_on=f.TODAY - timedelta(days=1))
    assert why_not_may_record(ours, here, on=f.TODAY) is not None


@pytest.mark.django_db
def test_a_publication_is_certified_once():
    act = f.act(f.beneficiary(), published_on=None)
    system = User.objects.system()
    actions.certify_publication(act, published_on=D(2026, 10, 4), certificate="affiché", by=system, at=f.NOW)
    assert act.executory_on == D(2026, 10, 4)
    with pytest.raises(Refused, match="déjà publié"):
        actions.certify_publication(act, published_on=D(2026, 10, 5), certificate="affiché", by=system, at=f.NOW)


ADOPTED, LATE = D(2026, 10, 1), D(2026, 11, 26)


@pytest.mark.parametrize(
    ("act", "day", "reason"),
    [
        ({}, ADOPTED, None),
        ({}, f.TODAY, None),
        ({}, D(2026, 9, 30), "avant d’être adopté"),
        ({}, LATE, "n’est pas encore venu"),
        ({"published_on": ADOPTED, "received_on": ADOPTED}, ADOPTED, "est déjà"),
        ({"not_transmissible_because": "facultatif"}, ADOPTED, "non transmissible"),
    ],
)
def test_the_day_an_act_is_published_or_received_at_its_bounds(act, day, reason):
    """Nobody owns it: who may is proved elsewhere."""
    noted = Act(adopted_on=ADOPTED, **act)
    common = {"by": User(), "on": f.TODAY}
    certified = why_not_certify(noted, published_on=day, certificate="affiché", **common)
    received = why_not_receive(noted, received_on=day, **common)
    assert (received is None) if reason is None else (reason in received)
    # A publication needs no transmission, but somebody who certifies it.
    for_publication = None if reason == "non transmissible" else reason
    assert (certified is None) if for_publication is None else (for_publication in certified)
    if certified is None:
        assert "comment l’acte a été publié" in why_not_certify(noted, published_on=day, certificate=" ", **common)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "owner", "reason"),
    [
        ({}, 7, None),
        ({}, 8, "n’est pas celui de cet organisme"),
        ({"document_id": 1}, 7, "déjà déposé"),
    ],
)
def test_a_file_is_joined_once_to_an_act_of_the_same_body(act, owner, reason):
    joined = Act(beneficiary=Beneficiary(pk=7), **act)
    said = why_not_attach_document(joined, Document(beneficiary_id=owner), by=User.objects.system(), on=f.TODAY)
    assert (said is None) if reason is None else (reason in said)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (None, "manque"),
        (Act(number="1", received_on=D(2026, 10, 2)), "date de publication"),
        (Act(number="1", published_on=D(2026, 10, 2)), "réception en préfecture"),
        (Act(number="1", published_on=D(2026, 11, 26), received_on=D(2026, 10, 2)), "n’est exécutoire que le 26"),
        (Act(number="1", published_on=D(2026, 11, 25), received_on=D(2026, 10, 2)), None),
    ],
)
def test_an_act_empowers_from_the_day_it_is_executory(act, reason):
    said = why_not_empowering(act, on=f.TODAY, whose="du conseil municipal")
    assert (said is None) if reason is None else (reason in said)


Kind = Act.Kind


def test_an_act_recorded_before_kinds_existed_is_to_be_qualified():
    assert Act._meta.get_field("kind").db_default == Kind.UNQUALIFIED
    assert Kind.UNQUALIFIED.label == "à qualifier"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "published", "reason"),
    [
        (Kind.UNQUALIFIED, f.TODAY, "Personne n’a dit"),
        (Kind.DELIBERATION, f.TODAY, None),
        (Kind.REGULATION, f.TODAY, None),
        (Kind.DECISION, f.TODAY, None),
        (Kind.MINUTES, f.TODAY, None),
        (Kind.LIST, f.TODAY, None),
        (Kind.INDIVIDUAL, f.TODAY, "notifie à la personne"),
        (Kind.DELIBERATION, None, "date de publication"),
        (Kind.DELIBERATION, f.TODAY + timedelta(days=1), "26\u00a0novembre\u00a02026"),
    ],
)
def test_the_public_sees_what_is_published_but_an_individual_act(kind, published, reason):
    act = f.act(f.beneficiary(), kind=kind, published_on=published)
    said = why_not_show(act, on=f.TODAY)
    assert (said is None) if reason is None else (reason in said)
    # What is read from the database follows the same rule.
    assert Act.objects.shown_on(f.TODAY).exists() == (said is None)


@pytest.mark.parametrize(
    ("kind", "is_open", "empowers"),
    [
        (Kind.UNQUALIFIED, True, True),
        (Kind.DELIBERATION, True, True),
        (Kind.DECISION, False, True),
        (Kind.REGULATION, False, False),
        (Kind.MINUTES, False, False),
        (Kind.LIST, False, False),
        (Kind.INDIVIDUAL, False, False),
    ],
)
def test_only_a_deliberation_is_in_the_open_file_and_only_what_decides_empowers(kind, is_open, empowers):
    act = Act(number="7", kind=kind, subject="x", adopted_on=D(2026, 10, 1), received_on=D(2026, 10, 2),
              published_on=D(2026, 10, 2))  # fmt: skip
    assert bool(open_data.rows_of([act])) == is_open
    said = why_not_empowering(act, on=f.TODAY, whose="du conseil municipal")
    assert (said is None) if empowers else ("n’autorise pas à signer" in said)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "role", "reason"),
    [
        (Kind.DECISION, Role.SECRETARY, None),
        (Kind.UNQUALIFIED, Role.SECRETARY, "Choisissez"),
        ("poem", Role.SECRETARY, "Choisissez"),
        (Kind.DECISION, Role.CDG_ADVISOR, "Vous ne pouvez pas"),
    ],
)
def test_an_act_is_qualified_by_its_own_people(kind, role, reason):
    place = f.beneficiary()
    act = f.act(place, kind=Kind.UNQUALIFIED)
    by = f.member(role, f.operator("cdg59", "Centre de gestion", 1) if role == Role.CDG_ADVISOR else place)
    if reason is None:
        actions.qualify(act, kind=kind, by=by, at=f.NOW)
        assert f.acts().get().kind == kind
        assert Entry.objects.about(act).get().verb == "act.qualified"
    else:
        with pytest.raises(Refused, match=reason):
            actions.qualify(act, kind=kind, by=by, at=f.NOW)
        assert f.acts().get().kind == Kind.UNQUALIFIED


# Version 2.1.5 of the schema, and those that it wants always.
REQUIRED = {
    "COLL_NOM",
    "COLL_SIRET",
    "DELIB_ID",
    "DELIB_DATE",
    "DELIB_MATIERE_CODE",
    "DELIB_MATIERE_NOM",
    "DELIB_OBJET",
}


def test_the_open_file_has_the_columns_of_the_national_schema_and_says_what_it_lacks():
    place = Beneficiary(name="Commune de Prisches", siret="21590474500015")
    place.department = Department(code="59")
    said = {"number": "2026-12", "subject": "=Vœux\r\nde la nouvelle, année", "adopted_on": D(2026, 10, 1)}
    act = Act(beneficiary=place, kind=Act.Kind.DELIBERATION, **said)
    lines = open_data.as_csv([act]).decode().splitlines()
    assert len(lines) == 2
    [row] = csv.DictReader(lines)
    assert row["DELIB_OBJET"] == "'=Vœux de la nouvelle, année"
    assert row["PREF_DATE"] == ""
    empty = {name for name in REQUIRED if not row[name]}
    assert empty == {"DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM"}
    assert all(name in open_data.what_is_missing(place, [act]) for name in empty)
    assert "COLL_SIRET" in open_data.what_is_missing(Beneficiary(name="Commune de Prisches"), [])
    # Where the schema itself is beside this copy of the project, it says the same.
    if SCHEMA.is_file():
        fields = json.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]
        assert tuple(field["name"] for field in fields) == open_data.HEADERS
        assert {field["name"] for field in fields if (field.get("constraints") or {}).get("required")} == REQUIRED


@pytest.mark.django_db
def test_each_gesture_writes_its_act_and_its_line_and_touches_no_other():
    place = f.beneficiary()
    system, other = User.objects.system(), f.act(place, "2026-01", received_on=None, published_on=None)
    document = Document.objects.create(
        beneficiary=place, title="Acte", file="aa.pdf", sha256="a" * 64, size=1, kept_at=f.NOW
    )
    said = {
        "kind": Act.Kind.DECISION, "body": "conseil municipal", "subject": "Adhésion", "adopted_on": D(2026, 10, 1),
        "identifier": "ID-1", "is_fictitious": True,
    }  # fmt: skip
    act = actions.record_act(place, number=" 2026-12 ", **said, by=system, at=f.NOW)
    act.refresh_from_db()
    assert {name: getattr(act, name) for name in said} == said
    assert (act.number, act.beneficiary, act.operator) == ("2026-12", place, None)
    article = actions.record_articles(act, [(1, "Approuve.")], by=system, at=f.NOW)[1]
    beside = Act._base_manager.values().get(pk=other.pk)
    day = D(2026, 10, 5)
    for gesture, given, fields in (
        (actions.qualify, {"kind": Act.Kind.DELIBERATION}, {"kind": Act.Kind.DELIBERATION}),
        (
            actions.certify_publication, {"published_on": day, "certificate": "affiché"},
            {"published_on": day, "publication_certificate": "affiché"},
        ),
        (actions.receive, {"received_on": day}, {"received_on": day}),
        (actions.attach_document, {"document": document}, {"document": document}),
    ):  # fmt: skip
        gesture(act, **given, by=system, at=f.NOW)
        act.refresh_from_db()
        assert {name: getattr(act, name) for name in fields} == fields
    lines = Entry.objects.about(act).order_by("pk")
    assert [(one.verb, one.facts) for one in lines] == [
        ("act.recorded", {"adopted_on": "2026-10-01"}),
        ("act.articles_recorded", {"articles": [1]}),
        ("act.qualified", {"kind": "deliberation"}),
        ("act.published", {"published_on": "2026-10-05"}),
        ("act.received", {"received_on": "2026-10-05"}),
        ("act.document_attached", {"sha256": document.sha256}),
    ]
    assert article.text == "Approuve."
    actions.remove(act, by=system, at=f.NOW)
    assert Entry.objects.get(verb="act.removed").facts == {"number": "2026-12", "adopted_on": "2026-10-01"}
    assert Act._base_manager.values().get() == beside


# --- Online -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ({}, None),
        ({"kind": Act.Kind.MINUTES}, None),
        ({"kind": Act.Kind.INDIVIDUAL}, "il se notifie à la personne"),
        ({"document_id": None}, "déposez-le d’abord"),
        ({"author_name": ""}, "Il manque son auteur"),
        ({"held_back_because": "un nom"}, "données personnelles (un nom)"),
        ({"put_online_asked_at": f.NOW}, "déjà demandée"),
        ({"published_on": ADOPTED}, "déjà publié, le 1er\u00a0octobre\u00a02026"),
    ],
)
def test_an_act_is_put_online_with_its_text_once(act, reason):
    """Nobody owns it: who may is proved below."""
    facts = {"kind": Act.Kind.DELIBERATION, "adopted_on": ADOPTED, "document_id": 1, "author_name": "Ada Roi"} | act
    said = why_not_put_online(Act(**facts), by=User(), on=f.TODAY)
    assert said is None if reason is None else reason in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("numbers", "proposed"),
    [
        ((), "2026-01"),
        (("2026-09",), "2026-10"),
        (("2026-09", "2026-2", "2025-40"), "2026-10"),
        (("DEL-2026-007", "2026-003"), "DEL-2026-008"),
        # The year alone is no rank, and what ends with a letter has none.
        (("2026", "2026-A"), "2026-01"),
        (("2026-99",), "2026-100"),
    ],
)
def test_the_number_proposed_follows_the_last_of_the_year(numbers, proposed):
    place = f.beneficiary()
    for number in numbers:
        f.act(place, number)
    f.act(f.beneficiary(f.commune("62001", "Ablain", 300)), "2026-50")
    assert next_number(place, on=f.TODAY) == proposed


@pytest.mark.django_db
def test_the_instant_an_act_is_served_is_written_once_and_only_if_asked():
    place, system = f.beneficiary(), User.objects.system()
    document = Document.objects.create(
        beneficiary=place, title="Acte", file="aa.pdf", sha256="a" * 64, size=1, kept_at=f.NOW
    )
    act = f.act(place, published_on=None, document=document)
    note = {"sha256": document.sha256, "address": "https://prisches.exemple.fr/actes/1/acte-1.pdf", "by": system}
    assert actions.note_online(act, **note, at=f.NOW).put_online_at is None
    f.acts().filter(pk=act.pk).update(put_online_asked_at=f.NOW)
    assert Act.objects.shown_on(f.TODAY).filter(pk=act.pk).exists()
    assert list(Act.objects.to_put_online()) == [act]
    # Other bytes than those of the act are not its publication, and what is held back has none.
    assert actions.note_online(act, **{**note, "sha256": "b" * 64}, at=f.NOW).put_online_at is None
    act = actions.hold_back(act, because="un nom", by=system, at=f.NOW)
    assert actions.note_online(act, **note, at=f.NOW).put_online_at is None
    actions.hold_back(act, because="", by=system, at=f.NOW)
    act = actions.note_online(act, **note, at=f.NOW + timedelta(hours=1))
    assert (act.online_sha256, act.mode) == (document.sha256, Act.Mode.ELECTRONIC)
    assert (act.put_online_at, act.published_on) == (f.NOW + timedelta(hours=1), f.TODAY)
    assert "le 25\u00a0novembre\u00a02026 à 11\u00a0h\u00a000" in act.publication_certificate
    assert not Act.objects.to_put_online()
    act = actions.note_online(act, **note, at=f.NOW + timedelta(days=1))
    assert act.put_online_at == f.NOW + timedelta(hours=1)
    assert Entry.objects.about(act).filter(verb="act.put_online").count() == 1


@pytest.mark.django_db
def test_only_its_own_people_ask_for_an_act_to_go_online():
    place, other = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300))
    act = f.act(place, published_on=None)
    with pytest.raises(Refused, match="Vous ne pouvez pas"):
        actions.ask_online(act, by=f.member(Role.MAYOR, other), at=f.NOW)
    with pytest.raises(Refused, match="déposez-le d’abord"):
        actions.ask_online(act, by=f.member(Role.SECRETARY, place), at=f.NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", 2),
        ("ecole", 1),
        ("ÉCOLE oeuvre", 1),
        ("école budget", 0),
        ("2026-12", 1),
        ("%", 0),
    ],
)
def test_an_act_is_found_by_words_of_its_number_and_subject(words, found):
    place, system = f.beneficiary(), User.objects.system()
    for number, subject in (("2026-12", "Une œuvre pour l’École"), ("2026-13", "Budget")):
        actions.record_act(
            place, kind=Act.Kind.DELIBERATION, body="x", number=number, subject=subject, adopted_on=D(2026, 10, 1),
            by=system, at=f.NOW,
        )  # fmt: skip
    assert Act.objects.all().found_by(words).count() == found


@pytest.mark.django_db
def test_a_reception_that_the_prefecture_cancelled_is_taken_away_once_and_told():
    place = f.beneficiary()
    with scope(beneficiary=place):
        act = f.act(place)
        assert act.received_on is not None
        for _ in range(2):
            actions.revoke_reception(act, by=User.objects.system(), at=f.NOW)
        assert Act.objects.values_list("received_on", "identifier").get(pk=act.pk) == (None, "")
    assert Entry.objects.filter(verb="act.reception_cancelled", object_id=str(act.pk)).count() == 1
