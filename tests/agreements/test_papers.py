"""Signatures on paper: what is taken for one, who says that it is, and when an agreement is concluded by them."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pikepdf
import pytest
from django.core import mail
from django.core.management import call_command
from django_scopes import scope

from socle.agreements import actions, paper_emails, paper_rules, papers, proof
from socle.agreements.models import Agreement, Party, Status
from socle.agreements.presenters import file_of, paper_line, papers_of, said_of_scan
from socle.deliberations.models import Article
from socle.documents import actions as documents
from socle.documents.models import Document, Text
from socle.journal.models import Entry
from socle.lib import codes, dates, scans
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.signing import prints, rules
from socle.signing.evidence import ATTESTED, CONFIRMED, CONTESTED, SignIn
from socle.signing.models import PaperSignature, Round, Way
from socle.signing.report import Verdict
from socle.signing.verification import verify
from tests import factories as f
from tests import scanning

pytestmark = [pytest.mark.django_db]
TODAY = dates.day_of(f.NOW)
LATER = f.NOW + timedelta(days=10)
FIELDS = ("beneficiary", "cdg", "lead")
INK = scans.Page((), True, True)


def signed_scan(agreement, *names: str) -> bytes:
    """A scan of the paper that the platform printed, signed in these frames."""
    return scanning.scan(scanning.signed(documents.read(agreement.round.original), *(names or FIELDS)))


def on_paper(agreement, ground, *, days: int = 0, by=None, content: bytes = b"", at=LATER) -> PaperSignature:
    agreement = Agreement.every.select_related("programme", "beneficiary", "round__original").get(pk=agreement.pk)
    return papers.record(
        agreement,
        content=content or signed_scan(agreement),
        signed_on=TODAY + timedelta(days=days),
        by=by or ground.officer,
        at=at,
    )


def another_officer(ground) -> User:
    return f.member(Role.PROGRAMME_OFFICER, ground.programme.lead(), email="second@exemple.invalid")


def look(agreement, *pages: scans.Page, content: bytes = b"%PDF-", printed: int = 1) -> prints.Scan:
    return prints.Scan(content, pages, printed)


def told(agreement, *, at=LATER):
    paper_emails.tell_papers(agreement, by=User.objects.system(), at=at)


def fresh(agreement) -> Agreement:
    return Agreement.every.select_related("programme", "beneficiary", "round").get(pk=agreement.pk)


# --- The road of three papers ----------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.both
def test_three_papers_conclude_an_agreement_once_each_party_has_said_so_and_not_before(ground, tmp_path):
    agreement = ground.ready()
    printed = documents.read(agreement.round.original)
    content = signed_scan(agreement)
    recorded = [on_paper(agreement, ground, days=days, content=content) for days in (1, 2, 2)]
    assert [one.has_code for one in recorded] == [True] * 3
    # The next party was let sign; nothing is called signed, opened or closed.
    agreement = fresh(agreement)
    assert (agreement.status, agreement.round.closed_at, agreement.signed_at) == (Status.READY, None, None)
    assert [slot.signed_at for slot in agreement.round.slots.all()] == [None] * 3
    assert verify(content).verdict is Verdict.PAPER_WAITING
    for paper, party in zip(recorded[::-1], ground.signatories[::-1], strict=True):
        assert fresh(agreement).status == Status.READY
        papers.confirm(agreement, paper, by=party, at=LATER + timedelta(days=1))
    agreement = fresh(agreement)
    assert (agreement.status, agreement.starts_on) == (Status.SIGNED, TODAY + timedelta(days=2))
    assert agreement.signed_at == LATER + timedelta(days=1)
    slots = list(agreement.round.slots.select_related("signed_by", "result"))
    assert [slot.signed_by for slot in slots] == ground.signatories
    assert {slot.way for slot in slots} == {Way.PAPER}
    assert [dates.day_of(slot.signed_at) for slot in slots] == [TODAY + timedelta(days=days) for days in (1, 2, 2)]
    # The file offered says that it is a scan, and so does whoever checks it; nothing is left to sign.
    assert file_of(agreement).label.startswith("Papier signé, numérisé")
    assert file_of(agreement).name.startswith("papier-signe-")
    for taken, verdict in ((content, Verdict.PAPER), (printed, Verdict.PRINTED)):
        report = verify(taken)
        assert (report.verdict, report.is_sound, report.empty_fields) == (verdict, False, ())
    path, said = tmp_path / "printed.pdf", io.StringIO()
    path.write_bytes(printed)
    with pytest.raises(SystemExit):
        call_command("verify", str(path), stdout=said)
    assert "restent à signer" not in said.getvalue()
    lines = Entry.objects.filter(verb__startswith="agreement.paper_").order_by("id").values_list("verb", flat=True)
    assert list(lines) == ["agreement.paper_recorded"] * 3 + ["agreement.paper_confirmed"] * 3


@pytest.mark.slow
def test_whoever_signed_and_records_it_has_confirmed_it(ground):
    agreement = ground.ready()
    paper = on_paper(agreement, ground, by=ground.mayor)
    slot = agreement.round.slots.get(rank=1)
    assert (paper.status, paper.settled_by, slot.signed_by) == ("confirmed", ground.mayor, ground.mayor)


@pytest.mark.slow
def test_the_evidence_says_who_recorded_which_scan_of_whose_signature(ground, settings):
    agreement = ground.ready()
    Text.objects.filter(pk=agreement.text_id).update(is_demonstration=False)
    settings.DEMO = False
    agreement = fresh(agreement)
    f.approval(Article.objects.create(act=f.act(ground.programme.lead(), "2026-40"), number=1), agreement.text.sha256)
    content = signed_scan(agreement)
    asked = {"signed_on": TODAY, "by": ground.officer, "at": LATER}
    for sign_in in (None, SignIn("password", LATER - timedelta(minutes=31))):
        with pytest.raises(Refused, match="dentifi"):
            papers.record(agreement, content=content, sign_in=sign_in, **asked)
    assert not PaperSignature.objects.exists()
    assert not Document.objects.filter(title__startswith="Papier").exists()
    sign_in = SignIn("password", LATER - timedelta(minutes=30), "cd" * 32, "192.0.2.7")
    paper = papers.record(agreement, content=content, sign_in=sign_in, **asked)
    facts = json.loads(paper.body)
    assert (facts["person"], facts["attested_by"], facts["said"]) == (ground.mayor.name, ground.officer.name, ATTESTED)
    assert (facts["scan_sha256"], facts["code"]) == (paper.scan.sha256, agreement.round.code)
    assert (facts["identified"]["method"], facts["signed_on"]) == ("password", "2026-11-25")
    with pytest.raises(Refused, match="Identifiez-vous"):
        papers.confirm(agreement, paper, by=ground.mayor, at=LATER)
    papers.confirm(agreement, paper, by=ground.mayor, at=LATER, sign_in=SignIn("totp", LATER))
    paper.refresh_from_db()
    facts = json.loads(paper.answer)
    assert (facts["said"], facts["identified"]["method"]) == (CONFIRMED, "totp")


@pytest.mark.slow
@pytest.mark.both
def test_silence_counts_after_fifteen_days_once_the_party_was_told(ground):
    agreement = ground.ready()
    paper = on_paper(agreement, ground)
    settle = lambda days: papers.settle_due(by=User.objects.system(), at=LATER + timedelta(days=days))  # noqa: E731
    # Nobody was told: the tick tells, and no silence counts before.
    assert settle(40) == 0
    paper.refresh_from_db()
    assert paper.told_at == LATER + timedelta(days=40)
    (message,) = mail.outbox
    assert message.to == [ground.mayor.email]
    assert "Enregistrée en votre nom" in message.subject.replace("\u00a0", " ")
    assert f"/mairie/convention/{agreement.number}/papier/{paper.pk}/" in message.body
    assert settle(55) == 0
    assert settle(56) == 1
    paper.refresh_from_db()
    assert (paper.status, agreement.round.slots.get(rank=1).signed_by) == ("uncontested", ground.mayor)
    assert len(mail.outbox) == 1


@pytest.mark.slow
@pytest.mark.both
def test_a_contest_frees_the_place_keeps_the_scan_and_tells_the_officer(ground):
    agreement = ground.ready()
    content = signed_scan(agreement)
    paper = on_paper(agreement, ground, content=content)
    papers.contest(agreement, paper, reason="Je n’ai rien signé.", by=ground.mayor, at=LATER)
    slot = agreement.round.slots.get(rank=1)
    assert (slot.is_free, slot.way, slot.signed_at) == (True, "", None)
    paper.refresh_from_db()
    assert (paper.status, json.loads(paper.answer)["said"]) == ("contested", CONTESTED)
    assert documents.read(paper.scan) == content
    assert verify(content).verdict is Verdict.PAPER_CONTESTED
    for _ in range(2):
        paper_emails.tell_contest(fresh(agreement), by=User.objects.system(), at=LATER)
    (message,) = mail.outbox
    assert (message.to, "Je n’ai rien signé." in message.body) == ([ground.officer.email], True)
    with pytest.raises(Refused, match="déjà contestée"):
        papers.confirm(agreement, paper, by=ground.mayor, at=LATER)
    # The same scan again is said, and not refused; its place may also be signed otherwise.
    again = on_paper(agreement, ground, content=content)
    assert "a été contestée le 5" in said_of_scan(again).replace("\u00a0", " ")
    assert [line.label for line in papers_of(fresh(agreement))] == ["contestée", "à confirmer"]


@pytest.mark.slow
def test_without_its_code_a_paper_waits_for_a_second_person_or_for_its_party(ground):
    agreement = ground.ready()
    Round.objects.filter(agreement=agreement).update(code="")
    bare = [picture.crop((150, 150, picture.width - 150, picture.height - 150)) for picture in scanning.drawn(
        documents.read(agreement.round.original)
    )]  # fmt: skip
    paper = on_paper(agreement, ground, content=scanning.scan(bare))
    assert (paper.has_code, "Le silence ne suffit pas" in paper_line(paper).sentence) == (False, True)
    told(agreement)
    assert "votre silence ne suffira pas" in mail.outbox[-1].body
    assert papers.settle_due(by=User.objects.system(), at=LATER + timedelta(days=99)) == 0
    with pytest.raises(Refused, match="une autre personne l’atteste"):
        papers.attest(agreement, paper, by=ground.officer, at=LATER)
    second = another_officer(ground)
    papers.attest(agreement, paper, by=second, at=LATER + timedelta(days=99))
    # Its party is told again, and has its days from then on.
    assert papers.settle_due(by=User.objects.system(), at=LATER + timedelta(days=100)) == 0
    assert "sera acquise après le" in mail.outbox[-1].body
    assert papers.settle_due(by=User.objects.system(), at=LATER + timedelta(days=115)) == 0
    assert papers.settle_due(by=User.objects.system(), at=LATER + timedelta(days=116)) == 1


# --- What is not a signed paper --------------------------------------------------------------------------------------
def another(code: str) -> str:
    return code.replace("-0001:", "-0002:")


def former(code: str) -> str:
    return f"{code[:-16]}{'0' * 16}"


def bears(*changes, is_scanned=True, has_ink=True):
    """What is read of a scan whose only page bears these codes, each made from the one of the print."""
    return lambda code: (scans.Page(tuple(change(code) for change in changes), is_scanned, has_ink),)


def own(code: str) -> str:
    return code


@pytest.mark.parametrize(
    ("pages", "sentence"),
    [
        (bears(own), None),
        (bears(own, lambda code: "https://example.org/"), None),
        (bears(), None),
        (bears(own, has_ink=None), None),
        (bears(another), "une autre convention, la n° PMC-2026-0002"),
        (bears(former), "impression précédente de la convention n° PMC-2026-0001"),
        (bears(own, another), "n° PMC-2026-0001 et n° PMC-2026-0002"),
        (bears(own, former), "plusieurs impressions"),
        (bears(own, is_scanned=False), "n’est pas une numérisation"),
        (bears(is_scanned=False, has_ink=None), "n’est pas une numérisation"),
        (bears(own, has_ink=False), "Rien n’est écrit dans le cadre de « Commune de Prisches »"),
        (lambda code: (scans.Page((code,), True, None), scans.Page((code,), False, True)), "La page des signatures"),
        (lambda code: (scans.Page((code,), True, False), scans.Page((code,), True, True)), None),
    ],
)  # fmt: skip
def test_a_scan_shows_ink_in_the_frame_of_this_very_print(ready_slot, pages, sentence):
    scan = look(None, *pages(ready_slot.round.code))
    found = rules.why_not_scan(ready_slot, scan)
    assert (sentence in found.replace("\u00a0", " ")) if sentence else found is None


@pytest.fixture
def ready_slot(ground):
    return ground.ready().round.slots.select_related("round").first()


@pytest.mark.parametrize(
    ("coded", "printed", "has_ink", "is_enough"),
    [(3, 3, True, True), (4, 3, True, True), (2, 3, True, False), (3, 3, None, False), (0, 1, True, False)],
)
def test_the_code_is_read_when_it_is_on_as_many_pages_as_the_print_has(coded, printed, has_ink, is_enough):
    code = prints.code_of("PMC-1", b"x")
    pages = [*(scans.Page((code,), True, None) for _ in range(coded)), scans.Page((), True, has_ink)]
    assert look(None, *pages, printed=printed).shows(code) is is_enough
    assert not look(None, *pages, printed=printed).shows("")


def test_a_document_that_the_platform_made_is_no_scan(ready_slot):
    content = documents.read(ready_slot.round.original)
    scan = look(None, INK, content=content)
    assert "la plateforme garde déjà" in rules.why_not_scan(ready_slot, scan)


@pytest.mark.slow
def test_a_scan_recorded_for_another_agreement_is_refused_whoever_attests(ground):
    agreement = ground.ready()
    content = signed_scan(agreement)
    on_paper(agreement, ground, content=content)
    own_slot = agreement.round.slots.select_related("round").get(rank=2)
    assert rules.why_not_scan(own_slot, look(None, INK, content=content)) is None
    place = f.beneficiary(f.commune("59001"))
    act = f.act(place)
    f.member(Role.MAYOR, place, quality="Maire")
    with scope(beneficiary=place):
        other = actions.draft(place, programme=ground.programme, by=ground.officer, at=f.NOW)
        actions.complete_party(other, kind=Party.Kind.BENEFICIARY, act=act, by=ground.officer, at=f.NOW)
        other = actions.make_ready(fresh(other), by=ground.officer, at=f.NOW)
        slot = other.round.slots.select_related("round").first()
    assert "déjà enregistrée pour un autre" in rules.why_not_scan(slot, look(None, INK, content=content))


def test_a_print_names_its_agreement_and_what_it_says(ground):
    agreement = ground.ready()
    first = agreement.round.code
    assert prints.number_of(first) == agreement.number
    assert prints.number_of(f"{first}0") == ""
    assert codes.drawn(first).startswith("<svg")
    actions.reopen(agreement, by=ground.officer, at=f.NOW)
    again = actions.make_ready(fresh(agreement), by=ground.officer, at=f.NOW + timedelta(days=1))
    assert (prints.number_of(again.round.code), again.round.code != first) == (agreement.number, True)


# --- When, and by whom -----------------------------------------------------------------------------------------------
def _left(days: int):
    return lambda g, a: g.mayor.memberships.update(ends_on=TODAY + timedelta(days=days))


def _published(days: int):
    return lambda g, a: f.acts().filter(pk=g.act.pk).update(published_on=TODAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("prepare", "days", "sentence"),
    [
        (lambda g, a: None, 0, None),
        (lambda g, a: None, -1, "antérieure au 25 novembre 2026"),
        (lambda g, a: None, 10, None),
        (lambda g, a: None, 11, "n’est pas encore venu"),
        (lambda g, a: actions.cancel(a, by=g.officer, at=f.NOW), 0, "personne n’a à la signer"),
        (lambda g, a: a.round.slots.filter(rank=1).update(way=Way.SEAL), 0, "sous forme électronique"),
        (_left(-1), 0, "Personne n’exerçait ce jour-là"),
        (_left(0), 0, None),
        (_published(2), 1, "exécutoire que le 27"),
        (_published(2), 2, None),
    ],
)  # fmt: skip
def test_a_signature_on_paper_is_recorded_for_the_next_party_at_its_day(ground, prepare, days, sentence):
    agreement = ground.ready()
    ground.act = agreement.parties.get(rank=1).act
    prepare(ground, agreement)
    agreement.refresh_from_db()
    found = paper_rules.why_not_record_paper(
        agreement, signed_on=TODAY + timedelta(days=days), by=ground.officer, on=TODAY + timedelta(days=10)
    )
    assert (sentence in found.replace("\u00a0", " ")) if sentence else found is None


def waits(ground, *, has_code=False, by=None, **more) -> tuple[Agreement, PaperSignature]:
    """An agreement whose first place is recorded on paper, without any scan."""
    agreement = ground.ready()
    slot = agreement.round.slots.get(rank=1)
    paper = PaperSignature.objects.create(
        slot=slot, scan=agreement.round.original, signatory=ground.mayor, signed_on=TODAY, has_code=has_code,
        recorded_by=by or ground.officer, recorded_at=f.NOW, body="{}", **more,
    )  # fmt: skip
    agreement.round.slots.filter(pk=slot.pk).update(recorded_at=f.NOW, way=Way.PAPER)
    return fresh(agreement), paper


WHO = ("officer", "secretary", "mayor", "cdg_president", "president")


def test_who_records_answers_and_attests(ground):
    agreement = ground.ready()
    allowed = [w for w in WHO if paper_rules.why_not_recorder(agreement, by=getattr(ground, w), on=TODAY) is None]
    assert allowed == ["officer", "mayor"]
    actions.reopen(agreement, by=ground.officer, at=f.NOW)
    agreement, paper = _again(ground, agreement)
    second = another_officer(ground)
    for rule, who in ((paper_rules.why_not_answer_paper, ["mayor"]), (paper_rules.why_not_attest_paper, [])):
        assert [w for w in WHO if rule(agreement, paper, by=getattr(ground, w), on=TODAY) is None] == who
    assert paper_rules.why_not_attest_paper(agreement, paper, by=second, on=TODAY) is None
    # Whoever left the office answers for nobody.
    ground.mayor.memberships.update(ends_on=TODAY - timedelta(days=1))
    assert "confirme cette signature" in paper_rules.why_not_answer_paper(agreement, paper, by=ground.mayor, on=TODAY)
    actions.cancel(agreement, by=ground.officer, at=f.NOW)
    assert "plus rien ne se dit" in paper_rules.why_not_attest_paper(fresh(agreement), paper, by=second, on=TODAY)


def _again(ground, agreement):
    agreement = actions.make_ready(fresh(agreement), by=ground.officer, at=f.NOW)
    slot = agreement.round.slots.get(rank=1)
    paper = PaperSignature.objects.create(
        slot=slot, scan=agreement.round.original, signatory=ground.mayor, signed_on=TODAY, has_code=False,
        recorded_by=ground.officer, recorded_at=f.NOW, body="{}",
    )  # fmt: skip
    return agreement, paper


@pytest.mark.parametrize(
    ("facts", "days", "sentence"),
    [
        ({"has_code": True}, 99, "n’en est pas avertie"),
        ({"has_code": True, "told_at": f.NOW}, 15, "contester jusqu’au 10 décembre 2026"),
        ({"has_code": True, "told_at": f.NOW}, 16, None),
        ({"told_at": f.NOW}, 99, "aucune seconde personne"),
        ({"told_at": f.NOW, "attested_at": f.NOW}, 16, None),
        ({"has_code": True, "told_at": f.NOW, "status": "contested", "settled_at": f.NOW}, 99, "déjà contestée"),
    ],
)
def test_silence_counts_of_what_is_known_and_told(facts, days, sentence):
    paper = PaperSignature(**facts)
    found = rules.why_not_let_pass(paper, on=TODAY + timedelta(days=days))
    assert (sentence in found.replace("\u00a0", " ")) if sentence else found is None


def test_a_second_person_attests_once_what_has_no_code(ground):
    agreement, paper = waits(ground)
    second = another_officer(ground)
    papers.attest(agreement, paper, by=second, at=f.NOW)
    with pytest.raises(Refused, match="déjà attesté"):
        papers.attest(agreement, paper, by=second, at=f.NOW)
    paper.has_code = True
    assert "n’a pas besoin" in rules.why_not_attest(paper, by=second)


def test_what_waits_on_paper_is_neither_signed_again_nor_taken_back_to_a_draft(ground):
    agreement, paper = waits(ground)
    with pytest.raises(Refused, match="attend d’être confirmée"):
        actions.sign(agreement, by=ground.mayor, at=LATER)
    with pytest.raises(Refused, match="a déjà signé"):
        actions.reopen(agreement, by=ground.officer, at=LATER)
    assert (paper.status, fresh(agreement).status) == ("waiting", Status.READY)


@pytest.mark.slow
def test_the_proof_holds_each_paper_and_what_was_said_of_it(ground):
    agreement = ground.ready()
    content = signed_scan(agreement)
    paper = on_paper(agreement, ground, content=content)
    papers.contest(agreement, paper, reason="Non.", by=ground.mayor, at=LATER)
    on_paper(agreement, ground, content=content)
    with pikepdf.open(io.BytesIO(proof.compose(fresh(agreement), at=LATER))) as read:
        found = {name: spec.get_file().read_bytes() for name, spec in read.attachments.items()}
    assert found[f"convention-{agreement.number.lower()}.pdf"] == documents.read(agreement.round.original)
    assert found["papier-1-1.pdf"] == found["papier-1-2.pdf"] == content
    assert json.loads(found["papier-1-1-reponses.jsonl"])["reason"] == "Non."
    assert "paper.contested" in found["journal.json"].decode()
