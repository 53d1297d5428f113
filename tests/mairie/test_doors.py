"""Who enters the mairie's door, for which commune, and that nothing of another is ever seen or touched."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_scopes import scope, scopes_disabled

from socle.agenda import actions as opened
from socle.agenda import bookings, cards
from socle.agenda.cards import Card
from socle.agenda.contract import store
from socle.agenda.models import AddressBook, Booking, Calendar, RemovedItem, Venue
from socle.agreements.models import Notification, Party
from socle.assemblies.models import Assembly, Item, Meeting, Member
from socle.deliberations.models import Incoming as Letter
from socle.deliberations.models import Reply, Transmission
from socle.documents import actions as documents
from socle.domains.models import DomainName
from socle.eliminations import actions as eliminations
from socle.eliminations.models import Slip, StandingAgreement
from socle.files import queries as folders
from socle.files.actions import entries, links, spaces
from socle.files.contents import Incoming
from socle.files.models import Link
from socle.files.queries import Place
from socle.integrations import actions as tokens
from socle.integrations.models import Delivery, Token
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.mail.defaults import ensure_defaults
from socle.mail.models import Alias, Destination, Domain, Forwarding, Mailbox, Migration, Opening, Restoration, Vacation
from socle.people.models import Beneficiary, HelpAccess, Membership, User
from socle.provisioning.handover import handing
from socle.provisioning.handover.models import Handover, HandoverStatus
from socle.sections.albums.actions import begin_album
from socle.sections.albums.models import AlbumPage
from socle.sections.waste.models import WasteShift
from socle.signing.models import PaperSignature
from socle.sites import alerts, exceptional_days
from socle.sites.actions import create_site
from socle.sites.exceptional_days import Wanted
from socle.sites.models import Alert, ExceptionalDay, SiteName, WebSite
from socle.sites.names.actions import ask_name
from tests import factories as f
from tests.agenda.conftest import event
from tests.backups.situations import drill_of, machine_of
from tests.mairie.conftest import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_hurry(settings):
    """Every address of the door asked in a second is more than any person does, and is refused for that."""
    settings.RATE_LIMITS = {"uploads": "100000/60", "forms": "100000/60"}


def patterns():
    """Every address of the door and the names of its arguments, as the resolver has them: a new view is tested too."""

    def walk(entries, prefix, arguments):
        for entry in entries:
            route, taken = prefix + str(entry.pattern), (*arguments, *entry.pattern.converters)
            if isinstance(entry, URLResolver):
                if entry.namespace == "mairie" or not prefix:
                    yield from walk(entry.url_patterns, route, taken)
            elif isinstance(entry, URLPattern) and route.startswith("mairie/"):
                yield entry.name, taken

    return dict(walk(get_resolver("socle.config.urls").url_patterns, "", ()))


# The editor's own forms take no object, and are visited with the editor (tests/sites/test_no_leak.py).
OF_THE_EDITOR = "website_"
ROUTES = {name: taken for name, taken in patterns().items() if not name.startswith(OF_THE_EDITOR)}
NAMES = list(ROUTES)
# What each argument designates, of a commune's; an argument that is not here fails every test of its address.
THINGS = {
    "number": lambda mairie: mairie.agreement.number,
    "act_id": lambda mairie: mairie.act.pk,
    "webhook_id": lambda mairie: mairie.webhook.pk,
    "delivery_id": lambda mairie: mairie.delivery.pk,
    "invitation_id": lambda mairie: mairie.invitation.pk,
    "membership_id": lambda mairie: mairie.secretary.memberships.get(beneficiary=mairie.place).pk,
    # Nobody is let in at first: a number that nobody bears.
    "help_id": lambda mairie: getattr(HelpAccess.objects.filter(beneficiary=mairie.place).first(), "pk", 0),
    # Nor does anybody do anything in its name.
    "line_id": lambda mairie: getattr(done_in_its_name(mairie).first(), "pk", 0),
    "format": lambda mairie: "csv",
    # A page of the guide, the same for everybody.
    "code": lambda mairie: "messagerie",
    "message_id": lambda mairie: mairie.message.pk,
    "file_id": lambda mairie: mairie.message.files.get().pk,
    "name_id": lambda mairie: domain_name_of(mairie).pk,
    "site_name_id": lambda mairie: name_of(mairie).pk,
    "rest": lambda mairie: "verifier/",
    "entry_id": lambda mairie: kept_of(mairie)[0].pk,
    "version_id": lambda mairie: kept_of(mairie)[1].pk,
    "link_id": lambda mairie: kept_of(mairie)[2].pk,
    "handover_id": lambda mairie: handover_of(mairie).pk,
    "signed": lambda mairie: handing.sign(handover_of(mairie), mairie.mayor),
    "machine_id": lambda mairie: machine_of(mairie.place, by=mairie.secretary).pk,
    "drill_id": lambda mairie: drill_of(mairie.place, pdf(), by=mairie.secretary).pk,
    "box_id": lambda mairie: mail_of(mairie).box.pk,
    "opening_id": lambda mairie: mail_of(mairie).opening.pk,
    "restoration_id": lambda mairie: mail_of(mairie).restoration.pk,
    "alias_id": lambda mairie: mail_of(mairie).alias.pk,
    "destination_id": lambda mairie: mail_of(mairie).destination.pk,
    "domain_id": lambda mairie: mail_of(mairie).domain.pk,
    "calendar_id": lambda mairie: agenda_of(mairie).calendar.pk,
    "book_id": lambda mairie: agenda_of(mairie).book.pk,
    "href": lambda mairie: agenda_of(mairie).href,
    "removed_id": lambda mairie: agenda_of(mairie).removed.pk,
    "venue_id": lambda mairie: agenda_of(mairie).venue.pk,
    "booking_id": lambda mairie: agenda_of(mairie).booking.pk,
    "day_id": lambda mairie: said_of(mairie).day.pk,
    "shift_id": lambda mairie: said_of(mairie).shift.pk,
    "alert_id": lambda mairie: said_of(mairie).alert.pk,
    "page_id": lambda mairie: said_of(mairie).album.pk,
    "meeting_id": lambda mairie: met_of(mairie).meeting.pk,
    "posting_id": lambda mairie: met_of(mairie).meeting.postings.get().pk,
    "item_id": lambda mairie: met_of(mairie).item.pk,
    "annex_id": lambda mairie: met_of(mairie).annex.pk,
    "member_id": lambda mairie: met_of(mairie).member.pk,
    "year": lambda mairie: 2026,
    "sent_id": lambda mairie: told_of(mairie).transmission_id,
    "letter_id": lambda mairie: told_of(mairie).pk,
    # Nothing is recorded of what is not printed.
    "scan_id": lambda mairie: paper_of(mairie).pk if mairie.agreement.round else 0,
    "paper_id": lambda mairie: told_of(mairie).message_id,
    "notification_id": lambda mairie: received_of(mairie).pk,
    "contribution_id": lambda mairie: called_of(mairie).pk,
    "slip_id": lambda mairie: slip_of(mairie).pk,
    "agreement_id": lambda mairie: agreed_of(mairie).pk,
}


def received_of(mairie):
    """An official letter about its agreement, which it received."""
    with scope(beneficiary=mairie.place):
        if (letter := mairie.agreement.notifications.first()) is not None:
            return letter
        given = {"by": mairie.secretary, "beneficiary": mairie.place, "at": f.NOW}
        paper = documents.keep(pdf(), title=mairie.place.name, filename="lettre.pdf", **given)
        return Notification.objects.create(
            agreement=mairie.agreement, party=mairie.agreement.parties.get(kind="beneficiary"), kind="conclusion",
            text=mairie.agreement.text, document=paper, status="received", way="hand", received_on=f.TODAY,
            written_by=mairie.secretary, written_at=f.NOW,
        )  # fmt: skip


def called_of(mairie):
    """A contribution that it was called to pay, by a letter."""
    f.letter_texts()
    with scope(beneficiary=mairie.place):
        called = mairie.agreement.contributions.first()
        return called or f.contribution(mairie.agreement, by=mairie.secretary)


def slip_of(mairie):
    """A slip of its archives: those of a message treated long ago."""
    with scope(beneficiary=mairie.place):
        if (slip := Slip.objects.first()) is not None:
            return slip
        old = f.NOW - timedelta(days=900)
        f.contact_message(mairie.place, status="closed", received_at=old, moved_at=old)
        return eliminations.prepare(mairie.place, by=mairie.secretary, at=f.NOW)


def agreed_of(mairie):
    """What its archives agreed once."""
    with scope(beneficiary=mairie.place):
        return StandingAgreement.objects.first() or eliminations.note_agreement(
            mairie.place, rule="reservations", service="Archives", reference="1", signed_on=f.TODAY,
            by=mairie.secretary, at=f.NOW,
        )  # fmt: skip


def told_of(mairie):
    """A letter of its prefecture about one of its acts, which was sent."""
    with scope(beneficiary=mairie.place):
        if (letter := Letter.objects.first()) is not None:
            return letter
        sent = Transmission.objects.create(act=mairie.act, road="electronic", status="sent", asked_at=f.NOW)
        message = documents.keep(
            pdf(), title=mairie.place.name, filename="lettre.pdf", by=mairie.secretary, at=f.NOW,
            beneficiary=mairie.place,
        )  # fmt: skip
        return Letter.objects.create(
            beneficiary=mairie.place, transmission=sent, kind="3-1", received_at=f.NOW, sha256="a", message=message
        )


def met_of(mairie):
    """Its council, with a member, and a meeting that was held."""
    with scope(beneficiary=mairie.place):
        council = Assembly.objects.filter(beneficiary=mairie.place).first() or Assembly.objects.create(
            beneficiary=mairie.place, kind="commune", name="conseil municipal", population=900
        )
        member = council.members.first() or Member.objects.create(
            assembly=council, name=f"Élu {mairie.place.name}", function="mayor"
        )
        if (meeting := council.meetings.first()) is None:
            meeting = Meeting.objects.create(
                assembly=council, starts_at=f.NOW, status="held", convened_at=f.NOW - timedelta(days=9),
                opened_at=f.NOW, closed_at=f.NOW, president=member, secretary=member,
            )  # fmt: skip
            item = Item.objects.create(meeting=meeting, rank=1, subject=f"Objet {mairie.place.name}")
            plan = documents.keep(
                f.pdf(), title="Plan", filename="plan.pdf", beneficiary=mairie.place, by=mairie.mayor, at=f.NOW
            )
            item.annexes.create(title="Plan", document=plan)
            told = {"first_on": f.NOW.date(), "last_on": f.NOW.date(), "noted_at": f.NOW, "noted_by": mairie.mayor}
            meeting.postings.create(what="list", document=plan, **told)
            council.registers.create(year=2026, version=1, document=plan, digest="a", made_at=f.NOW)
        item = meeting.items.get()
        return SimpleNamespace(meeting=meeting, item=item, annex=item.annexes.get(), member=member)


def handover_of(mairie):
    """An archive of all its data, ready; its file is nowhere."""
    with scopes_disabled():
        return (
            Handover.objects.filter(beneficiary=mairie.place).first()
            or Handover.objects.create(
                beneficiary=mairie.place, status=HandoverStatus.READY, reason="Essai", asked_by=mairie.mayor,
                asked_at=f.NOW, ready_at=f.NOW, parts=4, file="handovers/nulle-part", sha256="0" * 64,
            )
        )  # fmt: skip


@override_settings(SOCLE_MAIL_DOMAIN="courriel.exemple.fr")
def mail_of(mairie):
    """Its mail: a box, somebody who opens it, an alias, made for the few addresses that need them."""
    with scopes_disabled():
        ensure_defaults(mairie.place, by=User.objects.system(), at=f.NOW)
        box = Mailbox.objects.get(beneficiary=mairie.place, local_part="mairie")
        alias = Alias.objects.filter(beneficiary=mairie.place).first()
        restoration = Restoration.objects.filter(mailbox=box).first() or Restoration.objects.create(
            mailbox=box, as_of=f.TODAY, asked_at=f.NOW
        )
        if not Migration.objects.filter(mailbox=box).exists():
            Migration.objects.create(mailbox=box, host="imap.exemple.fr", login="x@exemple.fr", asked_at=f.NOW)
        return SimpleNamespace(
            box=box,
            opening=box.openings.first(),
            alias=alias,
            destination=alias.destinations.first(),
            restoration=restoration,
            domain=Domain.objects.get(beneficiary=mairie.place),
        )


@dataclass
class Held:
    """What the agendas of a mairie hold, for each address that names something of theirs."""

    calendar: Calendar
    book: AddressBook
    href: str
    removed: RemovedItem
    venue: Venue
    booking: Booking


def agenda_of(mairie):
    """Its agendas, open, with an event, a contact, a venue that is booked and something removed; made once each."""
    place, by = mairie.place, mairie.secretary
    opened.open_agenda(place, by=by, at=f.NOW)
    opened.make_collections(place, opened.wished_of(place, at=f.NOW), by=by, at=f.NOW)
    with scope(beneficiary=place):
        calendar = Calendar.objects.select_related("beneficiary").get(slug="mairie")
        book = AddressBook.objects.select_related("beneficiary").get(slug="contacts")
        card = cards.write(Card(last_name="Exemple"))
        with store().writing(place.pk) as writer:
            for slug, text in (("mairie", event("un")), ("contacts", card)):
                if writer.get(slug, "un.ics") is None:
                    writer.put(slug, "un.ics", text, etag=None)
        if (venue := Venue.objects.select_related("calendar").first()) is None:
            hours = {"opens_at": "08:00", "closes_at": "23:00", "notice_hours": 0}
            venue = bookings.make_venue(
                place, name="Salle", place="", capacity=None, approver="secretary", by=by, at=f.NOW, **hours
            )
        booking = Booking.objects.filter(venue=venue).first() or Booking.objects.create(
            beneficiary=place, venue=venue, href="r.ics", purpose="Loto", status="asked", asked_by=by, asked_at=f.NOW,
            starts_at=f.NOW + timedelta(days=2), ends_at=f.NOW + timedelta(days=2, hours=1),
        )  # fmt: skip
        removed = RemovedItem.objects.first() or RemovedItem.objects.create(
            beneficiary=place, calendar=calendar, href="r.ics", text=event("r"), removed_by=by, removed_at=f.NOW
        )
    return Held(calendar, book, "un.ics", removed, venue, booking)


def site_of(mairie):
    """Its site, made for the few addresses that need one."""
    return WebSite.objects.filter(beneficiary=mairie.place).first() or create_site(
        mairie.place, by=mairie.secretary, at=f.NOW
    )


def said_of(mairie):
    """A closing, an alert and an album of its site."""
    by = {"by": mairie.secretary, "at": f.NOW}
    with scopes_disabled():
        site = site_of(mairie)
        if (day := ExceptionalDay.objects.filter(website=site).first()) is None:
            day = exceptional_days.announce_day(site, Wanted(f.TODAY, f.TODAY), **by)
        if (alert := Alert.objects.filter(website=site).first()) is None:
            ends_at = f.NOW + timedelta(days=1)
            alert = alerts.publish_alert(site, "Coupure", gravity=1, starts_at=f.NOW, ends_at=ends_at, **by)
        album = AlbumPage.objects.descendant_of(site.root_page).first() or begin_album(
            site, "Fête", taken_on=f.TODAY, **by
        )
        shift, _ = WasteShift.objects.get_or_create(website=site, usual_on=f.TODAY, defaults={"added_at": f.NOW})
        return SimpleNamespace(day=day, alert=alert, album=album, shift=shift)


def name_of(mairie):
    """The domain of its site, both made for the few addresses that need them."""
    with scopes_disabled():
        site = site_of(mairie)
        domain = f"{site.slug}.fr"
        return site.names.first() or ask_name(site, domain, by=mairie.secretary, at=f.NOW)


def domain_name_of(mairie):
    """The name that its site bears."""
    with scopes_disabled():
        return DomainName.objects.get(name=name_of(mairie).domain)


def kept_of(mairie):
    """A file of its folder, one of its versions and a link to it, made for the addresses that need them."""
    with scope(beneficiary=mairie.place):
        space = spaces.open_space(mairie.place, by=mairie.secretary, at=f.NOW)
        if (found := Link.objects.select_related("entry").first()) is not None:
            return found.entry, found.entry.versions.get(), found
        root = Place(folders.root_of(space), ())
        for content in (b"avant", b"maintenant"):
            incoming = Incoming(1000)
            incoming.write(content + mairie.place.name.encode())
            kept = entries.keep_file(root, f"{mairie.place.name}.txt", incoming, by=mairie.secretary, at=f.NOW)
        link, _ = links.share(Place(kept, (kept,)), days=7, by=mairie.secretary, at=f.NOW)
        return kept, kept.versions.get(), link


def addresses(names, mairie):
    """The address of each of these pages about this commune's things, each of which is looked for once."""
    thing = cache(lambda argument: THINGS[argument](mairie))
    return {name: reverse(f"mairie:{name}", kwargs={one: thing(one) for one in ROUTES[name]}) for name in names}


