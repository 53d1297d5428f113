"""What an agreement cites of the lead: the act that approved its very model, the article that delegates."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django_scopes import scope

from socle.agreements import actions, amendments, empowering, rules, texts
from socle.agreements.document import agreement_html, build
from socle.agreements.models import Agreement
from socle.deliberations.models import Act, Approval, Article
from socle.deliberations.rules import why_approves_nothing, why_delegates_nothing
from socle.documents import actions as documents
from socle.documents import texts as published
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.programme.models import AgreementType, Power
from tests import factories as f
from tests.agreements.test_delegation import says
from tests.agreements.test_document import words_of

pytestmark = pytest.mark.django_db
BODY = "# Convention {}\n\n{{{{ parties }}}}\n\n{{{{ visas }}}}\n\n{{{{ services }}}}\n\n{{{{ signatures }}}}\n"
COMMITTEE = {"body": "comité syndical"}
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
FOUNDING = "délibération n° 2021-16 du comité syndical du 23 novembre 2021"


def model(version: str = "2026-11-26", name: str = "convention-tripartite"):
    return published.publish(name, version, BODY.format(version), is_shipped=False, by=User.objects.system(), at=f.NOW)


def drafted(ground, text, place=None):
    """A draft on this text that lacks nothing but what the lead decides."""
    kind = ground.programme.tripartite()
    AgreementType.objects.filter(pk=kind.pk).update(text_name=text.name, text_version=text.version)
    if place is None:
        return ground.complete()
    f.member(Role.MAYOR, place, quality="Maire")
    agreement = actions.draft(place, programme=ground.programme, by=ground.officer, at=f.NOW)
    return actions.complete_party(
        agreement, kind="beneficiary", act=f.act(place), by=ground.officer, at=f.NOW
    ).agreement


def note(ground, act, number, words, text=None):
    """Through the two doors: this article approves the text, or delegates."""
    given = {"act": act, "article": number, "words": words, "by": ground.officer, "at": f.NOW}
    if text is not None:
        return texts.approve(ground.programme, text, **given)
    return texts.note_delegation(ground.programme, **given)


def visas_of(agreement) -> list[str]:
    """The visas as the PDF that was printed has them."""
    words = words_of(documents.read(agreement.round.original)).replace("\u00a0", " ")
    found = words[words.index(" Vu la délibération") :]
    return [f"Vu la {one.strip(' ;')}" for one in found.partition("Service Contenu")[0].split("Vu la ")[1:]]


def read(agreement) -> str:
    """The reading page, as it is today."""
    html = agreement_html(build(agreement, at=agreement.round.opened_at), agreement.text.body)
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").replace("\u00a0", " ").split())


def expected(approving: Act, article: int, delegating: Act, other: int) -> list[str]:
    """What the state says that it must cite of the lead, written otherwise than the product does."""

    def cite(act):
        days = f"{act.adopted_on.day} {MONTHS[act.adopted_on.month - 1]} {act.adopted_on.year}"
        subject = f", portant « {act.subject} »" if act.subject else ""
        return f"Vu la délibération n° {act.number} du {act.body} du {days}{subject}, dont"

    approves, delegates = "approuve le modèle de la présente convention", "délègue la signature"
    if approving != delegating:
        return [
            f"{cite(approving)} l’article {article} {approves}", f"{cite(delegating)} l’article {other} {delegates}",
        ]  # fmt: skip
    if article == other:
        return [f"{cite(approving)} l’article {article} {approves} et {delegates}"]
    return [f"{cite(approving)} l’article {article} {approves} et l’article {other} {delegates}"]


# --- What is printed is what the state says ---------------------------------------------------------------------------
CASES = list(itertools.product(("founding", "later"), ("founding", "separate", "same act", "same article")))


@pytest.mark.slow
@pytest.mark.parametrize(("approves", "delegates"), CASES)
def test_the_printed_visas_are_the_act_that_approved_this_model_and_the_one_that_delegates(ground, approves, delegates):
    programme, lead = ground.programme, ground.programme.lead()
    text = model()
    if approves == "founding":
        act, number = programme.founding_act, 5
        f.approval(act.articles.get(number=5), text.sha256)
    else:
        act, number = f.act(lead, "2026-40", **COMMITTEE, adopted_on=date(2026, 11, 3)), 1
        note(ground, act, 1, "Approuve le modèle joint, et autorise la présidence à signer.", text)
    delegating, other = programme.founding_act, 7
    if delegates == "separate":
        delegating, other = f.act(lead, "2026-12", **COMMITTEE, adopted_on=date(2026, 4, 2)), 3
        note(ground, delegating, 3, "Délègue à sa présidence la signature des conventions.")
    elif delegates != "founding" and approves == "later":
        delegating, other = act, 1 if delegates == "same article" else 2
        note(ground, act, other, "Autorise la présidence à signer.")
    elif delegates == "same article":
        programme.powers.all().delete()
        Article.objects.filter(act=act, number=5).update(text="Approuve le modèle et autorise à signer.")
        Power.objects.create(programme=programme, article=act.articles.get(number=5), power="delegation")
        other = 5
    agreement = actions.make_ready(drafted(ground, text), by=ground.officer, at=f.NOW)
    wanted = expected(act, number, delegating, other)
    assert visas_of(agreement)[:-2] == wanted
    page = read(agreement)
    for sentence in wanted:
        assert f"{sentence} ;" in page
    assert f"qu’habilite l’article {other} de la délibération n° {delegating.number} du comité syndical" in page
    assert (agreement.approved_by.act, agreement.delegated_by.act) == (act, delegating)
    if act != programme.founding_act and delegating != programme.founding_act:
        assert "2021-16" not in page


@pytest.mark.slow
def test_agreements_on_each_model_cite_each_its_own_act(ground):
    lead = ground.programme.lead()
    first, second = model("2026-11-26"), model("2026-11-27")
    acts = [f.act(lead, f"2026-4{rank}", **COMMITTEE) for rank in (0, 1)]
    for act, text in zip(acts, (first, second), strict=True):
        note(ground, act, 1, "Approuve le modèle.", text)
    before = actions.make_ready(drafted(ground, first), by=ground.officer, at=f.NOW)
    place = f.beneficiary(f.commune("59001", "Abancourt", 441), seat="Mairie")
    with scope(beneficiary=place):
        after = actions.make_ready(drafted(ground, second, place), by=ground.officer, at=f.NOW)
        assert "2026-41" in visas_of(after)[0]
        assert "2026-40" not in read(after)
    assert "2026-40" in visas_of(before)[0]
    assert "2026-41" not in read(before)
    # What is approved later, again or taken back, changes nothing of what was printed, nor of how it reads.
    note(ground, acts[1], 2, "Approuve aussi celui-ci.", first)
    page = read(before)
    texts.deliberations.withdraw(Approval.objects.get(article__act=acts[0]), by=ground.officer, at=f.NOW)
    assert read(Agreement.objects.get(pk=before.pk)) == page


@pytest.mark.slow
def test_what_is_printed_is_signed_on_what_it_cites_or_not_at_all(ground):
    text = model()
    lead = ground.programme.lead()
    act, again = f.act(lead, "2026-40", **COMMITTEE), f.act(lead, "2026-41", **COMMITTEE)
    approval = note(ground, act, 1, "Approuve le modèle.", text)
    agreement = actions.make_ready(drafted(ground, text), by=ground.officer, at=f.NOW)
    assert rules.why_not_conclude(agreement, on=f.TODAY) is None
    note(ground, again, 1, "Approuve le modèle.", text)
    texts.deliberations.withdraw(approval, by=ground.officer, at=f.NOW)
    assert rules.why_outside_delegation(agreement, on=f.TODAY) is None
    assert says(rules.why_not_conclude(agreement, on=f.TODAY), "article 1 de l’acte n° 2026-40, qui ne l’approuve plus")
    agreement = actions.reopen(agreement, by=ground.officer, at=f.NOW)
    assert (agreement.approved_by, agreement.delegated_by) == (None, None)
    agreement = actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    assert agreement.approved_by.act == again
    ground.programme.powers.filter(power="delegation").delete()
    delegation = f.act(lead, "2026-42", **COMMITTEE)
    note(ground, delegation, 1, "Délègue la signature.")
    assert rules.why_not_conclude(agreement, on=f.TODAY) is not None


@pytest.mark.slow
def test_what_is_printed_for_the_committee_says_so_and_waits_for_its_act(ground):
    text = model()
    agreement = drafted(ground, text)
    agreement = actions.make_ready(agreement, for_the_committee=True, by=ground.officer, at=f.NOW)
    assert visas_of(agreement)[:2] == [
        f"Vu la {FOUNDING}, portant « Adhésion au programme »",
        "Vu la délibération à intervenir du comité syndical, qui approuve la présente convention",
    ]
    assert "qu’habilite la délibération à intervenir du comité syndical, qui approuve la présente" in read(agreement)
    # The model is approved meanwhile: this one still says that the committee approves it itself.
    act = f.act(ground.programme.lead(), "2026-40", **COMMITTEE)
    note(ground, act, 1, "Approuve le modèle.", text)
    assert says(rules.why_not_conclude(agreement, on=f.TODAY), "une fois rattaché l’acte qui l’approuve")
    actions.link_act(agreement, act=act, article=2, text="Approuve la convention.", by=ground.officer, at=f.NOW)
    assert rules.why_not_conclude(agreement, on=f.TODAY) is None


@pytest.mark.slow
def test_an_amendment_cites_the_act_that_approved_its_own_model(ground):
    kind = f.amendments(ground.programme)
    body = "# Avenant\n\n{{ parties }}\n\n{{ visas }}\n\n{{ changes }}\n\n{{ services }}\n\n{{ signatures }}\n"
    text = published.publish("avenant", "2026-11-30", body, is_shipped=False, by=User.objects.system(), at=f.NOW)
    AgreementType.objects.filter(pk=kind.pk).update(approved_by="model", text_version=text.version)
    note(ground, f.act(ground.programme.lead(), "2026-50", **COMMITTEE), 4, "Approuve le modèle d’avenant.", text)
    made = amendments.draft(ground.signed(), by=ground.officer, at=f.NOW)
    actions.choose_services(
        made, services=ground.programme.services.filter(code="telephonie"), by=ground.officer, at=f.NOW
    )
    Agreement.every.filter(pk=made.pk).update(purpose="Ajouter la téléphonie.", annual_price=made.type.annual_price)
    made = actions.complete_party(
        made, kind="beneficiary", act=f.act(ground.place, "2026-09"), by=ground.officer, at=f.NOW
    ).agreement
    made = actions.make_ready(made, by=ground.officer, at=f.NOW)
    first, second = visas_of(made)[:2]
    assert "n° 2026-50" in first
    assert "l’article 4 approuve le modèle du présent avenant" in first
    assert second.endswith("l’article 7 délègue la signature")


def test_a_draft_read_before_the_vote_keeps_the_place_of_what_will_approve_it(ground):
    agreement = drafted(ground, model())
    cited = build(agreement, at=f.NOW, with_gaps=True).visas
    assert says(cited[0], "n° [à compléter] du comité syndical du [à compléter], dont l’article [à compléter] approuve")
    assert says(cited[1], f"{FOUNDING}, portant « Adhésion au programme », dont l’article 7")
    ground.programme.powers.all().delete()
    (only, *_), party = (data := build(agreement, at=f.NOW, with_gaps=True)).visas, data.party("lead")
    assert says(only, "l’article [à compléter] approuve le modèle de la présente convention et délègue la signature")
    assert says(party.description, "qu’habilite la délibération n° [à compléter]")


# --- An article that delegates nothing, or approves nothing -----------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "delegates", "approves"),
    [
        ("Approuve le modèle joint.", False, True),
        ("APPROUVE LE MODÈLE", False, True),
        ("D’approuver le modèle et d’autoriser le président à signer.", True, True),
        ("Confie à Monsieur le Président une délégation, sur la base du modèle approuvé par la présente.", True, False),
        ("Donne pouvoir à la présidente.", True, False),
        ("Charge Madame la Présidente de l’exécution.", True, False),
        ("Le modèle joint est adopté.", False, True),
        ("N’approuve pas le modèle, et n’autorise personne.", False, False),
        ("Prend acte du rapport.", False, False),
        ("Met à la charge du budget les dépenses.", False, False),
    ],
)
def test_an_article_does_what_its_words_say(words, delegates, approves):
    article = Article(act=Act(number="2026-01"), number=3, text=words)
    assert says(why_delegates_nothing(article), None if delegates else "article 3 de l’acte n° 2026-01 ne délègue rien")
    assert says(why_approves_nothing(article), None if approves else "article 3 de l’acte n° 2026-01 n’approuve rien")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("right", None),
        ("nothing", "ne délègue rien"),
        ("no words", "Un article porte un numéro"),
        ("founding", "se dit dans le fichier du programme"),
        ("cdg", "n’est pas de « Syndicat mixte d’essai »"),
        ("minutes", "n’autorise pas à signer"),
        ("none", "Choisissez l’acte"),
        ("twice", "délègue déjà la signature"),
        ("advisor", "Seules les personnes chargées du programme"),
    ],
)
def test_a_delegation_is_noted_of_an_article_of_the_lead_that_delegates(ground, case, words):
    lead, cdg = ground.programme.lead(), ground.programme.centre_de_gestion_of(f.department("59"))
    act = {"founding": ground.programme.founding_act, "none": None, "cdg": f.act(cdg, "2026-41")}.get(
        case, f.act(lead, "2026-40", kind="minutes" if case == "minutes" else "deliberation", **COMMITTEE)
    )
    said = {"nothing": "Approuve le budget.", "no words": ""}.get(case, "Délègue la signature.")
    by = f.member(Role.CDG_ADVISOR, cdg) if case == "advisor" else ground.officer
    given = {"act": act, "article": 1, "words": said, "by": by, "at": f.NOW}
    if case == "twice":
        texts.note_delegation(ground.programme, **given)
    count = ground.programme.powers.count()
    if words is not None:
        with pytest.raises(Refused) as refusal:
            texts.note_delegation(ground.programme, **given)
        assert says(refusal.value.sentence, words)
        assert ground.programme.powers.count() == count
        assert not Article.objects.filter(act__number="2026-40", text="Approuve le budget.").exists()
        return
    assert texts.note_delegation(ground.programme, **given) in empowering.delegations_of(ground.programme)
    facts = {"act": act.pk, "article": 1}
    assert Entry.objects.get(verb="programme.delegation_noted").facts == facts
    texts.withdraw_delegation(
        ground.programme, ground.programme.powers.get(article__act=act), by=ground.officer, at=f.NOW
    )
    assert Entry.objects.get(verb="programme.delegation_withdrawn").facts == facts
    with pytest.raises(Refused, match="fichier du programme"):
        texts.withdraw_delegation(
            ground.programme, ground.programme.powers.get(power="delegation"), by=ground.officer, at=f.NOW
        )


@pytest.mark.parametrize(
    ("fields", "cited"),
    [
        ({}, "2026-12"),
        ({"published_on": None}, "2021-16"),
        ({"published_on": f.TODAY}, "2026-12"),
        ({"published_on": f.TODAY + timedelta(days=1)}, "2021-16"),
    ],
)
def test_the_last_executory_act_that_delegates_is_the_one_used(ground, fields, cited):
    act = f.act(ground.programme.lead(), "2026-12", **COMMITTEE, **fields)
    note(ground, act, 1, "Délègue la signature.")
    assert ground.draft().parties.get(kind="lead").act.number == cited


@pytest.mark.parametrize(
    ("article", "is_each", "words"),
    [
        (None, False, "Aucun article de l’acte n° 2026-30 n’est noté comme déléguant la signature"),
        ("Délègue la signature.", False, None),
        ("Approuve le budget.", False, "ne délègue rien"),
        (None, True, None),
    ],
)
def test_the_act_of_the_lead_that_a_draft_is_given_delegates_its_signature(ground, article, is_each, words):
    agreement = ground.complete()
    act = f.act(ground.programme.lead(), "2026-30", **COMMITTEE)
    if article:
        made = Article.objects.create(act=act, number=2, text=article)
        Power.objects.create(programme=ground.programme, article=made, power="delegation")
    if is_each:
        AgreementType.objects.update(approved_by="each")
        agreement = Agreement.objects.get(pk=agreement.pk)
    if words is None:
        assert actions.complete_party(agreement, kind="lead", act=act, by=ground.officer, at=f.NOW).act == act
        return
    with pytest.raises(Refused) as refusal:
        actions.complete_party(agreement, kind="lead", act=act, by=ground.officer, at=f.NOW)
    assert says(refusal.value.sentence, words)
    # Given it otherwise, it signs nothing either.
    agreement.parties.filter(kind="lead").update(act=act)
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), words)


def test_a_fictitious_act_empowers_nobody_outside_a_demonstration(ground, settings):
    text = model()
    act = f.act(ground.programme.lead(), "2026-40", is_fictitious=True, **COMMITTEE)
    note(ground, act, 1, "Approuve le modèle.", text)
    agreement = drafted(ground, text)
    assert rules.why_outside_delegation(agreement, on=f.TODAY) is None
    settings.DEMO = False
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), "est fictive, faite pour la démonstration")
    assert empowering.grounds_of(agreement, on=f.TODAY).approved_by is None


def test_a_text_that_says_it_is_a_demonstration_is_approved_by_nothing_outside_one(ground, settings):
    text = f.text()
    text.is_demonstration = True
    (article,) = empowering.approving(text, ground.programme, on=f.TODAY)
    assert article.number == 5
    settings.DEMO = False
    assert empowering.approving(text, ground.programme, on=f.TODAY) == []
    text.is_demonstration = False
    assert empowering.approving(text, ground.programme, on=f.TODAY) == [article]
