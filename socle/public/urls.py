"""Everybody's door: the programme's page, how one signs in, what the law asks a site to say."""

from allauth.account import views as account_views
from allauth.mfa.base import views as factor_views
from allauth.mfa.recovery_codes import views as recovery_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import path, re_path
from django.views.generic import RedirectView

from socle.mail.configuring.public import give_autoconfig, give_autodiscover
from socle.public.views import (
    account,
    calendars,
    devices,
    enrolment,
    information,
    invitations,
    joining,
    landing,
    mail,
    open_data,
    personas,
    programme,
    provider,
    shared,
    signatories,
)

urlpatterns = [
    path("", landing.show, name="landing"),
    path("entrer/", account.my_door, name="my_door"),
    path("demonstration/", personas.show, name="personas"),
    path("demonstration/jouer/", personas.play, name="play_persona"),
    path("programme/<slug:code>/", programme.show, name="programme"),
    path("programme/<slug:code>/adherer/", joining.choose, name="join_choose"),
    path("programme/<slug:code>/adherer/etablissement/", joining.ask_for_body, name="join_ask_body"),
    path("programme/<slug:code>/adherer/<slug:insee_code>/", joining.ask, name="join_ask"),
    path("adhesion/envoyee/<str:signed>/", joining.sent, name="join_sent"),
    path("adhesion/confirmer/<str:token>/", joining.confirm, name="join_confirm"),
    path("adhesion/suivi/<str:token>/", joining.follow, name="join_follow"),
    path("adhesion/opposition/<str:token>/", joining.object_to, name="join_object"),
    path("invitation/<str:token>/", invitations.show, name="invitation"),
    path("signataire/<str:token>/", signatories.show, name="signatory"),
    path("partage/<str:token>/", shared.show, name="shared"),
    path("partage/<str:token>/dossier.zip", shared.download_whole, name="shared_zip"),
    path("partage/<str:token>/fichier/", shared.download, name="shared_file"),
    path("courrier/accord/<str:token>/", mail.agree, name="mail_agreement"),
    # Mail programs look there; the address they give says whose domain it is.
    path(".well-known/autoconfig/mail/config-v1.1.xml", give_autoconfig, name="mail_autoconfig"),
    # Outlook writes « /Autodiscover/Autodiscover.xml ».
    re_path(r"^[aA]uto[dD]iscover/[aA]uto[dD]iscover\.xml$", give_autodiscover, name="mail_autodiscover"),
    path("agendas/<int:beneficiary_id>/<str:slug>.ics", calendars.feed, name="public_calendar"),
    path("agenda/reponse/<str:token>/", calendars.answer, name="calendar_answer"),
    # Asked by a machine that saves with us, never by a browser.
    path("sauvegardes/enrolement/", enrolment.claim, name="backup_enrolment"),
    path("sauvegardes/reglages/", enrolment.read_settings, name="backup_settings"),
    path("sauvegardes/enrolement/confirmer/", enrolment.confirm, name="backup_enrolment_confirm"),
    path("donnees/", open_data.show, name="open_data"),
    re_path(r"^donnees/catalogue\.(?P<kind>jsonld|ttl|rdf)$", open_data.show_catalogue, name="open_data_catalogue"),
    re_path(r"^donnees/(?P<code>[a-z]+)\.(?P<kind>csv|json)$", open_data.download, name="open_data_file"),
    path("accessibilite/", information.accessibility, name="accessibility"),
    path("mentions-legales/", information.legal, name="legal"),
    # django-allauth's views under French addresses; their names are those its own code looks for. What is not listed
    # here is closed: opening an account, and the library's own way to change one's address.
    path("compte/", account.show, name="account"),
    path("compte/connexion/", account.SignIn.as_view(), name="account_login"),
    path("compte/connexion/cle/", passkey_views.login_webauthn, name="mfa_login_webauthn"),
    path("compte/fournisseur/", provider.depart, name="provider_depart"),
    path("compte/fournisseur/retour/", provider.arrive, name="provider_return"),
    path("compte/fournisseur/sortie/", provider.leave, name="provider_leave"),
    path("compte/fournisseur/sorti/", provider.left, name="provider_left"),
    path("compte/identites/<int:identity_id>/delier/", account.unlink_identity, name="identity_unlink"),
    path("compte/sessions/fermer/", account.end_other_sessions, name="sessions_end_others"),
    path("compte/sessions/<int:session_id>/fermer/", account.end_session, name="session_end"),
    path("compte/appareils/", devices.show_all, name="devices"),
    path("compte/appareils/relier/", devices.make, name="device_new"),
    path("compte/appareils/arreter/", devices.end_all, name="devices_end"),
    path("compte/appareils/<int:device_id>/arreter/", devices.end, name="device_end"),
    path("compte/adresse/", account.change_address, name="address_change"),
    path("compte/adresse/<str:token>/", account.confirm_address, name="address_confirm"),
    path("compte/deconnexion/", account_views.logout, name="account_logout"),
    path("compte/ferme/", account_views.account_inactive, name="account_inactive"),
    path("compte/inscription/", account_views.signup, name="account_signup"),
    path("compte/confirmation/", account_views.reauthenticate, name="account_reauthenticate"),
    path("compte/mot-de-passe/", account_views.password_change, name="account_change_password"),
    path("compte/premier-mot-de-passe/", account_views.password_set, name="account_set_password"),
    path("compte/mot-de-passe-oublie/", account_views.password_reset, name="account_reset_password"),
    path("compte/mot-de-passe-oublie/message/", account_views.password_reset_done, name="account_reset_password_done"),
    path(
        "compte/nouveau-mot-de-passe/enregistre/",
        account_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^compte/nouveau-mot-de-passe/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        account_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("compte/second-controle/", factor_views.index, name="mfa_index"),
    path("compte/second-controle/code/", account.AskSecondFactor.as_view(), name="mfa_authenticate"),
    path("compte/second-controle/confirmation/", factor_views.reauthenticate, name="mfa_reauthenticate"),
    path("compte/second-controle/activer/", totp_views.activate_totp, name="mfa_activate_totp"),
    path("compte/second-controle/retirer/", totp_views.deactivate_totp, name="mfa_deactivate_totp"),
    # The list of passkeys is in the page of the second factor.
    path("compte/cles/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("compte/cles/nouvelle/", account.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("compte/cles/confirmation/", passkey_views.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("compte/cles/<int:pk>/nom/", passkey_views.edit_webauthn, name="mfa_edit_webauthn"),
    path("compte/cles/<int:pk>/retirer/", account.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("compte/codes-de-secours/", account.SeeCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "compte/codes-de-secours/nouveaux/", recovery_views.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path(
        "compte/codes-de-secours/fichier/", recovery_views.download_recovery_codes, name="mfa_download_recovery_codes"
    ),
]