def address(name, mairie):
    return addresses([name], mairie)[name]


def takes_an_object(name):
    return bool(set(ROUTES[name]) - {"format", "code", "year"})


def is_gesture(name):
    """Whether this address acts, and shows nothing when it is only opened."""
    if name in ("act_document", "act_proof", "act_model", "act_model_text", "act_record"):
        return False
    return name.startswith(("act_", "invitation_")) or name in (
        *(
            "elimination_prepare",
            "elimination_visa",
            "elimination_erase",
            "elimination_withdraw",
            "elimination_agreement",
            "elimination_agreement_end",
            "membership_keep",
            "help_close",
            "help_take_back",
            "webhook_secret",
            "webhook_pause",
            "webhook_resume",
            "webhook_take_over",
        ),
        *("webhook_try", "webhook_remove", "webhook_again"),
        *("message_answer", "message_assign", "message_close", "message_reopen", "message_spam"),
        *("alert_restore", "alert_withdraw", "closing_remove", "closing_restore", "closings_holidays"),
        *("domain_name_check", "name_main", "name_leave", "name_withdraw"),
        *("bin_empty", "file_link_end", "file_bring_back", "file_upload", "file_make_folder", "file_rename"),
        *("file_trash", "file_restore", "file_erase", "files_choose", "files_restore"),
        *("handover_ask", "handover_remove", "waste_shift_remove"),
        *(
            "mail_domain_main",
            "mail_domain_close",
            "mail_destination_add",
            "mail_destination_withdraw",
        ),
        *("mail_alias_remove", "mailbox_rename", "mailbox_resize", "mailbox_suspend", "mailbox_resume"),
        *("mailbox_delete", "mailbox_open", "mailbox_opening", "mailbox_close", "mailbox_come_back"),
        *("mailbox_forward_stop", "mailbox_forward_again", "mailbox_restoration_cancel"),
        *("mailbox_import_cancel", "mailbox_import_resume"),
        *("event_remove", "event_skip", "event_invite", "removed_restore", "calendar_share", "contact_remove"),
        *("booking_accept", "booking_refuse", "booking_cancel"),
        *("meeting_prepare", "meeting_change", "meeting_add", "meeting_rearrange", "meeting_convene", "meeting_cancel"),
        *("meeting_open", "meeting_attend", "meeting_vote", "meeting_decide", "meeting_set_aside", "meeting_fail"),
        *("meeting_arrest", "meeting_close", "meeting_publish", "meeting_discuss", "meeting_send", "meeting_stamp"),
        *("meeting_register_make", "meeting_post", "meeting_send_all", "act_send", "transmission_stamp"),
        *("meeting_annex_remove", "meeting_appoint", "meeting_elsewhere", "meeting_signed"),
        *("transmission_set", "transmission_certify", "transmission_check"),
        *("transmission_cancel", "transmission_give_up", "transmission_reply", "transmission_again"),
        *("assembly_describe", "assembly_arms", "assembly_member_leave"),
        *("assembly_statute", "assembly_statute_withdraw"),
        *("backup_machine_ask", "backup_change", "backup_code", "backup_script", "backup_retire", "backup_resume"),
    )


