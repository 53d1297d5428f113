"""Rules: when an act may be recorded, and whether it empowers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q

from socle.deliberations.matters import why_not_matter
from socle.deliberations.models import Act, Approval, Article, Author, PublicationChoice, Transmission, Vote
from socle.documents.models import Document
from socle.lib import dates
from socle.lib.text import counted, folded, number
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, Operator, Role, User
from socle.people.rules import holds, may

# Below so many inhabitants, the assembly may choose how its acts are published.
MAY_CHOOSE_BELOW = 3500
# Online by default since the ordonnance n° 2021-1310 (its day was not read again): what was posted before stays posted.
ELECTRONIC_SINCE = date(2022, 7, 1)
NOTIFIED = (
    "C’est un acte individuel\u00a0: il se notifie à la personne qu’il concerne et ne se publie pas (code général des "
    "collectivités territoriales, article L. 2131-1, II). Notez le jour où il lui a été notifié."
)
SHA256 = re.compile(r"[0-9a-f]{64}")
NUMBER = re.compile(r"^[A-Z0-9]([A-Z0-9_ /–—-]{0,28}[A-Z0-9])?$", re.IGNORECASE)
# What an article says when it approves, as acts write it: « approuve », and not « le modèle approuvé » by another.
APPROVING = re.compile(
    r"(?<!\bn['’])\b(?:approuve(?:r|nt)?|approbation|adopte(?:r|nt)?|valide(?:r|nt)?|arr[êe]te(?:r|nt)?|accepte(?:r|nt)?|"
    r"agr[ée]er?|d[ée]cide(?:r|nt)?|retient|retenir|(?:est|sont) (?:approuv|adopt|valid)ée?s?)\b",
    re.IGNORECASE,
)
# And when it lets somebody sign, folded.
DELEGATING = re.compile(
    r"(?<!\bn )\b(?:deleg|autoris|habilit|mandat|confi[ea]|donner? (?:tous? )?pouvoir|"
    r"charger? (?:le|la|monsieur|madame|m|mme)\b)"
)
RANKED = re.compile(r"^(?P<before>.*?)(?P<rank>[0-9]+)$")


def next_number(owner: Beneficiary | Operator, *, on: date) -> str:
    """Propose the number of the next act of this body: the year, then the rank after its highest of that year."""
    year = str(on.year)
    # A list and minutes are numbered by their day, which ranks nothing.
    decided = Act.of(owner).filter(number__contains=year).exclude(kind__in=Act.TELLING)
    found = [
        match
        for number in decided.values_list("number", flat=True)
        if (match := RANKED.match(number)) and year in match["before"]
    ]
    last = max(found, key=lambda match: int(match["rank"]), default=None)
    if last is None:
        return f"{year}-01"
    return f"{last['before']}{int(last['rank']) + 1:0{len(last['rank'])}d}"


def why_not_record(
    owner: Beneficiary | Operator,
    *,
    kind: str,
    number: str,
    adopted_on: date,
    received_on: date | None,
    published_on: date | None,
    not_transmissible_because: str = "",
    matter: str,
    vote: Vote | None,
    notified_on: date | None = None,
    on: date,
) -> str | None:
    """Say in French why this act cannot be recorded for this body on this day, or None."""
    if reason := why_not_kind(kind) or (matter and why_not_matter(matter)) or (vote and why_not_vote(vote)):
        return reason
    if not NUMBER.match(number):
        return "Le numéro de l’acte compte 1 à 30 caractères : lettres, chiffres, tirets. Exemple : 2026-12."
    if adopted_on > on:
        return f"L’acte serait adopté le {dates.in_words(adopted_on)}, qui n’est pas encore venu : vérifiez la date."
    if kind in Act.HELD_BACK and published_on is not None:
        return NOTIFIED
    if kind not in Act.HELD_BACK and notified_on is not None:
        return "Seul un acte individuel se notifie\u00a0: celui-ci se publie."
    for what, day in (("reçu en préfecture", received_on), ("publié", published_on), ("notifié", notified_on)):
        if day is None:
            continue
        if day < adopted_on:
            return f"L’acte serait {what} avant d’être adopté : vérifiez les deux dates."
        if day > on:
            return f"L’acte serait {what} le {dates.in_words(day)}, qui n’est pas encore venu : vérifiez la date."
    if received_on and not_transmissible_because:
        return "Un acte reçu en préfecture est transmissible : effacez le motif de non-transmission ou la date."
    if Act.of(owner).filter(number__iexact=number).exists():
        return number_taken(number)
    return None


def why_not_vote(vote: Vote) -> str | None:
    """Say in French why these figures of a vote contradict each other, or None."""
    if min(vote.members, vote.in_favour, vote.against, vote.abstentions) < 0:
        return "Un nombre de voix ne peut pas être négatif\u00a0: corrigez les votes."
    if vote.total > vote.members:
        return (
            f"{vote.total} voix pour {counted(vote.members, 'membre')} en exercice\u00a0: corrigez les votes, ou le "
            "nombre de membres."
        )
    return None


def why_not_kind(kind: str) -> str | None:
    """Say in French why this is no kind of act that may be recorded, or None."""
    if kind in dict(Act.QUALIFIED):
        return None
    return f"Choisissez ce qu’est cet acte\u00a0: {', '.join(str(label) for _, label in Act.QUALIFIED)}."


def number_taken(number: str) -> str:
    """The sentence for a number that another act of the same body bears."""
    return f"Un acte porte déjà le numéro {number} : reprenez-le dans la liste, ou corrigez le numéro."


def why_not_may_record(
    user: User, owner: Beneficiary | Operator, *, on: date, capability: Capability = Capability.ADMINISTER
) -> str | None:
    """A body's acts are recorded by its own people, or by the officers of a programme in which it has a part.

    `capability` is what it takes there: less to publish an act than to say its road.
    """
    if user.is_system or _is_officer_for(user, owner, on=on):
        return None
    if isinstance(owner, Beneficiary) and may(user, capability, on=on, beneficiary=owner):
        return None
    recorders = (Role.CDG_ADVISOR, Role.ASSEMBLY_SECRETARY)
    if isinstance(owner, Operator) and holds(user, *recorders, on=on, operator=owner):
        return None
    return "Vous ne pouvez pas enregistrer d’acte pour cet organisme : demandez à une personne de cet organisme."


def _is_officer_for(user: User, owner: Beneficiary | Operator, *, on: date) -> bool:
    """Whether this person is an officer of this operator, of one of its programmes, or where this beneficiary is."""
    if not user.is_active:
        return False
    if isinstance(owner, Beneficiary):
        reach = Q(operator__partnerships__departments=owner.department_id)
    else:
        reach = Q(operator=owner) | Q(operator__partnerships__programme__partners__operator=owner)
    return user.memberships.active_on(on).filter(reach, role=Role.PROGRAMME_OFFICER).exists()


def why_not_qualify(act: Act, *, kind: str, by: User, on: date) -> str | None:
    """Say in French why this person cannot say that the act is of this kind, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    return why_not_kind(kind)


