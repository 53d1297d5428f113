"""Every gesture of the two doors: how it is taken back, or how it is confirmed and with which sentence.

A gesture that nothing takes back is either opened first (its form lies in a `<details>`), on a page of its own (asked
for, the page says what will happen; posted, it happens), or written (its form wants words, a day or a file). Its
sentence stands there. A new gesture is in none of these tables, and fails until somebody says which.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.consistency import house

# --- What is taken back, and how --------------------------------------------------------------------------------------
TAKEN_BACK: dict[str, str] = {
    "sent again, the same form corrects it": """
        filter_rename commune_mail_quota body_mail_quota join_plan join_assign grant_accounts grant_terms grant_plan
        expense_correct expenses_correct contract contributions_settings contributions_debtor contributions_read
        agreement_services
        agreement_cdg party party_act_dates agreement_entrust amendment_terms agreement_link_act agreement_signatory
        backup_quota backup_change share_correct site_audit site_audit_correct merger_settle merger_tick
        merger_entrust text_choose webhook_change assembly_describe assembly_arms assembly_member meeting_change
        meeting_item meeting_attend meeting_vote meeting_decide meeting_ballot meeting_appoint meeting_set_aside
        meeting_discuss transmission_set transmission_certify album hours closing identity act_qualify act_describe
        act_choose act_attach calendar calendar_share event_edit contact_edit venue_edit file_rights file_rename
        message_assign mail_domain_main name_main mailbox_rename mailbox_resize mailbox_opening mailbox_absence
        waste_shift_change alert_change mailbox_forward choose_body right_by_hand
    """,
    "another gesture takes it away, or puts it back": """
        filter_save filter_share filter_unshare filter_remove filter_restore commune_draft body_draft join_draft
        agreement_between_operators agreement_amend agreement_reopen agreement_undo_services agreement_send
        agreement_print_again notification_write notification_withdraw
        agreement_terminate termination_withdraw agreement_suspend suspension_lift promises_keep promise_withdraw
        commune_mail_domain_serve commune_mail_domain_suspend commune_mail_box_suspend commune_mail_box_resume
        body_mail_domain_serve body_mail_domain_suspend body_mail_box_suspend body_mail_box_resume join_qualify
        join_unplan join_refuse join_reopen grant_close expense_new expense_piece expense_withdraw expenses_import
        expenses_paste
        grant_paper claim_prepare claim_pay_on meter_note meter_ceiling meter_withdraw meter_cost reckoning_note
        reckoning_withdraw installation_suspend installation_resume backup_key_ask backup_key_decline
        domain_name_entrust domain_name_give_back name_free mail_domain_activate share_new share_withdraw
        share_restore site_audit_withdraw invite invitation_confirm invitation_resend invitation_withdraw
        membership_end membership_keep commune_invite body_invite operator_invite file_move files_move person_decline
        person_close person_reopen batch_pause batch_resume batch_cancel batch_retry vintage_bring vintage_drop
        merger_apply merger_undo text_discard text_restore text_approve text_unapprove token_new webhook_new
        delegation delegation_withdraw signatories_import signatories_confirm
        webhook_pause meeting_prepare assembly assembly_statute assembly_statute_withdraw meeting_add
        meeting_rearrange meeting_annex_remove meeting_publish meeting_send meeting_send_all
        meeting_register_make
        transmission_give_up handover_ask handover_remove publish_news publish_event publish_album
        album_add closings closings_holidays closing_remove shorter_day waste_shift waste_shift_remove
        closing_restore alert_withdraw alert_restore publish_act act_model_propose act_ask_online act_hold_back
        act_record act_send event_new event_remove removed_restore contact_new contacts_import contact_remove venue_new
        venue_book booking_accept name_ask name_leave name_withdraw files_restore files_choose file_bring_back
        file_upload file_make_folder file_trash file_restore file_share message_close message_reopen message_spam
        mail_alias_make mail_destination_add mail_destination_withdraw mailbox_make mailbox_suspend mailbox_resume
        mailbox_delete mailbox_open mailbox_close mailbox_come_back mailbox_forward_stop mailbox_restore
        mailbox_restoration_cancel mailbox_import_ask mailbox_import_cancel mailbox_import_resume backup_ask
        backup_machine_add backup_machine_ask backup_retire backup_resume help help_close event_skip
        elimination_prepare elimination_visa elimination_withdraw elimination_agreement elimination_agreement_end
        """,
    "it loses nothing and binds nobody: it asks, looks, tries, reminds, or notes what was done elsewhere": """
        join_verify join_maintain agreement_remind agreement_see_priority installation_try backup_install backup_check
        backup_drill backup_code backup_script domain_name_check domain_name_write help_now help_leave token_take_over
        webhook_take_over webhook_try webhook_again transmission_check transmission_again mailbox_forward_again
        body_register event folder_zip grant_open contract_new party_act agreement_committee_act text_act meeting_open
        delegation_act event_invite notification
        """,
}

# --- What is not: how it is confirmed, in which template, by which button, with which sentence ------------------------
OPENED, PAGE, WRITTEN = "opened", "page", "written"
CONSOLE, MAIRIE = "console/templates/console/", "mairie/templates/mairie/"
SIGNING, PAPER = "signing/templates/signing/", "agreements/templates/agreements/_paper"
DESK, ASSEMBLY = "integrations/templates/integrations/", "assemblies/templates/assemblies/"
GRANTS, REVENUE, JOINING = "grants/templates/grants/", "revenue/templates/revenue/", "joining/templates/joining/"
MERGERS, SYNDICATION = "mergers/templates/mergers/", "syndication/templates/syndication/"
STEP = "Une étape notée ne se reprend pas"
CONFIRMED: dict[str, list[tuple[str, str, str, str]]] = {
    # Agreements.
    "agreement_cancel": [(PAGE, f"{CONSOLE}cancel.html", "Abandonner la convention", "Ce geste ne se reprend pas")],
    "agreement_renew": [(PAGE, f"{CONSOLE}ending_form.html", "Enregistrer", "par une décision expresse")],
    "sign": [
        (PAGE, f"{CONSOLE}sign.html", "Signer la convention", "Elle ne se reprend pas"),
        (PAGE, f"{MAIRIE}sign.html", "Signer la convention", "Une signature ne se retire pas"),
    ],
    "to_sign": [(PAGE, f"{CONSOLE}sign_several.html", "Signer", "Elle ne se reprend pas")],
    "deposit": [(OPENED, f"{SIGNING}_elsewhere.html", "Déposer le document signé", "il est vérifié, puis conservé")],
    "record_paper": [(PAGE, f"{PAPER}_form.html", "Enregistrer", "s’achève sur papier")],
    "paper": [
        (WRITTEN, f"{PAPER}.html", "Confirmer cette signature", "Une confirmation ne se retire pas"),
        (WRITTEN, f"{PAPER}.html", "Contester cette signature", "La signature ne comptera pas"),
        (WRITTEN, f"{PAPER}.html", "Attester", "Une attestation ne se retire pas"),
    ],
    "text": [(OPENED, f"{CONSOLE}text.html", "Publier", "ne se modifie ni ne se retire")],
    # Many at once, and what leaves for others.
    "batch_new": [(PAGE, f"{CONSOLE}batch_form.html", "Lancer sur ", "Ce qui sera fait")],
    "letter": [(PAGE, f"{CONSOLE}letter_form.html", "Envoyer", "Voir l’aperçu")],
    "alerts": [(WRITTEN, f"{MAIRIE}publishing/alerts.html", "Publier l’alerte", "Une urgence part aussitôt")],
    "message_answer": [(WRITTEN, f"{MAIRIE}message.html", "Envoyer la réponse", "Elle part par courriel")],
    # Grants.
    "grant_step": [
        (WRITTEN, f"{GRANTS}grant.html", "Le dossier est déposé", STEP),
        (WRITTEN, f"{GRANTS}grant.html", "L’aide est attribuée", STEP),
        (OPENED, f"{GRANTS}grant.html", "L’aide est refusée", "plus rien ne se demande"),
    ],
    "grant_partner": [(OPENED, f"{GRANTS}grant.html", "Noter ce partenaire", "reste au dossier")],
    "grant_revenue": [(OPENED, f"{GRANTS}grant.html", "Noter cette recette", "reste au dossier")],
    "grant_flat": [(OPENED, f"{GRANTS}grant.html", "Retenir ce forfait", "ne se quitte plus")],
    "claim_certify": [(WRITTEN, f"{GRANTS}grant_claim.html", "Certifier exact", "ne se retire pas")],
    "claim_visa": [(OPENED, f"{GRANTS}grant_claim.html", "Enregistrer le visa", "ne se remplace pas")],
    "claim_send": [
        (WRITTEN, f"{GRANTS}grant_claim.html", "Noter l’envoi", "ne change et ne s’annule plus"),
        (OPENED, f"{GRANTS}grant_claim.html", "Annuler la demande", "tout sera à refaire"),
    ],
    "claim_answer": [(WRITTEN, f"{GRANTS}grant_claim.html", "Noter la réponse", "ne se corrige pas")],
    "claim_receive": [(WRITTEN, f"{GRANTS}grant_claim.html", "Noter l’aide reçue", "ne se corrige pas")],
    "contributions_export": [(OPENED, f"{REVENUE}contributions.html", "Exporter", "Rien ne reprend un export")],
    # People, programs, saves, the territory.
    "join_withdraw": [
        (OPENED, f"{JOINING}join_request.html", "Retirer, à la demande de la mairie", "ne se rouvre pas")
    ],
    "person": [(WRITTEN, f"{CONSOLE}person.html", "Effacer le second contrôle", "Ses sessions se closent")],
    "person_approve": [(OPENED, f"{CONSOLE}person.html", "Approuver, et effacer", "ne revient pas")],
    "person_sessions": [
        (OPENED, f"{CONSOLE}person.html", "Clore ses sessions et arrêter ses appareils", "cesse de servir")
    ],
    "token_revoke": [(OPENED, f"{DESK}tokens.html", "Révoquer", "et pour toujours")],
    "webhook_secret": [(OPENED, f"{DESK}webhook.html", "Renouveler le secret", "signer encore un jour")],
    "webhook_remove": [(OPENED, f"{DESK}webhook.html", "Retirer ce webhook", "n’envoie plus rien, pour toujours")],
    "webhook_resume": [
        (OPENED, f"{DESK}webhook.html", "Remettre en service sans ce qui attend", "ne partira jamais")
    ],
    "backup_key_approve": [(OPENED, f"{CONSOLE}backup.html", "Donner mon accord", "Un accord ne se reprend pas")],
    "backup_attest": [(OPENED, f"{CONSOLE}backup.html", "Attester", "Une attestation ne se reprend pas")],
    "backup_erase": [(OPENED, f"{CONSOLE}backup.html", "Effacer pour de bon", "rien ne les rendra")],
    "vintage_confirm": [(WRITTEN, f"{CONSOLE}vintage.html", "Importer ce millésime", "Rien n’est encore écrit")],
    "help_take_back": [(OPENED, f"{MAIRIE}_help_done.html", "Retirer", "ne se rend pas")],
    # Acts and meetings.
    "act_remove": [(OPENED, f"{MAIRIE}act.html", "Retirer cet acte", "garde trace de l’erreur")],
    "act_receive": [(WRITTEN, f"{MAIRIE}act.html", "Noter la réception", "ne se corrige pas")],
    "act_notify": [(WRITTEN, f"{MAIRIE}act.html", "Noter la notification", "ne se corrige pas")],
    "meeting_post": [
        (OPENED, "assemblies/templates/assemblies/leaving.html", "Faire le certificat", "ne se reprend pas")
    ],
    "act_publish": [(WRITTEN, f"{MAIRIE}act.html", "Certifier la publication", "ne se reprend pas")],
    "act_hand_over": [(WRITTEN, f"{MAIRIE}act.html", "Déposer le texte", "ne se remplace pas")],
    "assembly_member_leave": [
        (OPENED, f"{ASSEMBLY}member.html", "Noter son départ aujourd’hui", "restent dans les séances passées")
    ],
    "meeting_convene": [(OPENED, f"{ASSEMBLY}preparing.html", "Convoquer", "ne se reprend pas")],
    "meeting_cancel": [(OPENED, f"{ASSEMBLY}preparing.html", "Annuler la séance", "ne se rétablit pas")],
    "meeting_fail": [(OPENED, f"{ASSEMBLY}holding.html", "Préparer la seconde séance", "ne se rouvre pas")],
    "meeting_arrest": [(OPENED, f"{ASSEMBLY}holding.html", "Arrêter", "ne change plus")],
    "meeting_close": [(WRITTEN, f"{ASSEMBLY}holding.html", "Lever la séance", "devient un acte")],
    "meeting_stamp": [(WRITTEN, f"{ASSEMBLY}leaving.html", "Noter la réception", "ne se corrige pas")],
    "meeting_elsewhere": [(OPENED, f"{ASSEMBLY}leaving.html", "Noter l’accusé de réception", "ne se corrige pas")],
    "meeting_signed": [(OPENED, f"{ASSEMBLY}leaving.html", "Déposer", "C’est alors l’acte signé qui part")],
    "transmission_stamp": [(WRITTEN, f"{ASSEMBLY}sending.html", "Noter la réception", "ne se corrige pas")],
    "transmission_cancel": [
        (OPENED, f"{ASSEMBLY}sending.html", "Demander l’annulation", "l’acte n’est plus exécutoire par elle")
    ],
    "transmission_reply": [(WRITTEN, f"{ASSEMBLY}sending.html", "Envoyer la réponse", "ne se reprend pas")],
    # The mairie's own things.
    "booking_refuse": [(OPENED, f"{MAIRIE}agenda/_booking.html", "Refuser", "Un refus ne se reprend pas")],
    "booking_cancel": [
        (OPENED, f"{MAIRIE}agenda/_booking.html", "Annuler la réservation", "d’autres peuvent les prendre aussitôt")
    ],
    "elimination_erase": [(OPENED, f"{MAIRIE}elimination.html", "Éliminer", "Cela ne se reprend pas")],
    "bin_empty": [(OPENED, f"{MAIRIE}bin.html", "Vider la corbeille", "Cela ne se reprend pas")],
    "file_erase": [(OPENED, f"{MAIRIE}bin.html", "Effacer", "Pour de bon, versions comprises")],
    "file_link_end": [(OPENED, f"{MAIRIE}_file_link.html", "Arrêter", "ne revient pas")],
    "mail_domain_close": [(OPENED, f"{MAIRIE}name.html", "Fermer ce domaine", "et perdu pour vous")],
    "mail_alias_remove": [(OPENED, f"{MAIRIE}mail_alias.html", "Supprimer cette adresse", "est perdu")],
    "mailbox_hand_over": [
        (PAGE, f"{MAIRIE}mailbox_hand_over.html", "Transmettre cette boîte", "ne redevient pas personnelle ensuite")
    ],
}  # fmt: skip
ROWS = [(name, *row) for name, rows in CONFIRMED.items() for row in rows]
FIELD = re.compile(r'component "fields?"|<(input|select|textarea)[^>]*(required|type="file")')


def wrapped(view: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """A view and all that it wraps, down to what was written."""
    one: Callable[..., Any] | None = view
    while one is not None:
        yield one
        one = getattr(one, "__wrapped__", None)


def acts_by_post_alone(view: Callable[..., Any]) -> bool:
    return any(getattr(one, "__code__", None) and one.__code__.co_name == "by_post" for one in wrapped(view))


@cache
def functions(path: str) -> dict[str, str]:
    """The functions of a module, as they are written."""
    lines = house.read(path).splitlines()
    found = [one for one in house.tree(Path(path)).body if isinstance(one, ast.FunctionDef)]
    return {one.name: "\n".join(lines[one.lineno - 1 : one.end_lineno]) for one in found}


def written(function: Callable[..., Any]) -> str:
    """How a function of the house is written; nothing of another."""
    one = inspect.unwrap(function)
    path = Path(one.__code__.co_filename)
    if not path.is_relative_to(house.ROOT / "socle"):
        return ""
    # One that a function made is read where it lies: reading each so takes ten times longer.
    known = functions(str(path.relative_to(house.ROOT)))
    return inspect.getsource(one) if "<locals>" in one.__qualname__ else known.get(one.__name__, "")


def reads_a_form(view: Callable[..., Any]) -> bool:
    """Whether a view, or a function of the house that it calls, looks at what was posted."""
    source, known = written(view), inspect.unwrap(view).__globals__
    called = {known.get(name) for name in re.findall(r"(?<!\.)\b(\w+)\(", source)}
    return any("POST" in one for one in (source, *(written(one) for one in called if inspect.isfunction(one))))


def is_gesture(view: Callable[..., Any]) -> bool:
    return acts_by_post_alone(view) or reads_a_form(view)


@cache
def gestures() -> dict[str, list[Callable[..., Any]]]:
    """The views of the two doors that a form is sent to, by the name of their address."""
    found: dict[str, list[Callable[..., Any]]] = {}

    def walk(entries: list[Any], door: str) -> None:
        for entry in entries:
            if isinstance(entry, URLResolver):
                walk(entry.url_patterns, entry.namespace or door)
            elif isinstance(entry, URLPattern) and door in ("console", "mairie") and is_gesture(entry.callback):
                found.setdefault(entry.name or "", []).append(entry.callback)

    walk(get_resolver("socle.config.urls").url_patterns, "")
    return found


@pytest.mark.slow
def test_each_gesture_of_the_doors_is_taken_back_or_confirmed():
    """One that is in no table, or in two, or in one and no longer there."""
    said = [name for names in TAKEN_BACK.values() for name in names.split()] + [*CONFIRMED]
    assert len(said) == len(set(said)), sorted(name for name in said if said.count(name) > 1)
    assert set(gestures()) - set(said) == set(), "say how it is taken back, or confirm it"
    assert set(said) - set(gestures()) == set()
    assert len(CONFIRMED) >= 55
    # A page of its own is asked for before it is posted, but where a first post shows it, and a second one acts.
    of_its_own = {name for name, how, *_ in ROWS if how == PAGE} - {"batch_new", "letter"}
    assert not [name for name in of_its_own for view in gestures()[name] if acts_by_post_alone(view)]


def blocks(text: str, tag: str) -> Iterator[str]:
    """The innermost elements of this tag that hold no other of it."""
    yield from re.findall(rf"<{tag}\b(?:(?!<{tag}\b).)*?</{tag}>", text, re.DOTALL)


@pytest.mark.parametrize(("name", "how", "template", "button", "sentence"), ROWS)
def test_what_nothing_takes_back_is_confirmed_with_its_sentence(name, how, template, button, sentence):
    text = house.read(f"socle/{template}").replace("&nbsp;", "\u00a0")
    shown = (f'component "button" label="{button}"', f'{{% icon "stop" %}}{button}<')
    if how == OPENED:
        places = [one for one in blocks(text, "details") if any(label in one for label in shown)]
    elif how == WRITTEN:
        places = [one for one in blocks(text, "form") if shown[0] in one and FIELD.search(one)]
        # What is said just above a form, in the same card, is read before its button.
        places = [text[max(0, text.index(one) - 900) : text.index(one) + len(one)] for one in places]
    else:
        places = [text] if shown[0] in text and 'method="post"' in text else []
    assert places, f"{button} is not {how} in {template}"
    assert all(sentence in one for one in places), f"{name} does not say « {sentence} »"