# Every kind of row that is a beneficiary's, and what hangs from one.
OWNED = [
    model
    for model in apps.get_models()
    if model.__module__.startswith("socle.") and any(field.name == "beneficiary" for field in model._meta.fields)
]


# What hangs from a site.
OF_THE_SITE = (SiteName, ExceptionalDay, Alert)
# What hangs from an assembly, and from an act.
OF_THE_ASSEMBLY = {
    Member: "assembly__", Meeting: "assembly__", Item: "meeting__assembly__", Transmission: "act__", Reply: "letter__",
}  # fmt: skip
# What hangs from a box or from an alias.
OF_THE_MAIL = (Opening, Vacation, Forwarding, Restoration, Migration, Destination)


@cache
def questions_of(place=None):
    """The SQL that reads all that is of this beneficiary, by its key, its lines of the journal included; or of all.

    Written once: the same is read after each gesture, and Django takes longer to write it than a database to answer.
    """
    if place is None:
        kinds = (*OWNED, Party, Beneficiary, Delivery, *OF_THE_SITE, *OF_THE_MAIL, *OF_THE_ASSEMBLY)
        asked = [model._base_manager.all() for model in kinds]
        asked = [*(rows.order_by("pk").values() for rows in asked), Entry.objects.order_by("pk").values("pk")]
    else:
        ways = {Party: "agreement__", Delivery: "webhook__", Destination: "alias__"}
        ways |= dict.fromkeys(OF_THE_SITE, "website__") | OF_THE_ASSEMBLY
        ways |= dict.fromkeys((Opening, Vacation, Forwarding, Restoration, Migration), "mailbox__")
        ways |= dict.fromkeys(OWNED, "")
        asked = [
            *(
                kind._base_manager.filter(**{f"{way}beneficiary": place}).order_by("pk").values()
                for kind, way in ways.items()
            ),
            Beneficiary.objects.filter(pk=place).values(),
            Entry.objects.filter(beneficiary_ref=str(place)).order_by("pk").values("pk", "verb"),
        ]
    return [rows.query.sql_with_params() for rows in asked]


