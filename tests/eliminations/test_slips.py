"""Public archives end by a slip: proposed, printed, visaed, erased with their trace; never by a tick alone."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django_scopes import scope, scopes_disabled

from socle.eliminations import actions, queries, rules
from socle.eliminations.models import MOVES, Slip, SlipRow, StandingAgreement, Status
from socle.inbox import actions as inbox
from socle.inbox.models import ContactMessage, MessageFile
from socle.inbox.models import Status as MessageStatus
from socle.journal.models import Entry
from socle.lib.declared import Ending
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary, Role, User
from socle.retention import actions as retention
from socle.retention.table import rules as retention_rules
from tests import factories as f
from tests.agreements.test_document import words_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def a_day(settings: Any, tmp_path: Any, time_machine: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def secretary() -> User:
    return f.member(Role.SECRETARY, f.beneficiary())


@pytest.fixture
def place(secretary: User) -> Beneficiary:
    return Beneficiary.objects.get()


def message(
    place: Beneficiary, *, ago: int, status: MessageStatus = MessageStatus.CLOSED, **fields: Any
) -> ContactMessage:
    """A message that came and was treated that many days ago."""
    at = f.NOW - timedelta(days=ago)
    moved = None if status == MessageStatus.NEW else at
    return f.contact_message(place, received_at=at, moved_at=moved, status=status, **fields)


def left() -> set[int]:
    with scopes_disabled():
        return set(ContactMessage.objects.values_list("pk", flat=True))


# --- The table of who ends what --------------------------------------------------------------------------------------
def test_paper_16_each_kind_of_data_has_one_of_three_ends_and_its_reason() -> None:
    for rule in retention_rules():
        assert rule.because.endswith("."), rule.code
        # What the machine erases is never an archive that a slip ends, and a slip erases nothing by a tick.
        assert (rule.ends == Ending.SLIP) <= (rule.act is None), rule.code
        assert (rule.kept_as is not None) <= (rule.ends == Ending.SLIP), rule.code
    by_slip = {rule.code for rule in retention_rules() if rule.kept_as is not None}
    assert by_slip == {"messages-habitants", "messages-sans-suite", "reservations"}


def test_paper_16_no_passage_of_the_rules_erases_what_inhabitants_wrote(place: Beneficiary) -> None:
    made = {
        message(place, ago=2000).pk,
        message(place, ago=2000, status=MessageStatus.ANSWERED).pk,
        message(place, ago=2000, status=MessageStatus.NEW).pk,
    }
    message(place, ago=2000, status=MessageStatus.SPAM)
    done = retention.sweep(by=User.objects.system(), at=f.NOW)
    assert all(not one.error for one in done)
    assert left() == made


# --- From the proposal to the trace, through the door ----------------------------------------------------------------
@pytest.mark.slow
def test_paper_16_a_secretary_proposes_prints_notes_the_visa_then_erases(
    client: Any, place: Beneficiary, secretary: User
) -> None:
    gone = message(place, ago=500, name="Dominique Partie", words="Mon voisin, M. Secret")
    late = message(place, ago=1200, status=MessageStatus.NEW)
    kept = message(place, ago=100)
    with scope(beneficiary=place):
        MessageFile.objects.create(
            message=gone,
            file=default_storage.save("messages/a.pdf", ContentFile(b"x" * 3000)),
            filename="a.pdf",
            size=3000,
        )
    client.force_login(secretary)
    assert "2 dossiers au terme de leur durée" in client.get("/mairie/").content.decode()
    page = client.get("/mairie/eliminations/").content.decode()
    assert "3\u00a0pièces jointes" not in page
    answer = client.post("/mairie/eliminations/preparer/")
    with scope(beneficiary=place):
        slip = Slip.objects.get()
    url = f"/mairie/eliminations/{slip.pk}/"
    assert answer["Location"] == url
    assert set(SlipRow.objects.values_list("row", flat=True)) == {gone.pk, late.pk}
    assert f"Bordereau d’élimination n°\u00a0{slip.number}" in client.get("/mairie/").content.decode()

    # What is printed says what, when, how much and by which rule, and names nobody.
    printed = client.get(f"{url}bordereau.pdf").content
    words = " ".join(words_of(printed).split())
    for said in (place.name, slip.number, "un an après la dernière réponse", "3 ans après leur réception", "L. 214-3",
                 "R. 212-14", "R. 212-51", "Visa du service d’archives", "1 pièce jointe", "2 dossiers"):  # fmt: skip
        assert said in words, said
    assert "Dominique" not in words
    assert "Secret" not in words
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        assert pdf.open_metadata()["pdfaid:part"] == "3"

    # Without a visa, nothing goes.
    assert "visa des archives n’est pas noté" in client.get(url).content.decode()
    client.post(f"{url}eliminer/")
    assert left() == {gone.pk, late.pk, kept.pk}
    refused = client.post(f"{url}visa/", {"visa_on": "2026-11-24", "visa_from": "Archives"})
    assert refused.status_code == 422
    assert "un visa d’avant n’est pas le sien" in refused.content.decode()
    assert (
        client.post(f"{url}visa/", {"visa_on": "25/11/2026", "visa_from": "Archives départementales"}).status_code
        == 302
    )
    client.post(f"{url}eliminer/")
    assert left() == {kept.pk}
    assert not default_storage.exists("messages/a.pdf")
    slip.refresh_from_db()
    assert (slip.status, slip.erased) == (Status.ERASED, 2)
    assert Entry.objects.get(verb="elimination.erased").facts == {"number": slip.number, "rows": 2}
    shown = client.get(url).content.decode().replace("\u00a0", " ")
    assert "Visé le 25 novembre 2026 par Archives départementales" in shown
    # The trace stays, and says no name.
    assert client.get(f"{url}bordereau.pdf").content == printed
    assert SlipRow.objects.count() == 2


def test_paper_16_what_was_taken_up_again_or_refused_by_the_archives_stays(place: Beneficiary, secretary: User) -> None:
    taken, refused, gone = message(place, ago=400), message(place, ago=900), message(place, ago=1300)
    with scope(beneficiary=place):
        slip = actions.prepare(place, by=secretary, at=f.NOW)
        years = {one.last_on.year: one.rank for one in slip.articles.all()}
        inbox.reopen(taken, by=secretary, at=f.NOW)
        actions.note_visa(slip, visa_on=f.TODAY, visa_from="Archives", refused=[years[2024]], by=secretary, at=f.NOW)
        actions.erase(slip, by=secretary, at=f.NOW + DAY)
    assert left() == {taken.pk, refused.pk}
    slip.refresh_from_db()
    assert slip.erased == 1
    assert gone.pk not in left()


def test_paper_16_a_slip_of_one_mairie_erases_nothing_of_another(place: Beneficiary, secretary: User) -> None:
    other = f.beneficiary(f.commune("62001", "Ablain-Saint-Nazaire"))
    here, there = message(place, ago=400), message(other, ago=400)
    with scope(beneficiary=place):
        slip = actions.prepare(place, by=secretary, at=f.NOW)
        # A row of another, were it ever written there.
        SlipRow.objects.create(article=slip.articles.get(), row=there.pk)
        actions.note_visa(slip, visa_on=f.TODAY, visa_from="Archives", by=secretary, at=f.NOW)
        actions.erase(slip, by=secretary, at=f.NOW)
    assert left() == {there.pk}
    assert here.pk not in left()


def test_paper_16_a_file_that_cannot_be_erased_keeps_its_slip(
    place: Beneficiary, secretary: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = message(place, ago=400)

    def stuck(messages: Any) -> None:
        raise PermissionError("/srv/secret")

    with scope(beneficiary=place):
        slip = actions.prepare(place, by=secretary, at=f.NOW)
        actions.note_visa(slip, visa_on=f.TODAY, visa_from="Archives", by=secretary, at=f.NOW)
        monkeypatch.setattr("socle.inbox.attachments.discard", stuck)
        with pytest.raises(Refused, match="n’a pas pu être effacée"):
            actions.erase(slip, by=secretary, at=f.NOW)
    slip.refresh_from_db()
    assert slip.status == Status.VISAED
    assert left() == {made.pk}


def test_paper_16_one_slip_at_a_time_and_none_for_nothing(place: Beneficiary, secretary: User) -> None:
    with scope(beneficiary=place):
        with pytest.raises(Refused, match="Rien n’est au terme"):
            actions.prepare(place, by=secretary, at=f.NOW)
        message(place, ago=400)
        first = actions.prepare(place, by=secretary, at=f.NOW)
        with pytest.raises(Refused, match="est en cours"):
            actions.prepare(place, by=secretary, at=f.NOW)
        actions.withdraw(first, by=secretary, at=f.NOW)
        second = actions.prepare(place, by=secretary, at=f.NOW)
        assert [first.number, second.number] == ["2026-01", "2026-02"]
        # « À faire » does not speak of it again at once.
        assert not queries.is_time_to_propose(queries.latest(place), at=f.NOW)
        actions.withdraw(second, by=secretary, at=f.NOW)
        assert not queries.is_time_to_propose(queries.latest(place), at=f.NOW + queries.PACE - DAY)
        assert queries.is_time_to_propose(queries.latest(place), at=f.NOW + queries.PACE)


# --- A standing agreement --------------------------------------------------------------------------------------------
def test_paper_16_a_standing_agreement_replaces_the_visa_of_what_it_covers(place: Beneficiary, secretary: User) -> None:
    agreed = {"service": "Archives", "reference": "2026/4", "signed_on": f.TODAY, "by": secretary, "at": f.NOW}
    treated = message(place, ago=400)
    with scope(beneficiary=place):
        slip = actions.prepare(place, by=secretary, at=f.NOW)
        actions.note_agreement(place, rule="reservations", **agreed)
        with pytest.raises(Refused, match="visa des archives"):
            actions.erase(slip, by=secretary, at=f.NOW)
        made = actions.note_agreement(place, rule="messages-habitants", ends_on=f.TODAY + DAY, **agreed)
        with pytest.raises(Refused, match="déjà noté"):
            actions.note_agreement(place, rule="messages-habitants", **agreed)
        # It holds until its last day, and no agreement erases by itself.
        with pytest.raises(Refused, match="visa des archives"):
            actions.erase(slip, by=secretary, at=f.NOW + 2 * DAY)
        assert left() == {treated.pk}
        actions.erase(slip, by=secretary, at=f.NOW + DAY)
        assert left() == set()
        actions.end_agreement(made, by=secretary, at=f.NOW)
        with pytest.raises(Refused, match="déjà terminé"):
            actions.end_agreement(made, by=secretary, at=f.NOW)


# --- Rules at their boundaries ---------------------------------------------------------------------------------------
PREPARED = Slip(number="2026-01", status=Status.PREPARED, made_at=f.NOW)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, None),
        ({"visa_on": f.TODAY - DAY}, "un visa d’avant"),
        ({"visa_on": f.TODAY + DAY}, "est à venir"),
        ({"visa_from": ""}, "quel service"),
        ({"refused": {2}}, None),
        ({"refused": {1, 2}}, "refusent tous"),
        ({"refused": {3}}, "n’a pas cet article"),
    ],
)
def test_paper_16_a_visa_is_dated_signed_and_of_its_slip(fields: dict[str, Any], says: str | None) -> None:
    asked = {"visa_on": f.TODAY, "visa_from": "Archives", "ranks": {1, 2}, "refused": set(), "on": f.TODAY, **fields}
    refusal = rules.why_not_note_visa(PREPARED, **asked)
    assert refusal is None if says is None else says in (refusal or "")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, None),
        ({"rule": "journal"}, "Choisissez"),
        ({"service": ""}, "quel service"),
        ({"reference": ""}, "référence"),
        ({"signed_on": f.TODAY + DAY}, "pas encore signé"),
        ({"ends_on": f.TODAY}, None),
        ({"ends_on": f.TODAY - DAY}, "est terminé"),
        ({"signed_on": f.TODAY, "ends_on": f.TODAY - 2 * DAY}, "est terminé"),
    ],
)
def test_paper_16_an_agreement_is_signed_in_force_and_of_archives(fields: dict[str, Any], says: str | None) -> None:
    asked: dict[str, Any] = {
        "rule": "reservations", "rules": {"reservations"}, "service": "Archives", "reference": "A", "ends_on": None,
        "signed_on": date(2026, 1, 2), "on": f.TODAY, **fields,
    }  # fmt: skip
    refusal = rules.why_not_agree((), **asked)
    assert refusal is None if says is None else says in (refusal or "")


def test_paper_16_a_slip_moves_only_as_the_table_says() -> None:
    for status in Status:
        slip = Slip(number="1", status=status, made_at=f.NOW)
        may_end = rules.why_not_erase(slip, wanted=set(), agreements=(), on=f.TODAY) is None
        assert may_end == (Status.ERASED in MOVES[status]), status
        assert (rules.why_not_withdraw(slip) is None) == (Status.WITHDRAWN in MOVES[status]), status
        agreement = StandingAgreement(rule="a", signed_on=f.TODAY)
        covered = rules.why_not_erase(slip, wanted={"a"}, agreements=[agreement], on=f.TODAY)
        assert (covered is None) == (Status.ERASED in MOVES[status]), status
