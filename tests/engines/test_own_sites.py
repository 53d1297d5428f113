import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from wagtail.models import Page

from socle.engines.own_sites.engine import OwnSites
from socle.journal.models import Entry
from socle.provisioning.contract import Change, EngineError, Wanted
from tests import factories as f
from tests.engines.contract import EngineContract


@pytest.mark.django_db
class TestOwnSites(EngineContract):
    service_code = "site-internet"

    def make_engine(self):
        return OwnSites()

    def test_it_is_not_a_simulation_and_its_proof_is_an_address(self, engine, place):
        self.make_so(engine, place)
        assert not engine.is_simulated
        assert engine.observe(place).proof == "http://prisches.localhost:8000/"

    def test_a_home_taken_offline_is_seen_and_mended(self, engine, place):
        self.make_so(engine, place)
        Page.objects.filter(slug="prisches").update(live=False)
        found = engine.observe(place)
        assert not found.is_present
        assert "404" in found.says
        self.make_so(engine, place)
        assert engine.observe(place).is_present

    def test_a_home_that_fails_is_said_with_its_trace_in_the_log_and_stops_there(
        self, engine, place, monkeypatch, caplog
    ):
        self.make_so(engine, place)

        def fail(*args, **kwargs):
            raise RuntimeError("une panne")

        monkeypatch.setattr("socle.sites.frame._frame", fail)
        with pytest.raises(EngineError, match=r"est en erreur \(500\)"):
            engine.observe(place)
        assert "une panne" in caplog.text
        # What comes next in the same thread is not of the sites.
        assert reverse("drive", args=["papiers"])

    def test_a_site_follows_the_platform_when_its_domain_changes(self, engine, place, settings):
        self.make_so(engine, place)
        settings.SITES_DOMAIN = "sites.invalid"
        assert not engine.observe(place).is_present
        self.make_so(engine, place)
        assert engine.observe(place).proof == "http://prisches.sites.invalid:8000/"

    def test_a_step_that_made_nothing_new_writes_no_line(self, engine, place):
        self.make_so(engine, place)
        change = Change("k", place, "make", "")
        engine.apply(change)
        assert Entry.objects.filter(verb="website.created").count() == 1

    def test_an_unknown_step_is_refused_for_good(self, engine, place):
        with pytest.raises(EngineError) as refusal:
            engine.apply(Change("k", place, "erase", ""))
        assert refusal.value.is_lasting

    def test_the_site_of_a_merged_commune_is_refused_for_good(self, engine):
        heir = f.commune("59001", "Abancourt", 400)
        merged = f.beneficiary(f.commune("59002", "Disparue", 100, merged_into=heir))
        plan = engine.plan(Wanted(merged, self.service_code), engine.observe(merged))
        with pytest.raises(EngineError, match="Abancourt") as refusal:
            engine.apply(plan.changes[0])
        assert refusal.value.is_lasting


def test_settings_name_this_engine():
    assert import_string(settings.SOCLE_ENGINES["site-internet"]) is OwnSites
