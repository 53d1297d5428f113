"""Names followed from one state to the next: zones written, checked, put in service; each beneficiary apart."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from socle.domains import actions, rules, tasks
from socle.domains.contract import Heard, Held, Told, ZonesError
from socle.domains.models import DomainCheck, DomainName
from socle.domains.ownership import ensure, look_soon
from socle.domains.presenters import show_name
from socle.domains.uses import wanted_records
from socle.engines.simulated.models import SimulatedSet, SimulatedZone
from socle.engines.simulated.zones import SimulatedZones
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mail.demo_data import ensure_own_domain
from socle.mail.domains import activate, close_domain, give_domain, suspend_domain, take_domain
from socle.mail.models import Domain
from socle.mail.models.domains import Status
from socle.operations.doctor import names as examined
from socle.people.models import Beneficiary, Role, User
from socle.sites.actions import create_site
from socle.sites.names.actions import ask_name
from tests import factories as f

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_beneficiaries")]
ROOT = "courriel.test"


class Refusing(SimulatedZones):
    """A server of zones that does not answer."""

    def write(self, zone, sets):
        raise ZonesError("PowerDNS ne répond pas.")


@pytest.fixture(autouse=True)
def operator(settings) -> None:
    settings.SOCLE_MAIL_DOMAIN = ROOT
    settings.SOCLE_MAIL_MX = [f"mx1.{ROOT}", f"mx2.{ROOT}"]
    settings.SOCLE_MAIL_IMAP_HOST, settings.SOCLE_MAIL_SMTP_HOST = f"imap.{ROOT}", f"smtp.{ROOT}"
    settings.SOCLE_MAIL_WEB_HOST = "socle.test"
    settings.SOCLE_MAIL_SENDERS, settings.SOCLE_MAIL_SENDERS_NAME = ["192.0.2.25"], f"_spf.{ROOT}"
    settings.SOCLE_MAIL_REPORTS, settings.SOCLE_MAIL_TLS_REPORTS = f"dmarc@{ROOT}", f"tls@{ROOT}"
    settings.SOCLE_NAME_SERVERS = [f"ns1.{ROOT}", f"ns2.{ROOT}"]
    settings.SOCLE_SITES_ADDRESSES = ["192.0.2.80"]
    settings.SOCLE_ZONES = "socle.engines.simulated.zones.SimulatedZones"
    settings.SOCLE_DNS = "socle.engines.simulated.names.SimulatedDns"


@pytest.fixture
def place() -> Beneficiary:
    return f.beneficiary(f.commune("59474", "Prisches", 1000))


@pytest.fixture
def system() -> User:
    return User.objects.system()


@pytest.fixture
def given(place, system) -> Domain:
    return give_domain(place, by=system, at=f.NOW)


@pytest.fixture
def own(place, system, given) -> Domain:
    domain = take_domain(place, "prisches.fr", by=system, at=f.NOW)
    f.prove(place, domain.name)
    return domain


@pytest.fixture
def technician() -> User:
    return f.member(Role.TECHNICIAN, f.operator("sne", "Syndicat", 1), email="technique@exemple.invalid")


def name_of(domain) -> DomainName:
    """The name that a domain of mail bears, as it is now."""
    return DomainName.objects.select_related("beneficiary").get(name=domain.name)


def holds(name: str, kind: str) -> str:
    return SimulatedSet.objects.get(name=name, type=kind).contents


# --- Zones ------------------------------------------------------------------------------------------------------------
def test_a_domain_given_at_birth_has_its_records_in_the_operator_s_zone(given):
    assert tasks.write_zones.func() == 1
    assert [one.name for one in SimulatedZone.objects.all()] == [ROOT]
    assert holds(f"prisches.{ROOT}", "MX") == f"10 mx1.{ROOT}.\n20 mx2.{ROOT}."
    assert holds(f"_spf.{ROOT}", "TXT") == '"v=spf1 ip4:192.0.2.25 -all"'
    assert holds(f"{given.dkim_selector}._domainkey.prisches.{ROOT}", "TXT").startswith('"v=DKIM1; k=rsa; p=MII')
    found = name_of(given)
    assert (found.zone_at is not None, found.zone_problem, found.is_here) == (True, "", True)
    entry = Entry.objects.get(verb="mail.zone_written")
    assert entry.facts["changes"] > 10
    assert tasks.write_zones.func() == 0


def test_what_the_operator_says_of_its_own_name_stands_and_stops_no_commune(given, settings):
    """It sends from there already, by servers that we do not know."""
    theirs = '"v=spf1 include:ailleurs.fr -all"'
    SimulatedZones().make(ROOT)
    SimulatedZones().write(
        ROOT, [Held(ROOT, "TXT", 60, (theirs,)), Held(f"imap.{ROOT}", "CNAME", 60, ("ailleurs.fr.",))]
    )
    tasks.write_zones.func()
    assert holds(ROOT, "TXT") == theirs
    assert holds(f"imap.{ROOT}", "CNAME") == "ailleurs.fr."
    assert not SimulatedSet.objects.filter(name=f"imap.{ROOT}", type="TXT").exists()
    for name in (f"_dmarc.{ROOT}", f"*.{ROOT}", f"*.prisches.{ROOT}"):
        assert "p=reject; sp=reject" in holds(name, "TXT")
    assert name_of(given).zone_problem == ""
    assert not actions.survey_base()


def test_the_name_under_which_the_platform_comes_to_write_is_refused_no_more(given, settings):
    actions.make_base()
    assert holds(ROOT, "TXT") == '"v=spf1 -all"'
    settings.DEFAULT_FROM_EMAIL = f"Socle <socle@{ROOT}>"
    actions.make_base()
    assert holds(ROOT, "TXT") == f'"v=spf1 include:_spf.{ROOT} ~all"'
    assert holds(f"_dmarc.{ROOT}", "TXT") == '"v=DMARC1; p=none"'


def test_once_written_a_zone_is_left_alone(given, system):
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert not actions.survey(name_of(given), at=f.NOW)
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert Entry.objects.filter(verb="mail.zone_written").count() == 1


def test_what_was_undone_by_hand_is_written_again(given, system):
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    SimulatedSet.objects.filter(type="MX").delete()
    assert actions.survey(name_of(given), at=f.NOW).lines == [
        f"créer prisches.{ROOT} MX\u00a0: 10 mx1.{ROOT}., 20 mx2.{ROOT}.",
    ]
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert holds(f"prisches.{ROOT}", "MX")


def test_a_former_key_leaves_with_the_new_one(given, system):
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    former = f"{given.dkim_selector}._domainkey.{given.name}"
    given.dkim_selector = "nouveau"
    given.save()
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert not SimulatedSet.objects.filter(name=former).exists()
    assert holds(f"nouveau._domainkey.{given.name}", "TXT")


def test_the_site_answers_at_the_same_name(given, place, system, settings):
    settings.SITES_DOMAIN = ROOT
    create_site(place, by=system, at=f.NOW)
    actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert holds(f"prisches.{ROOT}", "A") == "192.0.2.80"


def test_what_someone_else_wrote_stops_the_domain_and_is_kept(given, system):
    twin = SimulatedZones()
    twin.make(ROOT)
    twin.write(ROOT, [Held(given.name, "MX", 60, ("10 mx.ailleurs.fr.",))])
    found = actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert "que nous n’avons pas écrit" in found.zone_problem
    assert found.next_zone_at == f.NOW + timedelta(hours=6)
    assert SimulatedSet.objects.count() == 1
    assert holds(given.name, "MX") == "10 mx.ailleurs.fr."


def test_a_server_that_refuses_is_tried_again_less_and_less_then_all_is_there_once(given, system, settings):
    settings.SOCLE_ZONES = "tests.domains.test_actions.Refusing"
    waits = []
    for _ in range(4):
        found = actions.make_zone(name_of(given), by=system, at=f.NOW)
        waits.append((found.next_zone_at - f.NOW).total_seconds())
    assert waits == [60, 120, 240, 480]
    assert "ne répond pas" in found.zone_problem
    assert Entry.objects.filter(verb="mail.zone_failed").count() == 1
    settings.SOCLE_ZONES = "socle.engines.simulated.zones.SimulatedZones"
    found = actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert (found.zone_problem, found.zone_tries) == ("", 0)
    assert SimulatedSet.objects.filter(name=given.name, type="MX").count() == 1


def test_nobody_holding_zones_is_no_fault_of_the_domain(place, system, settings):
    settings.SOCLE_ZONES = ""
    given = give_domain(place, by=system, at=f.NOW)
    found = actions.make_zone(name_of(given), by=system, at=f.NOW)
    assert "se copient à la main" in found.zone_problem
    assert not found.is_here


def test_a_suspended_domain_keeps_its_zone_and_a_closed_one_says_it_has_no_mail(own, system, technician):
    domain = activate(own, by=system, at=f.NOW)
    actions.entrust(name_of(domain), by=technician, at=f.NOW)
    actions.make_zone(name_of(domain), by=system, at=f.NOW)
    before = holds("prisches.fr", "MX")
    domain = suspend_domain(domain, by=technician, at=f.NOW)
    actions.make_zone(name_of(domain), by=system, at=f.NOW)
    assert holds("prisches.fr", "MX") == before
    domain = close_domain(domain, by=technician, at=f.NOW)
    actions.make_zone(name_of(domain), by=system, at=f.NOW)
    assert holds("prisches.fr", "MX") == "0 ."
    assert holds("_dmarc.prisches.fr", "TXT") == '"v=DMARC1; p=reject; sp=reject"'
    assert not SimulatedSet.objects.filter(name__contains="_domainkey.prisches.fr").exists()


@pytest.mark.slow
@pytest.mark.both
def test_an_own_domain_is_entrusted_by_a_keeper_only_and_has_its_own_zone(own, place, system, technician):
    secretary = f.member(Role.SECRETARY, place)
    with pytest.raises(Refused, match="chargées du programme ou de la technique"):
        actions.entrust(name_of(own), by=secretary, at=f.NOW)
    actions.entrust(name_of(own), by=technician, at=f.NOW)
    found = actions.make_zone(name_of(own), by=system, at=f.NOW)
    assert found.is_here
    assert found.ds
    assert SimulatedSet.objects.filter(zone__name="prisches.fr", name="prisches.fr", type="MX").exists()
    actions.give_back(name_of(own), by=technician, at=f.NOW)
    assert name_of(own) not in actions.due_zones(at=f.NOW + timedelta(days=30), limit=10)
    assert SimulatedSet.objects.filter(zone__name="prisches.fr").exists()


@pytest.mark.parametrize("fails", [False, True], ids=["written", "refused"])
@pytest.mark.parametrize("meanwhile", [actions.give_back, None], ids=["given back", "changed"])
def test_what_is_asked_while_the_name_server_speaks_is_never_written_over(
    own, system, technician, monkeypatch, meanwhile, fails
):
    actions.entrust(name_of(own), by=technician, at=f.NOW)
    soon = f.NOW + timedelta(seconds=5)
    real = SimulatedZones.write

    def spoken_over(self, zone, sets):
        if meanwhile is not None:
            meanwhile(name_of(own), by=technician, at=soon)
        else:
            look_soon(own.name, at=soon)
        if fails:
            raise ZonesError("PowerDNS ne répond pas.")
        real(self, zone, sets)

    monkeypatch.setattr(SimulatedZones, "write", spoken_over)
    actions.make_zone(name_of(own), by=system, at=f.NOW)
    found = name_of(own)
    assert (found.is_here, found.next_zone_at) == ((False, None) if meanwhile is not None else (True, soon))
    assert found.zone_problem == ("PowerDNS ne répond pas." if fails and meanwhile is None else "")


def test_nobody_writes_under_the_name_of_another(own, system, technician):
    other = f.beneficiary(f.commune("62001", "Ablain-Saint-Nazaire", 1800))

    # Behind the rules' back, as a fault elsewhere would.
    def noted(name):
        ensure(other.pk, name, is_own=True, at=f.NOW)
        return Domain.objects.create(beneficiary=other, name=name, is_own=True, made_at=f.NOW)

    below, above = noted("mairie.prisches.fr"), noted("courriel.test.fr")
    assert "autre organisme" in (rules.why_not_write(name_of(below)) or "")
    assert "autre organisme" in (rules.why_not_write(name_of(own)) or "")
    assert rules.why_not_write(name_of(above)) is None
    ours = noted(f"x.{ROOT}")
    assert "appartient à l’opérateur" in (rules.why_not_write(name_of(ours)) or "")
    with pytest.raises(Refused, match="autre organisme"):
        actions.entrust(name_of(below), by=technician, at=f.NOW)
    assert "autre organisme" in actions.make_zone(name_of(below), by=system, at=f.NOW).zone_problem
    assert not SimulatedSet.objects.exists()


# --- What the world sees ----------------------------------------------------------------------------------------------
def heard_from(domain: Domain, *, mx: str) -> Heard:
    lines = []
    for one in wanted_records(name_of(domain), at=f.NOW):
        if one.name.startswith("_socle."):
            lines += [Told(source, one.name, one.type, "NONE") for source in ("here", "there")]
            continue
        content = mx if one.type == "MX" else one.content
        lines += [Told(source, one.name, one.type, one.type, content, 60) for source in ("here", "there")]
    return Heard(tuple(dict.fromkeys(lines)))


def test_a_domain_whose_mail_arrives_here_is_put_in_service_by_it(own, system):
    actions.record_check(name_of(own), heard_from(own, mx="10 mx.ancien.fr."), by=system, at=f.NOW)
    own.refresh_from_db()
    assert own.status == Status.PREPARED
    assert name_of(own).checked_at == f.NOW
    actions.record_check(name_of(own), heard_from(own, mx=f"10 mx1.{ROOT}."), by=system, at=f.NOW)
    own.refresh_from_db()
    assert own.is_mail_here
    assert own.status == Status.ACTIVE
    verbs = list(Entry.objects.filter(verb__startswith="mail.domain_a").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["mail.domain_arrives", "mail.domain_activated"]


def test_mail_led_here_is_taken_once_its_owner_is_proved(place, system, given):
    own = take_domain(place, "prisches.fr", by=system, at=f.NOW)
    row = name_of(own)
    wanted = {(one.name, one.content) for one in wanted_records(name_of(own), at=f.NOW)}
    assert ("_socle.prisches.fr", f'"{row.proof}"') in wanted
    here = heard_from(own, mx=f"10 mx1.{ROOT}.")
    actions.record_check(name_of(own), here, by=system, at=f.NOW)
    own.refresh_from_db()
    assert own.status == Status.PREPARED
    shown = show_name(name_of(own), at=f.NOW)
    assert shown.row.uses[0][1].label == "À prouver"
    assert (shown.needed[0].label, shown.needed[0].host) == ("Manque", "_socle")
    assert shown.groups[0].needed[0].host == "_socle"
    said = Told("here", "_socle.prisches.fr", "TXT", "TXT", f'"{row.proof}"', 60)
    told = [line for line in here.lines if line.name != said.name]
    actions.record_check(name_of(own), Heard((*told, said)), by=system, at=f.NOW)
    own.refresh_from_db()
    assert own.status == Status.ACTIVE
    assert "_socle.prisches.fr" not in {one.name for one in wanted_records(name_of(own), at=f.NOW)}


def test_mail_that_came_before_proofs_were_asked_goes_on_and_is_to_be_proved(own, given, system):
    activate(own, by=system, at=f.NOW)
    DomainName.objects.filter(is_own=True).update(proved_at=None)
    row = name_of(own)
    assert (row.name, row.proved_at) == ("prisches.fr", None)
    found = actions.record_check(name_of(own), heard_from(own, mx=f"10 mx1.{ROOT}."), by=system, at=f.NOW)
    own.refresh_from_db()
    assert (own.status, found.is_right, own.is_mail_here) == (Status.ACTIVE, False, True)
    assert show_name(name_of(own), at=f.NOW).groups[0].needed[0].host == "_socle"


@pytest.mark.slow
@pytest.mark.both
def test_whoever_presses_the_button_the_platform_puts_in_service(own, place):
    secretary = f.member(Role.SECRETARY, place)
    assert own.name == "prisches.fr"
    actions.check_name(name_of(own), by=secretary, at=f.NOW)  # The twin says what is wanted.
    own.refresh_from_db()
    assert (own.is_mail_here, own.status) == (True, Status.ACTIVE)


@pytest.mark.slow
def test_what_does_not_change_is_one_row_and_what_does_is_kept(own, system):
    away, here = heard_from(own, mx="10 mx.ancien.fr."), heard_from(own, mx=f"10 mx1.{ROOT}.")
    for hour in range(3):
        actions.record_check(name_of(own), away, by=system, at=f.NOW + timedelta(hours=hour))
    check = DomainCheck.objects.get()
    assert (check.count, check.is_right, check.last_at) == (3, False, f.NOW + timedelta(hours=2))
    # The same answers, of which we think otherwise.
    DomainCheck.objects.update(is_right=True)
    actions.record_check(name_of(own), away, by=system, at=f.NOW + timedelta(hours=2))
    assert list(DomainCheck.objects.values_list("is_right", "count")) == [(False, 1), (True, 3)]
    actions.record_check(name_of(own), away, by=system, at=f.NOW + timedelta(hours=2))
    assert list(DomainCheck.objects.values_list("is_right", "count")) == [(False, 2), (True, 3)]
    for rank in range(60):
        actions.record_check(name_of(own), here if rank % 2 else away, by=system, at=f.NOW + timedelta(hours=3 + rank))
    assert DomainCheck.objects.count() == actions.KEPT_CHECKS
    assert Entry.objects.filter(verb="mail.domain_lost").exists()


def test_the_operator_without_a_domain_has_no_records_of_its_own(settings):
    settings.SOCLE_MAIL_DOMAIN = ""
    with pytest.raises(ZonesError, match="SOCLE_MAIL_DOMAIN") as refusal:
        actions.survey_base()
    assert refusal.value.is_lasting


def test_checks_are_often_at_first_then_each_day(own, system):
    for age, wait in ((timedelta(), 600), (timedelta(days=2), 3600), (timedelta(days=30), 86400)):
        at = f.NOW + age
        found = actions.record_check(name_of(own), heard_from(own, mx="10 mx.ancien.fr."), by=system, at=at)
        assert (found.next_check_at - at).total_seconds() == wait


def test_the_worker_follows_what_was_chosen_and_asks_each_once(own, given, django_assert_max_num_queries):
    assert tasks.check_names.func() == 2
    assert DomainCheck.objects.count() == 2
    assert tasks.check_names.func() == 0


def test_a_former_host_is_found_under_invalid(place, system):
    domain = Domain.objects.create(beneficiary=place, name="prisches.invalid", is_own=True, made_at=f.NOW)
    name = ensure(place.pk, domain.name, is_own=True, at=f.NOW)
    actions.check_name(name, by=system, at=f.NOW)
    domain.refresh_from_db()
    assert domain.is_mail_here is False
    found = actions.diagnosis_of(name, Heard.read(DomainCheck.objects.get().heard), at=f.NOW)
    assert found.former == ("mx.ancien-hebergeur.invalid",)


# --- One name for the site and for the mail ---------------------------------------------------------------------------
def wanted(name: DomainName, kinds=("A", "AAAA", "CNAME", "MX")) -> list[str]:
    return [f"{one.label('prisches.fr')} {one.type}" for one in wanted_records(name, at=f.NOW) if one.type in kinds]


@pytest.mark.slow
@pytest.mark.both
def test_one_name_is_checked_once_for_the_site_and_for_the_mail(own, place, system):
    site = create_site(place, by=system, at=f.NOW)
    ask_name(site, "prisches.fr", by=system, at=f.NOW)
    assert wanted(name_of(own))[:2] == ["@ A", "www CNAME"]
    name = actions.check_name(name_of(own), by=system, at=f.NOW)
    own.refresh_from_db()
    assert (name.is_right, own.status, site.names.get().status) == (True, Status.ACTIVE, "served")
    assert DomainCheck.objects.filter(domain=name).count() == 1
    assert {use for use, _ in show_name(name, at=f.NOW).row.uses} == {"Site internet", "Messagerie"}
    assert name.next_check_at == f.NOW + timedelta(days=1)


def test_the_site_takes_addresses_where_the_mail_forbids_an_alias(place, system):
    ask_name(create_site(place, by=system, at=f.NOW), "mairie.prisches.fr", by=system, at=f.NOW)
    name = DomainName.objects.get(name="mairie.prisches.fr")
    assert wanted(name) == ["mairie CNAME"]
    take_domain(place, name.name, by=system, at=f.NOW)
    assert wanted(name, ("A", "CNAME", "MX")) == ["mairie A", "mairie MX", "mairie MX"] + [
        f"{host}.mairie CNAME" for host in ("mta-sts", "autoconfig", "autodiscover")
    ]


def test_a_closed_domain_wants_nothing_of_its_registrar(own, system):
    assert wanted(name_of(own), ("MX",))
    close_domain(own, by=system, at=f.NOW)
    assert wanted_records(name_of(own), at=f.NOW) == ()


def test_a_demonstration_just_prepared_is_not_told_that_somebody_changed_its_zones(place, system, settings):
    settings.DEMO = True
    # The doctor looks at this hour, and what a zone wants changes with the days: DMARC hardens.
    assert ensure_own_domain(place, by=system, at=timezone.now()) is not None
    assert [one.says for one in examined.zones()] == [
        "Les zones DNS de la messagerie disent ce que la plateforme y a écrit."
    ]


def test_a_demonstration_is_prepared_though_the_server_of_zones_does_not_answer(place, system, settings):
    settings.DEMO, settings.SOCLE_ZONES = True, "tests.domains.test_actions.Refusing"
    assert ensure_own_domain(place, by=system, at=f.NOW) is not None
    assert "PowerDNS ne répond pas." in set(DomainName.objects.values_list("zone_problem", flat=True))
