from datetime import timedelta

import pytest
from django.db import connection, models

from socle.journal import actions as journal
from socle.journal import heads
from socle.journal.facts import shareable, shown_facts
from socle.journal.models import Entry
from socle.people.models import User
from tests import factories as f

pytestmark = pytest.mark.django_db


def write(count: int = 3) -> None:
    place = f.beneficiary()
    for n in range(count):
        journal.record("essai.fait", place, by=User.objects.system(), at=f.NOW, rank=n)


def test_a_line_holds_identifiers_and_the_beneficiary_it_concerns():
    place = f.beneficiary()
    entry = journal.record("essai.fait", place, by=User.objects.system(), at=f.NOW)
    assert entry.object_type == "people.beneficiary"
    assert entry.beneficiary_ref == str(place.pk)
    assert place.name not in str(entry.__dict__)


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="aware"):
        journal.record("essai.fait", f.beneficiary(), by=User.objects.system(), at=f.NOW.replace(tzinfo=None))


def test_a_line_is_never_edited_nor_deleted():
    write(1)
    entry = Entry.objects.get()
    for attempt in (entry.save, entry.delete, Entry.objects.all().delete):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError):
        Entry.objects.update(verb="autre")


def test_sealing_makes_a_chain_that_verifies_and_goes_on():
    write(3)
    assert journal.seal() == 3
    journal.record("essai.suite", f.commune(), by=User.objects.system(), at=f.NOW)
    assert journal.seal() == 1
    report = journal.verify()
    assert report.is_intact
    assert (report.sealed, report.waiting) == (4, 0)


@pytest.mark.parametrize(
    ("tampering", "position"),
    [
        ("UPDATE journal_entry SET verb = 'autre' WHERE position = 2", 2),
        ("UPDATE journal_entry SET facts = '{\"rank\": 9}' WHERE position = 3", 3),
        ("DELETE FROM journal_entry WHERE position = 1", 1),
        ("UPDATE journal_entry SET position = 7 WHERE position = 3", 3),
    ],
)
def test_a_line_altered_behind_our_back_is_reported(tampering, position):
    write(3)
    journal.seal()
    journal.record("essai.suite", f.commune(), by=User.objects.system(), at=f.NOW)
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    report = journal.verify()
    assert not report.is_intact
    assert report.broken_at == position
    assert (report.sealed, report.waiting) == (2 if tampering.startswith("DELETE") else 3, 1)


ALTERED = {
    # Of no line of these tests, however many were written before on PostgreSQL, whose sequences go on.
    "id": 10**12,
    "verb": "autre",
    "object_type": "people.user",
    "object_id": "999",
    "beneficiary_ref": "999",
    "by_ref": "people.user:999",
    "at": f.NOW + timedelta(microseconds=1),
    "facts": {"rank": 9},
    "position": 7,
    "seal": "f" * 64,
}


@pytest.mark.parametrize("field", ALTERED)
def test_no_field_of_a_sealed_line_is_altered_unseen(field):
    write(3)
    journal.seal()
    assert journal.verify().is_intact
    models.QuerySet(Entry).filter(position=2).update(**{field: ALTERED[field]})
    assert journal.verify().broken_at == 2


def test_every_field_of_a_line_is_tried():
    assert set(ALTERED) == {field.name for field in Entry._meta.fields}


def test_an_altered_seal_is_reported():
    write(2)
    journal.seal()
    models.QuerySet(Entry).filter(position=1).update(seal="f" * 64)
    assert journal.verify().broken_at == 1


@pytest.mark.parametrize("value", [None, "", []])
def test_a_fact_that_says_nothing_is_not_shown(value):
    assert shown_facts(Entry(facts={"service": value, "sha256": "a" * 64})) == {"empreinte": "a" * 12 + "…"}


@pytest.mark.parametrize(
    ("fact", "code", "shown"),
    [
        ("party", "cdg", "centre de gestion"),
        ("change", "resume", "rouvrir"),
        ("priority", "yes", "oui"),
        ("recognised", "phone", "par téléphone"),
        ("reason", "stolen", "appareil volé"),
        ("list", "journal", "journal"),
        ("role", "mayor", "maire ou représentant légal"),
        ("services", ["messagerie", "agenda"], "messagerie, agenda"),
        ("rank", 9, None),
    ],
)
def test_a_code_is_shown_in_words_and_what_has_no_name_not_at_all(fact, code, shown):
    entry = Entry(facts={fact: code})
    assert list(shown_facts(entry).values()) == ([shown] if shown else [])
    assert shareable(entry) == ({fact: code} if shown else {})


@pytest.mark.parametrize(("length", "shown"), [(60, "a" * 60), (61, "a" * 59 + "…")])
def test_a_long_fact_is_cut(length, shown):
    assert list(shown_facts(Entry(facts={"service": "a" * length})).values()) == [shown]


@pytest.mark.parametrize(
    ("content", "count"), [(None, 0), ("{", 0), ("{}", 0), ('{"count": null}', 0), ("[]", 0), ('{"count": 5}', 5)]
)
def test_what_a_head_counts_is_read_whatever_it_is(tmp_path, content, count):
    path = tmp_path / "journal-head.json"
    if content is not None:
        path.write_text(content)
    assert heads.count_in(path) == count
