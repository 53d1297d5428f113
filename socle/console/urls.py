"""The addresses of the operators' door."""

from django.urls import path, register_converter

from socle.console.views import (
    agreements,
    batches,
    bodies,
    communes,
    home,
    installations,
    journal,
    outbox,
    people,
    platform,
    programme,
    signatures,
    territory,
    tokens,
    webhooks,
)


class Kind:
    """The formats in which a journal leaves."""

    regex = "csv|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Kind, "kind")

app_name = "console"
urlpatterns = [
    path("", home.show, name="home"),
    path("communes/", communes.show_all, name="communes"),
    path("communes.csv", communes.export, name="communes_csv"),
    path("communes/<slug:insee_code>/", communes.show, name="commune"),
    path("communes/<slug:insee_code>/rediger/", communes.draft, name="commune_draft"),
    path("communes/<slug:insee_code>/personnes/", people.commune_people, name="commune_people"),
    path("communes/<slug:insee_code>/personnes/inviter/", people.commune_invite, name="commune_invite"),
    path("communes/<slug:insee_code>/journal.<kind:kind>", communes.export_journal, name="commune_journal"),
    path("beneficiaires/", bodies.show_all, name="bodies"),
    path("beneficiaires/nouveau/", bodies.register, name="body_register"),
    path("beneficiaires/<int:body_id>/", bodies.show, name="body"),
    path("beneficiaires/<int:body_id>/rediger/", bodies.draft, name="body_draft"),
    path("beneficiaires/<int:body_id>/personnes/", people.body_people, name="body_people"),
    path("beneficiaires/<int:body_id>/personnes/inviter/", people.body_invite, name="body_invite"),
    path("beneficiaires/<int:body_id>/journal.<kind:kind>", bodies.export_journal, name="body_journal"),
    path("conventions/", agreements.show_all, name="agreements"),
    path("conventions.csv", agreements.export, name="agreements_csv"),
    path("conventions/<slug:number>/", agreements.show, name="agreement"),
    path("conventions/<slug:number>/services/", agreements.choose_services, name="agreement_services"),
    path("conventions/<slug:number>/retablir-services/", agreements.undo_services, name="agreement_undo_services"),
    path("conventions/<slug:number>/parties/<slug:kind>/", agreements.complete_party, name="party"),
    path("conventions/<slug:number>/parties/<slug:kind>/acte/", agreements.record_act, name="party_act"),
    path("conventions/<slug:number>/envoyer/", agreements.send, name="agreement_send"),
    path("conventions/<slug:number>/reprendre/", agreements.reopen, name="agreement_reopen"),
    path("conventions/<slug:number>/abandonner/", agreements.cancel, name="agreement_cancel"),
    path("conventions/<slug:number>/priorite-vue/", agreements.see_priority, name="agreement_see_priority"),
    path("conventions/<slug:number>/texte/", agreements.read, name="agreement_text"),
    path("conventions/<slug:number>/convention.pdf", agreements.download, name="agreement_pdf"),
    path("conventions/<slug:number>/signer/", signatures.sign, name="sign"),
    path("conventions/<slug:number>/signatures/", signatures.show, name="signatures"),
    path("a-signer/", signatures.to_sign, name="to_sign"),
    path("installations/", installations.show_all, name="installations"),
    path("installations.csv", installations.export, name="installations_csv"),
    path("installations/<int:installation_id>/", installations.show, name="installation"),
    path("installations/<int:installation_id>/plan/", installations.plan, name="installation_plan"),
    path("installations/<int:installation_id>/essayer/", installations.try_again, name="installation_try"),
    path("installations/<int:installation_id>/suspendre/", installations.suspend, name="installation_suspend"),
    path("installations/<int:installation_id>/retablir/", installations.resume, name="installation_resume"),
    path("personnes/", people.own_people, name="people"),
    path("personnes/operateur/<slug:code>/", people.operator_people, name="operator_people"),
    path("personnes/operateur/<slug:code>/inviter/", people.operator_invite, name="operator_invite"),
    path("personnes/assister-<int:help_id>/", people.help_now, name="help_now"),
    path("personnes/confirmer-<int:invitation_id>/", people.confirm, name="invitation_confirm"),
    path("personnes/renvoyer-<int:invitation_id>/", people.resend, name="invitation_resend"),
    path("personnes/retirer-<int:invitation_id>/", people.withdraw, name="invitation_withdraw"),
    path("personnes/fin-<int:membership_id>/", people.end, name="membership_end"),
    path("personnes/maintenir-<int:membership_id>/", people.keep, name="membership_keep"),
    path("lots/", batches.show_all, name="batches"),
    path("lots/nouveau/", batches.prepare, name="batch_new"),
    path("lots/<int:batch_id>/", batches.show, name="batch"),
    path("lots/<int:batch_id>/rapport.csv", batches.export, name="batch_csv"),
    path("lots/<int:batch_id>/pause/", batches.pause, name="batch_pause"),
    path("lots/<int:batch_id>/reprendre/", batches.resume, name="batch_resume"),
    path("lots/<int:batch_id>/arreter/", batches.cancel, name="batch_cancel"),
    path("lots/<int:batch_id>/relancer/", batches.retry, name="batch_retry"),
    path("territoire/priorites/", territory.show_priorities, name="priorities"),
    path("programme/", programme.show, name="programme"),
    path("jetons/", tokens.show_all, name="tokens"),
    path("jetons/nouveau/", tokens.create, name="token_new"),
    path("jetons/revoquer/", tokens.revoke, name="token_revoke"),
    path("jetons/reprendre/", tokens.take_over, name="token_take_over"),
    path("webhooks/", webhooks.show_all, name="webhooks"),
    path("webhooks/nouveau/", webhooks.create, name="webhook_new"),
    path("webhooks/<int:webhook_id>/", webhooks.show, name="webhook"),
    path("webhooks/<int:webhook_id>/modifier/", webhooks.change, name="webhook_change"),
    path("webhooks/<int:webhook_id>/secret/", webhooks.renew_secret, name="webhook_secret"),
    path("webhooks/<int:webhook_id>/pause/", webhooks.pause, name="webhook_pause"),
    path("webhooks/<int:webhook_id>/reprendre/", webhooks.resume, name="webhook_resume"),
    path("webhooks/<int:webhook_id>/repondre/", webhooks.take_over, name="webhook_take_over"),
    path("webhooks/<int:webhook_id>/essayer/", webhooks.send_trial, name="webhook_try"),
    path("webhooks/<int:webhook_id>/retirer/", webhooks.remove, name="webhook_remove"),
    path("webhooks/<int:webhook_id>/<int:delivery_id>/", webhooks.show_delivery, name="webhook_delivery"),
    path("webhooks/<int:webhook_id>/<int:delivery_id>/renvoyer/", webhooks.send_again, name="webhook_again"),
    path("journal/", journal.show_all, name="journal"),
    path("journal.<kind:kind>", journal.export, name="journal_file"),
    path("plateforme/", platform.show, name="platform"),
    path("boite-denvoi/", outbox.show_all, name="outbox"),
    path("boite-denvoi/<int:message_id>/", outbox.show, name="outbox_message"),
]
