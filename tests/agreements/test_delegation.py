"""Rules 3 and 4 of the register: what the president concludes on the strength of which act."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from socle.agreements import actions, rules
from socle.agreements.models import Agreement, Status
from socle.deliberations.models import Approval, Article
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.programme.models import Programme, Service
from tests import factories as f

pytestmark = pytest.mark.django_db


def says(reason: str | None, words: str | None) -> bool:
    return reason is None if words is None else reason is not None and words in reason.replace("\u00a0", " ")


def publish(body: str, version: str = "2026-11-28") -> Text:
    return Text.objects.create(
        name="convention-tripartite",
        version=version,
        body=body,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        is_demonstration=False,
    )


def depart(agreement: Agreement) -> Agreement:
    """The same agreement at another price than the programme's."""
    Agreement.objects.filter(pk=agreement.pk).update(annual_price=Decimal("200.00"))
    return Agreement.objects.get(pk=agreement.pk)


# --- Rule 3: the very words that an executory act approved ------------------------------------------------------------
@pytest.mark.parametrize(
    ("executory_on", "on", "words"),
    [
        (date(2026, 11, 24), f.TODAY, None),
        (f.TODAY, f.TODAY, None),
        (f.TODAY + timedelta(days=1), f.TODAY, "n’est exécutoire que le 26 novembre 2026"),
        (None, f.TODAY, "il manque sa date de publication"),
    ],
)
def test_rule_03_the_words_are_those_that_an_act_executory_that_day_approved(ground, executory_on, on, words):
    agreement = ground.complete()
    text = publish("# Convention de 2026\n")
    Agreement.objects.filter(pk=agreement.pk).update(text=text)
    act = f.act(ground.programme.lead(), "2026-40", published_on=executory_on)
    f.approval(Article.objects.create(act=act, number=1, text="Approuve."), text.sha256)
    agreement = Agreement.objects.get(pk=agreement.pk)
    assert says(rules.why_outside_delegation(agreement, on=on), words)


def test_rule_03_a_service_of_another_programme_is_no_part_of_what_was_approved(ground):
    agreement = ground.complete()
    other = Programme.objects.get(pk=agreement.programme_id)
    other.pk, other.code = None, "autre"
    other.save(force_insert=True)
    Service.objects.filter(pk=agreement.chosen()[0].pk).update(programme=other)
    assert "un de ses services n’est pas de l’offre du programme" in rules.departures(agreement)


def test_rule_03_a_model_of_2026_does_not_pass_as_approved_by_an_act_of_2021(ground):
    agreement = ground.complete()
    Agreement.objects.filter(pk=agreement.pk).update(text=publish("# Convention de 2026\n"))
    agreement = Agreement.objects.get(pk=agreement.pk)
    assert ground.programme.founding_act.adopted_on.year == 2021
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), "n’est aucun de ceux que le comité syndical")


def test_rule_03_the_same_name_and_date_with_one_other_letter_is_not_approved(ground):
    agreement = ground.complete()
    approved = Approval.objects.get()
    Approval.objects.filter(pk=approved.pk).update(sha256="f" * 64)
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), "n’est aucun de ceux")


def test_rule_03_a_fictitious_approval_opens_nothing_outside_a_demonstration(ground, settings):
    agreement = ground.complete()
    text = publish("# Convention\n")
    Agreement.objects.filter(pk=agreement.pk).update(text=text)
    f.approval(Article.objects.get(number=5), text.sha256, is_fictitious=True)
    agreement = Agreement.objects.get(pk=agreement.pk)
    assert rules.why_outside_delegation(agreement, on=f.TODAY) is None
    settings.DEMO = False
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), "est fictive")


# --- Rule 4: what departs waits for an act of the committee -----------------------------------------------------------
def test_rule_04_what_departs_is_sent_by_no_ordinary_gesture(ground):
    agreement = depart(ground.complete())
    with pytest.raises(Refused, match="sort de la délégation"):
        actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    assert actions.make_ready(agreement, for_the_committee=True, by=ground.officer, at=f.NOW).status == Status.READY