def why_not_show(act: Act, *, on: date) -> str | None:
    """Say in French why the public does not read this act on this day, or None (`Act.objects.shown_on`)."""
    if act.kind in Act.HELD_BACK:
        return (
            "C’est un acte individuel\u00a0: il se notifie à la personne qu’il concerne (code général des "
            "collectivités territoriales, article L. 2131-1, II), et dirait d’elle en ligne ce que la loi protège "
            "(code des relations entre le public et l’administration, articles L. 311-6 et L. 312-1-2)."
        )
    if not act.is_qualified:
        return "Personne n’a dit ce qu’est cet acte, qui peut concerner une personne\u00a0: dites-le, et il paraît."
    if act.held_back_because:
        return (
            f"Il contient des données personnelles ({act.held_back_because})\u00a0: le public ne le lit pas (code des "
            "relations entre le public et l’administration, article L. 312-1-2)."
        )
    if act.put_online_asked_at is not None:
        return None
    if act.published_on is None:
        return "Il manque sa date de publication."
    if act.published_on > on:
        return f"Sa publication est datée du {dates.in_words(act.published_on)}."
    return None


def why_not_mode(act: Act, *, mode: str, published_on: date) -> str | None:
    """Say in French why this mode published nothing on this day, or None: the body had not chosen it."""
    owner = act.beneficiary or act.operator
    if owner is None or act.is_telling or mode not in (Act.Mode.POSTED, Act.Mode.PAPER):
        return None
    if act.adopted_on < ELECTRONIC_SINCE or mode_among(choices_of(owner), published_on) == mode:
        return None
    return (
        f"«\u00a0{Act.Mode(mode).label.capitalize()}\u00a0» ne publie vos actes que si une délibération l’a choisi, en "
        f"dessous de {number(MAY_CHOOSE_BELOW)} habitants (code général des collectivités territoriales, article "
        "L. 2131-1, IV)\u00a0: mettez cet acte en ligne, ou notez d’abord ce choix sur l’acte qui l’a fait."
    )


