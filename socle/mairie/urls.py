"""The addresses of the beneficiaries' door."""

from django.urls import path

from socle.integrations.desk import addresses
from socle.mairie.views import (
    agreements,
    audit,
    bodies,
    deliberations,
    home,
    identity,
    journal,
    people,
    programs,
    services,
)

app_name = "mairie"
urlpatterns = [
    path("", home.show, name="home"),
    path("organismes/", bodies.show_all, name="bodies"),
    path("organismes/choisir/", bodies.choose, name="choose_body"),
    path("identite/", identity.show, name="identity"),
    path("convention/", agreements.show_all, name="agreements"),
    path("convention/<slug:number>/", agreements.show, name="agreement"),
    path("convention/<slug:number>/texte/", agreements.read, name="agreement_text"),
    path("convention/<slug:number>/convention.pdf", agreements.download, name="agreement_pdf"),
    path("convention/<slug:number>/services/", agreements.choose_services, name="agreement_services"),
    path("convention/<slug:number>/signataire/", agreements.choose_signatory, name="agreement_signatory"),
    path("convention/<slug:number>/signer/", agreements.sign, name="sign"),
    path("convention/<slug:number>/signatures/", agreements.signatures, name="signatures"),
    path("deliberations/", deliberations.show_all, name="acts"),
    path("deliberations/modele/", deliberations.model, name="act_model"),
    path("deliberations/modele.txt", deliberations.model_text, name="act_model_text"),
    path("deliberations/enregistrer/", deliberations.record, name="act_record"),
    path("deliberations/<int:act_id>/", deliberations.show, name="act"),
    path("deliberations/<int:act_id>/reception/", deliberations.receive, name="act_receive"),
    path("deliberations/<int:act_id>/publication/", deliberations.publish, name="act_publish"),
    path("deliberations/<int:act_id>/deposer/", deliberations.hand_over, name="act_hand_over"),
    path("deliberations/<int:act_id>/rattacher/", deliberations.attach, name="act_attach"),
    path("deliberations/<int:act_id>/retirer/", deliberations.remove, name="act_remove"),
    path("deliberations/<int:act_id>/texte.pdf", deliberations.read, name="act_document"),
    path("services/", services.show_all, name="services"),
    *addresses.paths(programs.reading, programs.acting),
    path("personnes/", people.show, name="people"),
    path("personnes/inviter/", people.invite, name="invite"),
    path("personnes/confirmer-<int:invitation_id>/", people.confirm, name="invitation_confirm"),
    path("personnes/renvoyer-<int:invitation_id>/", people.resend, name="invitation_resend"),
    path("personnes/retirer-<int:invitation_id>/", people.withdraw, name="invitation_withdraw"),
    path("personnes/fin-<int:membership_id>/", people.end, name="membership_end"),
    path("personnes/maintenir-<int:membership_id>/", people.keep, name="membership_keep"),
    path("personnes/assistance/", people.open_help, name="help"),
    path("personnes/fermer-<int:help_id>/", people.close_help, name="help_close"),
    path("personnes/quitter/", people.stop_helping, name="help_leave"),
    path("journal/", journal.show_all, name="journal"),
    path("qui-a-vu/", audit.show_all, name="audit"),
    path("qui-a-vu.csv", audit.export, name="audit_csv"),
]
