"""The engine of the folders: the contract, and what is its own."""

import pytest
from django_scopes import scope

from socle.engines.own_files.engine import OwnFiles
from socle.files import queries
from socle.files.actions import spaces
from socle.files.models import Entry
from socle.journal.models import Entry as Line
from socle.people.models import User
from socle.provisioning.contract import Change, EngineError
from tests.engines.contract import EngineContract


@pytest.mark.django_db
class TestOwnFiles(EngineContract):
    service_code = "fichiers"

    def make_engine(self):
        return OwnFiles()

    def test_it_is_no_simulation_and_its_proof_is_the_address_of_the_drive(self, engine, place):
        self.make_so(engine, place)
        assert not engine.is_simulated
        assert engine.observe(place).proof.endswith(f"/dav/dossier/{place.pk}/")

    def test_suspending_erases_nothing(self, engine, place):
        self.make_so(engine, place)
        with scope(beneficiary=place):
            before = Entry.objects.count()
        self.make_so(engine, place, is_present=False)
        with scope(beneficiary=place):
            assert Entry.objects.count() == before == len(spaces.FIRST_FOLDERS) + 1
            assert queries.space_of(place).suspended_at is not None

    def test_a_step_done_again_writes_no_line(self, engine, place):
        self.make_so(engine, place)
        engine.apply(Change("k", place, "make", ""))
        assert Line.objects.filter(verb="space.opened").count() == 1

    def test_a_folder_that_the_mairie_removed_is_not_made_again(self, engine, place):
        self.make_so(engine, place)
        with scope(beneficiary=place):
            Entry.objects.filter(parent__isnull=False).delete()
        assert self.make_so(engine, place) == 0
        engine.apply(Change("k", place, "make", ""))
        with scope(beneficiary=place):
            assert Entry.objects.count() == 1

    def test_an_unknown_step_is_refused_for_good(self, engine, place):
        with pytest.raises(EngineError) as refusal:
            engine.apply(Change("k", place, "erase", ""))
        assert refusal.value.is_lasting

    def test_its_plan_is_of_the_platform(self, engine, place):
        self.make_so(engine, place)
        assert Line.objects.get(verb="space.opened").by_ref == f"people.user:{User.objects.system().pk}"