def state(place=None):
    """Everything that a gesture of this door could change; of one beneficiary only, by its key."""
    with scopes_disabled():
        questions = questions_of(place)
    found = []
    with connection.cursor() as cursor:
        for sql, values in questions:
            cursor.execute(sql, values)
            found.append(cursor.fetchall())
    return found


def shown(answer):
    """What an answer shows, a page or a file."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace")


def paper_of(mairie):
    """A signature on paper recorded for its place, made once."""
    with scopes_disabled():
        slot = mairie.agreement.round.slots.get(rank=1)
        return PaperSignature.objects.get_or_create(
            slot=slot,
            defaults={
                "scan": slot.round.original, "signatory": mairie.mayor, "signed_on": f.TODAY, "has_code": True,
                "recorded_by": mairie.mayor, "recorded_at": f.NOW, "body": "{}",
            },
        )[0]  # fmt: skip


def done_in_its_name(mairie):
    return Entry.objects.filter(beneficiary_ref=str(mairie.place.pk), facts__has_key="helper")


def furnish(world, mairie):
    """What the world does not make at first: an agreement to sign, someone let in, a program let in."""
    world.ready(mairie)
    access = mairie.let_in(world)
    with journal.marked(helper=access.operator.code):
        journal.record("act.recorded", mairie.act, by=world.advisor, at=f.NOW)
    kept_of(mairie)
    handover_of(mairie)
    for one in (world.here, world.there):
        received_of(one)
        called_of(one)
    # A mairie without a folder, an agenda or a site refuses before it looks for what is named.
    for one in (world.here, world.there):
        agenda_of(one)
        kept_of(one)
        said_of(one)
        met_of(one)
        told_of(one)
        slip_of(one)
        agreed_of(one)
    drill_of(mairie.place, pdf(), by=mairie.secretary)
    return tokens.create_token(
        mairie.place, name="Logiciel", scopes=["agreements:read"], days=30, by=mairie.mayor, at=f.NOW
    )[0]


def forged(world, mairie):
    """A form that names another's things under every name that a form of this door reads."""
    with scopes_disabled():
        token = Token.objects.filter(beneficiary=mairie.place).first()
    return {
        "act": mairie.act.pk,
        "services": [1],
        "number": mairie.agreement.number,
        "agreement": mairie.agreement.pk,
        "subject": "X",
        "adopted_on": "2026-10-01",
        "received_on": "2026-10-02",
        "published_on": "2026-10-02",
        "certificate": "X",
        "has_read": "on",
        "sha256": mairie.agreement.round.current.sha256,
        "membership": mairie.mayor.memberships.get().pk,
        "successor": mairie.mayor.pk,
        "last_day": "2026-12-01",
        "jeton": token.prefix if token else "",
        "organisme": mairie.place.pk,
        "webhook": mairie.webhook.pk,
        "invitation": mairie.invitation.pk,
        "person": mairie.mayor.pk,
        "words": "Bonjour",
        "form": "un",
        "gesture": "trash",
        "coche": [kept_of(mairie)[0].pk],
        "to": kept_of(mairie)[0].parent_id,
        "jete": kept_of(mairie)[0].pk,
        f"right-{kept_of(mairie)[0].pk}-secretary": "none",
        "days": "7",
        "reason": "Fin de la convention",
        "local_part": "urbanisme",
        "display_name": "X",
        "address": "mairie",
        "destination": "mairie@exemple.fr",
        "destinations": "mairie",
        "kind": "shared",
        "quota": 1_000_000_000,
        "as_of": "2026-11-20",
        "starts_on": "2026-11-20",
        "text": "X",
        "may_send": "oui",
        **dict.fromkeys(("unanime", "point", "retirer", "monter", "reporter"), met_of(mairie).item.pk),
        "annexe": met_of(mairie).annex.pk,
        **dict.fromkeys(("seance", "reprendre"), met_of(mairie).meeting.pk),
        **dict.fromkeys(("president", "secretaire", "retrait"), met_of(mairie).member.pk),
        "starts_at": "2026-12-20T19:00",
        "subjects": "Un point",
        "names": "Claire Exemple",
        "acte": mairie.act.pk,
    }


