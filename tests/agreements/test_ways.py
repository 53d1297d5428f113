"""The three ways to sign an agreement: in the platform, with one's own certificate, on paper; and how they mix."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions, proof
from socle.agreements.models import Status
from socle.deliberations.models import Article
from socle.documents import actions as documents
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.signing.evidence import SignIn
from socle.signing.models import Way
from socle.signing.tasks import renew_trusted_lists
from socle.signing.verification import verify
from tests import factories as f
from tests import pki
from tests.agreements.conftest import SHORT_TEXT
from tests.agreements.test_delegation import publish
from tests.agreements.test_papers import on_paper
from tests.documents.test_uploads import pdf
from tests.signing.test_deposits import signed_elsewhere
from tests.trusted_lists import Lists

pytestmark = [pytest.mark.django_db, pytest.mark.seals]
TODAY = dates.day_of(f.NOW)


@pytest.mark.slow
def test_a_round_begun_on_paper_ends_on_paper(ground):
    agreement = ground.ready()
    on_paper(agreement, ground)
    agreement.refresh_from_db()
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
