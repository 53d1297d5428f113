"""Every gesture that changes what a site shows, to be made in any order."""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.journal import actions as journal
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.programme.models import Programme
from socle.quality.accessibility.actions import AuditResult, declare_audit, keep_plan, withdraw_audit
from socle.quality.models.accessibility import Audit
from socle.sections.albums import actions as albums
from socle.sections.albums.models import AlbumPage
from socle.sections.canteen.models import MenuWeekPage, monday_of
from socle.sections.council import actions as council
from socle.sections.council.models import Councillor
from socle.sections.events.actions import open_agenda
from socle.sections.events.models import EventPage, SkippedDay
from socle.sections.listing import actions as listing
from socle.sections.listing.models import Kind as ListingKind
from socle.sections.listing.models import ListingEntry
from socle.sections.notices.models import Category as Notice
from socle.sections.notices.models import NoticePage
from socle.sections.waste import actions as waste
from socle.sections.waste.models import WasteRound, WasteShift
from socle.sites import actions, alerts, exceptional_days
from socle.sites.actions import Opening
from socle.sites.exceptional_days import Wanted
from socle.sites.models import Alert, CommuneDocument, ExceptionalDay, Font, Layout, NewsPage, StandardPage, WebSite
from socle.sites.opening import open_section
from socle.sites.photographs import Photograph
from socle.sites.registry import sections
from socle.syndication import actions as sharing
from socle.syndication.actions import For
from socle.syndication.models import Audience, Kind, ShareOffer
from tests import factories as f
from tests.sites.released import (
    PIXEL,
    add_news,
    publish_page,
)


