"""The addresses of the desk, the same at both doors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from socle.assemblies.desk import answering, holding, leaving, members, preparing, transmitting

View = Callable[..., HttpResponse]
# How a door opens a view of the desk to its people.
Opens = Callable[[View], Any]


def paths(reading: Opens, acting: Opens) -> list[URLPattern]:
    """The pages of the desk as a door opens them; those that only act by POST are opened by `acting`."""
    one = "seances/<int:meeting_id>"
    return [
        path("seances/", reading(preparing.show_all), name="meetings"),
        path("seances/preparer/", acting(preparing.prepare), name="meeting_prepare"),
        path("seances/assemblee/", reading(members.show), name="assembly"),
        path("seances/assemblee/decrire/", acting(members.describe), name="assembly_describe"),
        path("seances/assemblee/armoiries/", acting(members.set_arms), name="assembly_arms"),
        path("seances/assemblee/statuts/", acting(members.confirm_statute), name="assembly_statute"),
        path("seances/assemblee/statuts-retirer/", acting(members.withdraw_statute), name="assembly_statute_withdraw"),
        path("seances/assemblee/<int:member_id>/", reading(members.member), name="assembly_member"),
        path("seances/assemblee/<int:member_id>/depart/", acting(members.leave), name="assembly_member_leave"),
        path("seances/registre-<int:year>.pdf", reading(leaving.register), name="meeting_register"),
        path("seances/registre/faire/", acting(leaving.make_register), name="meeting_register_make"),
        path(f"{one}/", reading(preparing.show), name="meeting"),
        path(f"{one}/modifier/", acting(preparing.change), name="meeting_change"),
        path(f"{one}/inscrire/", acting(preparing.add), name="meeting_add"),
        path(f"{one}/ranger/", acting(preparing.rearrange), name="meeting_rearrange"),
        path(f"{one}/convoquer/", acting(preparing.convene), name="meeting_convene"),
        path(f"{one}/annuler/", acting(preparing.cancel), name="meeting_cancel"),
        path(f"{one}/convocation.pdf", reading(preparing.convocation), name="meeting_convocation"),
        path(f"{one}/points/<int:item_id>/", reading(preparing.item), name="meeting_item"),
        path(f"{one}/points/<int:item_id>/annexe-<int:annex_id>.pdf", reading(preparing.annex), name="meeting_annex"),
        path(f"{one}/points/<int:item_id>/retirer/", acting(preparing.remove_annex), name="meeting_annex_remove"),
        path(f"{one}/tenir/<int:item_id>/scrutin/", reading(holding.ballot), name="meeting_ballot"),
        path(f"{one}/tenir/", reading(holding.show), name="meeting_hold"),
        path(f"{one}/tenir/ouvrir/", acting(holding.open_session), name="meeting_open"),
        path(f"{one}/tenir/presences/", acting(holding.attend), name="meeting_attend"),
        path(f"{one}/tenir/vote/", acting(holding.vote), name="meeting_vote"),
        path(f"{one}/tenir/decision/", acting(holding.decide), name="meeting_decide"),
        path(f"{one}/tenir/nomination/", acting(holding.appoint), name="meeting_appoint"),
        path(f"{one}/tenir/issue/", acting(holding.set_aside), name="meeting_set_aside"),
        path(f"{one}/tenir/quorum/", acting(holding.fail), name="meeting_fail"),
        path(f"{one}/tenir/arreter/", acting(holding.arrest), name="meeting_arrest"),
        path(f"{one}/tenir/lever/", acting(holding.close), name="meeting_close"),
        path(f"{one}/partir/", reading(leaving.show), name="meeting_leave"),
        path(f"{one}/partir/publier/", acting(leaving.publish), name="meeting_publish"),
        path(f"{one}/partir/envoyer/", acting(leaving.send), name="meeting_send"),
        path(f"{one}/partir/tout/", acting(leaving.send_and_publish), name="meeting_send_all"),
        path(f"{one}/partir/tampon/", acting(leaving.stamp), name="meeting_stamp"),
        path(f"{one}/partir/ailleurs/", acting(leaving.note_elsewhere), name="meeting_elsewhere"),
        path(f"{one}/partir/signe/", acting(leaving.hand_back), name="meeting_signed"),
        path(f"{one}/partir/afficher/", acting(leaving.post), name="meeting_post"),
        path(f"{one}/affichage-<int:posting_id>.pdf", reading(leaving.posting), name="meeting_posting"),
        path(f"{one}/bordereau.pdf", reading(leaving.slip), name="meeting_slip"),
        path("seances/prefecture/", reading(transmitting.show), name="transmission"),
        path("seances/prefecture/regler/", acting(transmitting.set_account), name="transmission_set"),
        path("seances/prefecture/certificat/", acting(transmitting.certify), name="transmission_certify"),
        path("seances/prefecture/essayer/", acting(transmitting.check), name="transmission_check"),
        path("seances/prefecture/<int:sent_id>/", reading(answering.show), name="transmission_act"),
        path("seances/prefecture/<int:sent_id>/tampon/", acting(answering.stamp), name="transmission_stamp"),
        path("seances/prefecture/<int:sent_id>/annuler/", acting(answering.cancel), name="transmission_cancel"),
        path("seances/prefecture/<int:sent_id>/abandonner/", acting(answering.take_back), name="transmission_give_up"),
        path("seances/prefecture/repondre-<int:letter_id>/", acting(answering.reply), name="transmission_reply"),
        path("seances/prefecture/relire-<int:letter_id>/", acting(answering.take_up), name="transmission_again"),
        path("seances/prefecture/fichiers/<int:paper_id>/", reading(answering.file), name="transmission_paper"),
        path(f"{one}/partir/teneur/", acting(leaving.discuss), name="meeting_discuss"),
        path(f"{one}/proces-verbal.pdf", reading(leaving.minutes), name="meeting_minutes"),
        path(f"{one}/liste.pdf", reading(leaving.list_of), name="meeting_list"),
        path(f"{one}/points/<int:item_id>/deliberation.pdf", reading(leaving.deliberation), name="meeting_item_text"),
    ]