def test_the_resolver_is_read_whole():
    assert len(NAMES) >= 23
    assert {"home", "sign", "act_attach", "agreement_pdf"} <= set(NAMES)


@pytest.mark.slow
def test_nobody_enters_without_signing_in(client, world):
    for name, url in addresses(NAMES, world.here).items():
        response = client.get(url)
        assert response.status_code == 302, name
        assert response["Location"].startswith("/compte/connexion/"), name


@pytest.mark.slow
def test_an_operator_has_another_door(client, world, settings):
    settings.RATE_LIMITS = dict.fromkeys(("exports", "forms", "uploads"), "100000/60")
    client.force_login(world.officer)
    urls = addresses(NAMES, world.here)
    before = state()
    for name, url in urls.items():
        for method in (client.get, client.post):
            assert method(url).status_code == 403, name
    assert state() == before


@pytest.mark.slow
def test_a_page_about_nothing_in_particular_shows_nothing_of_another_commune(secretary, world):
    for name, url in addresses(NAMES, world.here).items():
        if not takes_an_object(name):
            page = secretary.get(url).content.decode(errors="replace")
            assert "Taisnières" not in page, name
            assert world.there.agreement.number not in page, name


@pytest.mark.slow
def test_what_belongs_to_another_commune_does_not_exist(secretary, world, subtests):
    """Whatever is asked of another's object, by reading or by acting, is a 404, shows nothing and changes nothing."""
    furnish(world, world.there)
    urls = addresses(filter(takes_an_object, NAMES), world.there)
    form, before = forged(world, world.there), state()
    for name, url in urls.items():
        with subtests.test(name):
            responses = [secretary.post(url, form)]
            if not is_gesture(name):
                responses.append(secretary.get(url))
            for response in responses:
                assert response.status_code == 404
                assert "Taisnières" not in shown(response)
            assert state() == before


