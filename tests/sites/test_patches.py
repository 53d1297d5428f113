"""What is changed in Wagtail at start is still where it was, and still of use (socle.sites.apps)."""

import inspect

import pytest
from wagtail.admin import messages
from wagtail.admin.forms.choosers import ExternalLinkChooserForm, URLOrAbsolutePathField
from wagtail.admin.views.pages import create, edit, listing

from socle.sites.editor import faults


@pytest.mark.parametrize("filters", [listing.PageFilterSet, listing.GenericPageFilterSet])
def test_the_filters_of_the_explorer_are_those_we_take_out_and_those_we_know(filters):
    assert "site" in listing.PageFilterSet.declared_filters
    known = {"content_type", "latest_revision_created_at", "has_child_pages"}
    assert set(filters.base_filters) <= known


@pytest.mark.parametrize("module", [create, edit])
def test_a_refusal_is_still_said_through_the_module_we_change(module):
    assert "messages.validation_error(" in inspect.getsource(module)
    assert messages.validation_error is faults.say


def test_a_link_without_an_address_still_breaks_the_field_of_wagtail():
    with pytest.raises(AttributeError):
        URLOrAbsolutePathField().to_python(None)
    assert ExternalLinkChooserForm({}).errors["url"]
