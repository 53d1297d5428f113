"""The servers that carry the mail, as the operator watches them: what waits, what is slowed, what arrives."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.console.views.platform import why_not_read
from socle.lib import dates
from socle.lib.text import bytes_in_french
from socle.mail import server_status
from socle.mail.models import ChainTest, Domain, Mailbox
from socle.mail.models.boxes import Status
from socle.mail.monitoring import MailWatch
from socle.mail.presenters import boxes_in_words
from socle.provisioning.desk.access import Access, console_view, forbid
from socle.ui.shapes import Bar, Column, Fact

# What was seen longer ago than this says nothing of now.
STALE = timedelta(minutes=10)
# The trial messages shown one by one, and the days of their history.
TRIALS, DAYS = 12, 14
REFUSED_COLUMNS = (Column("Adresse"), Column("Refus en un jour"), Column("Dernier"))
SLOWED_COLUMNS = (Column("Adresse"), Column("Fois"))
TRIAL_COLUMNS = (Column("Envoyé"), Column("Résultat"))
WEBMAIL = {True: "répond", False: "ne répond pas", None: "aucune"}
REASON_COLUMNS = (Column("Ce que dit l’autre serveur"), Column("Messages"))


@console_view
def show(request: HttpRequest, access: Access) -> HttpResponse:
    """Show what was last seen of the servers, and the history of the trial message."""
    forbid(why_not_read(access))
    now, seen = timezone.now(), server_status.seen()
    trials = list(ChainTest.objects.filter(sent_at__gte=now - timedelta(days=DAYS)).order_by("-sent_at"))
    context = {
        "seen": seen,
        "is_stale": seen is not None and now - seen.looked_at > STALE,
        "is_simulated": not settings.SOCLE_MAIL_SERVERS,
        "wiring": MailWatch.wiring,
        "stopped": [name for name, runs in seen.servers if not runs] if seen else [],
        "facts": _facts(seen),
        "last": trials[0] if trials else None,
        "trials": trials[:TRIALS],
        "trial_columns": TRIAL_COLUMNS,
        "days": _days(trials),
        "refused_columns": REFUSED_COLUMNS,
        "slowed_columns": SLOWED_COLUMNS,
        "reason_columns": REASON_COLUMNS,
    }
    return render(request, "console/mail_servers.html", context)


def _facts(seen: server_status.Seen | None) -> list[Fact]:
    with scopes_disabled():  # Sums over every mairie, which say nothing of any.
        boxes = Mailbox.objects.receiving()
        used = boxes.aggregate(all=Sum("used_bytes"))["all"] or 0
        count, suspended = boxes.count(), boxes.filter(status=Status.SUSPENDED).count()
        domains = Domain.objects.receiving().count()
    facts = [
        Fact("Boîtes", boxes_in_words(count, suspended)),
        Fact("Domaines en service", str(domains)),
        Fact("Place occupée", bytes_in_french(used)),
    ]
    if seen is None:
        return facts
    unknown = "inconnu"
    waiting = unknown if seen.waiting is None else str(seen.waiting)
    deferred = unknown if seen.deferred is None else str(seen.deferred)
    oldest = f", le plus ancien depuis le {dates.at_in_words(seen.oldest_at)}" if seen.oldest_at else ""
    copied = dates.at_in_words(seen.last_copy_at) if seen.last_copy_at else "aucune encore"
    return [
        Fact("Messages en attente", f"{waiting}{oldest}"),
        Fact("Remis à plus tard", deferred),
        Fact("Dernière copie des messages", copied),
        Fact("Messagerie dans le navigateur", WEBMAIL[seen.webmail]),
        *facts,
    ]


def _days(trials: list[ChainTest]) -> list[Bar]:
    """One bar a day: the slowest message that arrived, red when one did not."""
    days: dict[str, list[ChainTest]] = {}
    for trial in reversed(trials):
        days.setdefault(dates.in_words(dates.day_of(trial.sent_at)), []).append(trial)
    bars = []
    for label, those in days.items():
        slowest = max((one.seconds for one in those if one.seconds is not None), default=0.0)
        lost = sum(bool(one.error) for one in those)
        shown = f"{slowest:.1f}\u00a0s au plus, {len(those)} essais".replace(".", ",")
        if lost:
            shown = f"{lost} échecs sur {len(those)} essais" if lost > 1 else f"1 échec sur {len(those)} essais"
        tone = "danger" if lost else "alert" if slowest > server_status.SLOW else "ok"
        bars.append(Bar(label, slowest, shown, tone))  # type: ignore[arg-type]
    return bars
