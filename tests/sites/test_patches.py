"""What is changed in Wagtail at start is still where it was, and still of use (socle.sites.apps)."""

import inspect

import pytest
from wagtail.admin import filters, messages
from wagtail.admin.forms.choosers import ExternalLinkChooserForm, URLOrAbsolutePathField
from wagtail.admin.views.pages import create, edit, listing
from wagtail.images.views import chooser

from socle.sites.editor import faults


@pytest.mark.parametrize("of_pages", [listing.PageFilterSet, listing.GenericPageFilterSet])
def test_the_filters_of_the_explorer_are_those_we_take_out_and_those_we_know(of_pages):
    assert "site" in listing.PageFilterSet.declared_filters
    known = {"content_type", "latest_revision_created_at", "has_child_pages"}
    assert set(of_pages.base_filters) <= known


@pytest.mark.parametrize("module", [filters, chooser])
def test_the_tags_of_every_commune_are_still_listed_through_the_module_we_change(module):
    assert "popular_tags_for_model(" in inspect.getsource(module)
    assert module.popular_tags_for_model(object) == []


@pytest.mark.parametrize("module", [create, edit])
def test_a_refusal_is_still_said_through_the_module_we_change(module):
    assert "messages.validation_error(" in inspect.getsource(module)
    assert messages.validation_error is faults.say


def test_a_link_without_an_address_still_breaks_the_field_of_wagtail():
    with pytest.raises(AttributeError):
        URLOrAbsolutePathField().to_python(None)
    assert ExternalLinkChooserForm({}).errors["url"]
