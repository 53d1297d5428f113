"""How an act reaches the public: executory or not, its mode, what is shown of it, what is held back, and by when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from socle.deliberations import actions, deadlines
from socle.deliberations.models import Act, Author, PublicationChoice
from socle.deliberations.rules import (
    choices_of,
    mode_among,
    online_until,
    why_not_certify,
    why_not_choose,
    why_not_hold_back,
    why_not_mode,
    why_not_notify,
    why_not_put_online,
    why_not_remove,
    why_not_show,
)
from socle.documents.models import Document
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f

pytestmark = pytest.mark.usefixtures("all_beneficiaries")
D, DAY = date, timedelta(days=1)
Kind, Mode = Act.Kind, Act.Mode
ADOPTED, RECEIVED, PUBLISHED = D(2026, 10, 1), D(2026, 10, 2), D(2026, 10, 3)


def document(body):
    return Document.objects.create(
        beneficiary=body, title="Acte", file="aa.pdf", sha256="a" * 64, size=1, kept_at=f.NOW
    )


def online(body, number="2026-01", *, at=f.NOW, **fields):
    """An act that the platform has put online."""
    act = f.act(body, number, document=document(body), published_on=None, put_online_asked_at=at, **fields)
    return actions.note_online(act, address="https://x.fr/a.pdf", sha256="a" * 64, by=User.objects.system(), at=at)


def mode_on(body, day):
    return mode_among(choices_of(body), day)


@pytest.mark.parametrize(
    ("act", "executory_on"),
    [
        ({"published_on": PUBLISHED, "received_on": RECEIVED}, PUBLISHED),
        ({"published_on": RECEIVED, "received_on": PUBLISHED}, PUBLISHED),
        ({"published_on": PUBLISHED}, None),
        ({"received_on": RECEIVED}, None),
        # A day that was declared is worth one that the platform wrote.
        ({"published_on": PUBLISHED, "received_on": RECEIVED, "mode": Mode.POSTED}, PUBLISHED),
        ({"published_on": PUBLISHED, "not_transmissible_because": "facultatif"}, PUBLISHED),
        # Individual: when it is notified, whatever day was typed before.
        ({"kind": Kind.INDIVIDUAL, "published_on": PUBLISHED, "received_on": RECEIVED}, None),
        ({"kind": Kind.INDIVIDUAL, "notified_on": PUBLISHED}, None),
        ({"kind": Kind.INDIVIDUAL, "notified_on": PUBLISHED, "received_on": RECEIVED}, PUBLISHED),
        ({"kind": Kind.INDIVIDUAL, "notified_on": RECEIVED, "received_on": PUBLISHED}, PUBLISHED),
        ({"kind": Kind.INDIVIDUAL, "notified_on": PUBLISHED, "not_transmissible_because": "x"}, PUBLISHED),
    ],
)
def test_act_rule_16_executory_on_the_later_of_the_two_and_never_without_both(act, executory_on):
    assert Act(**act).executory_on == executory_on


@pytest.mark.parametrize(
    ("act", "day", "reason"),
    [
        ({}, ADOPTED, None),
        ({}, f.TODAY, None),
        ({}, ADOPTED - DAY, "avant d’être adopté"),
        ({}, f.TODAY + DAY, "n’est pas encore venu"),
        ({"notified_on": PUBLISHED}, ADOPTED, "déjà notifié"),
        ({"kind": Kind.DELIBERATION}, ADOPTED, "celui-ci se publie"),
    ],
)
def test_an_individual_act_is_notified_once_and_not_published(act, day, reason):
    noted = Act(**{"adopted_on": ADOPTED, "kind": Kind.INDIVIDUAL, **act})
    said = why_not_notify(noted, notified_on=day, by=User(), on=f.TODAY)
    assert said is None if reason is None else reason in said
    if noted.kind == Kind.INDIVIDUAL:
        certified = why_not_certify(noted, published_on=day, certificate="affiché", by=User(), on=f.TODAY)
        assert "il se notifie" in certified


# --- The mode ---------------------------------------------------------------------------------------------------------
ONLINE = {"kind": Kind.DELIBERATION, "mode": Mode.ELECTRONIC, "published_on": PUBLISHED, "received_on": RECEIVED}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("act", "population", "reason"),
    [
        ({}, 3499, None),
        ({}, 3500, "sans choix"),
        ({}, None, "Dites d’abord la population"),
        ({"kind": Kind.DECISION}, 300, "par une délibération"),
        ({"mode": Mode.POSTED}, 300, "se publie elle-même en ligne"),
        ({"mode": ""}, 300, "celui de votre intercommunalité"),
        ({"published_on": None}, 300, "se publie elle-même en ligne"),
        ({"received_on": None}, 300, "exécutoire"),
        ({"received_on": PUBLISHED + DAY}, 300, "exécutoire"),
    ],
)
def test_act_rule_17_below_3500_an_act_published_online_chooses_the_mode(act, population, reason):
    place, system = f.beneficiary(), User.objects.system()
    chosen = f.act(place, **(ONLINE | act))
    asked = {"mode": Mode.POSTED, "population": population, "starts_on": PUBLISHED, "by": system}
    said = why_not_choose(chosen, **asked, on=PUBLISHED)
    assert said is None if reason is None else reason in said
    assert mode_on(place, PUBLISHED) == Mode.ELECTRONIC
    if reason is None:
        actions.choose_mode(chosen, **asked, at=f.NOW)
        assert [mode_on(place, PUBLISHED - DAY), mode_on(place, PUBLISHED)] == [Mode.ELECTRONIC, Mode.POSTED]
        assert "déjà choisi" in why_not_choose(chosen, **asked, on=f.TODAY)
        assert "ne se retire pas" in why_not_remove(chosen, by=system, on=f.TODAY)
        assert Entry.objects.about(chosen).get().facts == {"mode": "posted", "starts_on": "2026-10-03"}


@pytest.mark.django_db
def test_a_choice_ends_with_the_next_and_is_of_its_own_body():
    place, other, system = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300)), User.objects.system()
    asked = {"population": 300, "by": system, "at": f.NOW}
    for body, number, mode, day in (
        (other, "2026-01", Mode.PAPER, PUBLISHED),
        (place, "2026-01", Mode.POSTED, PUBLISHED),
        (place, "2026-02", Mode.ELECTRONIC, PUBLISHED + 9 * DAY),
    ):
        actions.choose_mode(f.act(body, number, **ONLINE), mode=mode, starts_on=day, **asked)
    days = [PUBLISHED + offset * DAY for offset in (0, 8, 9)]
    assert [mode_on(place, day) for day in days] == [Mode.POSTED, Mode.POSTED, Mode.ELECTRONIC]
    assert [mode_on(other, day) for day in days] == [Mode.PAPER] * 3
    assert PublicationChoice.objects.filter(ends_on=None).count() == 2
    assert mode_on(f.programme().lead(), f.TODAY) == Mode.ELECTRONIC


def test_a_choice_that_ended_and_that_none_follows_leaves_publication_online():
    choices = [PublicationChoice(mode=Mode.POSTED, starts_on=PUBLISHED, ends_on=PUBLISHED + DAY)]
    days = [PUBLISHED + offset * DAY for offset in (-1, 0, 1, 2)]
    assert [mode_among(choices, day) for day in days] == [Mode.ELECTRONIC, Mode.POSTED, Mode.POSTED, Mode.ELECTRONIC]


# --- Online -----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_act_rule_18_online_it_is_whole_unaltered_signed_and_dated_by_the_platform():
    place, system = f.beneficiary(), User.objects.system()
    act = f.act(place, published_on=None)
    for missing, given in (
        ("déposez-le d’abord", {"document": document(place)}),
        ("Il manque son auteur", {"author_name": "Ada Roi", "author_quality": "maire"}),
    ):
        assert missing in why_not_put_online(act, by=system, on=f.TODAY)
        f.acts().filter(pk=act.pk).update(**given)
        act = f.acts().get(pk=act.pk)
    assert why_not_put_online(act, by=system, on=f.TODAY) is None
    assert (act.author, str(act.author), str(Author()), bool(Author(quality="maire"))) == (
        Author("Ada Roi", "maire"), "Ada Roi, maire", "", False,
    )  # fmt: skip
    act = actions.ask_online(act, by=system, at=f.NOW)
    act = actions.note_online(act, address="https://x.fr/a.pdf", sha256="a" * 64, by=system, at=f.NOW)
    assert (act.put_online_at, act.mode, act.online_sha256) == (f.NOW, Mode.ELECTRONIC, "a" * 64)
    assert Entry.objects.about(act).order_by("pk").last().facts == {"sha256": "a" * 64}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"put_online_at": f.NOW},
        {"online_sha256": "a" * 64},
        {"put_online_at": f.NOW, "online_sha256": "a" * 64},
        {"put_online_at": f.NOW, "online_sha256": "a" * 64, "mode": Mode.POSTED},
    ],
)
def test_an_instant_online_goes_with_its_digest_and_its_mode(wrong):
    act = f.act(f.beneficiary())
    with pytest.raises(IntegrityError), transaction.atomic():
        f.acts().filter(pk=act.pk).update(**wrong)


@pytest.mark.django_db
def test_a_declared_day_says_by_whom_how_and_with_what_proof():
    place = f.beneficiary()
    by = f.member(Role.SECRETARY, place)
    act = f.act(place, published_on=None)
    said = {"published_on": PUBLISHED, "mode": Mode.POSTED, "by": by}
    with pytest.raises(Refused, match="que si une délibération l’a choisi"):
        actions.certify_publication(act, **said, certificate="Affiché", at=f.NOW)
    chosen = f.act(place, "2026-50", mode=Mode.ELECTRONIC)
    PublicationChoice.objects.create(act=chosen, mode=Mode.POSTED, starts_on=f.date(2026, 1, 1))
    assert "comment l’acte a été publié" in why_not_certify(
        act, published_on=PUBLISHED, certificate=" ", by=by, on=f.TODAY
    )
    act = actions.certify_publication(act, **said, certificate="", proof=document(place), at=f.NOW)
    act.refresh_from_db()
    assert (act.declared_by, act.mode, act.put_online_at) == (by, Mode.POSTED, None)
    assert act.publication_proof is not None
    other = actions.record_act(
        place, kind=Kind.DELIBERATION, body="conseil", number="2", subject="x", adopted_on=ADOPTED,
        published_on=PUBLISHED, mode=Mode.PAPER, certificate="au registre", by=by, at=f.NOW,
    )  # fmt: skip
    assert (other.declared_by, other.mode, other.publication_certificate) == (by, Mode.PAPER, "au registre")
    unpublished = actions.record_act(
        place, kind=Kind.INDIVIDUAL, body="maire", number="3", subject="x", adopted_on=ADOPTED, notified_on=PUBLISHED,
        mode=Mode.PAPER, certificate="x", by=by, at=f.NOW,
    )  # fmt: skip
    assert (unpublished.declared_by, unpublished.mode, unpublished.publication_certificate) == (None, "", "")
    assert unpublished.notified_on == PUBLISHED


@pytest.mark.django_db
def test_an_act_online_stays_two_months_but_for_personal_data():
    place, system = f.beneficiary(), User.objects.system()
    act = online(place, at=f.NOW)
    until = D(2027, 1, 25)
    assert online_until(f.NOW) == until
    assert "deux mois" in why_not_remove(act, by=system, on=until - DAY)
    assert why_not_remove(act, by=system, on=until) is None
    held = actions.hold_back(act, because=" un nom ", by=system, at=f.NOW)
    assert (held.held_back_because, held.put_online_at) == ("un nom", f.NOW)
    assert not Act.objects.shown_on(f.TODAY).exists()


# --- Held back --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, None),
        ({"kind": Kind.INDIVIDUAL}, "L. 2131-1, II"),
        ({"kind": Kind.UNQUALIFIED}, "Personne n’a dit"),
        ({"held_back_because": "l’adresse d’une personne aidée"}, "l’adresse d’une personne aidée"),
    ],
)
def test_act_rule_19_what_is_held_back_is_said_with_its_reason(fields, reason):
    act = f.act(f.beneficiary(), document=None, put_online_asked_at=f.NOW, **fields)
    said = why_not_show(act, on=f.TODAY)
    assert said is None if reason is None else reason in said
    shown = [
        found.exists() for found in (Act.objects.shown_on(f.TODAY), Act.objects.to_put_online(), Act.objects.public())
    ]
    assert shown == [reason is None] * 3
    assert act.is_going_online == (reason is None)
    if reason:
        assert reason in why_not_put_online(act, by=User.objects.system(), on=f.TODAY)


@pytest.mark.django_db
def test_its_people_hold_an_act_back_and_show_it_again_and_the_journal_names_nobody():
    place, other = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300))
    act, by = f.act(place), f.member(Role.DEPUTY, place)
    with pytest.raises(Refused, match="Vous ne pouvez pas"):
        actions.hold_back(act, because="x", by=f.member(Role.MAYOR, other), at=f.NOW)
    assert "300 caractères" in why_not_hold_back(act, because="x" * 301, by=by, on=f.TODAY)
    for because in ("Mme Martin", "Mme Martin", "", ""):
        act = actions.hold_back(act, because=because, by=by, at=f.NOW)
    lines = [(one.verb, one.facts) for one in Entry.objects.about(act).order_by("pk")]
    assert lines == [("act.held_back", {}), ("act.shown_again", {})]


@pytest.mark.django_db
def test_what_an_act_is_about_and_whose_it_is_are_said_by_its_people():
    place = f.beneficiary()
    act, by = f.act(place), f.member(Role.DEPUTY, place)
    with pytest.raises(Refused, match="nomenclature"):
        actions.describe(act, matter="5.99", author=Author(), by=by, at=f.NOW)
    act = actions.describe(act, matter="5.7", author=Author("Ada Roi", "maire"), by=by, at=f.NOW)
    act.refresh_from_db()
    assert (act.matter, act.author) == ("5.7", Author("Ada Roi", "maire"))
    assert Entry.objects.about(act).get().facts == {"matter": "5.7"}


# --- By when ----------------------------------------------------------------------------------------------------------
HELD = D(2026, 10, 1)


@pytest.mark.parametrize("deadline", [deadlines.of_list(HELD), deadlines.of_minutes(HELD)])
@pytest.mark.parametrize(
    ("shown_on", "on", "says"),
    [
        (None, D(2026, 10, 8), None),
        (None, D(2026, 10, 9), "il y a 1 jour"),
        (None, D(2026, 10, 10), "il y a 2 jours"),
        (D(2026, 10, 8), D(2026, 12, 1), None),
        (D(2026, 10, 9), D(2026, 12, 1), "1 jour après le 8 octobre 2026"),
    ],
)
def test_act_rule_20_the_list_and_the_minutes_are_late_after_a_week_and_it_is_said(deadline, shown_on, on, says):
    said = deadline.why_late(shown_on, on=on)
    if says is None:
        assert said is None
    else:
        assert says in said.replace("\u00a0", " ")
        assert deadline.source in said


def test_each_weekly_deadline_has_its_article():
    assert deadlines.of_list(HELD).source.endswith("L.\u00a02121-25")
    assert deadlines.of_minutes(HELD).source.endswith("L.\u00a02121-15")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("mode", "chosen", "adopted_on", "kind", "is_refused"),
    [
        (Mode.POSTED, "", date(2022, 7, 1), Kind.DELIBERATION, True),
        (Mode.PAPER, "", date(2022, 7, 1), Kind.DELIBERATION, True),
        (Mode.POSTED, "", date(2022, 6, 30), Kind.DELIBERATION, False),
        (Mode.POSTED, Mode.POSTED, date(2022, 7, 1), Kind.DELIBERATION, False),
        (Mode.PAPER, Mode.POSTED, date(2022, 7, 1), Kind.DELIBERATION, True),
        (Mode.POSTED, "", date(2022, 7, 1), Kind.MINUTES, False),
        (Mode.ELECTRONIC, "", date(2022, 7, 1), Kind.DELIBERATION, False),
        ("", "", date(2022, 7, 1), Kind.DELIBERATION, False),
    ],
)
def test_paper_18_posting_publishes_only_where_a_deliberation_chose_it(mode, chosen, adopted_on, kind, is_refused):
    place = f.beneficiary()
    if chosen:
        act = f.act(place, "1", mode=Mode.ELECTRONIC)
        PublicationChoice.objects.create(act=act, mode=chosen, starts_on=date(2022, 7, 1))
    act = f.act(place, "2", adopted_on=adopted_on, published_on=None, kind=kind)
    assert (why_not_mode(act, mode=mode, published_on=date(2022, 7, 4)) is not None) is is_refused
