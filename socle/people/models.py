"""Users, organisations, and the roles that tie them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from socle.lib import siret as siret_numbers
from socle.people.devices.models import DevicePassword as DevicePassword  # The row is of this room.
from socle.territory.models import Commune, Department


def validate_siret(value: str) -> None:
    """Refuse a SIRET that is not 14 digits with a right key."""
    reason = siret_numbers.why_not_siret(value)
    if reason:
        raise ValidationError(reason)


class PublicBody(models.Model):
    """Base of operators and beneficiaries: a legal person of public law."""

    name = models.CharField("nom", max_length=200)
    legal_form = models.CharField("forme juridique", max_length=120, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True, validators=[validate_siret])
    is_siret_confirmed = models.BooleanField("SIRET confirmé", default=False)
    is_fictitious = models.BooleanField("numéros fictifs de démonstration", default=False)
    seat = models.CharField("siège", max_length=250, blank=True)
    email = models.EmailField("courriel", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Operator(PublicBody):
    """A public body that offers the programme: the syndicate, a centre de gestion, a technical partner."""

    code = models.SlugField("code", unique=True)

    class Meta:
        verbose_name = "opérateur"
        ordering = ["name"]


class Beneficiary(PublicBody):
    """The tenant: a public body that receives services, a commune or another (founding act, article 5)."""

    class Kind(models.TextChoices):
        COMMUNE = "commune", "commune"
        OTHER = "other", "autre établissement public"

    kind = models.CharField("nature", max_length=10, choices=Kind.choices, default=Kind.COMMUNE)
    commune = models.OneToOneField(
        Commune, models.PROTECT, null=True, blank=True, related_name="beneficiary", verbose_name="commune"
    )
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="département")

    class Meta:
        verbose_name = "bénéficiaire"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="commune", commune__isnull=False) | Q(kind="other", commune__isnull=True),
                name="a_commune_beneficiary_has_its_commune",
                violation_error_message="Un bénéficiaire « commune » désigne sa commune ; un autre n’en désigne pas.",
            )
        ]

    @property
    def place_name(self) -> str:
        """How lists call it: the name of the commune, or the body's own."""
        return self.commune.name if self.commune is not None else self.name

    @property
    def insee_code(self) -> str:
        """The code of the commune, which files write; nothing for another body."""
        return self.commune.insee_code if self.commune is not None else ""


SYSTEM_EMAIL = "systeme@socle.invalid"
# Where the addresses of forgotten people are: a domain that nobody can own.
FORGOTTEN_DOMAIN = "oublie.invalid"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an active user who signs in by e-mail; without a password, one must be set by reset."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save(force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, is_staff=True, **fields)

    def system(self) -> User:
        """The user in whose name the platform acts; it can never sign in."""
        user, created = self.get_or_create(
            email=SYSTEM_EMAIL, defaults={"name": "Socle (automate)", "is_active": False}
        )
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, or the system. What each may do comes from memberships, never from this row."""

    email = models.EmailField("adresse électronique", unique=True)
    name = models.CharField("nom", max_length=120)
    is_active = models.BooleanField("compte ouvert", default=True)
    is_staff = models.BooleanField("administration technique", default=False)
    is_fictitious = models.BooleanField("personne fictive de démonstration", default=False)
    date_joined = models.DateTimeField("compte créé le", auto_now_add=True)
    # Part of what each open session carries: adding one ends them all, those nobody listed included.
    sessions_age = models.PositiveIntegerField("sessions : nombre de fois où elles ont toutes été closes", default=0)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = "personne"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_system(self) -> bool:
        """True of the user in whose name the platform acts."""
        return self.email == SYSTEM_EMAIL

    @property
    def is_forgotten(self) -> bool:
        """True of a person who was forgotten: nothing leads from this row to them any more."""
        return self.email.endswith(f"@{FORGOTTEN_DOMAIN}")

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # Django's own while no session was ever closed from afar, so that those already open go on.
        plain = str(super()._get_session_auth_hash(secret=secret))  # type: ignore[misc]
        if not self.sessions_age:
            return plain
        return salted_hmac("socle.people.sessions", f"{plain}:{self.sessions_age}", algorithm="sha256").hexdigest()


class LinkedIdentity(models.Model):
    """An identity that a provider gives (OpenID Connect) and the account it opens, tied once and for all by `sub`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="identities", verbose_name="personne")
    issuer = models.URLField("fournisseur d’identité", max_length=250)
    subject = models.CharField("identifiant chez ce fournisseur", max_length=255)
    linked_at = models.DateTimeField("reliée le")
    used_at = models.DateTimeField("dernière connexion")

    class Meta:
        verbose_name = "identité reliée"
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="an_identity_opens_one_account")]

    def __str__(self) -> str:
        return f"{self.issuer} ({self.user_id})"