def why_not_certify(
    act: Act, *, published_on: date, certificate: str, mode: str = "", proof: Document | None = None, by: User, on: date
) -> str | None:
    """Say in French why this publication cannot be certified, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.kind in Act.HELD_BACK:
        return NOTIFIED
    if act.published_on is not None:
        return f"Cet acte est déjà publié, le {dates.in_words(act.published_on)}."
    if published_on < act.adopted_on:
        return "L’acte serait publié avant d’être adopté : vérifiez les deux dates."
    if published_on > on:
        return f"Le {dates.in_words(published_on)} n’est pas encore venu : vérifiez la date de publication."
    if not certificate.strip() and proof is None:
        return "Dites comment l’acte a été publié : affichage, site internet, qui le certifie."
    return why_not_mode(act, mode=mode, published_on=published_on)


def why_not_notify(act: Act, *, notified_on: date, by: User, on: date) -> str | None:
    """Say in French why the notification of this act cannot be noted, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.kind not in Act.HELD_BACK:
        return "Seul un acte individuel se notifie\u00a0: celui-ci se publie."
    if act.notified_on is not None:
        return f"Cet acte est déjà notifié, le {dates.in_words(act.notified_on)}."
    if notified_on < act.adopted_on:
        return "L’acte serait notifié avant d’être adopté\u00a0: vérifiez les deux dates."
    if notified_on > on:
        return f"Le {dates.in_words(notified_on)} n’est pas encore venu\u00a0: vérifiez la date de notification."
    return None


def why_not_hold_back(act: Act, *, because: str, by: User, on: date) -> str | None:
    """Say in French why this act cannot be kept from the public for these personal data, or None.

    It may be, even before the two months that an act stays online: the only way out before.
    """
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on, capability=Capability.PUBLISH)):
        return reason
    if len(because) > 300:
        return "Dites-le en 300 caractères au plus."
    return None


def why_not_describe(act: Act, *, matter: str, by: User, on: date) -> str | None:
    """Say in French why this matter cannot be said of this act, or None; none at all may be."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on, capability=Capability.PUBLISH)):
        return reason
    return why_not_matter(matter) if matter else None


def why_not_choose(act: Act, *, mode: str, population: int | None, starts_on: date, by: User, on: date) -> str | None:
    """Say in French why this act cannot choose how the acts of its body are published, or None.

    `population` is that of the last general renewal; None while nobody said it.
    """
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if mode not in Act.Mode.values:
        return f"Choisissez comment publier\u00a0: {', '.join(str(label) for label in Act.Mode.labels)}."
    if population is None:
        return "Dites d’abord la population au dernier renouvellement général\u00a0: le choix en dépend."
    if population >= MAY_CHOOSE_BELOW:
        return (
            f"À partir de {number(MAY_CHOOSE_BELOW)} habitants, les actes se publient en ligne, sans choix (code "
            "général des collectivités territoriales, article L. 2131-1, III et IV)."
        )
    if act.kind != Act.Kind.DELIBERATION:
        return "Le mode de publication se choisit par une délibération."
    if act.published_on is None or act.mode != Act.Mode.ELECTRONIC:
        return (
            "La délibération qui choisit se publie elle-même en ligne\u00a0: sur votre site ou, sans site, sur celui "
            "de votre intercommunalité (code général des collectivités territoriales, article R. 2131-1)."
        )
    if act.executory_on is None or act.executory_on > starts_on:
        return "Ce choix ne vaut pas avant que la délibération soit exécutoire\u00a0: complétez son chemin."
    if act.choices.exists():
        return "Cette délibération a déjà choisi."
    return None


def choices_of(body: Beneficiary | Operator) -> list[PublicationChoice]:
    """Return how this body chose to publish its acts, the last choice first."""
    whose = {"act__operator": body} if isinstance(body, Operator) else {"act__beneficiary": body}
    return list(PublicationChoice.objects.filter(**whose))


def mode_among(choices: list[PublicationChoice], day: date) -> Act.Mode:
    """Return the mode that these choices give to this day: that of nobody is online."""
    for one in choices:
        if one.starts_on <= day and (one.ends_on is None or day <= one.ends_on):
            return Act.Mode(one.mode)
    return Act.Mode.ELECTRONIC


def why_not_put_online(act: Act, *, author: Author | None = None, by: User, on: date) -> str | None:
    """Say in French why its site cannot be asked to show this act, or None. `author` is whose it is when unsaid."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on, capability=Capability.PUBLISH)):
        return reason
    if act.is_held_back:
        return why_not_show(act, on=on)
    if act.document_id is None:
        return "Il manque le texte de l’acte : déposez-le d’abord, c’est lui que le public lit."
    if not (act.author or author):
        return (
            "Il manque son auteur ou son autrice, prénom, nom et qualité, que le public lit avec l’acte (code général "
            "des collectivités territoriales, article R. 2131-1)\u00a0: dites-le d’abord."
        )
    if act.put_online_asked_at is not None:
        return "La mise en ligne de cet acte est déjà demandée."
    if act.published_on is not None:
        return f"Cet acte est déjà publié, le {dates.in_words(act.published_on)}."
    return None


