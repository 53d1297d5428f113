"""The engine of the agendas: what every engine owes, and what it makes."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django_scopes import scope

from socle.agenda.contract import store
from socle.agenda.models import Agenda, Calendar
from socle.config.environment import are_several
from socle.engines.radicale import application
from socle.engines.radicale.engine import Agendas
from socle.people.models import Role
from socle.provisioning.contract import EngineError
from tests import factories as f
from tests.agenda.conftest import make_so
from tests.engines.contract import EngineContract

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def its_folder(settings, tmp_path):
    settings.SOCLE_AGENDA_DIR = tmp_path / "agendas"


class TestAgendas(EngineContract):
    service_code = "agendas"

    def make_engine(self):
        return Agendas()


def test_it_makes_the_calendars_of_the_mairie_of_its_council_and_of_each_person():
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    secretary = f.member(Role.SECRETARY, place)
    make_so(place)
    assert dict(store().collections(place.pk)) == {
        "mairie": "VCALENDAR",
        "conseil": "VCALENDAR",
        "contacts": "VADDRESSBOOK",
        f"perso-{secretary.pk}": "VCALENDAR",
    }
    with scope(beneficiary=place):
        writers = Calendar.objects.get(slug="mairie").accesses.filter(may_write=True).values_list("role", flat=True)
        assert set(writers) == {Role.SECRETARY, Role.MAYOR, Role.DEPUTY}
        assert Calendar.objects.get(owner=secretary).accesses.count() == 0


def test_several_machines_are_given_no_calendar_before_the_folder_they_share_is_named(settings):
    settings.AGENDAS_ARE_APART = True
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    with pytest.raises(EngineError, match="chacune aurait ses propres agendas") as refused:
        make_so(place)
    assert "SOCLE_AGENDA_DIR" in refused.value.remedy
    assert not Agenda.objects.exists()
    with pytest.raises(EngineError):
        Agendas().check()
    # What is there already may still be closed.
    settings.AGENDAS_ARE_APART = False
    make_so(place)
    settings.AGENDAS_ARE_APART = True
    assert make_so(place, is_present=False) == 1


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        (["127.0.0.0/8", "::1/128"], False),
        ([], False),
        (["127.0.0.1"], False),
        (["10.0.0.0/24", "127.0.0.0/8"], True),
        (["fd00::/8"], True),
    ],
)
def test_the_proxies_in_front_say_whether_machines_are_several(networks, expected):
    assert are_several(networks) is expected


@pytest.mark.parametrize("network", ["", "10.0.0.0/99", "balancer", "10.0.0"])
def test_what_is_no_network_is_said(network):
    with pytest.raises(ImproperlyConfigured, match="SOCLE_BALANCERS"):
        are_several([network])


def test_someone_who_arrives_is_given_a_calendar_at_the_next_look():
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    make_so(place)
    assert Agendas().observe(place).is_present
    f.member(Role.MAYOR, place)
    found = Agendas().observe(place)
    assert not found.is_present
    assert "3 agendas et carnets sur 4" in found.says
    assert make_so(place) == 1


def test_a_folder_lost_outside_is_made_again():
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    make_so(place)
    store().drop(place.pk, "conseil")
    assert make_so(place) == 1
    assert store().has(place.pk, "conseil")


def test_each_mairie_has_its_own_folder_and_lock_and_the_disk_is_tried_once(monkeypatch, tmp_path):
    """Radicale tries what the file system can do by making folders: 90 ms, once a process and not once a mairie."""
    tried = []
    true_try = application.Storage._analyse_mtime
    monkeypatch.setattr(application.Storage, "_analyse_mtime", lambda self: (tried.append(self), true_try(self))[1])
    places = [f.beneficiary(f.commune(code, name, 1000)) for code, name in (("59474", "Prisches"), ("62001", "Ablain"))]
    for place in places:
        make_so(place)
    one, other = (application.application_for(place.pk).storage for place in places)
    # Twice: its sharing, which is off, has a storage too.
    assert len(tried) <= 2
    assert one._lock is not other._lock
    assert {one._filesystem_folder, other._filesystem_folder} == {
        str(tmp_path / "agendas" / str(place.pk)) for place in places
    }
    assert sorted(path.name for path in (tmp_path / "agendas").iterdir()) == sorted(str(place.pk) for place in places)
    # One writes while the other is held.
    with one.acquire_lock("w"), store().writing(places[1].pk) as writer:
        assert writer.get("mairie", "rien.ics") is None


def test_suspending_erases_nothing():
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    make_so(place)
    make_so(place, is_present=False)
    with scope(beneficiary=place):
        assert Agenda.objects.get().suspended_at is not None
    assert store().has(place.pk, "mairie")


def test_a_folder_that_cannot_be_written_is_said(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(EngineError, match="ne peut pas être écrit"):
        Agendas().check()
