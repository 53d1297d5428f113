"""Who enters the mairie's door, for which commune, and that nothing of another is ever seen or touched."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Party
from socle.deliberations.models import Act
from socle.integrations.models import Delivery, Webhook
from socle.journal.models import Entry
from socle.people.models import Beneficiary, HelpAccess, Invitation, Membership, Role
from tests import factories as f

pytestmark = pytest.mark.django_db


def patterns():
    """Every address of the door, read from the resolver: a new view is tested the day it is added."""

    def walk(entries, prefix):
        for entry in entries:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                if entry.namespace == "mairie" or not prefix:
                    yield from walk(entry.url_patterns, route)
            elif isinstance(entry, URLPattern) and route.startswith("mairie/"):
                yield entry.name

    return list(walk(get_resolver("socle.config.urls").url_patterns, ""))


NAMES = [name for name in patterns() if name not in ("website_hours", "website_facts", "website_news")]


def address(name, mairie):
    """The address of a page about this commune's things."""
    things = {
        "help_close": HelpAccess.objects.filter(beneficiary=mairie.place).first() or mairie.act,
        "invitation_": mairie.invitation,
        "membership_": mairie.secretary.memberships.get(beneficiary=mairie.place),
        "webhook": mairie.webhook,
    }
    own = [next((thing.pk for beginning, thing in things.items() if name.startswith(beginning)), mairie.act.pk)]
    pair = [*own, mairie.delivery.pk]
    for arguments in ([], [mairie.agreement.number], own, ["csv"], [*own, "csv"], pair):
        try:
            return reverse(f"mairie:{name}", args=arguments)
        except Exception:
            continue
    raise AssertionError(f"{name} wants an argument this test does not know")


def is_gesture(name):
    """Whether this address acts, and shows nothing when it is only opened."""
    if name in ("act_document", "act_model", "act_model_text", "act_record"):
        return False
    return name.startswith(("act_", "invitation_")) or name in (
        *("membership_keep", "help_close", "webhook_secret", "webhook_pause", "webhook_resume", "webhook_take_over"),
        *("webhook_try", "webhook_remove", "webhook_again"),
    )


def state():
    """Everything that a gesture of this door could change."""
    with scopes_disabled():
        return [
            list(model.objects.order_by("pk").values())
            for model in (Agreement, Party, Act, Beneficiary, Membership, Invitation, HelpAccess, Webhook, Delivery)
        ] + [Entry.objects.count()]


def takes_an_object(name, world):
    return address(name, world.here) != address(name, world.there)


