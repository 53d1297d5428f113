"""Paper, from the console: what is no signed paper has its sentence, and what is recorded waits for its party."""

from __future__ import annotations

import io

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope, scopes_disabled

from socle.agreements import actions
from socle.agreements.models import Agreement, Party, Status
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.people.models import Role
from socle.provisioning.models import Right
from socle.signing.models import PaperSignature
from tests import factories as f
from tests import scanning
from tests.agreements.test_papers import signed_scan
from tests.console.test_gestures import said
from tests.documents.test_uploads import pdf

pytestmark = pytest.mark.slow


@pytest.fixture
def printed(world) -> Agreement:
    """The agreement of Abancourt, sent to signature: nobody has signed it."""
    agreement, officer = world.agreement(world.draft), world.people["officer"]
    place = agreement.beneficiary
    world.people["mayor59001"] = f.member(Role.MAYOR, place, quality="Maire")
    f.member(Role.PROGRAMME_OFFICER, world.programme.lead(), email="second@exemple.invalid")
    with scope(beneficiary=place):
        membership = world.people["mayor59001"].memberships.get()
        given = {"act": f.act(place), "membership": membership}
        actions.complete_party(agreement, kind=Party.Kind.BENEFICIARY, **given, by=officer, at=f.NOW)
        return actions.make_ready(agreement, by=officer, at=f.NOW)


def send(client, agreement, content: bytes, *, name: str = "scan.pdf", **changes):
    file = SimpleUploadedFile(name, content, content_type="application/pdf")
    given = {"file": file, "signed_on": f.TODAY.isoformat(), "attested": "on"} | changes
    return client.post(f"/console/conventions/{agreement.number}/papier/", given, follow=True)


def of_another(agreement: Agreement) -> bytes:
    """Signed, and of another agreement: the one of Prisches, which the same operator has printed."""
    with scopes_disabled():
        other = Agreement.objects.exclude(pk=agreement.pk).get(status=Status.READY)
        return signed_scan(other)


def mixed(agreement: Agreement) -> bytes:
    with scopes_disabled():
        other = Agreement.objects.exclude(pk=agreement.pk).get(status=Status.READY)
    both = [documents.read(one.round.original) for one in (agreement, other)]
    return scanning.scan([picture for content in both for picture in scanning.signed(content, "beneficiary")])


def print_of_another(agreement: Agreement) -> bytes:
    """What was seen: the unsigned PDF of another agreement, as the platform gives it, and saved again by a program."""
    with scopes_disabled():
        other = Agreement.objects.exclude(pk=agreement.pk).get(status=Status.READY)
    return documents.read(other.round.original)


def saved_again(content: bytes) -> bytes:
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as read:
        read.save(saved, linearize=True)
    return saved.getvalue()


def own(agreement: Agreement) -> bytes:
    return documents.read(agreement.round.original)


FILES = {
    "of another agreement": (of_another, "Ce papier est une autre convention, la n° "),
    "with two codes": (mixed, "mêle les pages de plusieurs impressions"),
    "the print of another": (print_of_another, "la plateforme garde déjà"),
    "the print of another, saved again": (lambda a: saved_again(print_of_another(a)), "est une autre convention"),
    "its own print": (own, "la plateforme garde déjà"),
    "its own print, saved again": (lambda a: saved_again(own(a)), "n’est pas une numérisation"),
    "its own print, scanned unsigned": (lambda a: scanning.scan(scanning.drawn(own(a))), "Rien n’est écrit dans"),
    "signed by another party": (lambda a: signed_scan(a, "lead"), "Rien n’est écrit dans le cadre de « Commune"),
    "encrypted": (lambda a: pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "mot de passe"),
    "heavy": (lambda a: pdf() + b" " * (40 * 1024 * 1024), "dépasse 40 Mo"),
    "a photograph": (lambda a: b"\xff\xd8\xff\xe0" + b"0" * 100, "est une photographie"),
    "long": (lambda a: pdf(lambda made: [made.add_blank_page() for _ in range(30)]), "plus de 30 pages"),
    "empty": (lambda a: b"%PDF-1.7\n", "abîmé ou incomplet"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILES)
def test_what_is_not_this_paper_signed_is_refused_in_words_and_leaves_nothing(world, enter, printed, what):
    make, sentence = FILES[what]
    before = Document.objects.count()
    answer = send(enter("officer"), printed, make(printed))
    shown = answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    assert (answer.status_code, sentence in shown) == (422, True)
    assert (Document.objects.count(), PaperSignature.objects.count()) == (before, 0)
    assert all(slot.is_free for slot in printed.round.slots.all())


def test_one_officer_alone_concludes_nothing_and_opens_no_service(world, enter, printed):
    officer = enter("officer")
    content = signed_scan(printed)
    for _ in range(3):
        sent = send(officer, printed, content)
        assert "est enregistrée" in said(sent)
    assert "n’est pas encore avertie" in sent.content.decode()
    address = sent.redirect_chain[-1][0]
    for gesture in ("confirm", "contest", "attest"):
        given = {"geste": gesture, f"{gesture}-confirmed": "on", f"{gesture}-reason": "x", f"{gesture}-attested": "on"}
        assert said(officer.post(address, given, follow=True)) != ""
    assert world.agreement(printed.number).status == Status.READY
    with scopes_disabled():
        assert not Right.objects.filter(agreement=printed).exists()
    page = officer.get(f"/console/conventions/{printed.number}/").content.decode()
    assert page.count("sur papier, à confirmer") == 3
    # Each scan is taken under a name that says that it is one.
    taken = officer.get(f"{address}numerisation.pdf")
    assert "papier-signe-" in taken["Content-Disposition"]
    # What waits on the president is in the inbox of the president.
    home = enter("president").get("/console/").content.decode()
    assert f"/console/conventions/{printed.number}/papier/" in home


def test_the_president_confirms_or_contests_on_the_page_of_the_paper(world, enter, printed):
    content = signed_scan(printed)
    officer, president = enter("officer"), enter("cdg59_president")
    send(officer, printed, content)
    address = send(officer, printed, content).redirect_chain[-1][0]
    assert "Cochez la case" in president.post(address, {"geste": "confirm"}).content.decode()
    assert "Écrivez ce qui ne va pas" in president.post(address, {"geste": "contest"}).content.decode()
    contested = president.post(address, {"geste": "contest", "contest-reason": "Jamais signé."}, follow=True)
    assert "est contestée" in said(contested)
    assert "Jamais signé." in contested.content.decode()
    again = send(officer, printed, content)
    assert "a été contestée le" in said(again)
    confirmed = president.post(
        again.redirect_chain[-1][0], {"geste": "confirm", "confirm-confirmed": "on"}, follow=True
    )
    assert "est confirmée" in said(confirmed)
    assert printed.round.slots.get(rank=2).signed_by == world.people["cdg59_president"]


def test_outside_a_demonstration_the_password_is_asked_before_the_file(world, enter, printed, settings):
    settings.DEMO = False
    officer = world.people["officer"]
    officer.set_password("une phrase assez longue pour moi")
    officer.save(update_fields=["password"])
    settings.SECOND_FACTOR_ROLES = []
    client = enter("officer")
    asked = client.get(f"/console/conventions/{printed.number}/papier/")
    assert (asked.status_code, "reauthenticate" in asked.url or "confirm" in asked.url) == (302, True)
    sent = send(client, printed, pdf())
    assert "dentifi" in sent.content.decode()
    assert not PaperSignature.objects.exists()
