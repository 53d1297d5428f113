"""Work: who does it, what waits, what failed, and what leaves the house."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Count, Q
from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from socle.documents.contract import ScannerError
from socle.documents.scanning import scanner
from socle.lib.findings import Finding, error, fine, warning
from socle.lib.text import counted
from socle.operations import beats, processes
from socle.operations.doctor import refusals
from socle.operations.safekeeping import inventory
from socle.provisioning.contract import EngineError, NotWired
from socle.provisioning.engines import engine_for
from socle.provisioning.handover.models import Handover, HandoverStatus
from socle.sites.models import Change, MapPicture, Publication
from socle.sites.publishing import actions as publishing

UNITS = Path("/etc/systemd/system")
WAITING, WAITING_LONG = timedelta(minutes=5), timedelta(hours=1)
LATELY = timedelta(days=1)
# New signatures come every day.
OLD_SIGNATURES, VERY_OLD_SIGNATURES = timedelta(days=3), timedelta(days=10)
OLD_BACKUP, VERY_OLD_BACKUP = timedelta(hours=36), timedelta(days=7)


def worker() -> Iterator[Finding]:
    """Somebody does the tasks."""
    lives = processes.a_worker_lives()
    yield _alive("worker", "L’exécuteur de tâches", by("socle-worker@1.service", "socle worker"), lives=lives)


def scheduler() -> Iterator[Finding]:
    """Somebody does what happens by itself."""
    lives = processes.a_scheduler_lives()
    yield _alive("scheduler", "Le planificateur", by("socle-scheduler.service", "socle scheduler"), lives=lives)


def by(unit: str, otherwise: str, *, verb: str = "restart") -> str:
    """Return what starts a part of the platform here: systemd where it keeps this unit, else our own command."""
    is_kept = (UNITS / re.sub(r"@.*\.", "@.", unit)).exists()
    return f"systemctl {verb} {unit}" if is_kept else otherwise


def _alive(name: str, who: str, command: str, *, lives: bool) -> Finding:
    for one in processes.failing():
        if one.code == name:
            # It may live at this very instant, for a second.
            return error(
                one.says,
                "Lisez ce qu’il écrit avant de s’arrêter, dans ce qu’affiche «\u00a0socle run\u00a0». La cause"
                " corrigée, il repart de lui-même.",
            )
    if lives:
        return fine(f"{who} tourne.")
    if settings.DEMO and not _is_served():
        return fine("La démonstration n’est pas servie en ce moment : « socle run » lance tout.")
    silence = beats.seconds_since(name)
    since = "depuis plus d’une semaine" if silence is None else f"depuis {timedelta(seconds=int(silence))}"
    return error(f"{who} ne tourne pas\u00a0: aucun signe de vie {since}.", command)


def _is_served() -> bool:
    """Whether `socle run` holds this data directory."""
    with processes.held(processes.RUN_LOCK) as free:
        return not free


def queue() -> Iterator[Finding]:
    """Check that no task waits long."""
    now = timezone.now()
    due = DBTaskResult.objects.filter(status=TaskResultStatus.READY).filter(
        Q(run_after=get_date_max()) | Q(run_after__lte=now)
    )
    waiting = due.count()
    oldest = due.order_by("enqueued_at").values_list("enqueued_at", "run_after").first()
    if oldest is None or (settings.DEMO and not _is_served()):
        yield fine(f"{waiting} tâches attendent.")
        return
    # One asked for later waits from its hour.
    since = max(instant for instant in oldest if instant <= now)
    said = f"{waiting} tâches attendent, la plus ancienne depuis le {timezone.localtime(since):%d/%m/%Y à %H:%M}"
    remedy = "Vérifiez que « socle worker » tourne ; s’il ne suffit pas, lancez-en un deuxième à côté."
    if now - since > WAITING_LONG:
        yield error(f"{said}.", remedy)
    elif now - since > WAITING:
        yield warning(f"{said}.", remedy)
    else:
        yield fine(f"{said}.")


def failed_tasks() -> Iterator[Finding]:
    """Name the tasks that failed lately."""
    since = timezone.now() - LATELY
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED, finished_at__gte=since)
    rows = list(failed.values("task_path").annotate(times=Count("id")).order_by("-times")[:5])
    for row in rows:
        yield warning(
            f"La tâche « {row['task_path']} » a échoué {row['times']} fois depuis hier.",
            "Sa trace est dans les journaux techniques. Corrigez la cause : ce qui se fait tout seul la refera.",
        )
    if not rows:
        yield fine("Aucune depuis hier.")


def handovers() -> Iterator[Finding]:
    """Whoever leaves gets their data."""
    with scopes_disabled():  # Those of every mairie.
        late = list(Handover.objects.filter(status=HandoverStatus.FAILED).select_related("beneficiary")[:5])
    for handover in late:
        yield warning(
            f"{handover.beneficiary.name}\u00a0: l’archive de ses données est retardée. {handover.last_error}",
            "La cause est dans les journaux techniques. Corrigée, l’archive se refait d’elle-même.",
        )
    if not late:
        yield fine("Aucune n’est retardée.")


def sites() -> Iterator[Finding]:
    """Check that published pages are served soon, and whole."""
    broken = Publication.objects.exclude(problem="").select_related("website").order_by("website__host")
    for publication in broken[:5]:
        yield warning(
            f"{publication.website.host}\u00a0: {publication.problem.splitlines()[0]}.",
            "Ce qui était en ligne le reste. La cause corrigée, lancez "
            f"«\u00a0socle publish {publication.website.host}\u00a0».",
        )
    unserved = publishing.unserved()
    if unserved:
        hosts = " ".join(one.host for one in unserved[:5])
        yield error(
            f"{counted(len(unserved), 'site')} sans fichiers là où on les lit ({hosts}{'…' if unserved[5:] else ''}).",
            f"socle publish {hosts if len(unserved) <= 5 else '--all'}",
        )
    oldest = Change.objects.order_by("pk").values_list("at", flat=True).first()
    if oldest is not None and timezone.now() - oldest > WAITING and (_is_served() or not settings.DEMO):
        yield warning(
            f"Des corrections attendent d’être publiées depuis le {timezone.localtime(oldest):%d/%m/%Y à %H:%M}.",
            "Vérifiez que «\u00a0socle worker\u00a0» et «\u00a0socle scheduler\u00a0» tournent\u00a0; "
            "«\u00a0socle publish\u00a0» publie tout de suite.",
        )
    elif not broken and not unserved:
        yield fine("Ce qui est publié est en ligne.")


def maps() -> Iterator[Finding]:
    """Check that the ground of the maps of the sites comes from where the settings say."""
    if not settings.SOCLE_WMS_URL:
        yield fine("La plateforme dessine elle-même le fond des plans des communes.")
        return
    lacking = MapPicture.objects.exclude(problem="").order_by("-looked_at", "pk")
    if (first := lacking.first()) is None:
        yield fine("Le fond des plans des communes vient du serveur de cartes.")
        return
    whole = lacking.filter(scale=MapPicture.Scale.COMMUNE).count()
    yield warning(
        f"Le serveur de cartes n’a pas donné le plan de {whole} commune(s), ni celui des rues autour de "
        f"{lacking.count() - whole} mairie(s). {first.problem}",
        "Ces sites gardent le plan qu’ils avaient, ou celui que la plateforme dessine, sans les rues. Vérifiez "
        "SOCLE_WMS_URL et les réglages voisins (guide «\u00a0Installer la plateforme\u00a0»)\u00a0; le plan est "
        "redemandé le lendemain.",
    )


def engines() -> Iterator[Finding]:
    """Each engine says whether its keys are right and its system answers."""
    for service in sorted(settings.SOCLE_ENGINES):
        try:
            engine = engine_for(service)
            engine.check()
        except NotWired:
            continue  # `wiring` says so, of what the offer promises.
        except EngineError as failure:
            yield error(
                f"Le moteur du service « {service} » ne peut pas travailler : {failure.sentence}",
                failure.remedy or "Vérifiez ses clés et que son système répond ; ce qui attendait sera retenté seul.",
            )
        else:
            yield fine(f"« {service} » : {'simulé' if engine.is_simulated else 'répond'}.")


def antivirus() -> Iterator[Finding]:
    """Check the antivirus that reads uploads: it answers and whose signatures are recent."""
    reads = scanner()
    if reads is None:
        yield warning(
            "Aucun antivirus ne lit les fichiers déposés : seuls leur nature et leurs programmes sont jugés.",
            "Installez clamd et donnez à SOCLE_CLAMD l’endroit où il écoute (guide « Installer la plateforme »).",
        )
        return
    try:
        known = reads.check()
    except ScannerError as failure:
        meanwhile = "acceptés sans être lus" if settings.SOCLE_CLAMD_UNREACHABLE == "accept" else "tous refusés"
        yield error(
            f"{failure.sentence} En attendant, les fichiers déposés sont {meanwhile}.",
            "Vérifiez SOCLE_CLAMD, que le compte de Socle peut ouvrir ce socket, et relancez clamd "
            "(« systemctl restart clamav-daemon »).",
        )
        return
    if reads.is_simulated:
        yield fine("Antivirus simulé : il ne reconnaît que le fichier d’essai EICAR.")
        return
    if settings.SOCLE_CLAMD_UNREACHABLE == "accept":
        yield warning(
            "Quand l’antivirus ne répond pas, les fichiers sont acceptés sans être lus.",
            "Retirez SOCLE_CLAMD_UNREACHABLE=accept : ils seront refusés le temps qu’il revienne.",
        )
    at = known.signatures_at
    if at is None:
        yield warning(
            f"clamd {known.version} répond, mais ne dit pas la date de ses signatures.",
            "Vérifiez que freshclam lui en apporte (« systemctl status clamav-freshclam »).",
        )
        return
    age = timezone.now() - at
    said = f"clamd {known.version} répond ; ses signatures sont du {timezone.localtime(at):%d/%m/%Y}"
    if age > OLD_SIGNATURES:
        grave = error if age > VERY_OLD_SIGNATURES else warning
        yield grave(
            f"{said}, il y a {age.days} jours.",
            "Relancez freshclam (« systemctl restart clamav-freshclam ») et lisez pourquoi il n’apporte plus rien.",
        )
    else:
        yield fine(f"{said}.")


def mail() -> Iterator[Finding]:
    """The sending server accepts us; nothing is sent."""
    if settings.DEMO or "smtp" not in settings.EMAIL_BACKEND:
        yield fine("Aucun serveur d’envoi à joindre.")
        return
    server = get_connection(fail_silently=False, timeout=5)
    try:
        server.open()
    except Exception as failure:  # Each server has its own way to refuse.
        yield refusals.of_mail(failure)
    else:
        yield fine(f"Le serveur d’envoi {settings.EMAIL_HOST} nous accepte.")
    finally:
        server.close()


def last_backup() -> datetime | None:
    """When the last backup succeeded, as it says itself; None when nothing is known."""
    try:
        last = datetime.fromisoformat((settings.DATA_DIR / inventory.LAST_BACKUP).read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return last if last.tzinfo is not None else last.replace(tzinfo=UTC)


def backups() -> Iterator[Finding]:
    """The last backup is recent."""
    last = last_backup()
    if settings.DEMO:
        yield fine("Une démonstration n’a rien à sauver.")
    elif last is None:
        yield warning(
            "Aucune sauvegarde de cette plateforme n’est connue.",
            "Planifiez une sauvegarde chaque nuit vers une autre machine, et essayez de la restaurer.",
        )
    else:
        age = datetime.now(UTC) - last
        said = f"La dernière sauvegarde réussie date du {timezone.localtime(last):%d/%m/%Y à %H:%M}."
        remedy = by("socle-backup.service", "socle backup", verb="start")
        if age > VERY_OLD_BACKUP:
            yield error(said, remedy)
        elif age > OLD_BACKUP:
            yield warning(said, remedy)
        else:
            yield fine(said)


def passphrase() -> Iterator[Finding]:
    """The file of the passphrase that this process was told is there: without it nothing is saved, nor read again."""
    named = settings.SOCLE_BACKUP_PASSPHRASE_FILE
    if settings.DEMO or not named:
        yield fine("Aucune phrase de passe n’est nommée ici.")
    elif Path(named).is_file():
        yield fine("La phrase de passe des sauvegardes est à sa place\u00a0: gardez-en une copie ailleurs.")
    elif last_backup() is None:
        yield error(
            f"La phrase de passe des sauvegardes ({named}) manque\u00a0: rien ne se sauvegarde.",
            f"(umask 077; openssl rand -base64 32 > {shlex.quote(named)})",
        )
    else:
        yield error(
            f"La phrase de passe des sauvegardes ({named}) manque\u00a0: rien ne se sauvegarde, et rien ne se relit.",
            "Remettez-y la copie que vous avez gardée ailleurs (mode 600). Si elle est perdue, tirez-en une autre et "
            "donnez une autre cible à SOCLE_BACKUP_TARGET\u00a0: les anciennes sauvegardes ne se liront plus.",
        )
