"""P20 of the papers: the letters of the lead about an agreement, each with its certain date."""

import subprocess
from datetime import date, timedelta

import pytest

from socle.agreements import notifications, suspensions
from socle.agreements.models import Agreement, Notification, Status, Suspension, Termination
from socle.documents import actions as documents
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from tests import factories as f

pytestmark = pytest.mark.django_db

Kind, Way = Notification.Kind, Notification.Way
NEXT_YEAR = date(2027, 12, 31)


@pytest.fixture
def concluded(ground) -> Agreement:
    f.letter_texts()
    agreement = f.signed_agreement(ground.place)
    for party, body in zip(
        agreement.parties.order_by("rank"),
        (ground.place, ground.programme.centre_de_gestion_of(ground.place.department), ground.programme.lead()),
        strict=True,
    ):
        operator = None if body == ground.place else body
        type(party).objects.filter(pk=party.pk).update(
            name=body.name, operator=operator, seat="1 rue de l’Essai, 62000 Arras"
        )
    return agreement


def write(here, agreement: Agreement, kind: Kind, *, rank: int = 1, **given) -> Notification:
    party = agreement.parties.get(rank=rank)
    return notifications.write(agreement, kind, party=party, by=here.officer, at=f.NOW, **given)


def words_of(notification: Notification) -> str:
    content = documents.read(notification.document)
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(told.stdout.decode().replace("\u00a0", " ").split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        (
            Kind.CONCLUSION,
            {},
            ("vous notifier la convention", "prend effet le 25 novembre 2026"),
        ),
        (
            Kind.FORMAL_NOTICE,
            {"reason": "Les accès ne sont pas retirés."},
            ("Les accès ne sont pas retirés.", "dans un délai de 1 mois à compter de la réception"),
        ),
        (
            Kind.TERMINATION,
            {"reason": "Fin du programme.", "ground": "general_interest", "effective_on": NEXT_YEAR},
            ("pour motif d’intérêt général", "prend effet le 31 décembre 2027, ou, si elle est plus tardive"),
        ),
        (
            Kind.TERMINATION,
            {"reason": "Rien n’a changé.", "ground": "breach", "effective_on": NEXT_YEAR},
            ("restée sans effet", "prend effet le 31 décembre 2027. Jusqu’à cette date"),
        ),
    ],
)
def test_paper_20_each_letter_says_who_what_and_from_when(ground, concluded, kind, given, says):
    letter = write(ground, concluded, kind, **given)
    told = words_of(letter)
    for words in (*says, "À Arras, le 25 novembre 2026", "Pour le Syndicat mixte d’essai", "Président", "Page 1 sur 1"):
        assert words in told, words
    assert "texte du 25 novembre 2026" in told
    assert ground.president.name in told
    assert (letter.status, letter.received_on, letter.document.beneficiary) == ("written", None, ground.place)
    entry = Entry.objects.about(concluded).get(verb="agreement.notification_written")
    assert entry.facts == {"notification": letter.pk, "kind": kind.value, "party": "beneficiary"}


@pytest.mark.slow
def test_paper_20_a_suspension_is_told_with_its_reasons_and_what_lifts_it(ground, concluded):
    with pytest.raises(Refused, match="n’est pas suspendue"):
        write(ground, concluded, Kind.SUSPENSION)
    suspensions.suspend(
        concluded, ground=Suspension.Ground.SECURITY, reason="Un poste compromis.",
        conditions="Le poste est réinstallé.",
        notified_on=f.TODAY, effective_on=f.TODAY, by=ground.officer, at=f.NOW,
    )  # fmt: skip
    told = words_of(write(ground, concluded, Kind.SUSPENSION))
    for words in ("suspendue à compter du 25 novembre 2026", "Un poste compromis.", "Le poste est réinstallé."):
        assert words in told, words


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        (Kind.FORMAL_NOTICE, {"reason": "  "}, "Écrivez les motifs"),
        (Kind.TERMINATION, {"reason": "x", "ground": "beneficiary", "effective_on": NEXT_YEAR}, "Choisissez le motif"),
        (Kind.TERMINATION, {"reason": "x", "ground": "general_interest", "effective_on": None}, "au plus tôt"),
        (
            Kind.TERMINATION,
            {"reason": "x", "ground": "general_interest", "effective_on": date(2027, 5, 24)},
            "le 25\u00a0mai\u00a02027 au plus tôt",
        ),
        (Kind.TERMINATION, {"reason": "x", "ground": "breach", "effective_on": date(2030, 1, 1)}, "fin d’elle-même"),
        ("autre", {}, "n’existe pas"),
    ],
)
def test_paper_20_a_letter_that_says_nothing_or_the_impossible_is_refused(ground, concluded, kind, given, words):
    with pytest.raises(Refused, match=words):
        write(ground, concluded, kind, **given)
    assert not Notification.objects.exists()


