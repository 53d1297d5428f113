"""Who may do what to the domains and the boxes of a beneficiary, and when: a French sentence of refusal, or None."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django_scopes import scopes_disabled

from socle.domains.rules import is_keeper, why_not_claim, why_not_serve
from socle.lib import dates
from socle.lib.text import bytes_in_french
from socle.mail import addresses
from socle.mail.models import Alias, Domain, Mailbox, Opening
from socle.mail.models.boxes import Kind, Status
from socle.mail.models.domains import Status as DomainStatus
from socle.mail.queries import Holdings, Quota, quota_of
from socle.people import helping
from socle.people.capabilities import Capability
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, User
from socle.people.rules import may

# The domains of one commune: that of its birth, its own, one it had.
MOST_DOMAINS = 5
MOST_BOXES = 100
SMALLEST_BOX = 100 * 10**6


def serves(user: User, beneficiary: Beneficiary, *, on: date) -> bool:
    """Whether this person serves there in their own name: a helper opens no box."""
    return user.memberships.active_on(on).filter(role__in=BENEFICIARY_ROLES, beneficiary=beneficiary).exists()


def why_not_keep(beneficiary: Beneficiary, *, by: User, on: date) -> str | None:
    """Say why this person does not run the mail of this beneficiary, or None."""
    if by.is_system or may(by, Capability.ADMINISTER, on=on, beneficiary=beneficiary):
        return None
    return "Seules les personnes qui administrent cette mairie, ou qui l’assistent, règlent sa messagerie."


def _why_not_touch(beneficiary: Beneficiary, *, by: User, on: date) -> str | None:
    """As `why_not_keep`, but for a gesture that keepers of the operator also make (a box that sends rubbish)."""
    return None if is_keeper(by, on=on) else why_not_keep(beneficiary, by=by, on=on)


# --- Domains ----------------------------------------------------------------------------------------------------------
def why_not_take(beneficiary: Beneficiary, name: str, *, by: User, on: date) -> str | None:
    """Say why this domain, read already, cannot become one of this beneficiary's own, or None."""
    if reason := _why_not_touch(beneficiary, by=by, on=on):
        return reason
    if len(name) > 180:
        return "Ce nom est trop long pour une messagerie : 180 caractères au plus."
    if name in addresses.PROVIDERS:
        return (
            f"« {name} » est à un fournisseur de messagerie, et sert à tout le monde : indiquez un nom que la commune "
            "a acheté, par exemple prisches.fr."
        )
    with scopes_disabled():  # One beneficiary, named by the caller.
        held = Domain.objects.filter(name=name, beneficiary=beneficiary).exclude(status=DomainStatus.CLOSED).exists()
        count = Domain.objects.filter(beneficiary=beneficiary).open().count()
    if held:
        return f"« {name} » est déjà dans la liste de vos domaines."
    if sentence := why_not_claim(beneficiary, name):
        return sentence
    if count >= MOST_DOMAINS:
        return f"Une messagerie a {MOST_DOMAINS} domaines au plus : fermez-en un qui ne sert plus."
    return None


def is_server(name: str) -> bool:
    """Whether this is the name of one of our mail servers: a commune called Imap would otherwise be given it."""
    return name in {*settings.SOCLE_MAIL_MX, settings.SOCLE_MAIL_IMAP_HOST, settings.SOCLE_MAIL_SMTP_HOST}


def why_not_give_domain() -> str | None:
    """Say why no beneficiary can be given a domain of the operator's, or None."""
    if settings.SOCLE_MAIL_DOMAIN:
        return None
    return "L’opérateur n’a pas indiqué sous quel domaine naissent les adresses : SOCLE_MAIL_DOMAIN."


def why_not_activate(domain: Domain, *, by: User, on: date, reason: str = "") -> str | None:
    """Say why nothing can arrive by this domain yet, or None.

    The operator's own lead to its servers at once. A commune's is put in service by the platform when the DNS leads
    here, or by a keeper who says why they do not wait for it.
    """
    if domain.status == DomainStatus.ACTIVE:
        return "Ce domaine est déjà en service."
    if domain.status == DomainStatus.CLOSED:
        return "Ce domaine est fermé : reprenez-le d’abord."
    is_new = domain.is_own and domain.status == DomainStatus.PREPARED
    if is_new and (reason_not := why_not_serve(domain.beneficiary_id, domain.name)):
        return reason_not
    if not domain.is_own or by.is_system or domain.status == DomainStatus.SUSPENDED:
        return _why_not_touch(domain.beneficiary, by=by, on=on)
    if not is_keeper(by, on=on):
        return (
            "Il se met en service de lui-même dès que ses enregistrements DNS mènent ici : copiez ceux qui manquent, "
            "la plateforme les vérifie."
        )
    if not reason.strip():
        return "Dites pourquoi ce domaine est mis en service sans attendre que le DNS mène ici."
    return None


