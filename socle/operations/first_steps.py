"""The first steps of an installation, from its operator to its first agreement: each is done or left, as things are.

Settings name `look` (`SOCLE_FIRST_STEPS`): the console shows what it returns. What the doctor examines is read by the
doctor's own functions, what the law wants by the rules that refuse: a step is done when they find nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.db.models import Count, Max, Min, Q
from django.urls import reverse
from django_scopes import scopes_disabled

from socle.agreements.empowering import delegating_act, why_not_by_delegation
from socle.agreements.models import Agreement, Party, Status
from socle.agreements.rules import SIGNING_ROLE, WHOSE
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_empowering
from socle.lib import dates, siret
from socle.lib.findings import Finding, FirstStep, Mend, Severity
from socle.lib.text import counted
from socle.operations.doctor import setup, start, wiring, work
from socle.people.models import Beneficiary, Invitation, Membership, Operator
from socle.programme.models import AgreementType, Partner, Programme
from socle.signing.models import Slot, Way
from socle.territory.models import Department

NO_CENTRE = "Aucun centre de gestion n’est partenaire du programme\u00a0: la convention tripartite en demande un."
RESTART = "systemctl restart socle.target"


@dataclass(frozen=True)
class Place:
    """Whose installation is looked at, and when: the operator that leads, its programme once one is loaded."""

    operator: Operator
    programme: Programme | None
    at: datetime

    @property
    def on(self) -> date:
        return dates.day_of(self.at)

    @property
    def loaded(self) -> Programme:
        """Its programme, for the steps that come after it."""
        assert self.programme is not None
        return self.programme

    @cached_property
    def kind(self) -> AgreementType:
        return self.loaded.tripartite()

    @cached_property
    def centres(self) -> list[Operator]:
        """The centres de gestion that are partners of the programme; the first commune is in the department of one."""
        of_cdg = Partner.objects.filter(programme=self.loaded, part=Partner.Part.CDG)
        return [partner.operator for partner in of_cdg.select_related("operator").order_by("pk")]


@dataclass(frozen=True)
class Outcome:
    """Where a step is: done or left, what was seen, what mends it, and why it may wait."""

    is_done: bool
    says: str
    mends: tuple[Mend, ...] = ()
    may_wait: str = ""


@dataclass(frozen=True)
class Sort:
    """One step. `is_free` asks nothing of the database; `after_programme` has no answer before one is loaded."""

    code: str
    label: str
    guide: str
    see: Callable[[Place], Outcome]
    after_programme: bool = False
    is_free: bool = False


def look(
    operator: Operator, programme: Programme | None, *, at: datetime, unless_over: bool = False
) -> list[FirstStep]:
    """Return every first step of the operator that leads, in order. Few queries; no other machine is asked.

    With `unless_over`, nothing once the first agreement is concluded and the machine is set: one query tells it.
    """
    place = Place(operator, programme, at)
    with scopes_disabled():  # The installation is looked at, whichever the beneficiaries.
        return [] if unless_over and is_over(place) else [_seen(sort, place) for sort in STEPS]


def is_over(place: Place) -> bool:
    """Whether the first steps are behind: what the rules want of an agreement was there the day one was concluded.

    What comes undone later (a president who leaves, another model) is daily life, and said where it is lived.
    """
    concluded = Agreement.objects.filter(programme=place.programme, signed_at__isnull=False)
    return not any(_seen(sort, place).is_due for sort in STEPS if sort.is_free) and concluded.exists()


def _seen(sort: Sort, place: Place) -> FirstStep:
    if sort.after_programme and place.programme is None:
        outcome = Outcome(False, "Le programme se charge d’abord.")
    else:
        outcome = sort.see(place)
    said = (outcome.is_done, outcome.says, outcome.mends, outcome.may_wait)
    return FirstStep(sort.code, sort.label, *said, guide=sort.guide)


# --- The operator and its programme -----------------------------------------------------------------------------------
def _operator(place: Place) -> Outcome:
    operator = place.operator
    missing, may_wait = list(_facts_missing(operator)), ""
    if not operator.email and not settings.DEMO:  # Nobody writes to a demonstration.
        if not missing:
            may_wait = "Cela peut attendre\u00a0: d’ici là, les mairies et le public n’ont pas où lui écrire."
        missing.append("son adresse électronique")
    if not missing:
        return Outcome(True, f"{operator.name}, SIRET {siret.spaced(operator.siret)}, {operator.seat}.")
    says = f"Il manque à «\u00a0{operator.name}\u00a0»\u00a0: {', '.join(missing)}."
    where = "Le fichier du programme les dit («\u00a0siret\u00a0», «\u00a0seat\u00a0», «\u00a0email\u00a0»)."
    mend = Mend(where, commands=_load(place))
    return Outcome(False, says, (mend,), may_wait)


def _facts_missing(operator: Operator) -> Iterator[str]:
    """Name the facts of the operator that leads which an agreement bears, and nobody said."""
    if siret.why_not_siret(operator.siret) or (operator.is_fictitious and not settings.DEMO):
        yield "son SIRET"
    if not operator.seat.strip():
        yield "l’adresse de son siège"


def _programme(place: Place) -> Outcome:
    if place.programme is not None:
        return _as_the_doctor(list(start.programmes()), _load(place))
    missing = (
        f"Le programme chargé ne nomme pas «\u00a0{place.operator.name}\u00a0»\u00a0: son fichier doit dire son SIREN."
    )
    says = start.why_no_programme() or missing
    mend = Mend("Écrivez le fichier du programme, complétez-le, puis chargez-le.", commands=_load(place))
    return Outcome(False, says, (mend,))


def _load(place: Place) -> tuple[str, ...]:
    """Return the commands that write the programme and load it: the map comes first, for it names departments."""
    checked = ("socle programme check programme.toml", "socle load-programmes")
    if place.programme is not None:
        return checked
    territory = () if Department.objects.exists() else ("socle load-territory",)
    return (*territory, "socle programme new programme.toml", *checked)


# --- The acts and who signs -------------------------------------------------------------------------------------------
def _model(place: Place) -> Outcome:
    kind = place.kind
    if kind.approved_by == AgreementType.ApprovedBy.EACH:
        return Outcome(True, "L’assemblée approuve chaque convention\u00a0: aucun modèle n’est à approuver.")
    if reason := start.why_no_approved_model(place.loaded):
        write = Mend("", reverse("console:text", args=[kind.text_name]), "Ouvrir le modèle")
        address = reverse("console:text_approve", args=[kind.text_name, kind.text_version])
        return Outcome(False, reason, (write, Mend("", address, "Noter l’acte qui approuve")))
    name = f"«\u00a0{kind.text_name}\u00a0» du {kind.text_version}"
    return Outcome(True, f"Le modèle {name} est publié, et un acte exécutoire l’approuve.")


def _delegation(place: Place) -> Outcome:
    if place.kind.approved_by == AgreementType.ApprovedBy.EACH:
        return Outcome(True, "L’assemblée décide à chaque convention\u00a0: aucune délégation n’est nécessaire.")
    act = delegating_act(place.loaded, on=place.on)
    if reason := why_not_by_delegation(act, place.loaded, on=place.on):
        says = (
            "Notez quel article d’un acte la délègue\u00a0; ou, de l’acte fondateur, complétez le fichier du programme "
            "(«\u00a0power\u00a0», «\u00a0published_on\u00a0»), puis rechargez-le."
        )
        return Outcome(False, reason, (Mend(says, reverse("console:delegation"), "Noter la délégation", _load(place)),))
    assert act is not None  # Without any, the rule has refused.
    return Outcome(True, f"L’acte n°\u00a0{act.number} délègue la signature à la présidence, et il est exécutoire.")


def _presidents(place: Place) -> Outcome:
    roles = {place.operator: SIGNING_ROLE[Party.Kind.LEAD]}
    roles.update(dict.fromkeys(place.centres, SIGNING_ROLE[Party.Kind.CDG]))
    those = {"operator__in": list(roles), "role__in": set(roles.values())}
    held = Membership.objects.active_on(place.on).filter(user__is_active=True, **those)
    there = set(held.values_list("operator_id", "role"))
    missing = [one for one, role in roles.items() if (one.pk, role.value) not in there]
    is_done = place.operator not in missing and any(one not in missing for one in place.centres)
    if not missing:
        return Outcome(is_done, "Elles ont accepté leur invitation." if is_done else NO_CENTRE)
    asked = Invitation.objects.open().filter(**those).values_list("operator_id", "role", "proposed_at")
    invited = {(pk, role): at for pk, role, at in asked}
    said, mends = [], []
    for one in missing:
        role = roles[one]
        if at := invited.get((one.pk, role.value)):
            said.append(f"{one.name}\u00a0: invitation du {dates.in_words(dates.day_of(at))}, sans réponse.")
            people = reverse("console:operator_people", args=[one.code])
            mends.append(Mend("", people, f"Voir l’invitation ({one.name})"))
        else:
            said.append(f"{one.name}\u00a0: personne n’est en place pour signer.")
            address = f"{reverse('console:operator_invite', args=[one.code])}?fonction={role.value}"
            mends.append(Mend("", address, f"Inviter la présidence ({one.name})"))
    return Outcome(is_done, " ".join(said), tuple(mends))


# --- The machine ------------------------------------------------------------------------------------------------------
def _seal(place: Place) -> Outcome:
    if reason := setup.why_no_seal():
        return Outcome(
            False,
            reason,
            (Mend(setup.SET_THE_SEAL, commands=(RESTART, "socle doctor seal")),),
            "Cela peut attendre\u00a0: en attendant, les conventions se signent sur papier.",
        )
    last = Slot.objects.filter(way=Way.SEAL).aggregate(last=Max("signed_at"))["last"]
    if last is None:
        says = "Ils sont réglés, et n’ont encore rien signé\u00a0: «\u00a0socle doctor seal\u00a0» les essaie."
        return Outcome(True, says)
    return Outcome(True, f"Ils ont servi la dernière fois le {dates.in_words(dates.day_of(last))}.")


def _mail(place: Place) -> Outcome:
    return _as_the_doctor(list(setup.mail_settings()), (RESTART, "socle doctor mail-settings mail"))


def _names(place: Place) -> Outcome:
    return _as_the_doctor(list(setup.hosts()), (RESTART, "socle doctor hosts"))


def _engines(place: Place) -> Outcome:
    later = "Cela peut attendre\u00a0: les conventions se signent, et ces services s’ouvriront une fois branchés."
    return _as_the_doctor(list(wiring.wiring()), (RESTART, "socle doctor wiring"), may_wait=later)


def _as_the_doctor(findings: list[Finding], commands: tuple[str, ...], *, may_wait: str = "") -> Outcome:
    """A step that is done when the doctor has nothing to say of it; else its sentences, with its remedies."""
    wrong = [finding for finding in findings if finding.severity is not Severity.OK]
    if not wrong:
        return Outcome(True, " ".join(finding.says for finding in findings))
    *first, last = wrong
    mends = (*(Mend(finding.remedy) for finding in first), Mend(last.remedy, commands=commands))
    return Outcome(False, " ".join(finding.says for finding in wrong), mends, may_wait)


def _backup(place: Place) -> Outcome:
    (found,) = work.backups()
    if settings.DEMO or work.last_backup() is not None:
        return Outcome(True, found.says)
    apart = (
        "Sur plusieurs machines, celle qui sauvegarde le sait seule\u00a0: tapez-y «\u00a0socle doctor backups\u00a0»."
    )
    mend = Mend(found.remedy, commands=("systemctl start socle-backup.service",))
    return Outcome(False, found.says, (mend,), apart if settings.SEVERAL_MACHINES else "")


# --- The first commune ------------------------------------------------------------------------------------------------
def _act_of_centre(place: Place) -> Outcome:
    """Whether a centre de gestion decided: one is enough for the first commune, which is in its department."""
    whose = WHOSE[Party.Kind.CDG]
    acts: dict[int, list[Act | None]] = {centre.pk: [] for centre in place.centres}
    for act in Act.of_operators.filter(operator__in=place.centres):
        acts[act.operator_id or 0].append(act)
    reasons = {
        centre.name: [why_not_empowering(act, on=place.on, whose=whose) for act in acts[centre.pk] or [None]]
        for centre in place.centres
    }
    if not reasons:
        says = "Ajoutez au fichier du programme celui de chaque département, puis rechargez-le."
        return Outcome(False, NO_CENTRE, (Mend(says, commands=_load(place)),))
    if ready := [name for name, why in reasons.items() if None in why]:
        return Outcome(True, f"Elle est exécutoire\u00a0: {', '.join(ready)}.")
    said = " ".join(dict.fromkeys(why[0] or "" for why in reasons.values()))
    drafts = Agreement.objects.filter(programme=place.loaded, status=Status.DRAFT).order_by("pk")
    number = drafts.values_list("number", flat=True).first()
    if number is None:
        says = "Elle s’enregistre sur la page d’une convention\u00a0: rédigez la première."
        return Outcome(False, said, (Mend(says, reverse("console:communes"), "Choisir une commune"),))
    address = reverse("console:party_act", args=[number, Party.Kind.CDG.value])
    return Outcome(False, said, (Mend("", address, "Enregistrer la délibération"),))


def _commune(place: Place) -> Outcome:
    found = Agreement.objects.filter(programme=place.loaded).aggregate(
        signed=Min("signed_at"),
        ready=Count("pk", filter=Q(status=Status.READY)),
        drafts=Count("pk", filter=Q(status=Status.DRAFT)),
    )
    if found["signed"] is not None:
        return Outcome(True, f"La première convention est conclue depuis le {dates.at_in_words(found['signed'])}.")
    register = reverse("console:agreements")
    if found["ready"]:
        says = f"{counted(found['ready'], 'convention')} à la signature, aucune conclue."
        return Outcome(False, says, (Mend("", register, "Suivre les signatures"),))
    if found["drafts"]:
        says = f"{counted(found['drafts'], 'convention')} en projet, aucune à la signature."
        mend = Mend("Complétez-en une, puis envoyez-la à la signature.", register, "Ouvrir le registre")
        return Outcome(False, says, (mend,))
    is_registered = Beneficiary.objects.exists()
    says = "Une commune est inscrite, sans convention." if is_registered else "Aucune commune n’est inscrite."
    mend = Mend("Ouvrez sa page, puis rédigez sa convention.", reverse("console:communes"), "Choisir une commune")
    return Outcome(False, says, (mend,))


# In the order in which they are done: messages must leave before anybody is invited.
STEPS: tuple[Sort, ...] = (
    Sort("operator", "L’opérateur et ses coordonnées", "programme.md", _operator, is_free=True),
    Sort("programme", "Le programme", "programme.md", _programme),
    Sort("model", "Le modèle de convention, approuvé par un acte", "programme.md", _model, after_programme=True),
    Sort("delegation", "La délégation de signature", "programme.md", _delegation, after_programme=True),
    Sort("seal", "Le cachet et l’horodatage", "signer.md", _seal),
    Sort("mail", "Le départ des messages", "installer.md", _mail, is_free=True),
    Sort("names", "Les noms de la plateforme et des sites", "installer.md", _names, is_free=True),
    Sort("engines", "Les moteurs des services de l’offre", "exploiter.md", _engines, after_programme=True),
    Sort("presidents", "Les présidences, qui signent", "operateur.md", _presidents, after_programme=True),
    Sort("backup", "Une première sauvegarde", "sauvegarder.md", _backup, is_free=True),
    Sort("centre", "La délibération d’un centre de gestion", "signer.md", _act_of_centre, after_programme=True),
    Sort("commune", "La première commune", "operateur.md", _commune, after_programme=True),
)
