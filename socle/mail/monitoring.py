"""Monitoring for the operator: the boxes, and the servers that carry their messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncHour
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.text import bytes_in_french, number
from socle.mail import queries, server_status
from socle.mail.models import ChainTest, Mailbox, Migration, Restoration
from socle.mail.models import migrations as migrating
from socle.mail.models.boxes import Status
from socle.mail.presenters import boxes_in_words
from socle.people.models import Beneficiary
from socle.provisioning.guides import Figure
from socle.provisioning.monitoring.contract import Hour, Own, Seen, Trouble, Watch
from socle.ui.shapes import Fact, Link

# What was seen longer ago than this says nothing of now.
STALE, A_DAY = timedelta(minutes=10), timedelta(days=1)
FULL = 95


class MailWatch(Watch):
    """Of the boxes and of the servers that carry their messages."""

    code, label, icon = "messagerie", "Messagerie", "mail"
    tasks = ("socle.mail.", "socle.engines.postfix_dovecot.")
    wiring = (
        "Décrivez les serveurs («\u00a0socle mail-servers write\u00a0»), écrivez leur dossier dans SOCLE_MAIL_SERVERS, "
        "relancez la plateforme\u00a0: guide «\u00a0Tenir la plateforme\u00a0», «\u00a0Brancher les moteurs\u00a0»."
    )

    def __init__(self) -> None:
        if settings.SOCLE_MAIL_SERVERS:
            self.trial = (
                "Toutes les cinq minutes, un vrai message part d’une boîte de l’opérateur vers une autre, par le "
                "chemin de ceux des communes."
            )

    def see(self, *, at: datetime) -> Seen:
        boxes = Mailbox.objects.receiving().aggregate(
            every=Count("pk"), suspended=Count("pk", filter=Q(status=Status.SUSPENDED)), messages=Sum("messages")
        )
        facts = (
            Fact("Boîtes", boxes_in_words(boxes["every"], boxes["suspended"])),
            Fact("Messages gardés", number(boxes["messages"] or 0)),
        )
        url = reverse("console:mail_servers")
        if not settings.SOCLE_MAIL_SERVERS:
            return Seen(
                facts=facts,
                troubles=_gestures_that_failed(at),
                unmeasured=(
                    "Messagerie simulée : aucun message ne circule. Il n’y a ni file d’attente, ni connexion, ni "
                    "message d’essai à montrer ; sur la machine, « make services » démarre de vrais serveurs.",
                ),
            )
        seen = server_status.seen()
        return Seen(
            facts=(*_load(seen), *facts),
            troubles=(*_troubles(seen, url, at=at), *_gestures_that_failed(at)),
            unmeasured=("Le débit (messages par minute) n’est pas mesuré ici : le journal de Postfix le donne.",),
            links=(Link("Serveurs de messagerie", url, "mail"),),
        )

    def see_own(self, beneficiary: Beneficiary, *, at: datetime) -> Own:
        main = queries.main_domain(beneficiary)
        if main is None:
            return Own()
        quota = queries.quota_of(beneficiary)
        boxes = Mailbox.objects.filter(beneficiary=beneficiary).kept()
        counts = boxes.aggregate(
            every=Count("pk"), suspended=Count("pk", filter=Q(status=Status.SUSPENDED)), last=Max("measured_at")
        )
        full = [box.address for box in boxes.filter(status=Status.ACTIVE) if box.used_percent >= FULL]
        url = _page_of(beneficiary)
        return Own(
            facts=(
                Fact("Domaine principal", main.shown, main.get_status_display()),
                Fact("Boîtes", boxes_in_words(counts["every"], counts["suspended"])),
                Fact("Place mesurée", counts["last"] or "pas encore"),
                Fact("Dernier usage", "non mesuré", "Dovecot ne le tient pas boîte par boîte."),
            ),
            figure=Figure(
                "Place occupée",
                f"{bytes_in_french(quota.used)} sur {bytes_in_french(quota.total)}",
                min(1.0, quota.used / quota.total) if quota.total else None,
            ),
            troubles=(
                *(Trouble(f"{address} est pleine.", url, "alert") for address in full),
                *_gestures_that_failed(at, beneficiary, url),
            ),
            links=(Link("Boîtes, domaines, place, suspension", url, "mail"),),
        )

    def taken(self) -> Mapping[int, int]:
        rows = Mailbox.objects.kept().order_by().values_list("beneficiary").annotate(used=Sum("used_bytes"))
        return dict(rows)

    def hours(self, *, since: datetime) -> list[Hour] | None:
        if not settings.SOCLE_MAIL_SERVERS:
            return None
        rows = (
            ChainTest.objects.filter(sent_at__gte=since)
            .order_by()
            .annotate(hour=TruncHour("sent_at"))
            .values_list("hour")
            .annotate(times=Count("pk"), failed=Count("pk", filter=~Q(error="")), slowest=Max("seconds"))
        )
        return [Hour(*row) for row in rows]

    def numbers(self) -> Mapping[str, float]:
        if not settings.SOCLE_MAIL_SERVERS:
            return {}
        seen, found = server_status.seen(), {}
        if seen is not None and timezone.now() - seen.looked_at <= STALE:
            known = {"queue_waiting": seen.waiting, "queue_deferred": seen.deferred, "sessions": seen.sessions}
            found = {name: float(count) for name, count in known.items() if count is not None}
            found["servers_down"] = float(sum(not runs for _, runs in seen.servers))
        last = ChainTest.objects.filter(Q(seen_at__isnull=False) | ~Q(error="")).order_by("-sent_at").first()
        if last is not None:
            found["chain_up"] = float(not last.error)
            if last.seconds is not None:
                found["chain_seconds"] = last.seconds
        return found


def _load(seen: server_status.Seen | None) -> tuple[Fact, ...]:
    if seen is None:
        return (Fact("File d’attente", "pas encore regardée"),)
    oldest = f"le plus ancien depuis le {dates.at_in_words(seen.oldest_at)}" if seen.oldest_at else ""
    return (
        Fact("Messages en attente", _known(seen.waiting), oldest),
        Fact("Remis à plus tard", _known(seen.deferred)),
        Fact("Connexions ouvertes aux boîtes", _known(seen.sessions)),
        Fact("Dernière copie des messages", seen.last_copy_at or "aucune encore"),
    )


def _known(count: int | None) -> str:
    return "inconnu" if count is None else number(count)


def _troubles(seen: server_status.Seen | None, url: str, *, at: datetime) -> list[Trouble]:
    troubles = []
    lost = ChainTest.objects.filter(sent_at__gte=at - A_DAY).exclude(error="").count()
    if lost:
        said = "Un message d’essai n’est pas arrivé" if lost == 1 else f"{lost} messages d’essai ne sont pas arrivés"
        troubles.append(Trouble(f"{said} depuis un jour.", url))
    if seen is None or at - seen.looked_at > STALE:
        troubles.append(Trouble("Les serveurs n’ont pas été regardés depuis dix minutes.", url, "alert"))
        return troubles
    if stopped := [name for name, runs in seen.servers if not runs]:
        troubles.append(Trouble(f"À l’arrêt : {', '.join(stopped)}.", url))
    if guessed := sum(one.times >= server_status.GUESSING for one in seen.refused):
        said = "Un mot de passe est essayé" if guessed == 1 else f"{guessed} mots de passe sont essayés"
        troubles.append(Trouble(f"{said} à répétition depuis un jour.", url, "alert"))
    return troubles


def _gestures_that_failed(at: datetime, beneficiary: Beneficiary | None = None, url: str = "") -> tuple[Trouble, ...]:
    """The imports of old boxes and the restorations that failed: of the scope, or of one beneficiary."""
    imports = Migration.objects.filter(status=migrating.Status.FAILED)
    restorations = Restoration.objects.exclude(problem="").filter(asked_at__gte=at - A_DAY)
    if beneficiary is not None:
        imports = imports.filter(mailbox__beneficiary=beneficiary)
        restorations = restorations.filter(mailbox__beneficiary=beneficiary)
    troubles = []
    if count := imports.count():
        said = "La reprise d’une ancienne boîte a échoué" if count == 1 else f"{count} reprises d’une boîte ont échoué"
        troubles.append(Trouble(f"{said}.", url, "alert"))
    if count := restorations.count():
        said = "Une restauration de boîte" if count == 1 else f"{count} restaurations de boîtes"
        troubles.append(Trouble(f"{said} n’a pas abouti depuis un jour.", url, "alert"))
    return tuple(troubles)


def _page_of(beneficiary: Beneficiary) -> str:
    if beneficiary.commune is not None:
        return reverse("console:commune_mail", args=[beneficiary.commune.insee_code])
    return reverse("console:body_mail", args=[beneficiary.pk])
