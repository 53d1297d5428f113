"""Writing to the mairie from its site: the form, the receipt, who reads, who answers, what is let go."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from PIL import Image

from socle.inbox import actions, attachments, emails, erasure, rules
from socle.inbox.contract import Receipt, ReceiptService
from socle.inbox.models import MOVES, ContactMessage, MessageFile, MessageLetter, Status
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.quality.upkeep.score import examine
from socle.sites import actions as sites
from socle.sites.holidays import working_day_after
from socle.sites.models import WebSite
from tests import factories as f
from tests.mairie.conftest import pdf
from tests.sites.conftest import secretary
from tests.sites.two_communes import signed_in

Kind = MessageLetter.Kind


@pytest.fixture(autouse=True)
def a_day(settings, tmp_path, time_machine):
    settings.MEDIA_ROOT = tmp_path / "media"
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def reader(prisches):
    person = secretary(prisches.beneficiary)
    User.objects.update(is_fictitious=True)
    return person


class Inhabitant:
    """Somebody at the form of a site, without a cookie."""

    def __init__(self, client, website, time_machine):
        self.client, self.website, self.clock = client, website, time_machine

    def open(self):
        page = self.client.get("/_/contact/", headers={"host": self.website.host})
        assert page.status_code == 200
        assert not page.cookies
        stamp = BeautifulSoup(page.content, "html.parser").select_one("input[name=stamp]")["value"]
        self.clock.shift(20)
        return stamp

    def send(self, *, origin=None, stamp=None, follow=True, **fields):
        said = {
            "name": "Dominique Exemple", "email": "dominique@exemple.invalid", "phone": "", "subject": "question",
            "words": "Quand ouvre la salle ?", "address": "", "website": "",
            "stamp": stamp or self.open(), **fields,
        }  # fmt: skip
        headers = {"host": self.website.host, "origin": origin or f"http://{self.website.host}"}
        answer = self.client.post("/_/contact/", said, headers=headers)
        if follow and answer.status_code == 302:
            return self.client.get(answer["Location"], headers={"host": self.website.host})
        return answer


@pytest.fixture
def inhabitant(client, prisches, reader, time_machine):
    return Inhabitant(client, prisches, time_machine)


def the_message() -> ContactMessage:
    with scopes_disabled():
        return ContactMessage.objects.get()


def everything():
    with scopes_disabled():
        return ContactMessage.objects.count(), MessageFile.objects.count(), MessageLetter.objects.count()


def photo() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(content, "JPEG")
    return content.getvalue()


def test_a_message_arrives_with_its_receipt_and_the_mairie_is_told_without_its_words(inhabitant, prisches, reader):
    page = inhabitant.send()
    made = the_message()
    assert page.status_code == 200
    assert not page.cookies
    shown = page.content.decode().replace("&nbsp;", "\u00a0")
    for said in (made.number, "Accusé de réception électronique", "25\u00a0novembre\u00a02026 à 10\u00a0h\u00a000",
                 "Mairie de Prisches", "13 rue de la Mairie", "03 27 77 59 00", prisches.facts.email):  # fmt: skip
        assert said in shown, said
    # The page is nobody's but who wrote: it shows nothing of the message.
    assert "Quand ouvre" not in shown
    assert "Dominique" not in shown
    assert emails.send_due(at=timezone.now()) == 2
    assert emails.send_due(at=timezone.now()) == 0
    told = next(one for one in mail.outbox if one.to == [reader.email])
    assert made.number in told.body
    assert f"/mairie/messages/{made.pk}/" in told.body
    assert "Quand ouvre" not in told.subject + told.body
    assert "Dominique" not in told.subject + told.body
    receipt = next(one for one in mail.outbox if one.to == ["dominique@exemple.invalid"])
    assert made.receipt in receipt.body
    # The address was typed by anybody: nothing that they typed leaves for it.
    assert "Quand ouvre" not in receipt.body
    assert "Dominique" not in receipt.body
    assert receipt.extra_headers["Reply-To"] == prisches.facts.email
    line = Entry.objects.get(verb="message.received")
    assert line.beneficiary_ref == str(prisches.beneficiary_id)
    assert "Dominique" not in str(line.facts)


@pytest.mark.slow
def test_a_request_is_registered_and_says_the_delay_of_its_full_receipt(inhabitant):
    # Ten working days from Wednesday 25 November 2026.
    assert "9\u00a0décembre\u00a02026" in inhabitant.send(subject="request").content.decode()
    made = the_message()
    assert made.receipt.startswith("Accusé d’enregistrement électronique")
    assert working_day_after(date(2026, 12, 23), 3) == date(2026, 12, 29)


def test_neither_who_asks_nor_who_answers_is_told_what_a_silence_is_worth_before_the_procedure_is_known(
    inhabitant, client, reader
):
    # Where no text makes the procedure, silence rejects (CRPA, L. 231-4, 2°): a general rule would mislead both.
    inhabitant.send(subject="request")
    made = the_message()
    client.force_login(reader)
    page = client.get(f"/mairie/messages/{made.pk}/").content.decode()
    assert "ce qui manque à son dossier" in page
    for said in (made.receipt, page):
        assert not re.search(r"en règle générale|acceptation|rejet|\d\smois", said, re.IGNORECASE)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"name": "  "}, "Indiquez votre nom"),
        ({"email": ""}, "Laissez une adresse électronique ou un téléphone"),
        ({"email": "pas-une-adresse"}, "Cette adresse n’est pas complète"),
        ({"email": "", "phone": "12"}, "Ce numéro de téléphone n’est pas complet"),
        ({"subject": "autre-chose"}, "Choisissez dans la liste"),
        ({"words": ""}, "Écrivez votre message"),
        ({"words": "http://a.invalid " * 6}, "beaucoup d’adresses de sites"),
        ({"words": "x" * 5001}, "raccourcissez-le"),
        ({"name": "Zoé\0"}, "nul n’est pas"),
        ({"website": "http://robot.invalid"}, "Laissez vide le champ caché"),
        ({"stamp": "forgé"}, "ouvert depuis trop longtemps"),
        ({"handed": SimpleUploadedFile("photo.jpg", b"MZ un programme")}, "n’est ni un PDF ni une image"),
        ({"handed": SimpleUploadedFile("acte.pdf", b"%PDF-1.4 abime")}, "abîmé"),
        ({"handed": SimpleUploadedFile("vide.pdf", b"")}, "vide"),
        ({"handed": [SimpleUploadedFile(f"{n}.pdf", pdf()) for n in range(4)]}, "Trois fichiers au plus"),
    ],
)
def test_what_cannot_be_kept_is_said_in_french_and_nothing_is_written(inhabitant, fields, says):
    answer = inhabitant.send(**fields)
    assert answer.status_code == 422
    assert says in answer.content.decode().replace("&nbsp;", "\u00a0")
    assert everything() == (0, 0, 0)
    # What was typed is still there.
    if "words" not in fields:
        assert "Quand ouvre la salle" in answer.content.decode()


@pytest.mark.slow
def test_a_form_from_elsewhere_too_large_too_fast_or_too_often_writes_nothing(inhabitant, prisches, client):
    for origin in ("https://ailleurs.invalid", "null", f"http://{prisches.host}.ailleurs.invalid", "http://[", "x"):
        assert inhabitant.send(origin=origin).status_code == 403
    url, here = "/_/contact/", {"host": prisches.host}
    assert client.post(url, {}, headers=here).status_code == 403
    with_origin = {**here, "origin": f"http://{prisches.host}"}
    heavy = client.post(url, {}, headers=with_origin, CONTENT_LENGTH=str(29 * 1024 * 1024))
    assert heavy.status_code == 413
    broken = client.generic("POST", url, b"x", content_type="multipart/form-data; boundary=", headers=with_origin)
    assert broken.status_code == 400
    stamp = inhabitant.open()
    inhabitant.clock.shift(-19)
    assert "plus vite" in inhabitant.send(stamp=stamp).content.decode()
    assert client.put(url, headers=with_origin).status_code == 405
    assert everything() == (0, 0, 0)
    statuses = [inhabitant.send(email="", phone="03 27 00 00 00", words=f"{n}").status_code for n in range(20)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


@pytest.mark.slow
@pytest.mark.both
def test_a_form_sent_twice_makes_one_message_and_no_other_can_take_its_place(inhabitant, ablain, client):
    stamp = inhabitant.open()
    first, again = inhabitant.send(stamp=stamp), inhabitant.send(stamp=stamp)
    assert first.status_code == again.status_code == 200
    assert everything()[0] == 1
    assert "a déjà servi" in inhabitant.send(stamp=stamp, words="Autre chose").content.decode()
    # A form opened on the site of another commune serves that one only.
    secretary(ablain.beneficiary, email="autre@exemple.invalid")
    elsewhere = Inhabitant(client, ablain, inhabitant.clock)
    assert "ouvert depuis trop longtemps" in elsewhere.send(stamp=stamp).content.decode()
    assert everything()[0] == 1


def test_the_receipt_shows_an_hour_on_its_own_site_only(inhabitant, prisches, ablain, client, time_machine):
    place = inhabitant.send(follow=False)["Location"]
    assert client.get(place, headers={"host": ablain.host}).status_code == 410
    assert client.get(f"{place[:-4]}abc/", headers={"host": prisches.host}).status_code == 410
    time_machine.shift(timedelta(hours=2))
    assert client.get(place, headers={"host": prisches.host}).status_code == 410


def test_a_mairie_that_nobody_reads_gives_its_telephone_instead(prisches, visit):
    answer = visit(prisches, "/_/contact/")
    assert "<form" not in answer.content.decode()
    assert "03 27 77 59 00" in answer.content.decode()
    assert visit(prisches, "/_/contact").status_code == 301
    assert 'href="/_/contact/"' in visit(prisches, "/contact/").content.decode()


@pytest.mark.slow
def test_files_are_private_named_by_us_and_leave_with_their_message(inhabitant, prisches, client, reader, time_machine):
    given = [SimpleUploadedFile("../../État des lieux.PDF", pdf()), SimpleUploadedFile("a.png", photo())]
    inhabitant.send(handed=given)
    made = the_message()
    kept = list(MessageFile.objects.order_by("pk"))
    assert [(one.filename, one.content_type) for one in kept] == [
        ("etat-des-lieux.pdf", "application/pdf"), ("a.jpg", "image/jpeg"),
    ]  # fmt: skip
    for one in kept:
        assert client.get(f"/media/{one.file.name}", headers={"host": prisches.host}).status_code == 404
    client.force_login(reader)
    assert client.get(f"/media/{kept[0].file.name}").status_code == 404
    page = client.get(f"/mairie/messages/{made.pk}/").content.decode()
    assert "etat-des-lieux.pdf" in page
    got = client.get(f"/mairie/messages/{made.pk}/piece-{kept[1].pk}/")
    assert b"".join(got.streaming_content) == photo()
    assert got["Content-Disposition"].startswith("attachment")
    with scope(beneficiary=prisches.beneficiary):
        actions.close(made, by=reader, at=timezone.now())
    later, mairie = timezone.now() + timedelta(days=1), prisches.beneficiary_id
    assert [one.rows for one in erasure.TREATED.due(mairie, later)] == [(made.pk,)]
    assert [one.files for one in erasure.TREATED.due(mairie, later)] == [2]
    assert everything()[0] == 1
    assert erasure.TREATED.erase(mairie, [made.pk], later) == 1
    assert everything() == (0, 0, 0)
    assert not kept[0].file.storage.exists(kept[0].file.name)


def test_what_the_antivirus_finds_is_refused_and_told(inhabitant, settings):
    settings.SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner"
    from socle.engines.simulated.scanner import TRIAL

    made = SimpleUploadedFile("a.pdf", pdf() + TRIAL)
    answer = inhabitant.send(handed=made)
    assert answer.status_code == 422
    assert everything() == (0, 0, 0)


@pytest.mark.slow
@pytest.mark.both
def test_the_secretary_reads_searches_answers_and_exports(inhabitant, prisches, client, reader, ablain):
    inhabitant.send()
    made = the_message()
    f.contact_message(ablain.beneficiary, name="Autre Commune")
    with scope(beneficiary=prisches.beneficiary):
        for rank in range(5):
            f.contact_message(prisches.beneficiary, number=f"AUTRE-{rank}", words="Éclairage")
    client.force_login(reader)
    client.get("/mairie/messages/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get("/mairie/messages/").content.decode()
    assert len(queries) <= 16
    assert made.number in page
    assert "Autre Commune" not in page
    assert made.number not in client.get("/mairie/messages/?q=SÀLLE+fêtes+a+quelle").content.decode()
    assert made.number in client.get("/mairie/messages/?q=quand+ouvre&etat=a-traiter").content.decode()
    assert made.number not in client.get("/mairie/messages/?etat=classes&page=99").content.decode()
    assert client.get("/mairie/messages/?q=%00&etat=rien").status_code == 200
    table = client.get("/mairie/messages.csv").getvalue().decode()
    assert "Quand ouvre la salle" in table
    assert "Autre Commune" not in table
    assert Entry.objects.filter(verb="list.exported", facts__list="messages").count() == 1

    url = f"/mairie/messages/{made.pk}/"
    form = BeautifulSoup(client.get(url).content, "html.parser").select_one("input[name=form]")["value"]
    assert "Écrivez la réponse" in client.post(f"{url}repondre/", {"words": " ", "form": form}).content.decode()
    for _ in range(2):
        assert client.post(f"{url}repondre/", {"words": "Demain à 9 h.", "form": form}).status_code == 302
    emails.send_due(at=timezone.now())
    answers = [one for one in mail.outbox if "Demain à 9 h." in one.body]
    assert [one.to for one in answers] == [["dominique@exemple.invalid"]]
    assert made.number in answers[0].subject
    assert the_status(made) == Status.ANSWERED
    assert "Demain à 9 h." in client.get(url).content.decode()
    assert client.post(f"{url}confier/", {"person": reader.pk}).status_code == 302
    with scopes_disabled():
        assert ContactMessage.objects.get(pk=made.pk).assigned_to == reader
    stranger = f.member(Role.SECRETARY, ablain.beneficiary, email="loin@exemple.invalid")
    client.post(f"{url}confier/", {"person": stranger.pk})
    with scopes_disabled():
        assert ContactMessage.objects.get(pk=made.pk).assigned_to == reader


def the_status(message):
    with scopes_disabled():
        return ContactMessage.objects.get(pk=message.pk).status


def test_a_message_moves_only_as_the_table_says(prisches, reader):
    gestures = {
        Status.CLOSED: actions.close, Status.NEW: actions.reopen, Status.SPAM: actions.call_spam,
    }  # fmt: skip
    with scope(beneficiary=prisches.beneficiary):
        for start, targets in MOVES.items():
            for to, gesture in gestures.items():
                made = f.contact_message(prisches.beneficiary, status=start)
                if to in targets:
                    assert gesture(made, by=reader, at=f.NOW).status == to
                else:
                    with pytest.raises(Refused):
                        gesture(made, by=reader, at=f.NOW)
        silent = f.contact_message(prisches.beneficiary, email="", phone="03 27 00 00 00")
        assert "appelez-la" in (rules.why_not_answer(silent) or "")
        for status in Status:
            said = rules.why_not_answer(f.contact_message(prisches.beneficiary, status=status))
            assert (said is not None and "reprenez-le avant" in said) is (status in (Status.CLOSED, Status.SPAM))
        with pytest.raises(Refused):
            actions.answer(
                f.contact_message(prisches.beneficiary, status=Status.SPAM), "Oui", form="a", by=reader, at=f.NOW
            )


@pytest.mark.slow
def test_a_letter_that_cannot_leave_stays_due_and_is_said_not_to_have_left(
    inhabitant, client, reader, monkeypatch, time_machine, caplog
):
    inhabitant.send()

    def fail(*args, **kwargs):
        raise ConnectionRefusedError("dominique@exemple.invalid")

    with monkeypatch.context() as patch:
        patch.setattr("socle.outbox.departures.send", fail)
        assert emails.send_due(at=timezone.now()) == 0
    assert "dominique" not in caplog.text
    assert emails.send_due(at=timezone.now()) == 2
    made = the_message()
    MessageLetter.objects.filter(kind=Kind.RECEIPT).update(left_at=None)
    time_machine.shift(timedelta(days=4))
    assert emails.send_due(at=timezone.now()) == 0
    client.force_login(reader)
    assert "Courriel non parti" in client.get(f"/mairie/messages/{made.pk}/").content.decode()


def test_paper_16_time_lets_go_of_spam_and_counts_the_others_at_their_term(prisches, reader):
    with scope(beneficiary=prisches.beneficiary):
        actions.call_spam(f.contact_message(prisches.beneficiary), by=reader, at=f.NOW)
        waiting = f.contact_message(prisches.beneficiary)
    later, mairie = f.NOW + timedelta(days=1), prisches.beneficiary_id
    assert erasure.erase_spam(f.NOW, by=reader, at=later, is_dry=False) == 0
    assert erasure.erase_spam(later, by=reader, at=later, is_dry=False) == 1
    assert erasure.TREATED.count(mairie, later) == 0
    assert erasure.FORGOTTEN.count(mairie, f.NOW) == 0
    assert erasure.FORGOTTEN.count(mairie, later) == 1
    # What was not due is left, whatever list it is on.
    assert erasure.FORGOTTEN.erase(mairie, [waiting.pk], f.NOW) == 0
    assert erasure.FORGOTTEN.erase(mairie, [waiting.pk], later) == 1


DAYS = {"answered": 365, "closed": 365, "new": 3 * 365}


@pytest.mark.slow
@pytest.mark.parametrize("state", DAYS)
def test_paper_16_past_its_period_a_message_is_read_by_who_administers_alone(prisches, client, reader, state):
    deputy = f.member(Role.DEPUTY, prisches.beneficiary, email="adjoint@exemple.invalid")
    limit = f.NOW - timedelta(days=DAYS[state])
    fields = {"status": state, "words": "Quand ouvre la mairie ?"}
    past, still = (
        f.contact_message(
            prisches.beneficiary, received_at=at, moved_at=None if state == "new" else at, name=name, **fields
        )
        for at, name in ((limit - timedelta(seconds=1), "Passé Exemple"), (limit, "Présente Exemple"))
    )
    everywhere = (
        "/mairie/messages/?etat=tous",
        "/mairie/messages.csv?etat=tous",
        "/mairie/messages/?q=quelle+heure&etat=tous",
    )
    for person in (deputy, reader):
        client.force_login(person)
        for url in everywhere:
            answer = client.get(url)
            said = answer.getvalue().decode() if answer.streaming else answer.content.decode()
            assert past.number not in said, url
            assert still.number in said, url
    # Whoever administers asks for them, finds them, and takes them up again; nobody else is told that they are.
    url, asked = f"/mairie/messages/{past.pk}/", "/mairie/messages/?etat=au-terme"
    assert past.number in client.get(asked).content.decode()
    assert still.number not in client.get(asked).content.decode()
    assert "au terme de sa durée" in client.get(url).content.decode()
    client.force_login(deputy)
    assert past.number not in client.get(asked).content.decode()
    assert "Au terme de leur durée" not in client.get("/mairie/messages/").content.decode()
    assert client.get(url).status_code == 404
    for gesture in ("classer", "reprendre", "indesirable", "confier", "repondre"):
        assert client.post(f"{url}{gesture}/").status_code == 404, gesture
    assert client.get(f"{url}piece-{past.files.get().pk}/").status_code == 404
    assert client.get(f"/mairie/messages/{still.pk}/").status_code == 200


def test_paper_16_a_message_past_its_period_waits_in_no_count(prisches, client, reader):
    f.contact_message(prisches.beneficiary, received_at=f.NOW - timedelta(days=3 * 365 + 1))
    client.force_login(reader)
    assert "à traiter" not in client.get("/mairie/messages/").content.decode().partition("<main")[0]
    assert "Un message du site à traiter" not in client.get("/mairie/").content.decode()


def of_a_procedure(message, website):
    """Whoever knows the procedures gives other receipts."""
    return Receipt(
        "Reçu de la téléprocédure", message.number, message.received_at, ReceiptService("Urbanisme"), ("Dix jours.",)
    )


def test_the_settings_name_who_makes_the_receipts(inhabitant, settings):
    settings.SOCLE_RECEIPTS = "tests.inbox.test_messages.of_a_procedure"
    assert "Reçu de la téléprocédure" in inhabitant.send().content.decode()
    assert re.search(r"Service chargé du dossier\s:\sUrbanisme", the_message().receipt)


def test_the_messages_of_whoever_leaves_change_hands(prisches, reader):
    from socle.inbox.offboarding import messages, pass_messages

    successor = secretary(prisches.beneficiary, email="suite@exemple.invalid")
    with scope(beneficiary=prisches.beneficiary):
        made = actions.assign(f.contact_message(prisches.beneficiary), to=reader, by=reader, at=f.NOW)
    membership = reader.memberships.get()
    assert messages(membership, f.TODAY) == [f"message n°\u00a0{made.number}"]
    assert pass_messages(membership, to=successor, by=reader, at=f.NOW) == 1
    with scopes_disabled():
        assert ContactMessage.objects.get(pk=made.pk).assigned_to == successor


@pytest.mark.slow
@pytest.mark.both
def test_an_image_that_would_fill_the_memory_is_refused():
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    assert "ni une image" in (attachments.why_not_hand(bomb.getvalue(), name="b.png") or "")


def test_the_receipt_names_the_mairie_once_and_says_the_subject_without_its_examples(inhabitant, prisches):
    facts = prisches.facts
    facts.address, facts.postal_code, facts.city, facts.phone, facts.email = (
        "Mairie de Prisches",
        "",
        "Prisches",
        "",
        "",
    )
    facts.save()
    # A new site would wait for its telephone; this one was open before.
    prisches.opened_at = f.NOW
    prisches.save(update_fields=["opened_at"])
    form = inhabitant.client.get("/_/contact/", headers={"host": prisches.host})
    labels = [" ".join(one.get_text(" ").split()) for one in BeautifulSoup(form.content, "html.parser")("label")]
    assert "Adresse électronique l’un ou l’autre" in labels
    assert "Téléphone l’un ou l’autre" in labels
    inhabitant.send(subject="report")
    receipt = the_message().receipt
    assert "Objet\u00a0: Un problème à signaler\n" in receipt
    assert "Service chargé du dossier\u00a0: Mairie de Prisches\n" in receipt
    assert receipt.endswith("Sans nouvelles, adressez-vous à la mairie en donnant le numéro de votre message.")


def test_the_receipt_gives_the_number_to_call_when_there_is_one(inhabitant):
    inhabitant.send()
    assert "appelez la mairie au 03\u00a027\u00a077\u00a059\u00a000 en donnant" in the_message().receipt


@pytest.mark.parametrize(
    ("words", "is_kept"),
    [("x" * 5000, True), ("x" * 5001, False), ("http://a.invalid www. " * 2, True), ("www. " * 5, False)],
)
def test_a_message_holds_at_its_bounds(words, is_kept):
    by_mail = rules.why_not_send(name="Zoé", email="z@exemple.invalid", phone="", words=words)
    by_telephone = rules.why_not_send(name="Zoé", email="", phone="03 27 00 00 00", words=words)
    assert (by_mail is None) is (by_telephone is None) is is_kept


@pytest.mark.parametrize(
    ("missing", "says"),
    [({"name": ""}, "votre nom"), ({"email": ""}, "ou un téléphone"), ({"words": ""}, "Écrivez votre message")],
)
def test_a_message_wants_a_name_a_way_to_answer_and_words(missing, says):
    whole = {"name": "Zoé", "email": "z@exemple.invalid", "phone": "", "words": "Bonjour"}
    assert says in (rules.why_not_send(**whole | missing) or "")


def test_what_an_answer_and_a_form_sent_again_may_hold(prisches, ablain):
    assert rules.why_not_say("") == "Écrivez la réponse."
    assert rules.why_not_say("x" * 20_000) is None
    assert "20\u202f000" in (rules.why_not_say("x" * 20_001) or "")
    same = {"beneficiary": prisches.beneficiary, "name": "Zoé", "words": "Bonjour"}
    known = ContactMessage(**same)
    assert rules.why_not_replay(known, **same) is None
    for change in ({"beneficiary": ablain.beneficiary}, {"name": "Noa"}, {"words": "Bonsoir"}):
        assert rules.why_not_replay(known, **{**same, **change})


def test_a_message_is_entrusted_to_whoever_serves_its_mairie(prisches, ablain, reader):
    message = ContactMessage(beneficiary=prisches.beneficiary)
    assert rules.why_not_assign(message, None, on=f.TODAY) is None
    assert rules.why_not_assign(message, reader, on=f.TODAY) is None
    stranger = f.member(Role.SECRETARY, ablain.beneficiary)
    assert "n’exerce pas" in (rules.why_not_assign(message, stranger, on=f.TODAY) or "")


# --- Receipts and conditions -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("missing", [{"phone": ""}, {"address": "", "city": "", "postal_code": "", "email": ""}])
def test_paper_17_the_form_of_a_new_site_waits_for_what_its_receipt_must_say(prisches, reader, visit, missing):
    assert 'name="stamp"' in visit(prisches, "/_/contact/").content.decode()
    sites.correct_facts(prisches, missing, by=reader, at=f.NOW)
    page = visit(prisches, "/_/contact/").content.decode()
    assert "pas encore ouvert" in page
    assert 'name="stamp"' not in page
    # The mairie is told before anybody writes; a site already open keeps its form.
    with scope(beneficiary=prisches.beneficiary):
        assert any("Écrivez sur le site" in one.says for one in examine(prisches, on=f.TODAY))
    with scopes_disabled():
        WebSite.objects.filter(pk=prisches.pk).update(opened_at=f.NOW)
    assert 'name="stamp"' in visit(prisches, "/_/contact/").content.decode()


def test_paper_17_the_receipt_names_the_service_its_address_and_its_telephone(inhabitant):
    inhabitant.send()
    said = the_message().receipt
    assert "Service chargé du dossier\u00a0: Mairie de Prisches" in said
    for words in ("13 rue de la Mairie", "téléphone", "courriel"):
        assert words in said, words


def test_paper_17_the_form_leads_to_its_conditions_of_use(prisches, reader, visit):
    assert 'href="/_/contact/conditions/"' in visit(prisches, "/_/contact/").content.decode()
    page = visit(prisches, "/_/contact/conditions/").content.decode().replace("&nbsp;", " ")
    for words in ("Mairie de Prisches", "13 rue de la Mairie", "3 fichiers", "10 jours ouvrés", "un an", "R. 112-9-2"):
        assert words in page, words


# --- Ready answers ----------------------------------------------------------------------------------------------------
def ready(client, message, code):
    page = client.get(reverse("mairie:message", args=[message.pk]), {"reponse": code}).content
    return BeautifulSoup(page, "html5lib")


def test_a_ready_answer_is_filled_edited_and_sent_without_a_blank(prisches, reader):
    asked = f.contact_message(
        prisches.beneficiary, subject="request", words="Une table\nsur la place ?", email="a@b.fr"
    )
    client, url = signed_in(reader), reverse("mairie:message_answer", args=[asked.pk])
    page = ready(client, asked, "refus")
    assert [one.text for one in page.select("a[href^='?reponse=']")] == ["Bien reçu", "Il manque une pièce", "Refus"]
    words = page.select_one("#id_words").text
    assert "La mairie de Prisches a examiné" in words
    assert "Une table sur la place ?" in words
    assert f"n°\u00a0{asked.number}" in words
    # Neither what a silence is worth nor where to appeal is known here: no article, no court, no delay.
    for code in ("recu", "piece", "refus"):
        said = ready(client, asked, code).select_one("#id_words").text
        assert not re.search(r"tribunal|deux mois|article|silence", said, re.IGNORECASE), code
    sent = {"words": words, "form": "once"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "le motif, les faits et la règle" in refused.content.decode()
    assert not asked.replies.exists()
    client.post(url, {**sent, "words": re.sub(r"\[[^\]]*\]", "Le marché s’y tient.", words)})
    asked.refresh_from_db()
    assert (asked.status, asked.replies.count()) == ("answered", 1)


def test_a_message_that_is_only_said_to_have_come_is_still_to_be_treated(prisches, reader):
    asked = f.contact_message(prisches.beneficiary, subject="report", words="Un lampadaire éteint")
    client = signed_in(reader)
    page = ready(client, asked, "recu")
    assert [one.text for one in page.select("a[href^='?reponse=']")] == ["Bien reçu"]
    assert page.select_one("#id_stays_open").has_attr("checked")
    sent = {"words": page.select_one("#id_words").text, "form": "once", "stays_open": "on"}
    client.post(reverse("mairie:message_answer", args=[asked.pk]), sent)
    asked.refresh_from_db()
    assert (asked.status, asked.replies.count()) == ("new", 1)
    assert not ready(client, asked, "refus").select_one("#id_words").text.strip()
