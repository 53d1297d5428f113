"""An approval is a row: this article of this act approves these very bytes."""

from datetime import date

import pytest

from socle.deliberations import actions
from socle.deliberations.models import Approval
from socle.deliberations.rules import why_not_approve, why_not_approved
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db
MODEL, AGREEMENT = Approval.Subject.MODEL, Approval.Subject.AGREEMENT
BYTES, OTHERS = "a" * 64, "b" * 64
D = date


@pytest.fixture
def lead():
    return f.operator("npdcn", "Syndicat d’essai", 1)


def says(reason: str | None, words: str | None) -> bool:
    return reason is None if words is None else reason is not None and words in reason.replace("\u00a0", " ")


def article_of(act, number: int = 5):
    return actions.record_articles(act, [(number, "Approuve le modèle.")], by=User.objects.system(), at=f.NOW)[number]


def approve(article, **changes) -> Approval:
    given = {"subject": MODEL, "sha256": BYTES, "title": "le modèle", "by": User.objects.system(), "at": f.NOW}
    return actions.approve(article, **(given | changes))


@pytest.mark.parametrize(
    ("act_fields", "approval_fields", "asked", "words"),
    [
        ({}, {}, {}, None),
        ({}, {}, {"sha256": OTHERS}, "n’approuve ce modèle, mot pour mot"),
        ({}, {}, {"subject": AGREEMENT}, "n’approuve cette convention"),
        ({"published_on": None}, {}, {}, "il manque sa date de publication"),
        ({"received_on": None}, {}, {}, "il manque sa réception en préfecture"),
        ({}, {}, {"on": D(2026, 10, 2)}, "n’est exécutoire que le 3 octobre 2026"),
        ({}, {}, {"on": D(2026, 10, 3)}, None),
        ({"kind": "minutes"}, {}, {}, "sa nature est « procès-verbal »"),
        ({}, {"is_fictitious": True}, {}, "est fictive"),
        ({"is_fictitious": True}, {}, {}, "est fictive"),
    ],
)
def test_bytes_are_approved_by_an_executory_act_of_this_operator(lead, act_fields, approval_fields, asked, words):
    made = f.act(lead, "2026-30", **act_fields)
    f.approval(article_of(made), BYTES, **approval_fields)
    given = {"sha256": BYTES, "subject": MODEL, "operator": lead, "on": f.TODAY} | asked
    assert says(why_not_approved(given.pop("sha256"), **given), words)


def test_a_fictitious_approval_counts_in_a_demonstration(lead, settings):
    settings.DEMO = True
    f.approval(article_of(f.act(lead, is_fictitious=True)), BYTES, is_fictitious=True)
    assert why_not_approved(BYTES, subject=MODEL, operator=lead, on=f.TODAY) is None


def test_an_act_of_another_operator_approves_nothing_for_this_one(lead):
    f.approval(article_of(f.act(f.operator("cdg59", "Centre de gestion", 2))), BYTES)
    assert says(why_not_approved(BYTES, subject=MODEL, operator=lead, on=f.TODAY), "Aucun acte de « Syndicat d’essai »")


def test_one_act_that_stands_is_enough_beside_another_that_does_not(lead):
    f.approval(article_of(f.act(lead, "2026-30", published_on=None)), BYTES)
    f.approval(article_of(f.act(lead, "2026-31")), BYTES)
    assert why_not_approved(BYTES, subject=MODEL, operator=lead, on=f.TODAY) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"subject": "letter"}, "Dites ce qui est approuvé"),
        ({"sha256": "A" * 64}, "64 chiffres hexadécimaux"),
        ({"sha256": "a" * 63}, "64 chiffres hexadécimaux"),
        ({"sha256": "a" * 65}, "64 chiffres hexadécimaux"),
        ({"kind": "individual"}, "acte individuel"),
        ({"by": "stranger"}, "Vous ne pouvez pas enregistrer d’acte"),
        ({"known": True}, "approuve déjà ce document"),
    ],
)
def test_what_may_be_noted_as_approved(lead, changes, words):
    article = article_of(f.act(lead, kind=changes.pop("kind", "deliberation")))
    if changes.pop("known", False):
        approve(article)
    by = f.member(Role.CDG_ADVISOR, f.operator("cdg59", "", 2)) if changes.pop("by", "") else User.objects.system()
    given = {"subject": MODEL, "sha256": BYTES} | changes
    assert says(why_not_approve(article, **given, by=by, on=f.TODAY), words)
    if words is not None:
        count = Approval.objects.count()
        with pytest.raises(Refused):
            approve(article, by=by, **given)
        assert Approval.objects.count() == count


def test_an_approval_is_told_by_the_journal_and_so_is_its_withdrawal(lead):
    made = f.act(lead)
    article = article_of(made)
    approval = approve(article)
    actions.withdraw(approval, by=User.objects.system(), at=f.NOW)
    entries = Entry.objects.about(made).order_by("pk")
    assert [(entry.verb, entry.facts.get("sha256")) for entry in entries] == [
        ("act.articles_recorded", None),
        ("act.approved", BYTES),
        ("act.approval_withdrawn", BYTES),
    ]
    assert not Approval.objects.exists()


def test_only_its_own_people_withdraw_an_approval(lead):
    approval = approve(article_of(f.act(lead)))
    stranger = f.member(Role.SECRETARY, f.beneficiary())
    with pytest.raises(Refused, match="ne pouvez pas enregistrer d’acte"):
        actions.withdraw(approval, by=stranger, at=f.NOW)
    assert Approval.objects.exists()


@pytest.mark.parametrize(
    ("articles", "words"),
    [
        ([(1, "Approuve."), (1, "Délègue.")], "même numéro"),
        ([(0, "Approuve.")], "à partir de 1"),
        ([(1, "  ")], "et son texte"),
    ],
)
def test_wrong_articles_are_refused(lead, articles, words):
    made = f.act(lead)
    with pytest.raises(Refused, match=words):
        actions.record_articles(made, articles, by=User.objects.system(), at=f.NOW)
    assert not made.articles.exists()


def test_an_article_is_corrected_and_the_same_words_write_nothing(lead):
    made = f.act(lead)
    for text in ("Approuve.", "Approuve.", "Approuve le modèle."):
        actions.record_articles(made, [(1, text)], by=User.objects.system(), at=f.NOW)
    assert [article.text for article in made.articles.all()] == ["Approuve le modèle."]
    assert Entry.objects.about(made).count() == 2


def test_an_act_on_which_an_approval_stands_is_not_taken_away(lead):
    made = f.act(lead)
    approve(article_of(made))
    with pytest.raises(Refused, match="s’appuie sur cet acte"):
        actions.remove(made, by=User.objects.system(), at=f.NOW)
    assert made.articles.exists()
