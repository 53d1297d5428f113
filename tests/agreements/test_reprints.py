"""P7 of the papers: what the committee approves cites a deed to come, then that deed, and nothing else changes."""

import re
import subprocess
from datetime import date, timedelta

import pytest

from socle.agreements import actions, proof, reprints, rules
from socle.agreements.models import Agreement, Status
from socle.agreements.queries import concluded_since
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from tests import factories as f
from tests.agreements.test_delegation import depart

pytestmark = pytest.mark.django_db

LATER = f.NOW + timedelta(days=9)
BODY = (
    "# Convention\n\n{{ parties }}\n\n{{ visas }}\n\n## Article 1 – Prix\n\n"
    "Le prix est de {{ price }} par an, pour {{ term_months }} mois.\n\n{{ services }}\n\n{{ signatures }}\n"
)


def words_of(document: Document) -> str:
    told = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=documents.read(document), capture_output=True, check=True
    )
    return " ".join(told.stdout.decode().replace("\u00a0", " ").split())


@pytest.fixture
def printed(ground) -> Agreement:
    """At another price than the programme's: printed for the committee to decide on it."""
    agreement = depart(ground.complete())
    type(agreement.text).objects.filter(pk=agreement.text_id).update(body=BODY)
    return actions.make_ready(agreement, for_the_committee=True, by=ground.officer, at=f.NOW)


def decide(ground, agreement: Agreement, *, published_on: date | None = date(2026, 12, 4), at=LATER) -> Agreement:
    adopted = f.TODAY + timedelta(days=7)
    days = {"adopted_on": adopted, "received_on": adopted, "published_on": published_on}
    act = f.act(ground.programme.lead(), "2026-41", body="comité syndical", **days)
    actions.link_act(agreement, act=act, article=2, text="Approuve la convention.", by=ground.officer, at=at)
    return actions.held(agreement)


@pytest.mark.slow
def test_paper_07_the_first_print_cites_a_deed_to_come_and_the_second_names_it(ground, printed):
    first = printed.round.original
    assert "qu’habilite la délibération à intervenir du comité syndical" in words_of(first)
    assert "qu’habilite la délibération n° 2021-16" not in words_of(first)
    agreement = decide(ground, printed)
    second = agreement.round.original
    told = words_of(second)
    assert "qu’habilite l’article 2 de la délibération n° 2026-41 du comité syndical du 2 décembre 2026" in told
    assert "dont l’article 2 approuve la présente convention" in told
    assert "à intervenir" not in told
    # Both files, read back: beside that deed, which is cited twice, and the day, no word differs.
    assert documents.read(first) != documents.read(second)
    assert without_deed(words_of(first)) == without_deed(told)
    assert (agreement.committee_print, agreement.committee_article.number) == (first, 2)
    entry = Entry.objects.about(agreement).get(verb="agreement.ready")
    assert entry.facts == {"sha256": second.sha256, "approved": first.sha256}


def without_deed(words: str) -> str:
    deed = r"(?:l’article 2 de )?la délibération (?:à intervenir|n° 2026-41) du comité syndical.*?"
    words = re.sub(rf"qu’habilite {deed}, ci-après", "qu’habilite …, ci-après", words)
    words = re.sub(
        r"Vu la délibération (?:à intervenir|n° 2026-41).*?approuve la présente convention ;", "Vu … ;", words
    )
    return re.sub(r"établie le \d+(?:er)? \w+ \d{4}", "établie le …", words)


@pytest.mark.slow
def test_paper_07_nobody_signs_before_the_act_and_each_signs_after_it(ground, printed):
    for person in ground.signatories:
        with pytest.raises(Refused, match="une fois imprimée de nouveau, avec l’acte"):
            actions.sign(printed, by=person, at=f.NOW)
    assert rules.next_party(printed) is None
    agreement = decide(ground, printed)
    assert rules.why_not_conclude(agreement, on=LATER.date()) is None
    for person in ground.signatories:
        agreement = actions.sign(agreement, by=person, at=LATER)
    assert agreement.status == Status.SIGNED
    # The committee decided on it itself: it is not told of it as concluded by delegation.
    assert list(concluded_since(f.TODAY)) == []
    assert b"imprime-pour-l-assemblee.pdf" in proof.compose(agreement, at=LATER)


@pytest.mark.parametrize(
    ("published_on", "on", "words"),
    [
        (None, LATER, "il manque sa date de publication"),
        (LATER.date(), LATER - timedelta(days=1), "n’est exécutoire que le 4\u00a0décembre\u00a02026"),
        (LATER.date(), LATER, None),
    ],
)
def test_paper_07_it_is_printed_again_the_day_the_act_is_executory(ground, printed, published_on, on, words):
    agreement = decide(ground, printed, published_on=published_on, at=on)
    assert agreement.awaits_act is (words is not None)
    if words is not None:
        with pytest.raises(Refused, match=words):
            actions.print_again(agreement, by=ground.officer, at=on)


def _change_price(agreement):
    Agreement.objects.filter(pk=agreement.pk).update(annual_price="199.00")


def _change_service(agreement):
    agreement.chosen()[0].__class__.objects.filter(pk=agreement.chosen()[0].pk).update(summary="Autre chose.")


def _change_quality(agreement):
    agreement.parties.filter(kind="beneficiary").update(quality="Première adjointe")


@pytest.mark.parametrize(
    ("change", "where"),
    [(_change_price, "Article 1 – Prix"), (_change_service, "Article 1 – Prix"), (_change_quality, "Convention")],
)
def test_paper_07_anything_else_that_changed_asks_for_another_act(ground, printed, change, where):
    change(printed)
    agreement = decide(ground, printed)
    # The act is linked all the same: it approves what the committee read.
    assert rules.approvals_of_document(agreement)
    assert agreement.awaits_act
    with pytest.raises(Refused, match="Autre chose que la délibération et le jour") as refusal:
        actions.print_again(agreement, by=ground.officer, at=LATER)
    assert where in refusal.value.sentence.replace("\u00a0", " ")
    with pytest.raises(Refused, match="une fois imprimée de nouveau"):
        actions.sign(agreement, by=ground.mayor, at=LATER)


def test_paper_07_what_differs_is_shown(ground, printed):
    assert reprints.changes_since(printed) == []
    agreement = decide(ground, printed)
    shown = ["".join(piece.words for piece in change.pieces) for change in reprints.changes_since(agreement)]
    assert len(shown) == 3
    assert "imprimé le" in shown[0]
    assert all("délibération" in one for one in shown[1:])


def test_paper_07_a_draft_again_forgets_what_the_committee_read(ground, printed):
    agreement = actions.reopen(printed, by=ground.officer, at=f.NOW)
    assert (agreement.committee_print, agreement.committee_words, agreement.awaits_act) == (None, "", False)


def test_paper_07_an_agreement_printed_before_this_rule_is_signed_as_it_was(ground, printed):
    Agreement.objects.filter(pk=printed.pk).update(committee_print=None, committee_words="")
    agreement = actions.held(printed)
    for person in ground.signatories[:2]:
        agreement = actions.sign(agreement, by=person, at=f.NOW)
    before = agreement.round.original.sha256
    agreement = decide(ground, agreement)
    assert agreement.round.original.sha256 == before
    assert actions.sign(agreement, by=ground.president, at=LATER).status == Status.SIGNED