def gestures(website):
    """What may happen to a site, by a number."""
    home = website.root_page.specific

    def phone(n):
        actions.correct_facts(website, {"phone": f"03 20 00 00 {n:02d}"}, by=f.user(), at=f.NOW)

    def hours(n):
        actions.correct_hours(website, [Opening(1 + n % 7, time(9), time(12))], by=f.user(), at=f.NOW)

    def look(n):
        actions.choose_look(
            website,
            {"colour": f"#2f4a{n:02d}", "layout": Layout.values[n % 5], "font": Font.values[n % 5]},
            by=f.user(),
            at=f.NOW,
        )

    def news(n):
        add_news(website, title=f"Nouvelle {n} {NewsPage.objects.count()}")

    def retitle(n):
        page = Page.objects.child_of(home).order_by("path")[n % 6].specific
        page.title = f"Titre {n}"
        publish_page(page)

    def unmenu(n):
        page = Page.objects.child_of(home).order_by("path")[n % 6].specific
        page.show_in_menus = not page.show_in_menus
        publish_page(page)

    def withdraw(n):
        page = NewsPage.objects.descendant_of(home).live().order_by("pk").first()
        if page:
            page.unpublish()

    def delete(n):
        page = NewsPage.objects.descendant_of(home).order_by("pk").last()
        if page:
            page.delete()

    def welcome(n):
        fresh = Page.objects.get(pk=home.pk).specific
        fresh.introduction = f"Bonjour {n}."
        publish_page(fresh)

    def slug(n):
        page = StandardPage.objects.descendant_of(home).order_by("pk").first()
        if page is None:
            page = StandardPage(title="Vivre ici", slug="vivre-ici")
            Page.objects.get(pk=home.pk).specific.add_child(instance=page)
        page.slug = f"vivre-ici-{n}"
        publish_page(page)

    def link(n):
        page = NewsPage.objects.descendant_of(home).live().order_by("pk").first()
        document = CommuneDocument.objects.filter(
            collection=website.collection
        ).first() or CommuneDocument.objects.create(
            title="Plan", file=ContentFile(b"plan", name="plan.txt"), collection=website.collection
        )
        document.title = f"Plan {n}"
        document.save()
        if page:
            words = f'<p><a linktype="page" id="{home.pk}">accueil</a></p>'
            page.body = [("text", words), ("file", {"document": document, "title": ""})]
            publish_page(page)

    def close(n):
        kept = ExceptionalDay.objects.kept().filter(website=website)
        on = f.TODAY + timedelta(days=n)
        if kept.filter(starts_on=on).exists():
            exceptional_days.remove_day(kept.get(starts_on=on), by=f.user(), at=f.NOW)
        else:
            exceptional_days.announce_day(website, Wanted(on, on, f"Motif {n}"), by=f.user(), at=f.NOW)

    def alert(n):
        shown = Alert.objects.shown(f.NOW).filter(website=website).first()
        if shown:
            alerts.withdraw_alert(shown, by=f.user(), at=f.NOW)
        else:
            ends_at = f.NOW + timedelta(days=2)
            alerts.publish_alert(
                website, f"Alerte {n}", gravity=1 + n % 3, starts_at=f.NOW, ends_at=ends_at, by=f.user(), at=f.NOW
            )

    def event(n):
        agenda = open_agenda(website, by=f.user(), at=f.NOW)
        page = EventPage(
            title=f"Fête {n}",
            summary="Une fête.",
            place="Place",
            starts_on=f.TODAY + timedelta(days=n - 20),
            rhythm=("once", "weekly")[n % 2],
            live=False,
        )
        page.skipped_days = [SkippedDay(skipped_on=f.TODAY + timedelta(days=n - 13))]
        agenda.add_child(instance=page)
        publish_page(page)

    def call_off(n):
        page = EventPage.objects.descendant_of(home).live().order_by("pk").first()
        if page:
            page.unpublish()

    def announce(n):
        ends_on = f.TODAY + timedelta(days=n - 9)
        page = NoticePage(category=Notice.values[n % 4], summary="Une annonce.", ends_on=ends_on, live=False)
        page.title, page.slug = f"Annonce {n}", f"annonce-{n}-{Page.objects.count()}"
        open_section(website, sections()["annonces"], by=f.user(), at=f.NOW).add_child(instance=page)
        publish_page(page)

    def collect(n):
        """Add a round, or move one of its days, or take back the last thing said."""
        open_section(website, sections()["dechets"], by=f.user(), at=f.NOW)
        row = (
            WasteRound(website=website, day=1 + n % 7, sector=("", "Bourg", "Hameaux")[n % 3], kind="glass"),
            WasteShift(website=website, usual_on=f.TODAY + timedelta(days=n), moved_on=f.TODAY + timedelta(days=n + 1)),
        )[n // 3 % 2]
        try:
            waste.add(row, by=f.user(), at=f.NOW)
        except Refused:
            waste.remove(type(row).objects.filter(website=website).last(), by=f.user(), at=f.NOW)

    def cook(n):
        """Write a week of the canteen, correct the one that is written, or take it off."""
        index = open_section(website, sections()["menus"], by=f.user(), at=f.NOW)
        on = monday_of(f.TODAY) + timedelta(weeks=n % 3)
        page = MenuWeekPage.objects.child_of(index).filter(week_on=on).first()
        if page is None:
            page = MenuWeekPage(week_on=on, served="Soupe", live=False)
            index.add_child(instance=page)
        page.served = f"Mercredi : plat {n}"
        publish_page(page)
        if n % 4 == 0:
            page.unpublish()

    def photographs(n):
        """Make an album or add to one, describe what it was given, take its first photograph off, publish it."""
        album = AlbumPage.objects.descendant_of(home).order_by("-pk").first()
        if album is None or n % 3 == 0:
            album = albums.begin_album(website, f"Album {n}", taken_on=f.TODAY, by=f.user(), at=f.NOW)
        album = albums.add_pictures(album, [Photograph("vue.png", PIXEL)], credit="Mairie", by=f.user(), at=f.NOW)
        pictures = list(album.pictures.all())
        pictures[-1].alternative = f"Vue {n}."
        if n % 2:
            album.pictures.remove(pictures[0])
        publish_page(album)

    def put_off(n):
        page = NoticePage.objects.descendant_of(home).live().order_by("pk").last()
        if page:
            page.ends_on += timedelta(days=n - 15)
            publish_page(page)

    def take_off(n):
        page = NoticePage.objects.descendant_of(home).live().order_by("pk").first()
        if page:
            page.unpublish()

    def opening(n):
        with scopes_disabled():
            fresh = WebSite.objects.get(pk=website.pk)
        if fresh.opened_at is None:
            f.open_site(fresh)
        else:
            actions.close_site(fresh, by=f.user(), at=f.NOW)

    def audit(n):
        """Declare an audit of a rate of its own, or withdraw the last one."""
        system = User.objects.system()
        last = Audit.objects.filter(website=website).first()
        if last is not None:
            withdraw_audit(last, by=system, at=f.NOW)
            return
        result = AuditResult(f.TODAY, "Essai", Decimal(n % 100), "Accueil", failing=f"Constat {n}")
        declare_audit(website, result, by=system, at=f.NOW)

    def plan(n):
        years = {"first_year": 2026, "last_year": 2027}
        keep_plan(website, **years, referent="", policy="", actions=f"Action {n}", by=f.user(), at=f.NOW)

    def seat(n):
        """Write someone in the council, take the first off, or put them before their neighbour."""
        page = council.open_council(website, by=f.user(), at=f.NOW)
        name = f"Personne {n} {Councillor.objects.count()}"
        portrait = Photograph("vue.png", PIXEL) if n % 3 == 0 else None
        who = council.seat(website, council.Seated(name, portrait=portrait, is_agreed=True), by=f.user(), at=f.NOW)
        council.move(who, up=True, by=f.user(), at=f.NOW)
        if n % 4 == 0:
            council.remove(website.councillors.first(), by=f.user(), at=f.NOW)
        assert page.live

    def entry(n):
        """List something, take off what was listed first, correct the last."""
        picture = Photograph("vue.png", PIXEL) if n % 3 == 0 else None
        name, kind = f"Fiche {n} {ListingEntry.objects.count()}", ListingKind.values[n % 10]
        made = ListingEntry(website=website, kind=kind, name=name)
        made.picture_alternative = "Une vue"
        listing.keep_entry(made, picture=picture, by=f.user(), at=f.NOW)
        made.name = f"{made.name} bis"
        listing.keep_entry(made, by=f.user(), at=f.NOW)
        if n % 2:
            rows = ListingEntry.objects.kept().filter(website=website)
            listing.remove_entry(rows.order_by("pk")[0], by=f.user(), at=f.NOW)

    def host(n):
        """A programme is loaded, the first time or again: who leads it, and hosts the site, has another telephone."""
        pack = f.programme()
        lead = pack.lead()
        lead.phone = f"03 21 00 00 {n:02d}"
        lead.save()
        journal.record("programme.loaded", pack, by=f.user(), at=f.NOW)

    def share(n):
        """Propose something, accept it, correct what was proposed first, take back another."""
        if not Programme.objects.exists():
            host(n)
        lead = f.programme().lead()
        officer = f.member(Role.PROGRAMME_OFFICER, lead)
        given = {"epci": None, "from_name": "", "for_whom": For(Audience.ALL), "by": officer, "at": f.NOW}
        kind = Kind.values[n % 3]
        said = {"title": f"Partage {n}", "summary": "Deux phrases.", "place": "Place", "starts_on": f.TODAY}
        said |= {"appears_at": f.NOW - timedelta(days=n % 9), "disappears_at": f.NOW + timedelta(days=n + 1)}
        picture = {"picture": Photograph("vue.png", PIXEL)} if n % 4 == 0 and kind != Kind.ALERT else {}
        if picture:
            said["picture_alternative"] = "Une affiche"
        sharing.offer(lead, kind, said, **given, **picture)
        with scopes_disabled():
            offers = ShareOffer.objects.select_related("share").filter(website=website)
            for offer in offers.filter(answer="waiting"):
                sharing.accept(offer, by=f.user(), at=f.NOW)
            first, last = offers.order_by("pk").first(), offers.order_by("pk").last()
            if first.share.withdrawn_at is None:
                alternative = {"picture_alternative": "Une affiche"} if first.share.picture_id else {}
                words = {**said, "title": f"Corrigé {n}", **alternative}
                sharing.correct(first.share, words, **given)
            if n % 3 == 0 and last.share.withdrawn_at is None:
                sharing.withdraw(last.share, by=officer, at=f.NOW)
            elif n % 5 == 0:
                sharing.decline(last, by=f.user(), at=f.NOW)

    return [
        *(phone, hours, look, news, retitle, unmenu, withdraw, delete, welcome, slug, link),
        *(close, alert, event, call_off, opening, audit, plan, seat, entry),
        *(announce, put_off, take_off, collect, share, cook, photographs, host),
    ]