class OpenSession(models.Model):
    """A session of a person: from which device, since when. It goes with the session itself."""

    user = models.ForeignKey(User, models.CASCADE, related_name="open_sessions", verbose_name="personne")
    session_key = models.CharField("clé", max_length=40, unique=True)
    device = models.CharField("appareil", max_length=300, blank=True)
    address = models.GenericIPAddressField("adresse du réseau", null=True, blank=True)
    opened_at = models.DateTimeField("ouverte le")
    seen_at = models.DateTimeField("vue pour la dernière fois le", db_index=True)

    class Meta:
        verbose_name = "session ouverte"
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"session {self.pk} ({self.user_id})"


class Role(models.TextChoices):
    SECRETARY = "secretary", "secrétaire de mairie"
    MAYOR = "mayor", "maire ou représentant légal"
    DEPUTY = "deputy", "adjointe ou adjoint au maire"
    COUNCILLOR = "councillor", "élue ou élu"
    AGENT = "agent", "agente ou agent"
    PROGRAMME_OFFICER = "programme_officer", "chargé·e de programme"
    TECHNICIAN = "technician", "technicien ou technicienne"
    FINANCE_OFFICER = "finance_officer", "responsable financier ou financière"
    PRESIDENT = "president", "président ou présidente du syndicat"
    CDG_ADVISOR = "cdg_advisor", "conseiller ou conseillère du centre de gestion"
    CDG_PRESIDENT = "cdg_president", "président ou présidente du centre de gestion"
    ASSEMBLY_SECRETARY = "assembly_secretary", "secrétaire de l’assemblée"
    # Whoever controls a grant from outside: reads it, and nothing else, until a day.
    CONTROLLER = "controller", "contrôleur ou contrôleuse d’une subvention"


# Who serves a beneficiary; what each may do there is in `capabilities`.
BENEFICIARY_ROLES = (Role.SECRETARY, Role.MAYOR, Role.DEPUTY, Role.COUNCILLOR, Role.AGENT)
OPERATOR_ROLES = tuple(role for role in Role if role not in BENEFICIARY_ROLES)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_on(self, on: date) -> MembershipQuerySet:
        """Those whose rights run on this day: `ends_on` is the last day."""
        return self.filter(Q(starts_on__isnull=True) | Q(starts_on__lte=on)).filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=on)
        )

    def to_hand_over(self, on: date) -> MembershipQuerySet:
        """Those whose last day is past, and whose things were not handed over yet."""
        return self.filter(ends_on__lt=on, handed_over_at__isnull=True)

    def to_remind(self, on: date, *, until: date) -> MembershipQuerySet:
        """Those that end by this day, and of which nobody was reminded yet."""
        return self.filter(ends_on__gte=on, ends_on__lte=until, reminded_at__isnull=True, user__is_active=True)


