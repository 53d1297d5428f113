"""Keys written in a query name the rows that a list of them names."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.lib.keys import Keys
from socle.territory.models import Commune, Department
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", [[], ["59"], ["59", "62"]])
def test_keys_name_the_rows_that_a_list_of_them_names(chosen):
    for code in ("59474", "62001"):
        f.commune(code, code)
    keys = Keys(Department.objects.filter(code__in=chosen).values_list("pk", flat=True))
    for conditions in ({"department__in": keys}, {"department__pk__in": keys}):
        asked = {name: list(value) for name, value in conditions.items()}
        assert set(Commune.objects.filter(**conditions)) == set(Commune.objects.filter(**asked))
        assert set(Commune.objects.exclude(**conditions)) == set(Commune.objects.exclude(**asked))
    found = Commune.objects.filter(department__in=keys) | Commune.objects.filter(insee_code="62001")
    assert {one.insee_code[:2] for one in found} == {*chosen, "62"}


def test_they_are_no_parameter_and_nothing_but_numbers():
    with CaptureQueriesContext(connection) as captured:
        assert not Commune.objects.filter(pk__in=Keys()).exists()
        assert not Commune.objects.filter(pk__in=Keys([7, 12])).exists()
    assert len(captured) == 1  # None is known to be nowhere.
    assert "IN (7, 12)" in captured[0]["sql"]
    with pytest.raises(ValueError, match="format code"):
        Commune.objects.filter(pk__in=Keys(["1) OR (1=1"]))