def why_not_suspend_domain(domain: Domain, *, by: User, on: date) -> str | None:
    """Say why a domain cannot be suspended, or None: for the operator's keepers, an unpaid or stolen domain."""
    if not is_keeper(by, on=on):
        return "Seul l’opérateur suspend un domaine : demandez-le à son assistance."
    return None if domain.status == DomainStatus.ACTIVE else "Ce domaine n’est pas en service."


def why_not_main(domain: Domain, *, by: User, on: date) -> str | None:
    """Say why boxes cannot be shown under this domain, or None."""
    if reason := why_not_keep(domain.beneficiary, by=by, on=on):
        return reason
    if domain.is_main:
        return "C’est déjà le domaine principal."
    if domain.status != DomainStatus.ACTIVE:
        return "Ce domaine n’est pas encore en service : rien n’arriverait aux adresses que vous donneriez."
    return None


def why_not_close_domain(domain: Domain, *, by: User, on: date) -> str | None:
    """Say why a domain cannot be closed, or None."""
    if reason := _why_not_touch(domain.beneficiary, by=by, on=on):
        return reason
    if domain.status == DomainStatus.CLOSED:
        return "Ce domaine est déjà fermé."
    if domain.is_main:
        return "C’est le domaine principal : vos adresses s’écrivent avec lui. Choisissez-en d’abord un autre."
    if not domain.is_own:
        return "C’est le domaine donné à la naissance : il reçoit toujours, quoi qu’il arrive à l’autre."
    return None


# --- Boxes ------------------------------------------------------------------------------------------------------------
def why_not_name(there: Holdings, local: str) -> str | None:
    """Say why this start of address, read already, cannot be a box or an alias there, or None."""
    if local in addresses.RESERVED:
        return (
            f"« {local}@ » est réservé au fonctionnement de la messagerie : choisissez un autre nom, par exemple "
            "urbanisme ou prenom.nom."
        )
    if any(addresses.looks(local) == addresses.looks(name) for name in addresses.RESERVED):
        return f"« {local}@ » ressemble trop à une adresse réservée : on s’y tromperait."
    if local in there.boxes:
        if there.boxes[local]:
            return f"« {local}@ » est une boîte supprimée, encore gardée : reprenez-la plutôt, elle retrouve tout."
        return f"« {local}@ » existe déjà."
    if local in there.aliases:
        return f"« {local}@ » est déjà une adresse de renvoi ou un groupe."
    for other in (*there.boxes, *there.aliases):
        if addresses.looks(other) == addresses.looks(local):
            return f"« {local}@ » ressemble trop à « {other}@ », qui existe déjà : on écrirait à l’une pour l’autre."
    return None


def why_not_make_box(
    beneficiary: Beneficiary,
    there: Holdings,
    local: str,
    *,
    kind: str,
    holder: User | None,
    display_name: str,
    quota_bytes: int,
    by: User,
    on: date,
) -> str | None:
    """Say why this box cannot be made, or None. `local` was read by `addresses.read_local_part`."""
    if reason := why_not_keep(beneficiary, by=by, on=on):
        return reason
    if there.domain is None:
        return "Votre messagerie n’a pas encore de domaine : il naît avec le service."
    if len(local) + 1 + len(there.domain.name) > addresses.LONGEST:
        return f"L’adresse entière serait trop longue : {addresses.LONGEST} caractères au plus."
    if reason := why_not_name(there, local):
        return reason
    if not display_name.strip():
        return "Donnez le nom que verront les destinataires, par exemple Mairie de Prisches."
    if kind == Kind.PERSONAL and holder is None:
        return "Choisissez à qui est cette boîte personnelle."
    if kind == Kind.SHARED and holder is not None:
        return "Une boîte de service n’a pas de titulaire : choisissez « Pour une personne », ou ouvrez-la à plusieurs."
    if holder is not None and holder.pk not in there.serving:
        return "Cette personne n’a pas de fonction à la mairie aujourd’hui : invitez-la d’abord."
    if len(there.boxes) >= MOST_BOXES:
        return f"La mairie a déjà {MOST_BOXES} boîtes : supprimez celles qui ne servent plus."
    return why_not_size(there.quota, quota_bytes)


