"""The addresses, in the editor, of what others propose to the site."""

from django.urls import path

from socle.sites.editor.own import register
from socle.syndication import editor as shares
from socle.syndication.models import ShareOffer

register("offer", ShareOffer)

urlpatterns = [
    path("propositions/", shares.shares, name="website_shares"),
    path("propositions/<own_offer:offer_id>/image/", shares.picture, name="website_share_picture"),
    path("propositions/<own_offer:offer_id>/accepter/", shares.accept, name="website_share_accept"),
    path("propositions/<own_offer:offer_id>/refuser/", shares.refuse, name="website_share_refuse"),
    path("propositions/origines/<slug:share_source>/", shares.source, name="website_share_source"),
]
