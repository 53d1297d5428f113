"""The three ways to sign an agreement: in the platform, with one's own certificate, on paper; and how they mix."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions, proof, rules
from socle.agreements.models import Status
from socle.deliberations.models import Article
from socle.documents import actions as documents
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.signing.evidence import ATTESTED, SignIn
from socle.signing.models import Evidence, Round, Way
from socle.signing.report import Verdict
from socle.signing.tasks import renew_trusted_lists
from socle.signing.verification import verify
from tests import factories as f
from tests import pki
from tests.agreements.conftest import SHORT_TEXT
from tests.agreements.test_delegation import publish
from tests.documents.test_uploads import pdf
from tests.signing.test_deposits import signed_elsewhere
from tests.trusted_lists import Lists

pytestmark = [pytest.mark.django_db, pytest.mark.seals]
TODAY = dates.day_of(f.NOW)


def on_paper(agreement, ground, *, days: int = 0, by=None):
    return actions.record_paper(
        agreement, scan=pdf(), content_type="application/pdf", signed_on=TODAY + timedelta(days=days),
        by=by or ground.officer, at=f.NOW + timedelta(days=10),
    )  # fmt: skip


@pytest.mark.slow
def test_an_agreement_signed_on_paper_is_concluded_on_the_last_day_that_the_paper_says(ground):
    agreement = ground.ready()
    for days in (1, 2, 2):
        assert Round.objects.get(agreement=agreement).closed_at is None
        agreement = on_paper(agreement, ground, days=days)
    assert (agreement.status, agreement.starts_on) == (Status.SIGNED, TODAY + timedelta(days=2))
    slots = list(agreement.round.slots.select_related("signed_by", "evidence", "result"))
    assert [slot.signed_by for slot in slots] == ground.signatories
    assert {slot.way for slot in slots} == {Way.PAPER}
    agreement.round.refresh_from_db()
    assert (agreement.round.current, agreement.round.closed_at) == (slots[-1].result, f.NOW + timedelta(days=10))
    assert [dates.day_of(slot.signed_at) for slot in slots] == [TODAY + timedelta(days=days) for days in (1, 2, 2)]
    assert ATTESTED in slots[0].evidence.body
    facts = json.loads(slots[0].evidence.body)
    assert (facts["attested_by"], facts["signed_on"]) == (ground.officer.name, "2026-11-26")
    assert (facts["attested_account"], facts["account"]) == (ground.officer.pk, ground.mayor.pk)
    assert (facts["scan_sha256"], facts["person"]) == (slots[0].result.sha256, ground.mayor.name)
    line = Entry.objects.filter(verb="slot.signed").order_by("id").first()
    assert (line.facts["way"], line.facts["signatory"]) == ("paper", ground.mayor.pk)
    assert (line.facts["document"], line.facts["sha256"]) == (slots[0].result.pk, slots[0].result.sha256)
    report = verify(documents.read(slots[-1].result))
    assert (report.verdict, report.is_sound) == (Verdict.PAPER, False)


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
        (lambda g, a: actions.sign(a, by=g.mayor, at=f.NOW), 0, "a déjà signé ce document sous forme électronique"),
        (_left(-1), 0, "Personne n’exerçait ce jour-là"),
        (_left(0), 0, None),
        (_published(2), 1, "exécutoire que le 27"),
        (_published(2), 2, None),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_signature_on_paper_is_recorded_for_the_next_party_at_its_day(ground, prepare, days, sentence):
    agreement = ground.ready()
    ground.act = agreement.parties.get(rank=1).act
    prepare(ground, agreement)
    agreement.refresh_from_db()
    found = rules.why_not_record_paper(
        agreement, signed_on=TODAY + timedelta(days=days), by=ground.officer, on=TODAY + timedelta(days=10)
    )
    assert (sentence in found.replace("\u00a0", " ")) if sentence else found is None


@pytest.mark.slow
def test_only_whoever_follows_the_agreement_attests_a_paper(ground):
    agreement = ground.ready()
    with pytest.raises(Refused, match="personnes chargées du programme"):
        on_paper(agreement, ground, by=ground.mayor)
    assert not Evidence.objects.exists()


@pytest.mark.slow
def test_a_round_begun_on_paper_ends_on_paper(ground):
    agreement = on_paper(ground.ready(), ground)
    with pytest.raises(Refused, match="s’y achève"):
        actions.sign(agreement, by=ground.cdg_president, at=f.NOW + timedelta(days=11))
    with pytest.raises(Refused, match="s’y achève"):
        actions.deposit(agreement, content=pdf(), by=ground.cdg_president, at=f.NOW + timedelta(days=11))


@pytest.mark.slow
@pytest.mark.both
def test_one_party_by_its_own_qualified_certificate_and_two_in_the_platform(
    ground, settings, tmp_path_factory, time_machine, client
):
    time_machine.move_to(f.NOW)
    f.member(Role.MAYOR, ground.place)
    ground.mayor.name = "Claire Exemple"
    ground.mayor.save(update_fields=["name"])
    with pki.started(tmp_path_factory.mktemp("pki")) as (made, _):
        agreement = ground.ready()
        pki.seal(settings, made)
        settings.DEMO = True
        Lists(made).publish(at=f.NOW)
        settings.SOCLE_TRUSTED_LISTS_URL = Lists(made).url
        settings.SOCLE_TRUSTED_LISTS_SIGNERS = str(made.folder / "lists.pem")
        renew_trusted_lists.call()
        content = signed_elsewhere(documents.read(agreement.round.current), made, "qualified")
        agreement = actions.deposit(agreement, content=content, by=ground.mayor, at=f.NOW)
        for signatory in (ground.cdg_president, ground.president):
            agreement = actions.sign(agreement, by=signatory, at=f.NOW, sign_in=SignIn("password", f.NOW))
    agreement.round.refresh_from_db()
    assert agreement.status == Status.SIGNED
    report = verify(documents.read(agreement.round.current))
    assert report.is_sound, report
    assert [slot.way for slot in agreement.round.slots.all()] == [Way.CERTIFICATE, Way.SEAL, Way.SEAL]
    assert [one.level for one in report.signatures] == ["B-LT"] * 3
    path = tmp_path_factory.mktemp("out") / "convention.pdf"
    path.write_bytes(documents.read(agreement.round.current))
    qualified = f"Signature qualifiée, d’après la liste de confiance FR n°\u00a012 du {dates.in_words(TODAY)}."
    said = StringIO()
    call_command("verify", str(path), stdout=said)
    assert said.getvalue().count(qualified) == 1
    settings.SECOND_FACTOR_ROLES = []
    for person, door in ((ground.mayor, "mairie"), (ground.officer, "console")):
        client.force_login(person)
        page = client.get(reverse(f"{door}:signatures", args=[agreement.number]), follow=True)
        assert page.content.decode().count(qualified) == 1
    told = proof._party(agreement.parties.get(rank=1), agreement.round.slots.get(rank=1), report)
    assert ("Qualification", qualified) in told["lines"]


@pytest.mark.slow
@pytest.mark.both
def test_a_real_installation_signs_what_its_assembly_approved(ground, settings, tmp_path_factory):
    """Outside any demonstration: the model that an act approved word for word, three parties, the proof, verified."""
    with pki.started(tmp_path_factory.mktemp("pki")) as (made, _):
        pki.seal(settings, made)
        model = publish(SHORT_TEXT)
        act = f.act(ground.programme.lead(), "2026-40")
        f.approval(Article.objects.create(act=act, number=1, text="Approuve."), model.sha256)
        kind = ground.programme.tripartite()
        kind.text_version, kind.text_is_demonstration = model.version, False
        kind.save(update_fields=["text_version", "text_is_demonstration"])
        at = timezone.now()
        agreement = actions.draft(ground.place, programme=ground.programme, by=ground.officer, at=at)
        agreement = actions.make_ready(ground.complete(agreement), by=ground.officer, at=at)
        with pytest.raises(Refused, match="Identifiez-vous de nouveau"):
            actions.sign(agreement, by=ground.mayor, at=timezone.now())
        for signatory in ground.signatories:
            now = timezone.now()
            agreement = actions.sign(agreement, by=signatory, at=now, sign_in=SignIn("password", now))
    # Every server is stopped now.
    agreement.round.refresh_from_db()
    content = documents.read(agreement.round.current)
    assert (agreement.status, verify(content).is_sound) == (Status.SIGNED, True)
    assert b"DEMONSTRATION" not in content
    written = proof.compose(agreement, at=timezone.now())
    assert written.startswith(b"%PDF-")
