"""Access of a person of an operator: whose name they act in, what of the territory and of the money they see.

Read once here for every door, so that the console and the machines' door never differ.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField, DateField, Q
from django.db.models.functions import Cast
from django_scopes import scope, scopes_disabled

from socle.agreements.between_operators import of_party
from socle.agreements.models import OVER, Agreement, Party
from socle.journal.models import Entry, EntryQuerySet
from socle.lib.compiled import Compiled, Given
from socle.lib.keys import Keys
from socle.people.capabilities import Capability, those_who
from socle.people.models import OPERATOR_ROLES, Beneficiary, Membership, Operator, Role, User
from socle.programme.models import Partner, Programme
from socle.provisioning.models import Installation, Right
from socle.territory.models import Commune, CommuneQuerySet, Department


@dataclass(frozen=True)
class Access:
    """In whose name this person acts: one operator, its part in one programme, its departments."""

    user: User
    operator: Operator
    programme: Programme
    partner: Partner
    departments: tuple[Department, ...]
    roles: frozenset[str]
    sees_money: bool

    @property
    def is_lead(self) -> bool:
        """Whether the operator leads the programme: it also sees what belongs to no beneficiary."""
        return self.partner.part == Partner.Part.LEAD

    def holds(self, *roles: Role) -> bool:
        """Whether this person holds one of these roles in the operator they act for."""
        return not self.roles.isdisjoint(roles)

    def communes(self) -> CommuneQuerySet:
        """The communes of today that this operator may see."""
        return Commune.objects.current().filter(department__in=self.departments)

    def beneficiaries(self) -> Any:
        """The beneficiaries this operator may see: of its departments, or bound to it by an agreement all the same."""
        with scopes_disabled():  # A party reads its own agreements, wherever the beneficiary is.
            bound = Party.objects.filter(operator=self.operator).exclude(agreement__status__in=OVER)
            bound = bound.exclude(agreement__cdg_reason="")
        return Beneficiary.objects.filter(
            Q(department__in=self.departments) | Q(pk__in=bound.values("agreement__beneficiary"))
        )

    def agreements(self) -> Any:
        """The programme's agreements within the scope in force."""
        return Agreement.objects.filter(programme=self.programme)

    def every_agreement(self) -> Any:
        """Those, and their amendments."""
        return Agreement.every.filter(programme=self.programme, beneficiary__isnull=False)

    def readable_agreements(self) -> Any:
        """Those, and the agreements between operators to which this one is a party; to the lead, all of them."""
        return self.every_agreement() | of_party(self.partner)

    def installations(self) -> Any:
        """The programme's installations within the scope in force."""
        return Installation.objects.filter(right__agreement__programme=self.programme)

    def rights(self) -> Any:
        """The rights that the programme's agreements give, within the scope in force."""
        return Right.objects.filter(agreement__programme=self.programme)

    def entries(self) -> EntryQuerySet:
        """The lines of the journal about the beneficiaries seen, and the agreements between operators read; those about
        nobody else, to the lead only.
        """
        mine = self.beneficiaries().annotate(ref=Cast("pk", CharField())).values("ref")
        of_nobody = Q(beneficiary_ref="")
        if not self.is_lead:
            bound = of_party(self.partner).annotate(ref=Cast("pk", CharField())).order_by()
            of_nobody &= Q(object_type=Agreement._meta.label_lower, object_id__in=bound.values("ref"))
        return Entry.objects.filter(Q(beneficiary_ref__in=mine) | of_nobody)


def access_of_lead(programme: Programme, *, by: User) -> Access:
    """The access of the platform itself, in the name of a programme's lead: what the command line acts with."""
    partner = programme.partners.select_related("operator").prefetch_related("departments").get(part=Partner.Part.LEAD)
    return Access(
        user=by,
        operator=partner.operator,
        programme=programme,
        partner=partner,
        departments=tuple(partner.departments.all()),
        roles=frozenset(),
        sees_money=partner.sees_money,
    )


# Asked at each request of the doors of the operators.
@cache
def _memberships() -> Compiled[Membership]:
    user: Any = Given("user", BigIntegerField())
    on: Any = Given("on", DateField())
    held = Membership.objects.active_on(on).filter(user=user, role__in=OPERATOR_ROLES)
    return Compiled(lambda: held.order_by("id"))


