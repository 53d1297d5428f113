"""Asking to join, by everybody's door: what a mairie does, and what nobody else should be able to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail, signing
from django.core.mail import EmailMessage
from django.urls import reverse

from socle.agreements.actions import draft_for_commune
from socle.joining import actions, demonstration, email_links, emails, offboarding
from socle.joining.actions import follow_drafts, remind_silent
from socle.joining.erasure import drop_unconfirmed, erase_people, let_silent_go
from socle.joining.models import JoinLetter, JoinLink, JoinRequest, Status
from socle.joining.queries import find_communes
from socle.joining.rules import why_not_ask_for_body, why_not_ask_for_commune
from socle.journal.models import Entry
from socle.lib import stamps
from socle.people.models import Role, User
from socle.programme.eligibility import departments_of
from socle.programme.models import Programme
from socle.territory.models import Commune, FormerCommune, PostalCode, TownHall
from tests import factories as f
from tests.client import DemandingClient
from tests.joining.conftest import PUBLISHED, link_to

Asking = Callable[..., JoinRequest]
ADDRESS = "/programme/pack/adherer/59474/"
SAID = {
    "name": "Camille Exemple",
    "function": "secretary",
    "email": "Camille@exemple.invalid",
    "services": ["site-internet"],
    "words": "Notre site date de 2009.",
}


@pytest.fixture
def client() -> DemandingClient:
    return DemandingClient()


@pytest.fixture
def opened(client: DemandingClient, prisches: Commune, a_day: Any) -> Callable[..., str]:
    """`opened()`: the stamp of a form opened a minute ago."""

    def stamp(address: str = ADDRESS, minutes: float = 1) -> str:
        found = client.get(address).context["form"].initial["stamp"]
        a_day.shift(timedelta(minutes=minutes))
        return str(found)

    return stamp


def forged(salt: str = stamps.SALT, place: str = "pack:59474", age: float = 60, **changed: Any) -> str:
    """The stamp of a form as it would be if it had been opened so many seconds before one minute past."""
    bears = {"form": "a", "place": place, "since": int(f.NOW.timestamp() + 60 - age), **changed}
    return signing.dumps(bears, salt=salt)


# --- The road ---------------------------------------------------------------------------------------------------------
def test_the_programme_tells_what_is_offered_to_whom_by_whom_and_how_to_ask(
    client: DemandingClient, programme: Programme, django_assert_max_num_queries: Any
) -> None:
    assert reverse("programme", args=["pack"]) in client.get("/").content.decode()
    with django_assert_max_num_queries(9):
        page = client.get("/programme/pack/").content.decode()
    for told in (
        "délibération d’essai",
        "Centre de gestion du Nord",
        "2021-16",
        "1\u202f000",
        "jamais un refus",
        "pack/adherer/",
    ):
        assert told in page
    assert client.get("/programme/inconnu/").status_code == 404


@pytest.mark.slow
@pytest.mark.both
def test_a_mairie_asks_confirms_and_follows(
    client: DemandingClient, opened: Callable[..., str], django_capture_on_commit_callbacks: Any
) -> None:
    found = client.get("/programme/pack/adherer/?q=prisch").content.decode()
    assert ADDRESS in found
    with django_capture_on_commit_callbacks(execute=True):
        sent = client.post(ADDRESS, {**SAID, "stamp": opened()}, follow=True)
    assert "camille@exemple.invalid" in sent.content.decode()
    request = JoinRequest.objects.get()
    assert (request.status, [one.code for one in request.services.all()]) == (Status.RECEIVED, ["site-internet"])
    # The letter carries no word of a stranger, and nobody else is written to before the address is proven.
    assert [one.to for one in mail.outbox] == [["camille@exemple.invalid"]]
    assert "Camille" not in mail.outbox[0].body.replace("camille@", "")

    confirming = link_to("camille@exemple.invalid", "confirmer")
    assert "2009" in client.get(confirming).content.decode()
    assert JoinRequest.objects.get().status == Status.RECEIVED  # Opening the link is not confirming.
    with django_capture_on_commit_callbacks(execute=True):
        followed = client.post(confirming, follow=True).content.decode()
    assert "Étudiée" in followed
    assert JoinRequest.objects.get().status == Status.CONFIRMED
    assert client.get(confirming).status_code == 410
    assert client.post(confirming).status_code == 410

    page = client.get(link_to("camille@exemple.invalid", "suivi")).content.decode()
    assert request.reference in page
    assert link_to(PUBLISHED, "opposition")
    # Links are kept as digests only.
    token = confirming.split("/")[-2]
    assert email_links.read(token, JoinLink.Purpose.CONFIRM) is not None
    assert not JoinLink.objects.filter(token_sha256__contains=token[:20]).exists()


def test_asked_from_the_published_address_the_mairie_is_identified_and_not_written_to_twice(asking: Asking) -> None:
    request = asking(email=PUBLISHED.upper(), is_confirmed=True)
    assert request.is_identified
    assert [one.to for one in mail.outbox if "au nom de votre mairie" in one.subject] == []


@pytest.mark.parametrize(("email", "withheld"), [("", True), ("", False)])
def test_an_address_that_is_withheld_or_unknown_leaves_the_operator_to_verify(
    asking: Asking, prisches: Commune, email: str, withheld: bool
) -> None:
    TownHall.objects.filter(commune=prisches).update(email=email, email_withheld=withheld)
    request = asking(is_confirmed=True)
    assert not request.is_identified
    assert {one.to[0] for one in mail.outbox} == {"camille@exemple.invalid"}


def test_the_mairie_that_did_not_ask_objects_and_nothing_goes_further(
    client: DemandingClient, asking: Asking, django_capture_on_commit_callbacks: Any
) -> None:
    officer = f.member(Role.PROGRAMME_OFFICER, f.programme().lead())
    request = asking(is_confirmed=True)
    objecting = link_to(PUBLISHED, "opposition")
    assert "Camille Exemple" in client.get(objecting).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert "noté" in client.post(objecting).content.decode()
    request.refresh_from_db()
    assert request.objected_at is not None
    assert not request.is_identified
    assert mail.outbox[-1].to == [officer.email]
    assert client.post(objecting).status_code == 409


def test_whoever_asked_withdraws_by_the_link(client: DemandingClient, asking: Asking) -> None:
    request = asking(is_confirmed=True)
    following = link_to("camille@exemple.invalid", "suivi")
    assert "est retirée" in client.post(following, follow=True).content.decode()
    request.refresh_from_db()
    assert request.status == Status.WITHDRAWN


def test_another_body_asks_by_its_siret(client: DemandingClient, opened: Callable[..., str]) -> None:
    address = "/programme/pack/adherer/etablissement/"
    number = f.siret.complete(f.siren(77))
    said = {**SAID, "body_name": "CCAS d’essai", "legal_form": "CCAS", "department": "59"}
    stamp = opened(address)
    wrong = client.post(address, {**said, "siret_number": "123", "stamp": stamp})
    assert (wrong.status_code, "14 chiffres" in wrong.content.decode()) == (422, True)
    assert client.post(address, {**said, "siret_number": number, "stamp": stamp}).status_code == 302
    assert JoinRequest.objects.get().siret == number


# --- Rules ------------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_who_cannot_be_asked_for_is_told_why(asking: Asking, programme: Programme, prisches: Commune) -> None:
    somme = f.commune("80001", "Abbeville")
    under_agreement = f.commune("59001", "Abancourt")
    f.signed_agreement(f.beneficiary(under_agreement))
    merged = f.commune("59999", "Ancienne", gone_in=2026, merged_into=prisches)
    lost = f.commune("59998", "Perdue", gone_in=2026)
    assert why_not_ask_for_commune(programme, prisches) is None
    asking()
    assert why_not_ask_for_commune(programme, prisches) is None  # Unconfirmed, it holds nothing.
    asking(is_confirmed=True)
    number = f.siret.complete(f.siren(88))
    table = (
        (why_not_ask_for_commune(programme, prisches), "déjà à l’étude"),
        (why_not_ask_for_commune(programme, somme), "n’est pas du territoire"),
        (why_not_ask_for_commune(programme, under_agreement), "déjà une convention"),
        (why_not_ask_for_commune(programme, merged), "fait partie de Prisches"),
        (why_not_ask_for_commune(programme, lost), "n’est plus une commune"),
        (why_not_ask_for_body(programme, "", number, f.department()), "nom de l’établissement manque"),
        (why_not_ask_for_body(programme, "CCAS", "12345678901234", f.department()), "SIRET"),
        (why_not_ask_for_body(programme, "CCAS", number, f.department("80")), "Il couvre"),
        (why_not_ask_for_body(programme, "X", f.siret.complete(prisches.siren), f.department()), "celui de la commune"),
        (why_not_ask_for_body(programme, "https://a.b", number, f.department()), "sans adresse"),
        (why_not_ask_for_body(programme, "CCAS", number, f.department()), None),
    )
    for said, expected in table:
        assert said == expected or (said and expected and expected in said), (said, expected)


@pytest.mark.slow
@pytest.mark.both
def test_a_commune_is_found_by_its_name_its_codes_and_those_of_the_communes_it_absorbed(
    client: DemandingClient, programme: Programme, prisches: Commune
) -> None:
    PostalCode.objects.create(commune=prisches, code="59550")
    FormerCommune.objects.create(
        commune=prisches, insee_code="59997", name="Vieux-Bourg", search_name="vieux bourg", kind="absorbed"
    )
    f.commune("59999", "Ancienne", gone_in=2026, merged_into=prisches)
    elsewhere, same = f.commune("80001", "Prisches-Val"), f.commune("80002", "Prisches")
    served = departments_of(programme)
    for typed in ("PRISCH", "59474", "59550", "59997", "vieux-bourg", "ancienne"):
        assert find_communes(typed, served) == ([prisches], False), typed
    assert find_communes("prisches", served) == ([prisches, same], False)  # Borne elsewhere too: told why not.
    assert find_communes("prisches-v", served) == ([elsewhere], False)
    omer = f.commune("62765", "Saint-Omer")
    assert find_communes("st omer", served) == find_communes("SAINT-OM", served) == ([omer], False)
    for typed in ("", "p", "%", "zzz", "59 47", "\x00", "zz\x00z", "é" * 500, "' OR 1=1 --"):
        assert find_communes(typed, served)[0] == [], typed
        assert client.get("/programme/pack/adherer/", {"q": typed}).status_code == 200
    for old in ("59999", "59997"):
        assert client.get(f"/programme/pack/adherer/{old}/").url == ADDRESS
    assert client.get("/programme/pack/adherer/00000/").status_code == 404


# --- Who is not a mairie ----------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_what_is_not_a_person_filling_the_form_is_told_and_loses_nothing(
    client: DemandingClient, opened: Callable[..., str], a_day: Any, settings: Any
) -> None:
    settings.SOCLE_JOINING_SECONDS = 4
    good = opened()

    cases = (
        ({"stamp": good + "x"}, stamps.STALE),
        ({"stamp": ""}, stamps.STALE),
        ({"stamp": forged(place="pack:etablissement")}, stamps.STALE),
        ({"stamp": forged(salt="other")}, stamps.STALE),
        ({"stamp": forged(since="soon")}, stamps.STALE),
        ({"stamp": forged(age=-60)}, stamps.STALE),
        ({"stamp": forged(age=13 * 3600)}, stamps.STALE),
        ({"stamp": signing.dumps(["pack:59474"], salt=stamps.SALT)}, stamps.STALE),
        ({"stamp": forged(age=3)}, stamps.TOO_FAST),
        ({"stamp": good, "website": "https://spam.invalid"}, stamps.TRAPPED),
        ({"stamp": good, "words": "x" * 5000}, "allez à l’essentiel"),
        ({"stamp": good, "words": "\x00"}, "nul"),
        ({"stamp": good, "name": "Gagnez www.spam.invalid"}, "sans chiffre ni adresse"),
        ({"stamp": good, "name": "n" * 5000}, "120 caractères"),
        ({"stamp": good, "email": "a@b\nBcc: c@d.invalid"}, "n’est pas complète"),
        ({"stamp": good, "services": ["inconnu"]}, "n’est pas de ce programme"),
        ({"stamp": good, "function": "root"}, "Choisissez dans la liste"),
    )
    client.is_demanding = False
    for changed, sentence in cases:
        answer = client.post(ADDRESS, {**SAID, **changed})
        page = answer.content.decode()
        assert answer.status_code == 422, changed
        assert sentence in page, changed
        assert "Camille" in page or "name" in changed
    assert not JoinRequest.objects.exists()
    # The stamp that a stale form is given is a good one, once read again.
    fresh = client.post(ADDRESS, {**SAID, "stamp": "old"}).context["form"].data["stamp"]
    a_day.shift(timedelta(seconds=5))
    assert client.post(ADDRESS, {**SAID, "stamp": fresh}).status_code == 302


@pytest.mark.slow
def test_a_form_sent_twice_makes_one_request_and_one_letter(
    client: DemandingClient, opened: Callable[..., str], django_capture_on_commit_callbacks: Any
) -> None:
    said = {**SAID, "stamp": opened()}
    with django_capture_on_commit_callbacks(execute=True):
        assert {client.post(ADDRESS, said).status_code for _ in range(3)} == {302}
    assert (JoinRequest.objects.count(), len(mail.outbox)) == (1, 1)
    other = client.post(ADDRESS, {**said, "email": "autre@exemple.invalid"})
    assert (other.status_code, "déjà été envoyé" in other.content.decode()) == (422, True)
    assert JoinRequest.objects.count() == 1


@pytest.mark.slow
@pytest.mark.both
def test_posting_without_end_stops_by_address_written_to_and_by_visitor(
    client: DemandingClient, prisches: Commune, a_day: Any
) -> None:
    a_day.shift(timedelta(minutes=1))
    said = [{**SAID, "stamp": forged(form=str(number))} for number in range(5)]
    assert [client.post(ADDRESS, one).status_code for one in said] == [302] * 4 + [429]
    # Of the ten that one visitor may send in an hour, five are left, to whatever addresses.
    said = [
        {**one, "stamp": forged(form=f"b{rank}"), "email": f"a{rank}@exemple.invalid"} for rank, one in enumerate(said)
    ]
    assert [client.post(ADDRESS, one).status_code for one in said] == [302] * 5
    assert client.post(ADDRESS, {**said[0], "stamp": forged(form="c")}).status_code == 429


@pytest.mark.slow
def test_a_link_opens_one_request_for_one_purpose_and_a_time(
    client: DemandingClient, asking: Asking, a_day: Any, django_capture_on_commit_callbacks: Any
) -> None:
    asking()
    other = f.commune("59001", "Abancourt")
    request = asking(commune=other, email="autre@exemple.invalid")
    confirming = link_to("autre@exemple.invalid", "confirmer")
    token = confirming.split("/")[-2]
    for purpose in ("suivi", "opposition"):
        assert client.get(f"/adhesion/{purpose}/{token}/").status_code == 404
    for forged in (token[:-1], token.swapcase(), "x" * 5000, "%00", "..%2f"):
        assert client.get(f"/adhesion/confirmer/{forged}/").status_code == 404, forged[:20]
    client.post(confirming)
    request.refresh_from_db()
    assert [one.status for one in JoinRequest.objects.order_by("pk")] == [Status.RECEIVED, Status.CONFIRMED]

    # Too late to confirm the first.
    late = link_to("camille@exemple.invalid", "confirmer")
    a_day.shift(timedelta(days=3, minutes=1))
    assert (client.get(late).status_code, client.post(late).status_code) == (410, 410)
    # A link to follow that is too old brings another, to the address of the request and to no other.
    following = f"/adhesion/suivi/{email_links.draw(request, JoinLink.Purpose.FOLLOW, at=f.NOW)}/"
    a_day.shift(timedelta(days=400))
    assert request.reference not in client.get(following).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(following).status_code == 200
    assert mail.outbox[-1].to == ["autre@exemple.invalid"]
    assert request.reference in client.get(link_to("autre@exemple.invalid", "suivi")).content.decode()


def test_of_two_requests_for_one_commune_the_first_confirmed_wins(client: DemandingClient, asking: Asking) -> None:
    asking(email="premier@exemple.invalid")
    asking(email="second@exemple.invalid")
    assert client.post(link_to("second@exemple.invalid", "confirmer")).status_code == 302
    late = client.post(link_to("premier@exemple.invalid", "confirmer"))
    assert (late.status_code, "déjà à l’étude" in late.content.decode()) == (410, True)


# --- Forgetting -------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_the_unconfirmed_are_dropped_and_the_closed_lose_their_people(asking: Asking, client: DemandingClient) -> None:
    system = User.objects.system()
    asking(commune=f.commune("59001", "Abancourt"))
    request = asking(is_confirmed=True)
    following = link_to("camille@exemple.invalid", "suivi")
    later = f.NOW + timedelta(days=1)
    assert drop_unconfirmed(f.NOW, by=system, at=later, is_dry=False) == 0
    assert drop_unconfirmed(later, by=system, at=later, is_dry=True) == 1
    assert drop_unconfirmed(later, by=system, at=later, is_dry=False) == 1
    assert list(JoinRequest.objects.all()) == [request]
    assert erase_people(later, by=system, at=later, is_dry=False) == 0
    client.post(following)
    assert erase_people(later, by=system, at=later, is_dry=True) == 1
    assert erase_people(later, by=system, at=later, is_dry=False) == 1
    request.refresh_from_db()
    assert (request.name, request.email, request.words, request.links.count()) == ("", "", "", 0)
    assert client.get(following).status_code == 404


@pytest.mark.slow
def test_a_silent_request_is_reminded_then_let_go_unless_somebody_says_it_stands(
    asking: Asking, client: DemandingClient, programme: Programme, settings: Any
) -> None:
    system, officer = User.objects.system(), f.member(Role.PROGRAMME_OFFICER, programme.lead())
    request = asking(is_confirmed=True)
    year, month = timedelta(days=365), timedelta(days=30)
    assert remind_silent(by=system, at=f.NOW + year - month - timedelta(days=1)) == 0
    reminded = f.NOW + year - month + timedelta(minutes=1)
    mail.outbox.clear()
    assert remind_silent(by=system, at=reminded) == 1
    assert remind_silent(by=system, at=reminded) == 0
    emails.send_due(at=reminded)
    assert [letter.to for letter in mail.outbox] == [[request.email], [officer.email]]
    assert "25\u00a0novembre\u00a02027" in mail.outbox[0].body
    late = f.NOW + year + timedelta(hours=1)
    # Its day has come, but not yet that of the reminder.
    assert let_silent_go(late - year, by=system, at=reminded + timedelta(days=29), is_dry=True) == 0
    with time_machine.travel(reminded, tick=False):
        page = client.get(link_to(request.email, "suivi"))
        assert "Maintenir la demande" in page.content.decode()
        kept = client.post(page.wsgi_request.path, {"geste": "maintenir"}, follow=True).content.decode()
        assert "Votre demande est maintenue" in kept
        assert "Maintenir la demande" not in kept
    assert let_silent_go(late - year, by=system, at=late, is_dry=True) == 0
    # Then nobody answers any more: reminded again, and gone.
    again = reminded + year
    assert remind_silent(by=system, at=again) == 1
    gone = again + month
    assert let_silent_go(gone - year, by=system, at=gone, is_dry=True) == 1
    assert let_silent_go(gone - year, by=system, at=gone, is_dry=False) == 1
    request.refresh_from_db()
    assert (request.status, request.name, request.email, request.words) == (Status.WITHDRAWN, "", "", "")
    assert request.erased_at == gone
    assert (
        Entry.objects.about(request).filter(verb__in=("join.reminded", "join.maintained", "join.let_go")).count() == 4
    )


def test_a_day_to_come_is_not_silence_and_a_gesture_ends_it(asking: Asking, programme: Programme) -> None:
    system, officer = User.objects.system(), f.member(Role.PROGRAMME_OFFICER, programme.lead())
    request = asking(is_confirmed=True)
    late = f.NOW + timedelta(days=400)
    assert remind_silent(by=system, at=late) == 1
    actions.verify(request, by=officer, at=late)
    actions.qualify(request, by=officer, at=late + timedelta(hours=1))
    request.refresh_from_db()
    assert not request.is_reminded
    assert let_silent_go(late, by=system, at=late + timedelta(days=31), is_dry=True) == 0
    planned_on = (late + timedelta(days=700)).date()
    actions.plan(request, planned_on=planned_on, by=officer, at=late + timedelta(hours=2))
    assert remind_silent(by=system, at=late + timedelta(days=600)) == 0


# --- What happens elsewhere -------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_agreement_drafted_from_another_page_ends_the_request(
    asking: Asking, prisches: Commune, programme: Programme, django_capture_on_commit_callbacks: Any
) -> None:
    request = asking(is_confirmed=True)
    with django_capture_on_commit_callbacks(execute=True):
        agreement = draft_for_commune(prisches, programme=programme, by=User.objects.system(), at=f.NOW)
    request.refresh_from_db()
    assert (request.status, request.agreement) == (Status.DRAFTING, agreement)
    assert mail.outbox[-1].subject.startswith("Votre convention est en rédaction")
    # The tick finds nothing more to do.
    assert follow_drafts(by=User.objects.system(), at=f.NOW) == 0


def test_a_request_that_is_confirmed_is_acknowledged_and_told_to_the_operator(asking: Asking) -> None:
    request = asking(is_confirmed=True)
    kinds = list(request.letters.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["confirm", "acknowledged", "notice", "arrived"]


def test_a_letter_that_fails_stays_due_and_stops_no_other(asking: Asking, monkeypatch: Any) -> None:
    asking()
    letters_due = JoinLetter.objects.filter(left_at__isnull=True)
    send, refused = EmailMessage.send, ["camille@exemple.invalid"]

    def sometimes(message: EmailMessage) -> int:
        if message.to == refused:
            raise OSError("the server is away")
        return int(send(message))

    monkeypatch.setattr(EmailMessage, "send", sometimes)
    asking()
    asking(commune=f.commune("59001", "Abancourt"), email="autre@exemple.invalid")
    assert letters_due.count() == 1
    assert mail.outbox[-1].to == ["autre@exemple.invalid"]
    refused.clear()
    assert emails.send_due(at=f.NOW) == 1
    assert emails.send_due(at=f.NOW) == 0


def test_the_requests_of_an_officer_who_leaves_pass_to_whoever_may_follow_them(asking: Asking) -> None:
    lead, cdg62 = f.programme().lead(), f.operator("cdg62", "", 3)
    officer, other = f.member(Role.PROGRAMME_OFFICER, lead), f.member(Role.CDG_ADVISOR, cdg62)
    successor = f.member(Role.PROGRAMME_OFFICER, lead, email="suite@exemple.invalid")
    request = asking(is_confirmed=True)
    for to, expected in ((successor, successor), (other, None), (None, None)):
        JoinRequest.objects.filter(pk=request.pk).update(officer=officer)
        membership = officer.memberships.get()
        assert offboarding.requests(membership, f.TODAY) == [f"Prisches, {request.reference}"]
        assert offboarding.pass_requests(membership, to=to, by=officer, at=f.NOW) == 1
        request.refresh_from_db()
        assert request.officer == expected


@pytest.mark.slow
def test_the_mairie_that_has_a_door_reads_where_its_request_stands(client: DemandingClient, asking: Asking) -> None:
    request = asking(is_confirmed=True)
    secretary = f.member(Role.SECRETARY, f.beneficiary(request.commune))
    client.force_login(secretary, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert request.reference in client.get("/mairie/").content.decode()
    client.post(link_to("camille@exemple.invalid", "suivi"))
    assert request.reference not in client.get("/mairie/").content.decode()


@pytest.mark.slow
@pytest.mark.both
def test_the_demonstration_has_three_requests_that_say_they_are_fictitious(programme: Programme, settings: Any) -> None:
    settings.DEMO = True
    for scene in demonstration.SCENES:
        f.commune(scene.insee_code, f"Commune {scene.insee_code}")
    f.member(Role.PROGRAMME_OFFICER, programme.lead(), email="officer@exemple.invalid")
    system = User.objects.system()
    made = demonstration.ensure_requests(by=system, at=f.NOW)
    assert [one.status for one in made] == [Status.CONFIRMED, Status.QUALIFIED, Status.PLANNED]
    assert all(one.is_fictitious for one in made)
    assert all("fictives" in one.body for one in mail.outbox if one.to[0].startswith("demande."))
    assert demonstration.ensure_requests(by=system, at=f.NOW) == []
