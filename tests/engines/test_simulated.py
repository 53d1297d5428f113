import pytest
from django.conf import settings
from django.utils.module_loading import import_string
from django_scopes import scope

from socle.engines.simulated import engine as twins
from socle.engines.simulated.models import LedgerLine
from socle.mail.models import Mailbox
from socle.provisioning.contract import Change, EngineError
from tests import factories as f
from tests.engines.contract import EngineContract


class TwinContract(EngineContract):
    twin: type[twins.Simulated]

    def make_engine(self):
        return self.twin()

    @property
    def service_code(self):
        return self.twin.service_code

    def test_it_says_that_it_is_simulated_wherever_it_shows(self, engine, place):
        self.make_so(engine, place)
        assert engine.is_simulated
        found = engine.observe(place)
        assert found.says.startswith("Simulé")
        assert found.proof.startswith("simulé:")

    def test_its_ledger_has_one_line_per_change_that_had_an_effect(self, engine, place):
        steps = self.make_so(engine, place)
        self.make_so(engine, place)
        assert LedgerLine.objects.count() == steps


@pytest.mark.django_db
class TestMailTwin(TwinContract):
    twin = twins.SimulatedMail

    @pytest.mark.parametrize(
        ("domain", "times", "boxes"), [("courriel.test", 1, {"mairie", "etat-civil"}), ("", 0, set())]
    )
    def test_the_boxes_are_made_once_with_the_domain_where_there_is_one(
        self, engine, place, settings, monkeypatch, domain, times, boxes
    ):
        settings.SOCLE_MAIL_DOMAIN, make, made = domain, twins.ensure_defaults, []
        monkeypatch.setattr(twins, "ensure_defaults", lambda *one, **more: made.append(make(*one, **more)))
        assert self.make_so(engine, place) == 3
        with scope(beneficiary=place):
            assert {box.local_part for box in Mailbox.objects.filter(beneficiary=place)} == boxes
        assert len(made) == times


@pytest.mark.django_db
class TestFilesTwin(TwinContract):
    twin = twins.SimulatedFiles


@pytest.mark.django_db
class TestBackupsTwin(TwinContract):
    twin = twins.SimulatedBackups


@pytest.mark.django_db
def test_an_unknown_step_is_refused_for_good():
    change = Change(key="x", beneficiary=f.beneficiary(), verb="erase", says="", details={"name": "x"})
    with pytest.raises(EngineError) as refusal:
        twins.SimulatedMail().apply(change)
    assert refusal.value.is_lasting


@pytest.mark.parametrize("code", ["messagerie", "agendas", "fichiers", "sauvegardes"])
def test_settings_name_a_twin_that_loads(code):
    assert import_string(settings.SOCLE_ENGINES[code])().service_code == code
