"""Presentation at both doors of a name: plain values, computed once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max

from socle.people.names.rules import proved_among
from socle.sites.contract import Seen
from socle.sites.models.names import NameCheck, SiteName, Status
from socle.sites.naming import words
from socle.sites.naming.actions import CERTIFICATE_ALARM, LOST_AFTER, diagnosis_of, lookout, proof_of
from socle.sites.naming.diagnosis import Diagnosis, Finding, Level
from socle.sites.naming.rules import why_not_main, why_not_withdraw
from socle.ui.shapes import Step, Tone

_WORDS: dict[str, tuple[str, Tone]] = {
    Status.ASKED: ("Demandée", "wait"),
    Status.WAITING: ("En attente du DNS", "wait"),
    Status.RIGHT: ("Certificat attendu", "wait"),
    Status.SERVED: ("En service", "ok"),
    Status.REPLACED: ("Conduit à la nouvelle", "neutral"),
}
_LEVELS: dict[Level, tuple[str, Tone]] = {
    Level.OK: ("Juste", "ok"),
    Level.WRONG: ("À corriger", "danger"),
    Level.SOON: ("En chemin", "wait"),
    Level.UNKNOWN: ("Pas de réponse", "alert"),
    Level.ADVICE: ("Conseil", "info"),
}


@dataclass(frozen=True)
class ShownFinding:
    """One thing that was found, with its badge."""

    finding: Finding
    label: str
    tone: Tone


@dataclass(frozen=True)
class ShownName:
    """A name as its page shows it."""

    name: SiteName
    label: str
    tone: Tone
    sentence: str
    steps: list[Step]
    diagnosis: Diagnosis | None
    findings: list[ShownFinding]
    records: list[words.Record]
    advice: str | None
    checks: list[NameCheck]
    why_not_main: str | None
    why_not_withdraw: str | None
    is_simulated: bool

    @property
    def last(self) -> NameCheck | None:
        return self.checks[0] if self.checks else None

    @property
    def is_complete(self) -> bool:
        """Whether all the records are to be shown: nothing was read yet, or nothing is there."""
        return self.diagnosis is None or len(self.diagnosis.to_add) >= len(self.records)


def state_of(name: SiteName, at: datetime, *, is_proved: bool) -> tuple[str, Tone, str]:
    """The state of a name in two words, its tone, and a sentence."""
    label, tone = _WORDS[name.status]
    if name.is_answering and name.wrong_at is not None:
        until = name.wrong_at + LOST_AFTER
        days = max(0, -(-(until - at) // timedelta(days=1)))
        return (
            "Mal dirigée",
            "danger",
            "Le DNS ne mène plus ici. Sans correction, le site reprend son adresse d’origine "
            + ("aujourd’hui." if not days else f"dans {days}\u00a0jour{'s' if days > 1 else ''}."),
        )
    if name.is_answering and (end := name.certificate_until) is not None and end - at < CERTIFICATE_ALARM:
        return (
            "Certificat bientôt expiré",
            "alert",
            "Le certificat aurait dû être renouvelé\u00a0: l’équipe technique de l’opérateur doit regarder pourquoi.",
        )
    if name.is_answering and not is_proved:
        return (
            "En service, à prouver",
            "alert",
            "Elle est en service depuis longtemps, mais rien ne prouve encore qu’elle est à votre organisme\u00a0: "
            "copiez l’enregistrement TXT que sa page indique.",
        )
    if name.is_main:
        return "Adresse principale", "ok", "C’est l’adresse que vos visiteurs voient."
    sentence = {
        Status.ASKED: "La première vérification a lieu dans la minute.",
        Status.WAITING: "Copiez chez votre bureau d’enregistrement ce que la page indique\u00a0; nous vérifions.",
        Status.RIGHT: "Le DNS est juste. Le certificat, qui permet le https, s’obtient en quelques minutes.",
        Status.SERVED: "Elle conduit vos visiteurs à l’adresse principale.",
        Status.REPLACED: "L’ancienne adresse conduit à la nouvelle\u00a0: liens, affiches et favoris restent bons.",
    }[Status(name.status)]
    if name.status == Status.RIGHT and name.problem:
        sentence = f"Le DNS est juste, le certificat se fait attendre\u00a0: {name.problem}"
    return label, tone, sentence


def show_name(name: SiteName, *, at: datetime) -> ShownName:
    """Gather what the page of a name shows: a fixed number of queries."""
    proof = proof_of(name)
    label, tone, sentence = state_of(name, at, is_proved=proof is None)
    checks = list(name.checks.all()[:10])
    diagnosis = diagnosis_of(name, Seen.read(checks[0].seen)) if checks else None
    findings = [ShownFinding(one, *_LEVELS[one.level]) for one in diagnosis.findings] if diagnosis else []
    return ShownName(
        name,
        label,
        tone,
        sentence,
        _road(name),
        diagnosis,
        findings,
        words.records_for(name.domain, words.expected(name.website.first_host))
        + ([proof.record(words.zone_of(name.domain))] if proof else []),
        words.why_not_advised(name.domain),
        checks,
        why_not_main(name),
        why_not_withdraw(name),
        lookout().is_simulated,
    )


def _road(name: SiteName) -> list[Step]:
    labels = ["Nom donné", "DNS dirigé ici"]
    if settings.IS_HTTPS:
        labels.append("Certificat")
    labels.append("En service")
    reached = {Status.ASKED: 1, Status.WAITING: 1, Status.RIGHT: 2}.get(Status(name.status), len(labels))
    steps = []
    for index, label in enumerate(labels):
        if index == 1 and name.wrong_at is not None and name.is_answering:
            steps.append(Step(label, "failed"))
        else:
            steps.append(Step(label, "done" if index < reached else "current" if index == reached else "todo"))
    return steps


@dataclass(frozen=True)
class NameRow:
    """A name as a list shows it."""

    name: SiteName
    label: str
    tone: Tone
    sentence: str
    last: NameCheck | None


def name_rows(names: Iterable[SiteName], *, at: datetime) -> list[NameRow]:
    """Gather what a list shows of these names: two queries more, whatever their number."""
    names = list(names)
    of_each = NameCheck.objects.filter(name__in=names).order_by().values("name").annotate(last=Max("pk"))
    latest = {check.name_id: check for check in NameCheck.objects.filter(pk__in=of_each.values("last"))}
    owned = {name.pk: (name.website.beneficiary_id, name.domain) for name in names}
    proved = proved_among(owned.values())
    return [
        NameRow(name, *state_of(name, at, is_proved=owned[name.pk] in proved), latest.get(name.pk)) for name in names
    ]