def why_not_receive(act: Act, *, received_on: date, by: User, on: date) -> str | None:
    """Say in French why this reception by the prefecture cannot be noted, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.received_on is not None:
        return f"Cet acte est déjà reçu en préfecture, le {dates.in_words(act.received_on)}."
    if act.not_transmissible_because:
        return "Cet acte est enregistré comme non transmissible : il n’a pas de date de réception en préfecture."
    if received_on < act.adopted_on:
        return "L’acte serait reçu en préfecture avant d’être adopté : vérifiez les deux dates."
    if received_on > on:
        return f"Le {dates.in_words(received_on)} n’est pas encore venu : vérifiez la date de réception."
    return None


def why_not_attach_document(act: Act, document: Document, *, by: User, on: date) -> str | None:
    """Say in French why this file cannot be joined to this act, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.document_id is not None:
        return "Le texte de cet acte est déjà déposé, et ne se remplace pas."
    if document.beneficiary_id != act.beneficiary_id:
        return "Ce fichier n’est pas celui de cet organisme."
    return None


def why_not_remove(act: Act, *, by: User, on: date) -> str | None:
    """Say in French why this act cannot be taken away, or None. What stands on it refuses in its own room."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if Approval.objects.filter(article__act=act).exists():
        return "Une approbation s’appuie sur cet acte\u00a0: il ne se retire pas."
    if Transmission.of_act(act).exists():
        return "Cet acte est parti, ou allait partir, à la préfecture\u00a0: il ne se retire pas."
    if act.choices.exists():
        return "Cet acte choisit comment les autres se publient\u00a0: il ne se retire pas."
    if act.put_online_at is not None and on < (until := online_until(act.put_online_at)):
        return (
            "Un acte mis en ligne y reste deux mois au moins (code général des collectivités territoriales, article "
            f"R. 2131-1), ici jusqu’au {dates.in_words(until)}. S’il contient des données personnelles, dites "
            "lesquelles\u00a0: il quitte le site aussitôt."
        )
    return None


def online_until(put_online_at: datetime) -> date:
    """The day on which the two months of an act put online then are over."""
    return dates.add_months(dates.day_of(put_online_at), 2)


def why_not_empowering(act: Act | None, *, on: date, whose: str) -> str | None:
    """Say why this act does not yet empower a signature on this day. `whose` reads « du conseil municipal »."""
    if act is None:
        return f"La délibération {whose} manque : enregistrez-la, puis rattachez-la à la convention."
    if reason := why_empowers_nobody(act):
        return reason
    if act.is_fictitious and not settings.DEMO:
        return (
            f"La délibération {whose} (n°\u00a0{act.number}) est fictive, faite pour la démonstration\u00a0: "
            "enregistrez celle que l’assemblée a prise."
        )
    executory_on = act.executory_on
    if executory_on is None:
        missing = "sa date de publication" if act.known_on is None else "sa réception en préfecture"
        return f"La délibération {whose} (n° {act.number}) n’est pas exécutoire : il manque {missing}."
    if executory_on > on:
        return (
            f"La délibération {whose} (n° {act.number}) n’est exécutoire que le {dates.in_words(executory_on)} : "
            "une signature ne peut pas la précéder."
        )
    return None


def why_empowers_nobody(act: Act) -> str | None:
    """Say in French why an act of this kind empowers nobody to sign, or None; not yet qualified, it may."""
    if act.kind in (Act.Kind.UNQUALIFIED, Act.Kind.DELIBERATION, Act.Kind.DECISION):
        return None
    return (
        f"L’acte n°\u00a0{act.number} n’autorise pas à signer\u00a0: sa nature est "
        f"«\u00a0{act.get_kind_display()}\u00a0», et il y faut une délibération ou une décision. Rattachez un autre "
        "acte, ou corrigez sa nature."
    )


def why_not_record_articles(act: Act, articles: Iterable[tuple[int, str]], *, by: User, on: date) -> str | None:
    """Say in French why these articles (number, text) cannot be written under this act, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    articles = list(articles)
    if any(number < 1 or not text.strip() for number, text in articles):
        return "Un article porte un numéro, à partir de 1, et son texte."
    if len({number for number, _ in articles}) < len(articles):
        return "Deux articles portent le même numéro."
    return None