@pytest.mark.slow
def test_every_kind_of_thing_that_an_address_names_exists_for_the_other(world):
    """An address whose object was never made would be a 404 for everybody, and prove nothing."""
    furnish(world, world.there)
    mail_of(world.there)
    with scopes_disabled():
        made = {
            model._meta.label for model in OWNED if model._base_manager.filter(beneficiary=world.there.place).exists()
        }
    # No address of this door names one of these; the sites have their own walk.
    elsewhere = {
        "deliberations.TransmissionAccount",
        "engines_simulated.Thing", "joining.JoinRequest", "mail.Allowance", "mergers.MergerPlan",
        "people.SignatoryRequest",
        "provisioning.Installation", "provisioning.Right", "provisioning.UsageReading", "revenue.Debtor",
        "websites.WebSite",
    }  # fmt: skip
    assert made | elsewhere >= {model._meta.label for model in OWNED}
    assert {argument for taken in ROUTES.values() for argument in taken} == set(THINGS)
    assert all(find(world.there) for find in THINGS.values())


def asked(client, name, url, form):
    """Ask, look at the answer, and undo whatever it did."""
    with transaction.atomic():
        answers = [client.post(url, form)] + ([] if is_gesture(name) else [client.get(url)])
        yield from answers
        transaction.set_rollback(True)


