"""Boxes: the first set, what is refused, what is never lost, who opens what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django_scopes import scope, scopes_disabled

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.mail import actions, defaults, domains, offboarding, queries, rules, tasks
from socle.mail.erasure import erase_deleted_boxes, forget_person
from socle.mail.models import Alias, Domain, Mailbox, Opening
from socle.mail.models.boxes import Kind, Status
from socle.people import actions as people
from socle.people.devices import actions as devices
from socle.people.devices.models import Use
from socle.people.models import Membership, Role, User
from tests import factories as f

pytestmark = pytest.mark.django_db
GB = 10**9


def make(here, local="urbanisme", **more):
    options = {"kind": Kind.SHARED, "display_name": "Urbanisme", "by": here.secretary, "at": f.NOW, **more}
    return actions.make_box(here.place, local_part=local, **options)


def test_a_measure_that_finds_the_same_says_when_and_writes_nothing_else(at_home, monkeypatch):
    monkeypatch.setattr(actions, "PORTION", 1)
    first, second = at_home.main, at_home.box
    actions.note_use(first, used_bytes=7, messages=1, at=f.NOW)
    later = f.NOW + timedelta(minutes=15)
    actions.note_same_use([first.pk, second.pk], at=later)
    told = list(Mailbox.objects.filter(measured_at=later).order_by("pk").values_list("pk", "used_bytes"))
    assert told == sorted([(first.pk, 7), (second.pk, 0)])


# --- The first set ----------------------------------------------------------------------------------------------------
def test_a_mairie_is_born_with_a_domain_its_boxes_and_the_names_that_must_answer(at_home):
    assert at_home.domain.name == "prisches.courriel.exemple.fr"
    assert at_home.domain.status == "active"
    assert {"mairie", "etat-civil"} < set(at_home.boxes)
    assert {one.holder for one in at_home.boxes.values()} == {None, at_home.secretary, at_home.mayor}
    assert sorted(Alias.objects.values_list("local_part", flat=True)) == ["abuse", "postmaster"]
    assert {one.user for one in Opening.objects.filter(mailbox=at_home.main)} == {at_home.secretary, at_home.mayor}


def test_the_first_set_is_made_once_and_what_was_deleted_stays_deleted(at_home):
    actions.delete_box(at_home.boxes["etat-civil"], by=at_home.secretary, at=f.NOW)
    before = Entry.objects.count()
    defaults.ensure_defaults(at_home.place, by=User.objects.system(), at=f.NOW + timedelta(days=1))
    assert Entry.objects.count() == before
    assert Mailbox.objects.get(local_part="etat-civil").status == Status.DELETED


def test_somebody_who_arrives_later_has_a_box_at_the_next_round(at_home):
    newcomer = f.member(Role.SECRETARY, at_home.place, email="nouvelle@exemple.invalid")
    newcomer.name = "Zoé  d’Arc-Œuf"
    newcomer.save()
    defaults.ensure_defaults(at_home.place, by=User.objects.system(), at=f.NOW)
    assert Mailbox.objects.get(holder=newcomer).local_part == "zoe.d-arc-oeuf"


def test_the_boxes_made_together_share_neither_a_name_nor_the_same_bytes(at_home, settings):
    """Each counts for the next one, though what the mairie holds was read once."""
    namesakes = [f.member(Role.SECRETARY, at_home.place, email=f"{rank}@exemple.invalid") for rank in range(3)]
    User.objects.filter(pk__in=[one.pk for one in namesakes]).update(name="Zoé Arc")
    given = queries.quota_of(at_home.place).given
    # Left: one box of the usual quota, and half of one.
    settings.SOCLE_MAIL_ROOM_GB = given / GB + 1.5 * settings.SOCLE_MAIL_BOX_GB
    defaults.ensure_defaults(at_home.place, by=User.objects.system(), at=f.NOW)
    made = Mailbox.objects.filter(holder__in=namesakes).order_by("pk")
    assert [one.local_part for one in made] == ["zoe.arc", "zoe.arc2", "zoe.arc3"]
    usual = settings.SOCLE_MAIL_BOX_GB * GB
    assert [one.quota_bytes for one in made] == [usual, usual // 4, usual // 8]
    defaults.ensure_defaults(at_home.place, by=User.objects.system(), at=f.NOW)
    assert made.count() == 3


def test_whoever_is_given_a_role_has_a_box_at_once_and_keeps_what_the_mairie_decides(
    here, settings, django_capture_on_commit_callbacks
):
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"
    person = f.user("zoe@exemple.invalid", name="Zoé Arrivée")
    bare = f.beneficiary(f.commune("59583", "Taisnières"))
    with django_capture_on_commit_callbacks(execute=True):
        for place in (here.place, bare):
            people.give_role(person, role=Role.SECRETARY, beneficiary=place, by=here.mayor, at=f.NOW)
    with scopes_disabled():
        box = Mailbox.objects.get(holder=person)
        assert (box.beneficiary, box.local_part) == (here.place, "zoe.arrivee"), "a mairie without mail gives none"
        # Erased on purpose, it is not made again by what looks for those who were missed.
        actions.delete_box(box, by=here.mayor, at=f.NOW)
        assert defaults.welcome_newcomers(at=f.NOW) == 0
        assert Mailbox.objects.filter(holder=person).count() == 1


def test_who_has_a_box_already_costs_two_queries(here, django_assert_num_queries):
    """A batch gives thousands of roles, whose boxes come with the mail itself. One more looks for tasks alike."""
    membership = here.secretary.memberships.get()
    with django_assert_num_queries(2):
        tasks.welcome.func(str(membership.pk))


def test_somebody_whose_first_day_comes_later_has_a_box_that_day(here):
    person = f.user("zoe@exemple.invalid", name="Zoé Arrivée")
    first = f.TODAY + timedelta(days=3)
    people.give_role(person, role=Role.SECRETARY, beneficiary=here.place, starts_on=first, by=here.mayor, at=f.NOW)
    assert defaults.welcome_newcomers(at=f.NOW) == 0
    assert defaults.welcome_newcomers(at=f.NOW + timedelta(days=3)) == 1
    with scopes_disabled():
        assert Mailbox.objects.get(holder=person).local_part == "zoe.arrivee"
        domains.suspend_domain(here.domain, by=User.objects.system(), at=f.NOW)
    late = f.member(Role.SECRETARY, here.place, email="tard@exemple.invalid", starts_on=f.TODAY)
    assert defaults.welcome_newcomers(at=f.NOW) == 0
    with scopes_disabled():
        assert not Mailbox.objects.filter(holder=late).exists()


def test_somebody_of_whom_the_mairie_wants_no_box_has_none_until_another_function_gives_one(
    here, settings, django_capture_on_commit_callbacks
):
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"
    person, given = f.user("zoe@exemple.invalid", name="Zoé Arrivée"), {"by": here.mayor, "at": f.NOW}
    with django_capture_on_commit_callbacks(execute=True):
        people.give_role(person, role=Role.AGENT, beneficiary=here.place, has_box=False, **given)
    assert defaults.welcome_newcomers(at=f.NOW) == 0
    with scopes_disabled():
        defaults.ensure_defaults(here.place, by=here.mayor, at=f.NOW)
        assert not Mailbox.objects.filter(holder=person).exists()
    with django_capture_on_commit_callbacks(execute=True):
        people.give_role(person, role=Role.DEPUTY, beneficiary=here.place, **given)
    with scopes_disabled():
        assert Mailbox.objects.filter(holder=person).count() == 1


def test_two_communes_of_one_name_have_two_domains(here):
    other = f.beneficiary(f.commune("62001", "Prisches"))
    with scope(beneficiary=other):
        given = domains.give_domain(other, by=User.objects.system(), at=f.NOW)
    assert given.name == "prisches-62.courriel.exemple.fr"


def test_no_commune_is_given_the_name_of_a_server(db):
    imap = f.beneficiary(f.commune("59002", "Imap"))
    with scope(beneficiary=imap):
        assert domains.give_domain(imap, by=User.objects.system(), at=f.NOW).name.startswith("imap-59.")


def test_without_a_domain_of_the_operator_s_nothing_is_given_and_it_is_said(settings):
    settings.SOCLE_MAIL_DOMAIN = ""
    place = f.beneficiary(f.commune("59583", "Taisnières"))
    with scope(beneficiary=place), pytest.raises(Refused, match="SOCLE_MAIL_DOMAIN"):
        domains.give_domain(place, by=User.objects.system(), at=f.NOW)


def test_the_private_key_rests_encrypted(at_home):
    kept = Domain.objects.values_list("dkim_private_key", flat=True).get()
    assert "PRIVATE" not in kept
    assert domains.private_key_of(at_home.domain).startswith("-----BEGIN PRIVATE KEY-----")


# --- What is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("local", "words"),
    [
        ("mairie", "existe déjà"),
        ("ma1rie", "ressemble trop"),
        ("postmaster", "réservé"),
        ("p0stmaster", "ressemble trop à une adresse réservée"),
        ("webmaster", "réservé"),
        ("admin", "réservé"),
        ("etat.civil", "ressemble trop"),
        ("Étât", "écrivez"),
    ],
)
def test_an_address_one_could_be_deceived_by_is_refused(at_home, local, words):
    with pytest.raises(Refused, match=words):
        make(at_home, local)


def test_a_box_wants_a_name_and_a_personal_one_somebody_who_serves_there(at_home):
    stranger = f.user("ailleurs@exemple.invalid")
    for more, words in (
        ({"display_name": "  "}, "nom que verront"),
        ({"kind": Kind.PERSONAL}, "Choisissez à qui"),
        ({"kind": Kind.PERSONAL, "holder": stranger}, "pas de fonction"),
        ({"holder": at_home.secretary}, "pas de titulaire"),
        ({"quota_bytes": 1}, "au moins"),
        ({"quota_bytes": 900 * GB}, "Il reste"),
    ):
        with pytest.raises(Refused, match=words):
            make(at_home, **more)
    assert not Mailbox.objects.filter(local_part="urbanisme").exists()


def test_the_boxes_of_a_mairie_hold_in_its_quota(at_home, settings):
    settings.SOCLE_MAIL_ROOM_GB = 25
    box = make(at_home, quota_bytes=5 * GB)
    with pytest.raises(Refused, match="Il reste 0"):
        make(at_home, "accueil", quota_bytes=GB)
    actions.resize_box(box, quota_bytes=2 * GB, by=at_home.secretary, at=f.NOW)
    make(at_home, "accueil", quota_bytes=3 * GB)
    actions.note_use(box, used_bytes=2 * GB - 1, messages=3, at=f.NOW)
    box.refresh_from_db()
    with pytest.raises(Refused, match="contient déjà"):
        actions.resize_box(box, quota_bytes=GB, by=at_home.secretary, at=f.NOW)


def test_a_line_break_never_enters_a_name(at_home):
    assert make(at_home, display_name="Urbanisme\r\nBcc: x@y.fr").display_name == "Urbanisme Bcc: x@y.fr"


def test_a_person_of_another_mairie_does_nothing_here(at_home, there):
    assert rules.why_not_keep(at_home.place, by=there.secretary, on=f.TODAY)
    with pytest.raises(Refused):
        make(at_home, by=there.secretary)
    for act in (actions.suspend_box, actions.delete_box):
        with pytest.raises(Refused):
            act(at_home.main, by=there.mayor, at=f.NOW)


def test_a_keeper_of_the_operator_suspends_and_does_not_make(at_home):
    officer = f.member(Role.PROGRAMME_OFFICER, f.programme().lead())
    actions.suspend_box(at_home.main, by=officer, at=f.NOW)
    with pytest.raises(Refused):
        make(at_home, by=officer)


# --- Nothing is lost --------------------------------------------------------------------------------------------------
def test_a_deleted_box_is_kept_can_be_taken_back_then_goes_at_its_date(at_home, settings):
    box = actions.delete_box(at_home.main if False else at_home.boxes["etat-civil"], by=at_home.secretary, at=f.NOW)
    assert box.kept_until == f.NOW + timedelta(days=settings.SOCLE_MAIL_KEPT_DAYS)
    with pytest.raises(Refused, match="reprenez-la"):
        make(at_home, "etat-civil")
    back = actions.resume_box(box, by=at_home.secretary, at=f.NOW)
    assert (back.status, back.kept_until) == (Status.ACTIVE, None)
    box = actions.delete_box(back, by=at_home.secretary, at=f.NOW)
    system, store = User.objects.system(), box.store
    assert erase_deleted_boxes(f.NOW, by=system, at=f.NOW, is_dry=False) == 0
    later = f.NOW + timedelta(days=settings.SOCLE_MAIL_KEPT_DAYS)
    assert erase_deleted_boxes(later, by=system, at=later, is_dry=True) == 1
    assert erase_deleted_boxes(later, by=system, at=later, is_dry=False) == 1
    erased = Mailbox.objects.get(store=store)
    assert (erased.status, erased.emptied_at) == (Status.ERASED, None)
    with pytest.raises(Refused, match="n’existent plus"):
        actions.resume_box(erased, by=at_home.secretary, at=later)
    assert make(at_home, "etat-civil").store != store


def test_the_box_where_problems_are_told_is_not_deleted_alone(at_home):
    with pytest.raises(Refused, match="doivent toujours mener à quelqu’un"):
        actions.delete_box(at_home.main, by=at_home.secretary, at=f.NOW)


def test_a_box_is_handed_over_as_an_archive_one_reads(at_home):
    Membership.objects.filter(user=at_home.secretary).update(ends_on=f.TODAY - timedelta(days=1))
    box = actions.hand_over(at_home.box, to=at_home.mayor, by=at_home.mayor, at=f.NOW)
    assert (box.kind, box.holder) == (Kind.SHARED, None)
    opening = Opening.objects.get(mailbox=box)
    assert (opening.user, opening.may_send) == (at_home.mayor, False)


def test_nobody_takes_the_box_of_somebody_who_still_serves(at_home):
    with pytest.raises(Refused, match="toujours en fonction"):
        actions.hand_over(at_home.box, to=at_home.mayor, by=at_home.mayor, at=f.NOW)


def test_who_leaves_leaves_their_boxes(at_home):
    membership = Membership.objects.get(user=at_home.secretary)
    Membership.objects.filter(pk=membership.pk).update(ends_on=f.TODAY - timedelta(days=1))
    membership.refresh_from_db()
    newcomer = f.member(Role.SECRETARY, at_home.place, email="suite@exemple.invalid")
    system = User.objects.system()
    assert offboarding.boxes(membership, f.TODAY) == [at_home.box.address]
    assert len(offboarding.shared_boxes(membership, f.TODAY)) == 2
    assert offboarding.pass_boxes(membership, to=newcomer, by=system, at=f.NOW) == 1
    assert offboarding.pass_shared_boxes(membership, to=newcomer, by=system, at=f.NOW) == 2
    assert not Opening.objects.filter(user=at_home.secretary).exists()
    assert Opening.objects.filter(user=newcomer).count() == 3


def test_a_forgotten_person_leaves_no_name_on_a_box(at_home):
    forget_person(at_home.secretary, at_home.secretary.email)
    at_home.box.refresh_from_db()
    assert (at_home.box.holder, at_home.box.display_name) == (None, "")
    assert not Opening.objects.filter(user=at_home.secretary).exists()


# --- Who opens what ---------------------------------------------------------------------------------------------------
@pytest.fixture
def device(here):
    return devices.make(here.secretary, name="Téléphone", uses=[Use.MAIL], by=here.secretary, at=f.NOW)[0]


def addresses_of(rows):
    return {row["address"] for row in rows}


def test_a_device_password_opens_one_s_boxes_and_nothing_else(here, there, device, everywhere):
    other = devices.make(there.secretary, name="Téléphone", uses=[Use.MAIL], by=there.secretary, at=f.NOW)[0]
    f.second_factor(here.mayor)
    devices.make(here.mayor, name="Agenda", uses=[Use.AGENDA], by=here.mayor, at=f.NOW)
    rows = list(queries.logins(f.TODAY))
    assert addresses_of(row for row in rows if row["prefix"] == device.prefix) == {
        here.main.address, here.boxes["etat-civil"].address, here.box.address,
    }  # fmt: skip
    assert all("prisches" not in one for one in addresses_of(r for r in rows if r["prefix"] == other.prefix))
    assert {row["prefix"] for row in rows} == {device.prefix, other.prefix}
    assert all(str(row["digest"]).startswith("{SSHA256}") for row in rows)


def test_what_stops_a_login_stops_it_at_once(here, device, everywhere):
    def opened():
        return addresses_of(queries.logins(f.TODAY))

    assert len(opened()) == 3
    actions.suspend_box(here.main, by=here.secretary, at=f.NOW)
    assert len(opened()) == 2
    opening = Opening.objects.get(mailbox=here.boxes["etat-civil"], user=here.secretary)
    actions.close_box(opening, by=here.mayor, at=f.NOW)
    assert opened() == {here.box.address}
    Membership.objects.filter(user=here.secretary).update(ends_on=f.TODAY - timedelta(days=1))
    assert opened() == set()
    Membership.objects.filter(user=here.secretary).update(ends_on=None)
    devices.end(device, by=here.secretary, at=f.NOW)
    assert opened() == set()


def test_the_logins_are_one_query(here, there, device, everywhere, django_assert_num_queries):
    with django_assert_num_queries(1):
        list(queries.logins(f.TODAY))


def test_a_box_is_opened_to_people_of_the_mairie_only(at_home, there):
    box = make(at_home)
    actions.open_box(box, to=at_home.mayor, may_send=False, by=at_home.secretary, at=f.NOW)
    for person, words in ((there.secretary, "pas de fonction"), (at_home.mayor, "déjà ouverte"), (None, "Choisissez")):
        with pytest.raises(Refused, match=words):
            actions.open_box(box, to=person, by=at_home.secretary, at=f.NOW)
    with pytest.raises(Refused, match="personnelle"):
        actions.open_box(at_home.box, to=at_home.mayor, by=at_home.secretary, at=f.NOW)


def test_the_journal_holds_identifiers_and_no_name(at_home):
    told = " ".join(f"{one.facts}" for one in Entry.objects.filter(verb__startswith="mail."))
    assert "Exemple" not in told
    assert "cyrille" not in told


def test_rows_of_another_are_out_of_scope(here, there):
    with scope(beneficiary=here.place):
        assert not Mailbox.objects.filter(pk=there.main.pk).exists()
        assert not Opening.objects.filter(mailbox=there.main.pk).exists()
    with scopes_disabled():
        assert Mailbox.objects.filter(pk=there.main.pk).exists()
    with pytest.raises(Exception, match="scope"):
        Mailbox.objects.count()


@pytest.mark.parametrize(
    ("role", "total", "reason", "said"),
    [
        (Role.TECHNICIAN, GB, "Archives", None),
        (Role.PROGRAMME_OFFICER, 2000 * GB, "Archives", None),
        (Role.TECHNICIAN, GB - 1, "Archives", "de 1 à 2 000 Go"),
        (Role.TECHNICIAN, 2000 * GB + 1, "Archives", "de 1 à 2 000 Go"),
        (Role.TECHNICIAN, 50 * GB, " ", "Dites pourquoi"),
        (Role.PRESIDENT, 50 * GB, "Archives", "chargées du programme ou de la technique"),
    ],
)
def test_a_mairie_has_from_one_to_two_thousand_gigabytes_with_a_reason(role, total, reason, said):
    person = f.member(role, f.programme().lead())
    found = rules.why_not_allow(total, reason, by=person, on=f.TODAY)
    assert found is None if said is None else said in (found or "").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("status", "kept_for", "said"),
    [
        (Status.ACTIVE, -1, "n’est pas supprimée"),
        (Status.DELETED, 0, None),
        (Status.DELETED, 1, "gardés jusqu’au 26 novembre 2026."),
        (Status.DELETED, None, "gardés jusqu’au plus tard"),
    ],
)
def test_messages_are_erased_once_kept_long_enough(status, kept_for, said):
    box = Mailbox(status=status, kept_until=None if kept_for is None else f.NOW + timedelta(days=kept_for))
    found = rules.why_not_erase_box(box, at=f.NOW)
    assert found is None if said is None else said in (found or "").replace("\u00a0", " ")


def test_an_address_that_forwards_elsewhere_takes_no_name_from_another_mairie(here, there):
    with scopes_disabled():
        Alias.objects.create(
            beneficiary=there.place,
            local_part="accueil-mairie",
            made_at=f.NOW,
        )
        ours, theirs = (queries.holdings_of(one.place, on=f.TODAY) for one in (here, there))
    assert rules.why_not_name(ours, "accueil-mairie") is None
    assert "adresse de renvoi" in (rules.why_not_name(theirs, "accueil-mairie") or "")


def test_whoever_holds_a_box_writes_from_it_and_a_shared_one_is_open_to_nobody_yet(at_home):
    newcomer = f.member(Role.SECRETARY, at_home.place, email="nouvelle@exemple.invalid")
    own = make(at_home, "nouvelle", kind=Kind.PERSONAL, holder=newcomer)
    assert list(Opening.objects.filter(mailbox=own).values_list("user", "may_send")) == [(newcomer.pk, True)]
    assert not Opening.objects.filter(mailbox=make(at_home)).exists()


def test_a_personal_box_once_erased_names_nobody(at_home):
    newcomer = f.member(Role.SECRETARY, at_home.place, email="nouvelle@exemple.invalid")
    own = make(at_home, "nouvelle", kind=Kind.PERSONAL, holder=newcomer, display_name="Camille Nouvelle")
    Mailbox.objects.filter(pk=own.pk).update(**GONE)
    erased = actions.erase_box(own, by=User.objects.system(), at=f.NOW)
    erased.refresh_from_db()
    assert (erased.holder, erased.display_name) == (None, "")


GONE = {"status": Status.DELETED, "deleted_at": f.NOW, "kept_until": f.NOW}
KEPT = {"status": Status.DELETED, "deleted_at": f.NOW, "kept_until": f.NOW + timedelta(days=30)}
ACTIVE = {"status": Status.ACTIVE, "suspended_at": None, "deleted_at": None, "kept_until": None}


@pytest.mark.parametrize(
    ("gesture", "before", "given", "after", "verb", "facts"),
    [
        (actions.rename_box, {}, {"display_name": " Accueil  de\n" + "x" * 200},
         {"display_name": f"Accueil de {'x' * 109}"}, "renamed", {}),
        (actions.resize_box, {}, {"quota_bytes": 3 * GB}, {"quota_bytes": 3 * GB}, "resized", {"quota": 3 * GB}),
        (actions.suspend_box, {}, {}, {"status": Status.SUSPENDED, "suspended_at": f.NOW}, "suspended", {}),
        (actions.resume_box, {"status": Status.SUSPENDED, "suspended_at": f.NOW}, {}, ACTIVE, "resumed", {}),
        (actions.resume_box, GONE, {}, ACTIVE, "taken_back", {}),
        (actions.delete_box, {}, {},
         KEPT, "deleted", {"kept_until": "2026-12-25"}),
        (actions.erase_box, {**GONE, "used_bytes": 3, "messages": 2}, {},
         {"status": Status.ERASED, "display_name": "", "used_bytes": 0, "messages": 0, "holder": None}, "erased", {}),
    ],
)  # fmt: skip
def test_a_gesture_writes_its_box_its_line_and_no_other_box(
    here, there, everywhere, settings, gesture, before, given, after, verb, facts
):
    settings.SOCLE_MAIL_KEPT_DAYS = 30
    box = here.boxes["etat-civil"]
    Mailbox.objects.filter(pk=box.pk).update(**before)
    others = Mailbox.objects.exclude(pk=box.pk).order_by("pk")
    openings = Opening.objects.exclude(mailbox=box).order_by("pk")
    kept = list(others.values()), list(openings.values())
    Entry._base_manager.all()._raw_delete("default")
    gesture(box, by=here.secretary, at=f.NOW, **given)
    box.refresh_from_db()
    assert {name: getattr(box, name) for name in after} == after
    line = Entry.objects.get()
    assert (line.verb, line.object_id, line.facts) == (f"mail.box_{verb}", str(box.pk), facts)
    assert line.by_ref == f"people.user:{here.secretary.pk}"
    assert box.openings.exists() is (gesture is not actions.erase_box)
    assert (list(others.values()), list(openings.values())) == kept


def test_a_box_is_opened_changed_closed_and_handed_over_in_writing(at_home):
    by = {"by": at_home.secretary, "at": f.NOW}
    Entry._base_manager.all()._raw_delete("default")
    box = make(at_home, " Urbanisme ", display_name=" Urba  nisme ")
    assert (box.local_part, box.address, box.made_at) == ("urbanisme", f"urbanisme@{at_home.domain.name}", f.NOW)
    assert (box.display_name, box.kind, box.domain) == ("Urba nisme", Kind.SHARED, at_home.domain)
    opening = actions.open_box(box, to=at_home.mayor, **by)
    assert (opening.user, opening.mailbox, opening.may_send, opening.opened_at) == (at_home.mayor, box, True, f.NOW)
    actions.change_opening(opening, may_send=False, **by)
    opening.refresh_from_db()
    assert opening.may_send is False
    actions.close_box(opening, **by)
    assert not box.openings.exists()
    own = Opening.objects.get(mailbox=at_home.box)
    for gesture in (actions.close_box, lambda one, **said: actions.change_opening(one, may_send=False, **said)):
        with pytest.raises(Refused, match="boîte personnelle"):
            gesture(own, **by)
    actions.hand_over(at_home.box, to=at_home.mayor, **by)
    assert list(at_home.box.openings.values_list("user", "may_send", "opened_at")) == [(at_home.mayor.pk, False, f.NOW)]
    person = {"person": at_home.mayor.pk}
    assert list(Entry.objects.order_by("pk").values_list("verb", "facts")) == [
        ("mail.box_made", {"kind": "shared", "quota": box.quota_bytes}),
        ("mail.box_opened", {**person, "may_send": True}),
        ("mail.box_opened", {**person, "may_send": False}),
        ("mail.box_closed", person),
        ("mail.box_handed_over", {"former": at_home.secretary.pk, "successor": at_home.mayor.pk}),
    ]


@pytest.mark.parametrize(
    ("status", "change", "suspend", "resume", "delete"),
    [
        (Status.ACTIVE, None, None, "déjà en service", None),
        (Status.SUSPENDED, None, "pas en service", None, None),
        (Status.DELETED, "reprenez-la d’abord", "pas en service", None, "déjà supprimée"),
        (Status.ERASED, "est effacée", "pas en service", "n’existent plus", "déjà supprimée"),
    ],
)
def test_what_the_state_of_a_box_forbids(at_home, there, status, change, suspend, resume, delete):
    box = at_home.boxes["etat-civil"]
    box.status = status
    officer = f.member(Role.TECHNICIAN, f.programme().lead())
    for rule, says, is_of_keepers in (
        (rules.why_not_change_box, change, False),
        (rules.why_not_suspend_box, suspend, True),
        (rules.why_not_resume_box, resume, True),
        (rules.why_not_delete_box, delete, False),
    ):
        said = rule(box, by=at_home.mayor, on=f.TODAY)
        assert says in said if says else said is None
        assert "Seules les personnes" in rule(box, by=there.mayor, on=f.TODAY)
        by_keeper = rule(box, by=officer, on=f.TODAY)
        assert by_keeper == said if is_of_keepers else "Seules les personnes" in by_keeper


def test_whose_box_obeys_whom(at_home):
    by_holder, by_mayor = {"by": at_home.secretary, "on": f.TODAY}, {"by": at_home.mayor, "on": f.TODAY}
    assert rules.why_not_decide(at_home.box, **by_holder) is None
    assert rules.why_not_decide(at_home.main, **by_mayor) is None
    assert rules.why_not_decide(at_home.box, by=User.objects.system(), on=f.TODAY) is None
    assert "n’obéit qu’à sa personne" in rules.why_not_decide(at_home.box, **by_mayor)
    for to, says in (
        (None, "Choisissez à qui"),
        (at_home.secretary, "déjà sa boîte"),
        (f.user("loin@exemple.invalid"), "pas de fonction"),
        (at_home.mayor, None),
    ):
        said = rules.why_not_hand_over(at_home.box, to=to, **by_holder)
        assert says in said if says else said is None
    assert "déjà partagée" in rules.why_not_hand_over(at_home.main, to=at_home.mayor, **by_mayor)
    Membership.objects.filter(user=at_home.secretary).update(ends_on=f.TODAY - timedelta(days=1))
    assert "n’exerce plus ici" in rules.why_not_decide(at_home.box, **by_mayor)
    assert rules.why_not_hand_over(at_home.box, to=at_home.mayor, **by_mayor) is None


def test_a_box_has_a_quota_at_its_bounds(at_home, settings):
    settings.SOCLE_MAIL_ROOM_GB = 25
    allowed = queries.quota_of(at_home.place)
    box = at_home.boxes["etat-civil"]
    for quota, mailbox, fits in (
        (rules.SMALLEST_BOX, None, True),
        (rules.SMALLEST_BOX - 1, None, False),
        (allowed.left, None, True),
        (allowed.left + 1, None, False),
        (allowed.left + box.quota_bytes, box, True),
        (allowed.left + box.quota_bytes + 1, box, False),
    ):
        assert (rules.why_not_size(allowed, quota, mailbox=mailbox) is None) is fits, quota
    box.used_bytes = GB
    assert rules.why_not_size(allowed, GB, mailbox=box) is None
    assert "contient déjà" in rules.why_not_size(allowed, GB - 1, mailbox=box)
    box.status = Status.DELETED
    assert "Il reste" in rules.why_not_size(allowed, allowed.left + 1, mailbox=box)