def test_paper_20_the_day_of_the_notice_is_wanted_and_enough(ground, concluded):
    given = {"reason": "x", "ground": "general_interest", "by": ground.officer, "on": f.TODAY}
    assert notifications.why_not_write(concluded, Kind.TERMINATION, effective_on=date(2027, 5, 25), **given) is None


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (Status.READY, Kind.CONCLUSION, "en vigueur"), (Status.SIGNED, Kind.CONCLUSION, None),
        (Status.ENDED, Kind.CONCLUSION, None), (Status.ENDED, Kind.FORMAL_NOTICE, "en vigueur"),
        (Status.SIGNED, Kind.FORMAL_NOTICE, None), (Status.DRAFT, Kind.TERMINATION, "en vigueur"),
    ],
)  # fmt: skip
def test_paper_20_letters_are_of_an_agreement_that_binds(ground, concluded, status, kind, words):
    Agreement.objects.filter(pk=concluded.pk).update(status=status)
    agreement = Agreement.objects.get(pk=concluded.pk)
    said = notifications.why_not_notify(agreement, kind, by=ground.officer, on=f.TODAY)
    assert said is None if words is None else words in (said or "")
    assert notifications.why_not_notify(agreement, kind, by=ground.secretary, on=f.TODAY) is not None


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"way": Way.REGISTERED, "reference": "1A 234", "received_on": f.TODAY}, None),
        ({"way": Way.HAND, "reference": "", "received_on": f.TODAY}, None),
        ({"way": Way.REGISTERED, "reference": " ", "received_on": f.TODAY}, "le numéro de l’envoi"),
        ({"way": "pigeon", "reference": "1", "received_on": f.TODAY}, "comment le courrier a été remis"),
        ({"way": Way.HAND, "reference": "", "received_on": f.TODAY - timedelta(days=1)}, "reçu avant"),
        ({"way": Way.HAND, "reference": "", "received_on": f.TODAY + timedelta(days=1)}, "pas encore venu"),
    ],
)
def test_paper_20_the_receipt_gives_the_certain_date_once(ground, concluded, given, words):
    letter = write(ground, concluded, Kind.CONCLUSION, rank=2)
    if words is not None:
        with pytest.raises(Refused, match=words):
            notifications.receive(letter, **given, by=ground.officer, at=f.NOW)
        return
    letter = notifications.receive(letter, **given, by=ground.officer, at=f.NOW)
    assert (letter.status, letter.received_on) == ("received", f.TODAY)
    with pytest.raises(Refused, match="déjà «\u00a0reçue\u00a0»"):
        notifications.receive(letter, **given, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match="déjà"):
        notifications.withdraw(letter, by=ground.officer, at=f.NOW)


@pytest.mark.slow
def test_paper_20_a_breach_without_a_formal_notice_is_told_and_forbidden_to_nobody(ground, concluded):
    assert "aucune n’est notée ici" in notifications.caution(concluded, on=f.TODAY)
    letter = write(ground, concluded, Kind.FORMAL_NOTICE, reason="Un manquement.")
    notifications.receive(letter, way=Way.HAND, received_on=f.TODAY, by=ground.officer, at=f.NOW)
    assert notifications.caution(concluded, on=date(2026, 12, 24)) != ""
    assert notifications.caution(concluded, on=date(2026, 12, 25)) == ""
    withdrawn = notifications.withdraw(write(ground, concluded, Kind.CONCLUSION), by=ground.officer, at=f.NOW)
    assert withdrawn.status == "withdrawn"


def test_paper_20_the_lead_does_not_write_to_itself(ground, concluded):
    assert [party.rank for party in notifications.addressees(concluded)] == [1, 2]
    with pytest.raises(Refused, match="n’est pas une destinataire"):
        write(ground, concluded, Kind.CONCLUSION, rank=3)
    assert Termination.Ground.BENEFICIARY not in notifications.GROUNDS