@pytest.mark.slow
def test_the_same_addresses_do_exist_for_their_own(secretary, world):
    """What is refused to another is refused because it is another's, not because it is nowhere."""
    furnish(world, world.here)
    form = forged(world, world.here)
    for name in filter(takes_an_object, NAMES):
        # Looked for again each time: what is removed from an agenda, whose store knows no transaction, is made anew.
        for answer in asked(secretary, name, address(name, world.here), form):
            assert answer.status_code != 404, name
            # What is sent in pieces is read to its end, as a browser does: the file behind it is closed then.
            if answer.streaming:
                answer.getvalue()


@pytest.mark.slow
def test_no_form_filled_with_another_s_things_touches_them(mayor, world):
    """Every address, one's own, with a form whose every field names what is another's; the mayor may do the most."""
    furnish(world, world.there)
    furnish(world, world.here)
    before, form = state(world.there.place.pk), forged(world, world.there)
    for name in NAMES:
        for answer in asked(mayor, name, address(name, world.here), form):
            assert "Taisnières" not in shown(answer), name
            assert state(world.there.place.pk) == before, name
    for name in ("token_revoke", "token_take_over", "choose_body"):
        assert mayor.post(address(name, world.here), form).status_code == 404, name
    assert state(world.there.place.pk) == before


@pytest.mark.slow
def test_a_function_that_ended_yesterday_opens_nothing(secretary, world):
    assert secretary.get("/mairie/").status_code == 200
    furnish(world, world.here)
    Membership.objects.filter(user=world.here.secretary).update(ends_on=f.date(2026, 11, 24))
    for name, url in addresses(NAMES, world.here).items():
        assert secretary.get(url).status_code == 403, name


@pytest.mark.slow
def test_an_address_that_acts_does_nothing_when_it_is_only_opened(secretary, world, subtests):
    acting = [name for name in NAMES if is_gesture(name) or name.startswith("act_") or name == "choose_body"]
    urls = addresses(acting, world.here)
    before = state()
    for name, url in urls.items():
        with subtests.test(name):
            assert secretary.get(url).status_code in (200, 302)
            assert state() == before


@pytest.mark.parametrize("asked", ["0", "9" * 40])
def test_an_act_that_cannot_exist_is_a_404(secretary, asked):
    assert secretary.get(f"/mairie/deliberations/{asked}/").status_code == 404


# --- Queries ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["home", "acts", "services", "journal", "agreement"])
@pytest.mark.slow
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
    assert few <= 38