def why_not_size(quota: Quota, quota_bytes: int, *, mailbox: Mailbox | None = None) -> str | None:
    """Say why a box cannot have this quota, or None: at least what it holds, at most what its beneficiary has left."""
    if quota_bytes < SMALLEST_BOX:
        return f"Une boîte a au moins {bytes_in_french(SMALLEST_BOX)}."
    if mailbox is not None and quota_bytes < mailbox.used_bytes:
        return (
            f"Cette boîte contient déjà {bytes_in_french(mailbox.used_bytes)} : donnez-lui au moins cette place, ou "
            "videz-la d’abord."
        )
    left = quota.left + (mailbox.quota_bytes if mailbox is not None and mailbox.status != Status.DELETED else 0)
    if quota_bytes > left:
        return (
            f"Il reste {bytes_in_french(left)} sur les {bytes_in_french(quota.total)} de la mairie : donnez moins de "
            "place à cette boîte, réduisez-en une autre, ou demandez de la place à votre opérateur."
        )
    return None


def why_not_change_box(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why nothing is changed in a box (its name, its quota, who opens it, what it does), or None."""
    return why_not_keep(mailbox.beneficiary, by=by, on=on) or _why_over(mailbox)


def _why_over(mailbox: Mailbox) -> str | None:
    if mailbox.status == Status.ERASED:
        return "Cette boîte est effacée."
    return "Cette boîte est supprimée : reprenez-la d’abord." if mailbox.status == Status.DELETED else None


def is_own(mailbox: Mailbox, by: User, *, on: date) -> bool:
    """Whether this is the personal box of somebody who serves there: they decide of its post, whatever their role."""
    is_theirs = mailbox.kind == Kind.PERSONAL and mailbox.holder_id == by.pk
    return is_theirs and serves(by, mailbox.beneficiary, on=on)


def why_not_decide(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why this person does not decide what becomes of the post of a box (sent on, answered, restored, imported
    from elsewhere), or None. A personal box obeys its holder alone: neither the mayor, nor a colleague, nor a helper.

    What the mairie keeps of it: its name, its quota, to suspend or to delete it, and `hand_over` once its holder left.
    """
    if is_own(mailbox, by, on=on):
        return _why_over(mailbox)
    if reason := why_not_change_box(mailbox, by=by, on=on):
        return reason
    if mailbox.kind == Kind.SHARED or mailbox.holder_id == by.pk or by.is_system:
        return None
    if serves_still(mailbox, on=on):
        return (
            "Cette boîte est personnelle : son courrier n’obéit qu’à sa personne. Après un départ ou un décès, mettez "
            "fin à sa fonction, puis transmettez la boîte."
        )
    return "La personne à qui était cette boîte n’exerce plus ici : transmettez-la d’abord à qui prend la suite."


def why_not_suspend_box(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why a box cannot be suspended, or None."""
    if reason := _why_not_touch(mailbox.beneficiary, by=by, on=on):
        return reason
    return None if mailbox.status == Status.ACTIVE else "Cette boîte n’est pas en service."


def why_not_resume_box(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why a box cannot be put back in service, or None: suspended, or deleted and still kept."""
    if reason := _why_not_touch(mailbox.beneficiary, by=by, on=on):
        return reason
    if mailbox.status == Status.ERASED:
        return "Cette boîte est effacée : ses messages n’existent plus."
    if mailbox.status == Status.ACTIVE:
        return "Cette boîte est déjà en service."
    if mailbox.status == Status.DELETED:
        return why_not_size(quota_of(mailbox.beneficiary), mailbox.quota_bytes, mailbox=mailbox)
    return None


def why_not_delete_box(mailbox: Mailbox, *, by: User, on: date) -> str | None:
    """Say why a box cannot be deleted, or None."""
    if reason := why_not_keep(mailbox.beneficiary, by=by, on=on):
        return reason
    if mailbox.status not in (Status.ACTIVE, Status.SUSPENDED):
        return "Cette boîte est déjà supprimée."
    alone = [
        alias.local_part
        for alias in Alias.objects.filter(beneficiary=mailbox.beneficiary, is_required=True).prefetch_related(
            "destinations"
        )
        if {one.mailbox_id for one in alias.destinations.all()} == {mailbox.pk}
    ]
    if alone:
        names = " et ".join(f"« {one}@ »" for one in alone)
        leads = "mène à cette boîte, et doit" if len(alone) == 1 else "mènent à cette boîte, et doivent"
        it = "la" if len(alone) == 1 else "les"
        return f"{names} {leads} toujours mener à quelqu’un : faites-{it} d’abord mener à une autre."
    return None


def why_not_erase_box(mailbox: Mailbox, *, at: datetime) -> str | None:
    """Say why the messages of a deleted box cannot be erased yet, or None."""
    if mailbox.status != Status.DELETED:
        return "Cette boîte n’est pas supprimée."
    if mailbox.kept_until is not None and mailbox.kept_until <= at:
        return None
    until = dates.in_words(dates.day_of(mailbox.kept_until)) if mailbox.kept_until else "plus tard"
    return f"Ses messages sont gardés jusqu’au {until}."


def why_not_hand_over(mailbox: Mailbox, *, to: User | None, by: User, on: date) -> str | None:
    """Say why a personal box cannot become an archive that a successor reads, or None."""
    if reason := why_not_change_box(mailbox, by=by, on=on):
        return reason
    if helping.helps(by, mailbox.beneficiary):
        return "En assistance, on ne transmet pas le courrier d’une personne : c’est à la mairie de le faire."
    if mailbox.kind != Kind.PERSONAL:
        return "Cette boîte est déjà partagée : ouvrez-la à qui prend la suite."
    if mailbox.holder_id != by.pk and serves_still(mailbox, on=on):
        return (
            "La personne à qui est cette boîte est toujours en fonction : elle seule peut la transmettre. Sinon, "
            "préparez d’abord son départ."
        )
    if to is None:
        return "Choisissez à qui la transmettre."
    if to.pk == mailbox.holder_id:
        return "C’est déjà sa boîte."
    if not serves(to, mailbox.beneficiary, on=on):
        return "Cette personne n’a pas de fonction à la mairie aujourd’hui : invitez-la d’abord."
    return None


def serves_still(mailbox: Mailbox, *, on: date) -> bool:
    """Whether the holder of a personal box still serves there."""
    return mailbox.holder is not None and serves(mailbox.holder, mailbox.beneficiary, on=on)


def why_not_open(mailbox: Mailbox, user: User | None, *, by: User, on: date) -> str | None:
    """Say why a shared box cannot be opened to this person, or None."""
    if reason := why_not_change_box(mailbox, by=by, on=on):
        return reason
    if mailbox.kind == Kind.PERSONAL:
        return "Une boîte personnelle n’est ouverte qu’à la personne à qui elle est : créez une boîte partagée."
    if user is None:
        return "Choisissez à qui ouvrir cette boîte."
    if not serves(user, mailbox.beneficiary, on=on):
        return "Cette personne n’a pas de fonction à la mairie aujourd’hui : invitez-la d’abord."
    if Opening.objects.filter(mailbox=mailbox, user=user).exists():
        return "Cette boîte lui est déjà ouverte."
    return None


def why_not_close(opening: Opening, *, by: User, on: date) -> str | None:
    """Say why a person's way into a box cannot be closed, or None."""
    if reason := why_not_change_box(opening.mailbox, by=by, on=on):
        return reason
    if opening.mailbox.holder_id == opening.user_id:
        return "C’est sa boîte personnelle : suspendez-la plutôt."
    return None


def why_not_allow(total_bytes: int, reason: str, *, by: User, on: date) -> str | None:
    """Say why a beneficiary cannot be given this quota, or None."""
    if not is_keeper(by, on=on):
        return "Seules les personnes chargées du programme ou de la technique accordent de la place."
    if not 10**9 <= total_bytes <= 2 * 10**12:
        return "La place d’une mairie va de 1 à 2 000 Go."
    return None if reason.strip() else "Dites pourquoi cette mairie a une place différente des autres."