def why_not_approve(article: Article, *, subject: str, sha256: str, by: User, on: date) -> str | None:
    """Say in French why this article cannot be noted to approve these bytes, or None."""
    act = article.act
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if subject not in Approval.Subject.values:
        return f"Dites ce qui est approuvé\u00a0: {', '.join(str(label) for label in Approval.Subject.labels)}."
    if not SHA256.fullmatch(sha256):
        return "L’empreinte de ce qui est approuvé compte 64 chiffres hexadécimaux (SHA-256)."
    if reason := why_empowers_nobody(act) or why_approves_nothing(article):
        return reason
    if article.approvals.filter(sha256=sha256).exists():
        return approved_already(article)
    return None


def why_approves_nothing(article: Article) -> str | None:
    """Say in French why the words of an article approve nothing, or None: a search of words, no reading of the law."""
    if APPROVING.search(article.text):
        return None
    return (
        f"{_article(article)} n’approuve rien\u00a0: il ne dit ni «\u00a0approuve\u00a0», ni «\u00a0adopte\u00a0», ni "
        "«\u00a0valide\u00a0». Choisissez l’article qui approuve, avec les mots de l’acte."
    )


def why_delegates_nothing(article: Article) -> str | None:
    """Say in French why the words of an article let nobody sign, or None: a search of words, as above."""
    if DELEGATING.search(folded(article.text)):
        return None
    return (
        f"{_article(article)} ne délègue rien\u00a0: il ne dit ni «\u00a0délègue\u00a0», ni «\u00a0autorise\u00a0», ni "
        "«\u00a0habilite\u00a0». Choisissez l’article qui délègue la signature, avec les mots de l’acte."
    )


def _article(article: Article) -> str:
    return f"L’article {article.number} de l’acte n°\u00a0{article.act.number}"


def approved_already(article: Article) -> str:
    """The sentence for bytes that this article is already noted to approve."""
    return f"{_article(article)} approuve déjà ce document."


def why_not_withdraw(approval: Approval, *, by: User, on: date) -> str | None:
    """Say in French why this approval, noted by mistake, cannot be taken back, or None."""
    owner = approval.article.act.beneficiary or approval.article.act.operator
    return why_not_may_record(by, owner, on=on) if owner is not None else None


APPROVED = {
    Approval.Subject.MODEL: "ce modèle, mot pour mot",
    Approval.Subject.AGREEMENT: "cette convention, telle qu’elle est imprimée",
    Approval.Subject.APPLICATION: "cette demande de subvention, telle qu’elle est imprimée",
}


def why_not_approved(sha256: str, *, subject: Approval.Subject, operator: Operator, on: date) -> str | None:
    """Say in French why no act of this operator approves these very bytes on this day, or None.

    The act must be executory that day; a fictitious approval counts in a demonstration only.
    """
    approvals = approvals_of(sha256, subject=subject, operator=operator)
    reasons = [why_not_standing(approval, on=on) for approval in approvals]
    if not reasons:
        return (
            f"Aucun acte de «\u00a0{operator.name}\u00a0» n’approuve {APPROVED[subject]}. Faites délibérer l’assemblée "
            "sur ces mots, puis notez quel article de quel acte les approuve."
        )
    return None if None in reasons else reasons[0]


def approvals_of(sha256: str, *, subject: Approval.Subject, operator: Operator) -> list[Approval]:
    """The approvals of these very bytes by acts of this operator, whatever the day."""
    found = Approval.objects.filter(sha256=sha256, subject=subject, article__act__operator=operator)
    return list(found.select_related("article__act").order_by("pk"))


def why_not_standing(approval: Approval, *, on: date) -> str | None:
    """Say in French why this approval does not count on this day, or None."""
    act = approval.article.act
    if approval.is_fictitious and not settings.DEMO:
        return (
            f"L’approbation par l’article {approval.article.number} de l’acte n°\u00a0{act.number} est fictive, faite "
            "pour la démonstration\u00a0: faites délibérer l’assemblée, puis notez l’acte qui approuve."
        )
    return why_not_empowering(act, on=on, whose="qui approuve")