@pytest.mark.parametrize(
    ("published_on", "words"),
    [
        (f.TODAY - timedelta(days=1), None),
        (f.TODAY, None),
        (f.TODAY + timedelta(days=1), "n’est exécutoire que le 26 novembre 2026"),
        (None, "il manque sa date de publication"),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_rule_04_the_president_signs_it_once_an_executory_act_approves_the_very_document(ground, published_on, words):
    agreement = actions.make_ready(depart(ground.complete()), for_the_committee=True, by=ground.officer, at=f.NOW)
    read = agreement.round.original
    assert says(rules.why_not_sign(agreement, by=ground.mayor, on=f.TODAY), "une fois imprimée de nouveau")
    act = f.act(ground.programme.lead(), "2026-41", published_on=published_on)
    actions.link_act(agreement, act=act, article=2, text="Approuve la convention.", by=ground.officer, at=f.NOW)
    agreement = actions.held(agreement)
    assert agreement.awaits_act is (words is not None)
    assert says(rules.why_not_print_again(agreement, by=ground.officer, on=f.TODAY), words or "est déjà imprimée")
    assert says(rules.why_not_conclude(agreement, on=f.TODAY), words)
    if words is None:
        for signatory in ground.signatories:
            agreement = actions.sign(agreement, by=signatory, at=f.NOW)
        assert agreement.status == Status.SIGNED
    entry = Entry.objects.about(agreement).get(verb="agreement.act_linked")
    assert entry.facts["sha256"] == read.sha256


@pytest.mark.slow
def test_rule_04_an_approval_is_of_one_printing_and_not_of_the_next(ground):
    agreement = actions.make_ready(depart(ground.complete()), for_the_committee=True, by=ground.officer, at=f.NOW)
    act = f.act(ground.programme.lead(), "2026-41")
    Article.objects.create(act=act, number=1, text="Élit son bureau.")
    linked = actions.link_act(agreement, act=act, article=2, text="Approuve.", by=ground.officer, at=f.NOW)
    assert (linked.article.number, linked.article.text) == (2, "Approuve.")
    assert rules.why_not_conclude(agreement, on=f.TODAY) is None
    actions.reopen(agreement, by=ground.officer, at=f.NOW)
    services = ground.programme.services.filter(code="telephonie")
    actions.choose_services(agreement, services=services, by=ground.officer, at=f.NOW)
    again = actions.make_ready(agreement, for_the_committee=True, by=ground.officer, at=f.NOW)
    assert says(rules.why_not_conclude(again, on=f.TODAY), "sort de la délégation")


def test_rule_04_what_the_committee_approves_one_by_one_is_never_signed_by_delegation(ground):
    agreement = ground.complete()
    type(agreement.type).objects.update(approved_by="each")
    agreement = Agreement.objects.get(pk=agreement.pk)
    with pytest.raises(Refused, match="approuve lui-même chaque convention"):
        actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    agreement = actions.make_ready(agreement, for_the_committee=True, by=ground.officer, at=f.NOW)
    assert says(rules.why_not_conclude(agreement, on=f.TODAY), "approuve lui-même chaque convention")
    act = f.act(ground.programme.lead(), "2026-41")
    actions.link_act(agreement, act=act, article=2, text="Approuve la convention.", by=ground.officer, at=f.NOW)
    assert rules.why_not_conclude(agreement, on=f.TODAY) is None


@pytest.mark.parametrize(
    ("who", "owner", "kind", "words"),
    [
        ("officer", "lead", "deliberation", None),
        ("officer", "cdg", "deliberation", "n’est pas de « Syndicat mixte d’essai »"),
        ("officer", "lead", "minutes", "n’autorise pas à signer"),
        ("officer", None, "", "Choisissez l’acte"),
        ("advisor", "lead", "deliberation", "au syndicat"),
        ("president", "lead", "deliberation", "au syndicat"),
        ("mayor", "lead", "deliberation", "au syndicat"),
    ],
)
def test_rule_04_who_links_which_act(ground, who, owner, kind, words):
    agreement = actions.make_ready(depart(ground.complete()), for_the_committee=True, by=ground.officer, at=f.NOW)
    cdg = f.operator("cdg59", "", 0)
    by = f.member(Role.CDG_ADVISOR, cdg) if who == "advisor" else getattr(ground, who)
    act = f.act({"lead": ground.programme.lead(), "cdg": cdg}[owner], "2026-41", kind=kind) if owner else None
    assert says(rules.why_not_link_act(agreement, act, by=by, on=f.TODAY), words)
    if words is not None:
        with pytest.raises(Refused):
            actions.link_act(agreement, act=act, article=1, text="Approuve.", by=by, at=f.NOW)
        assert Approval.objects.filter(subject=Approval.Subject.AGREEMENT).count() == 0


def test_rule_04_what_the_delegation_covers_or_is_not_printed_wants_no_other_act(ground):
    act = f.act(ground.programme.lead(), "2026-41")
    draft = ground.complete()
    assert says(rules.why_not_link_act(draft, act, by=ground.officer, on=f.TODAY), "une convention imprimée")
    ready = actions.make_ready(draft, by=ground.officer, at=f.NOW)
    assert says(rules.why_not_link_act(ready, act, by=ground.officer, on=f.TODAY), "La délégation du président couvre")


@pytest.mark.slow
def test_rule_04_a_demonstration_text_is_signed_on_no_act_outside_a_demonstration(ground, settings):
    agreement = actions.make_ready(depart(ground.complete()), for_the_committee=True, by=ground.officer, at=f.NOW)
    act = f.act(ground.programme.lead(), "2026-41")
    actions.link_act(agreement, act=act, article=2, text="Approuve.", by=ground.officer, at=f.NOW)
    settings.DEMO = False
    assert says(rules.why_not_conclude(agreement, on=f.TODAY), "modèle de démonstration")
    actions.reopen(agreement, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match="modèle de démonstration"):
        actions.make_ready(agreement, for_the_committee=True, by=ground.officer, at=f.NOW)