def test_the_resolver_is_read_whole():
    assert len(NAMES) >= 23
    assert {"home", "sign", "act_attach", "agreement_pdf"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_nobody_enters_without_signing_in(client, world, name):
    response = client.get(address(name, world.here))
    assert response.status_code == 302
    assert response["Location"].startswith("/compte/connexion/")


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_has_another_door(client, world, name):
    client.force_login(world.officer)
    before = state()
    for method in (client.get, client.post):
        assert method(address(name, world.here)).status_code == 403
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_what_belongs_to_another_commune_does_not_exist(secretary, world, name):
    """Whatever is asked of another's object, by reading or by acting, is a 404, shows nothing and changes nothing."""
    if not takes_an_object(name, world):
        response = secretary.get(address(name, world.here))
        assert "Taisnières" not in response.content.decode(errors="replace")
        assert world.there.agreement.number not in response.content.decode(errors="replace")
        return
    world.ready(world.there)
    world.there.let_in(world)
    before = state()
    url = address(name, world.there)
    forged = {
        "act": world.there.act.pk,
        "services": [1],
        "number": "X",
        "subject": "X",
        "adopted_on": "2026-10-01",
        "received_on": "2026-10-02",
        "published_on": "2026-10-02",
        "certificate": "X",
        "has_read": "on",
        "sha256": world.there.agreement.round.current.sha256,
        "membership": world.there.mayor.memberships.get().pk,
        "last_day": "2026-12-01",
    }
    responses = [secretary.post(url, forged)]
    if not is_gesture(name):
        responses.append(secretary.get(url))
    for response in responses:
        assert response.status_code == 404
        assert "Taisnières" not in response.content.decode()
    assert state() == before


@pytest.mark.parametrize("name", NAMES)
def test_a_function_that_ended_yesterday_opens_nothing(secretary, world, name):
    assert secretary.get("/mairie/").status_code == 200
    Membership.objects.filter(user=world.here.secretary).update(ends_on=f.date(2026, 11, 24))
    assert secretary.get(address(name, world.here)).status_code == 403


@pytest.mark.parametrize(
    "name", [name for name in NAMES if is_gesture(name) or name.startswith("act_") or name == "choose_body"]
)
def test_an_address_that_acts_does_nothing_when_it_is_only_opened(secretary, world, name):
    before = state()
    assert secretary.get(address(name, world.here)).status_code in (200, 302)
    assert state() == before


# --- Several communes ------------------------------------------------------------------------------------------------
@pytest.fixture
def of_both(client, world):
    """The secretary of the first commune also serves the second one, and signs in nowhere else."""
    f.member(Role.SECRETARY, world.there.place, email=world.here.secretary.email)
    client.force_login(world.here.secretary)
    return client


def choose(client, mairie, **more):
    return client.post("/mairie/organismes/choisir/", {"organisme": mairie.place.pk, **more})


def test_every_page_says_for_whom_one_acts_and_how_to_change(of_both, world):
    for name in ("home", "agreements", "acts", "services", "journal", "identity", "bodies"):
        page = of_both.get(address(name, world.here), follow=True).content.decode()
        assert "Vous agissez pour" in page
        assert "/mairie/organismes/" in page
        assert "Commune de Prisches" in page


def test_a_person_who_serves_one_commune_is_offered_no_change(secretary):
    page = secretary.get("/mairie/").content.decode()
    assert "Vous agissez pour" in page
    assert "/mairie/organismes/" not in page


def test_rights_follow_the_commune_that_is_active(of_both, world):
    assert of_both.get(address("agreement", world.here)).status_code == 200
    assert of_both.get(address("act", world.there)).status_code == 404
    response = choose(of_both, world.there)
    assert response.status_code == 302
    assert of_both.get(address("agreement", world.there)).status_code == 200
    assert of_both.get(address("act", world.here)).status_code == 404
    page = of_both.get("/mairie/").content.decode()
    assert "<h1>Commune de Taisnières</h1>" in page


def test_a_link_about_the_other_commune_says_which_and_stays_a_404(of_both, world):
    response = of_both.get(address("agreement", world.there))
    assert response.status_code == 404
    assert "Cette page concerne Commune de Taisnières" in response.content.decode()
    assert choose(of_both, world.there, suite=address("agreement", world.there))["Location"] == address(
        "agreement", world.there
    )


@pytest.mark.parametrize("after", ["https://ailleurs.example/", "//ailleurs.example/mairie/", "/console/", "mairie/"])
def test_changing_never_leads_out_of_the_door(of_both, world, after):
    assert choose(of_both, world.there, suite=after)["Location"] == "/mairie/"


@pytest.mark.parametrize("asked", ["0", "9" * 40])
def test_an_act_that_cannot_exist_is_a_404(secretary, asked):
    assert secretary.get(f"/mairie/deliberations/{asked}/").status_code == 404


@pytest.mark.parametrize("asked", ["", "0", "abc", "-1", "9" * 30, "'; --"])
def test_a_body_one_does_not_serve_is_not_chosen(secretary, world, asked):
    before = secretary.session.get("active_beneficiary")
    assert secretary.post("/mairie/organismes/choisir/", {"organisme": asked}).status_code == 404
    assert choose(secretary, world.there).status_code == 404
    assert secretary.session.get("active_beneficiary") == before


def test_a_person_who_signs_for_one_and_serves_another_signs_only_where_they_are_mayor(client, world):
    """Rights follow the active commune: mayor here, secretary there."""
    f.member(Role.SECRETARY, world.there.place, email=world.here.mayor.email)
    world.ready(world.there)
    client.force_login(world.here.mayor)
    choose(client, world.there)
    page = client.get(address("sign", world.there)).content.decode()
    assert "Vous n’êtes pas signataire de cette convention" in page
    assert "disabled" in page


# --- Queries ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["home", "acts", "services", "journal", "agreement"])
def test_a_page_costs_the_same_however_much_there_is_to_show(secretary, world, name, django_assert_max_num_queries):
    def cost():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert secretary.get(address(name, world.here)).status_code == 200
        return len(queries)

    cost()
    few = cost()
    for rank in range(12):
        f.act(world.here.place, f"2026-{rank:03d}")
        for person in (world.here.secretary, f.user(f"p{rank}@exemple.invalid", name=f"P{rank}")):
            Entry.objects.create(
                verb="act.recorded",
                object_type="deliberations.act",
                object_id=str(rank),
                beneficiary_ref=str(world.here.place.pk),
                by_ref=f"people.user:{person.pk}",
                at=f.NOW,
            )
    assert cost() == few
    assert few <= 32
