"""A row is written without writing over what others wrote of it meanwhile."""

import pytest
from django.db import IntegrityError

from socle.lib.rows import write
from socle.people.models import User
from tests import factories as f

pytestmark = pytest.mark.django_db


def test_a_row_that_was_read_writes_its_named_fields_and_no_other():
    user = f.user()
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.name = "Dominique Exemple"
    write(user, ["name"])
    user.refresh_from_db()
    assert (user.name, user.is_active) == ("Dominique Exemple", False)


def test_a_row_just_made_is_inserted_whole_and_takes_no_other_s_place():
    write(User(email="nouvelle@exemple.invalid", name="Camille Exemple"), ["name"])
    made = User.objects.get(email="nouvelle@exemple.invalid")
    with pytest.raises(IntegrityError):
        write(User(pk=made.pk, email="autre@exemple.invalid"), ["email"])