@cache
def _partners() -> Compiled[Partner]:
    found = Partner.objects.filter(operator=Given("operator", BigIntegerField()))
    joined = found.select_related("programme__priority_vintage", "programme__founding_act", "operator")
    return Compiled(lambda: joined.order_by("id")[:1])


@cache
def _departments() -> Compiled[Department]:
    of_it = Partner.departments.through.objects.filter(partner=Given("partner", BigIntegerField()))
    return Compiled(lambda: Department.objects.filter(pk__in=of_it.values("department")))


def access_of(user: User, *, on: date, operator: Operator | None = None) -> Access | None:
    """Read the access of a person on this day, or None when they serve no operator of a programme.

    With `operator`, only in that one's name; else in that of the first they were given a role in.
    """
    if not user.is_active:
        return None
    for_whom = _memberships().ask(user=user.pk, on=on)
    memberships = [one for one in for_whom if operator is None or one.operator_id == operator.pk]
    for membership in memberships:
        for partner in _partners().ask(operator=membership.operator_id):
            roles = frozenset(m.role for m in memberships if m.operator_id == membership.operator_id)
            return Access(
                user=user,
                operator=partner.operator,
                programme=partner.programme,
                partner=partner,
                departments=tuple(_departments().ask(partner=partner.pk)),
                roles=roles,
                sees_money=partner.sees_money,
            )
    return None


@dataclass(frozen=True)
class OwnAccess:
    """Access of a person of a beneficiary in its name: that one, and nothing of any other.

    The same questions as `Access`, for a door that serves both.
    """

    user: User
    beneficiary: Beneficiary
    programme: Programme
    roles: frozenset[str]
    # A party to its own agreement reads what it pays.
    sees_money: bool = True
    is_lead: bool = False

    @property
    def departments(self) -> tuple[Department, ...]:
        """Return the department of the beneficiary, alone."""
        return (self.beneficiary.department,)

    def communes(self) -> CommuneQuerySet:
        """Return the commune that the beneficiary is, if it is one."""
        return Commune.objects.current().filter(beneficiary=self.beneficiary)

    def beneficiaries(self) -> Any:
        """Return the beneficiary alone, as a QuerySet."""
        return Beneficiary.objects.filter(pk=self.beneficiary.pk)

    def agreements(self) -> Any:
        """Return the agreements of the beneficiary."""
        return Agreement.objects.filter(programme=self.programme, beneficiary=self.beneficiary)

    def every_agreement(self) -> Any:
        """Return those, and their amendments."""
        return Agreement.every.filter(programme=self.programme, beneficiary=self.beneficiary)

    def readable_agreements(self) -> Any:
        """Return the same: those between operators are not the beneficiary's."""
        return self.every_agreement()

    def installations(self) -> Any:
        """Return the installations of the beneficiary."""
        return Installation.objects.filter(right__agreement__programme=self.programme, beneficiary=self.beneficiary)

    def entries(self) -> EntryQuerySet:
        """Return the lines of the journal about the beneficiary."""
        return Entry.objects.filter(beneficiary_ref=str(self.beneficiary.pk))


def own_access_of(user: User, *, on: date, beneficiary: Beneficiary) -> OwnAccess | None:
    """Read the access of a person in a beneficiary's name, or None: no function there today, no programme there."""
    if not user.is_active:
        return None
    roles = frozenset(
        user.memberships.active_on(on)
        .filter(role__in=those_who(Capability.ADMINISTER), beneficiary=beneficiary)
        .values_list("role", flat=True)
    )
    programme = (
        Programme.objects.filter(partners__departments=beneficiary.department)
        .select_related("priority_vintage", "founding_act")
        .order_by("pk")
        .first()
    )
    if not roles or programme is None:
        return None
    return OwnAccess(user=user, beneficiary=beneficiary, programme=programme, roles=roles)


def within(access: Access | OwnAccess) -> AbstractContextManager[None]:
    """Scope every query to the beneficiaries that this access sees, as they are now."""
    return scope(beneficiary=Keys(access.beneficiaries().values_list("pk", flat=True)))