class Membership(models.Model):
    """A role of a person in an organisation, from a day to a day (both included, Europe/Paris)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name="personne")
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    quality = models.CharField("qualité, telle qu’elle s’écrit dans un acte", max_length=120, blank=True)
    beneficiary = models.ForeignKey(
        Beneficiary, models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(
        Operator, models.CASCADE, null=True, blank=True, related_name="memberships", verbose_name="opérateur"
    )
    starts_on = models.DateField("à partir du", null=True, blank=True)
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    has_box = models.BooleanField("une boîte aux lettres à son nom", default=True)
    # Who takes what this person holds there when the role has ended; nobody: it is left to be given.
    successor = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="qui prend la suite"
    )
    reminded_at = models.DateTimeField("départ rappelé le", null=True, blank=True)
    handed_over_at = models.DateTimeField("suite donnée le", null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "fonction"
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=False, operator__isnull=True, role__in=BENEFICIARY_ROLES)
                | Q(beneficiary__isnull=True, operator__isnull=False, role__in=OPERATOR_ROLES),
                name="a_role_fits_its_organisation",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "beneficiary"],
                condition=Q(beneficiary__isnull=False),
                name="one_membership_per_beneficiary_role",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "operator"],
                condition=Q(operator__isnull=False),
                name="one_membership_per_operator_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} ({self.user_id})"


class InvitationStatus(models.TextChoices):
    PROPOSED = "proposed", "proposée, à confirmer"
    SENT = "sent", "envoyée"
    ACCEPTED = "accepted", "acceptée"
    WITHDRAWN = "withdrawn", "retirée"


# An invitation that was not answered in time stays sent: it can be sent again, with a new link.
MOVES: dict[InvitationStatus, tuple[InvitationStatus, ...]] = {
    InvitationStatus.PROPOSED: (InvitationStatus.SENT, InvitationStatus.WITHDRAWN),
    InvitationStatus.SENT: (InvitationStatus.ACCEPTED, InvitationStatus.WITHDRAWN),
    InvitationStatus.ACCEPTED: (),
    InvitationStatus.WITHDRAWN: (),
}
OPEN_INVITATION = (InvitationStatus.PROPOSED, InvitationStatus.SENT)


class Checked(models.TextChoices):
    """How the operator made sure that an address is that of whoever signs."""

    CALL = "call", "appel à la mairie"
    ACT = "act", "acte de l’assemblée"
    JOINING = "joining", "identité vérifiée à la demande d’adhésion"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> InvitationQuerySet:
        """Those that are not answered yet: proposed or sent."""
        return self.filter(status__in=OPEN_INVITATION)

    def to_mail(self) -> InvitationQuerySet:
        """Those that must leave and have not left: just sent, or sent again."""
        return self.filter(status=InvitationStatus.SENT, mailed_at__isnull=True, bounced_at__isnull=True)


class Invitation(models.Model):
    """A role offered to a person by e-mail, somewhere. The link of the message is good once, until an instant."""

    email = models.EmailField("adresse électronique")
    name = models.CharField("nom", max_length=120)
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    quality = models.CharField("qualité, telle qu’elle s’écrit dans un acte", max_length=120, blank=True)
    beneficiary = models.ForeignKey(
        Beneficiary, models.CASCADE, null=True, blank=True, related_name="invitations", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(
        Operator, models.CASCADE, null=True, blank=True, related_name="invitations", verbose_name="opérateur"
    )
    starts_on = models.DateField("premier jour de la fonction", null=True, blank=True)
    ends_on = models.DateField("dernier jour de la fonction", null=True, blank=True)
    has_box = models.BooleanField("une boîte aux lettres à son nom", default=True)
    status = models.CharField(
        "état", max_length=10, choices=InvitationStatus.choices, default=InvitationStatus.PROPOSED
    )
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="proposée par")
    proposed_at = models.DateTimeField("proposée le")
    # Of whoever signs for a mairie: how their address was checked, before anything left, and by whom.
    checked = models.CharField("vérifiée par", max_length=10, choices=Checked.choices, blank=True, db_default="")
    checked_note = models.CharField("vérification notée", max_length=200, blank=True, db_default="")
    checked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="vérifiée auprès de la mairie par"
    )
    checked_at = models.DateTimeField("vérifiée le", null=True, blank=True)
    # Only its digest is kept: whoever reads the database cannot accept in someone's place.
    token_sha256 = models.CharField("empreinte du lien", max_length=64, blank=True, db_index=True)
    mailed_at = models.DateTimeField("partie le", null=True, blank=True)
    # The mail server says that there is no such address: nothing is tried again there.
    bounced_at = models.DateTimeField("adresse refusée par le serveur le", null=True, blank=True)
    expires_at = models.DateTimeField("valable jusqu’au", null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="acceptée par"
    )
    closed_at = models.DateTimeField("acceptée ou retirée le", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__isnull=False, operator__isnull=True, role__in=BENEFICIARY_ROLES)
                | Q(beneficiary__isnull=True, operator__isnull=False, role__in=OPERATOR_ROLES),
                name="an_invitation_fits_its_organisation",
            ),
            models.UniqueConstraint(
                fields=["email", "role", "beneficiary"],
                condition=Q(beneficiary__isnull=False, status__in=OPEN_INVITATION),
                name="one_open_invitation_per_beneficiary_role",
            ),
            models.UniqueConstraint(
                fields=["email", "role", "operator"],
                condition=Q(operator__isnull=False, status__in=OPEN_INVITATION),
                name="one_open_invitation_per_operator_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} ({self.pk})"

    @property
    def place(self) -> Beneficiary | Operator:
        """Where the role is held."""
        place = self.beneficiary or self.operator
        assert place is not None
        return place

    def is_expired(self, at: datetime) -> bool:
        """Whether its link is too old at this instant."""
        return self.status == InvitationStatus.SENT and self.expires_at is not None and self.expires_at <= at


class SignatoryRequest(models.Model):
    """A mairie is asked, at the address that it publishes, who signs for it and at which address of their own.

    One for each body, asked again with a new link. What it answers is an invitation that somebody confirms: no name
    and no address is here.
    """

    beneficiary = models.OneToOneField(
        Beneficiary, models.CASCADE, related_name="signatory_request", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="+", verbose_name="opérateur qui demande")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="demandée par")
    asked_at = models.DateTimeField("demandée le")
    # As for an invitation: drawn when the message leaves, and only its digest is kept.
    token_sha256 = models.CharField("empreinte du lien", max_length=64, blank=True, db_index=True)
    mailed_at = models.DateTimeField("partie le", null=True, blank=True)
    bounced_at = models.DateTimeField("adresse refusée par le serveur le", null=True, blank=True)
    expires_at = models.DateTimeField("valable jusqu’au")
    answered_at = models.DateTimeField("répondue le", null=True, blank=True)

    class Meta:
        verbose_name = "demande du signataire"
        verbose_name_plural = "demandes du signataire"
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"demande du signataire ({self.beneficiary_id})"


# Whose advisors may be let in by a mairie to help it.
HELPER_ROLES = (Role.CDG_ADVISOR,)


class HelpAccessQuerySet(models.QuerySet["HelpAccess"]):
    def in_force_on(self, on: date) -> HelpAccessQuerySet:
        """Those that let someone in on this day: neither closed nor over."""
        return self.filter(closed_at__isnull=True, starts_on__lte=on, ends_on__gte=on)


class HelpAccess(models.Model):
    """A beneficiary lets the people of an operator act in its name, to help, from a day to a day, for a reason."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.CASCADE, related_name="help_accesses", verbose_name="bénéficiaire"
    )
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="help_accesses", verbose_name="opérateur")
    motive = models.CharField("motif", max_length=300)
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au")
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="ouvert par")
    opened_at = models.DateTimeField("ouvert le")
    closed_at = models.DateTimeField("fermé le", null=True, blank=True)
    # What was opened by it is ended: at its closing, or by a tick after its last day.
    swept_at = models.DateTimeField("ce qui en restait ouvert, fermé le", null=True, blank=True)

    # Read before any beneficiary is in scope, to know whom one may act for: always filtered by hand.
    objects = HelpAccessQuerySet.as_manager()

    class Meta:
        verbose_name = "accès d’assistance"
        verbose_name_plural = "accès d’assistance"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["beneficiary", "operator"],
                condition=Q(closed_at__isnull=True),
                name="one_open_help_access_per_operator",
            )
        ]

    def __str__(self) -> str:
        return f"{self.operator_id} chez {self.beneficiary_id}"


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def kept(self) -> SavedFilterQuerySet:
        """Those that were not removed."""
        return self.filter(removed_at__isnull=True)

    def seen_by(self, user: User, operator: Operator) -> SavedFilterQuerySet:
        """One's own at this operator, and those its people share."""
        return self.filter(operator=operator).filter(Q(user=user) | Q(is_shared=True, removed_at__isnull=True))


