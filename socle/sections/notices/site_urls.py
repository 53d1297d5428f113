"""The address of the feed of the notices of a site."""

from django.urls import path

from socle.sections.notices import public

urlpatterns = [path("<slug:slug>/fil.atom", public.feed, name="website_notices_feed")]
