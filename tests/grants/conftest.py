"""An operation of React-EU, its lead, its finance officer and a second partner."""

from __future__ import annotations

import pytest

from socle.grants.actions import operations
from socle.grants.models import GrantPartner, Operation
from socle.people.models import Operator, Role, User
from tests import factories as f
from tests.grants.situations import AT, opened


@pytest.fixture
def lead(db: None) -> Operator:
    f.text()
    return f.programme().lead()


@pytest.fixture
def finance(lead: Operator) -> User:
    return f.member(Role.FINANCE_OFFICER, lead)


@pytest.fixture
def operation(lead: Operator, finance: User) -> Operation:
    return opened(f.programme(), finance)


@pytest.fixture
def partner(operation: Operation) -> GrantPartner:
    return operation.partners.get()


@pytest.fixture
def cdg(operation: Operation, finance: User) -> GrantPartner:
    """A second partner, with a finance officer of its own."""
    operator = Operator.objects.get(code="cdg59")
    f.member(Role.FINANCE_OFFICER, operator, email="finances@cdg59.exemple.invalid")
    return operations.add_partner(operation, operator, by=finance, at=AT)