class SavedFilter(models.Model):
    """A filter of a list under a name: a query string, one's own at an operator, shared with it or not.

    It is with the people because it is theirs: erased with them, passed on when they leave. A list is named by the code
    that the door gives it, and the door alone says what its address may hold.
    """

    # Nobody: a shared one whose author left, kept by the operator.
    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="saved_filters", verbose_name="personne"
    )
    operator = models.ForeignKey(Operator, models.CASCADE, related_name="saved_filters", verbose_name="opérateur")
    list_code = models.CharField("liste", max_length=40)
    name = models.CharField("nom", max_length=60)
    query = models.CharField("adresse du filtre", max_length=1000)
    is_shared = models.BooleanField("partagé avec l’opérateur", default=False)
    saved_at = models.DateTimeField("enregistré le")
    removed_at = models.DateTimeField("supprimé le", null=True, blank=True)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = "filtre enregistré"
        verbose_name_plural = "filtres enregistrés"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "operator", "list_code", "name"],
                condition=Q(user__isnull=False, removed_at__isnull=True),
                name="one_saved_filter_per_name",
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_code} ({self.pk})"


class RescueStatus(models.TextChoices):
    ASKED = "asked", "à approuver"
    DONE = "done", "approuvé et fait"
    DECLINED = "declined", "laissé"


RESCUE_MOVES: dict[RescueStatus, tuple[RescueStatus, ...]] = {
    RescueStatus.ASKED: (RescueStatus.DONE, RescueStatus.DECLINED),
    RescueStatus.DONE: (),
    RescueStatus.DECLINED: (),
}


class Rescue(models.Model):
    """The second factor of someone who opens many mairies, to be erased: one agent asks, another approves.

    `recognised` and `reason` are codes; what was decided stays, the journal too.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="rescues", verbose_name="personne")
    recognised = models.CharField("comment la personne fut reconnue", max_length=20)
    reason = models.CharField("motif", max_length=20)
    status = models.CharField("état", max_length=10, choices=RescueStatus.choices, default=RescueStatus.ASKED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="demandé par")
    asked_at = models.DateTimeField("demandé le")
    expires_at = models.DateTimeField("à approuver avant le")
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="décidé par"
    )
    decided_at = models.DateTimeField("décidé le", null=True, blank=True)

    class Meta:
        verbose_name = "effacement d’un second contrôle"
        verbose_name_plural = "effacements de seconds contrôles"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(status=RescueStatus.ASKED), name="one_open_rescue_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()} ({self.user_id})"
