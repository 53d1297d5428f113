"""Openings: what each address of the door takes, in the terms of the one table of `people.capabilities`.

An address that is not written here opens to nobody: a new one is closed until someone has thought about it. The editor
of the site has its own (`sites.editor.openings`).
"""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from socle.people.acting import opens
from socle.people.capabilities import Capability
from socle.sites.editor import openings as editor

_NAMES = {
    Capability.ENTER: "home more guide guide_page bodies choose_body help_leave",
    # What becomes of the post of a box is its rule's to say: a personal one obeys its holder.
    Capability.MAIL: """
        mail mail_read mail_authorize mail_devices mailbox mailbox_read mailbox_profile mailbox_absence
        mailbox_come_back mailbox_forward mailbox_forward_stop mailbox_forward_again mailbox_restore
        mailbox_restoration_cancel mailbox_import_ask mailbox_import mailbox_import_cancel mailbox_import_resume
    """,
    # Which calendar is read, written or set, which booking is accepted: by the rules of the agenda.
    Capability.AGENDA: """
        agenda agenda_week event event_new event_edit event_remove event_skip event_invite removed_restore calendars
        calendar calendar_share venues venue venue_new venue_edit venue_book booking_accept booking_refuse
        booking_cancel
    """,
    Capability.CONTACTS: """
        contacts contacts_cards contacts_file contact contact_new contact_edit contact_remove contacts_import
    """,
    # Which of the first folders is seen or written: by the rights that the mairie gave.
    Capability.FOLDER: """
        files file folder_file folder_zip file_content file_thumbnail file_version file_bring_back file_upload
        file_make_folder file_rename file_move file_trash file_restore file_erase file_share files_choose files_move
        files_restore files_drive bin bin_file bin_empty file_links file_link_end file_rights
    """,
    Capability.READ_ACTS: "acts acts_file act act_document act_proof",
    Capability.READ_AGREEMENTS: """
        agreements agreements_file agreement agreement_text agreement_pdf agreement_letter agreement_call
        signatures proof paper paper_file
    """,
    Capability.ANSWER: """
        messages messages_file message message_answer message_assign message_close message_reopen message_spam
        message_piece
    """,
    Capability.PUBLISH: """
        publish publish_news publish_event publish_album publish_act album album_add hours closings closings_holidays
        closing closing_remove closing_restore alerts alert_withdraw alert_restore act_ask_online
        act_describe act_hold_back shorter_day alert_change waste_shift waste_shift_change waste_shift_remove
    """,
    Capability.ADMINISTER: """
        meetings meeting_prepare assembly assembly_describe assembly_arms assembly_statute assembly_statute_withdraw
        assembly_member assembly_member_leave meeting_register meeting meeting_change meeting_add meeting_rearrange
        meeting_convene meeting_cancel meeting_convocation meeting_item meeting_hold meeting_open meeting_attend
        meeting_vote meeting_decide meeting_set_aside meeting_fail meeting_arrest meeting_close meeting_leave
        meeting_publish meeting_discuss meeting_minutes meeting_list meeting_item_text meeting_send meeting_send_all
        meeting_register_make meeting_post meeting_posting meeting_stamp meeting_elsewhere meeting_slip
        meeting_appoint meeting_ballot meeting_annex
        meeting_annex_remove meeting_signed
        transmission transmission_set transmission_certify transmission_check
        transmission_act transmission_stamp transmission_cancel transmission_give_up transmission_reply
        transmission_again transmission_paper
        act_qualify act_model act_model_text act_model_propose act_record act_receive act_publish act_notify
        act_choose act_hand_over
        act_attach act_remove act_send
        agreement_services agreement_signatory sign deposit record_paper identity services services_file
        domain_names domain_name domain_name_check domain_name_sheet domain_name_file former_names name_ask name_leave
        former_site_name name_main name_withdraw former_site_name_gesture
        former_mail_domains former_mail_domain former_mail_domain_gesture mail_domain_main mail_domain_close
        mail_alias mail_alias_make mail_alias_remove mail_destination_add mail_destination_withdraw
        mailbox_make mailbox_rename mailbox_resize mailbox_suspend mailbox_resume mailbox_delete mailbox_hand_over
        mailbox_open mailbox_opening mailbox_close
        eliminations elimination elimination_prepare elimination_paper elimination_visa elimination_erase
        elimination_withdraw elimination_agreement elimination_agreement_end
        backups backups_file backup_machine backup_ask backup_machine_add backup_machine_ask backup_change
        backup_code backup_script backup_retire backup_resume backup_certificate
        handovers handover_ask handover_take handover_remove
        handover_file tokens tokens_file token_new token_revoke token_take_over webhooks webhooks_file webhook
        webhook_new webhook_change webhook_secret webhook_pause webhook_resume webhook_take_over webhook_try
        webhook_file webhook_remove webhook_delivery webhook_again
        people people_file invite invitation_confirm invitation_resend invitation_withdraw membership_end
        membership_keep help help_close help_take_back journal journal_file audit audit_file
    """,
}
OPENED: dict[str, Capability] = {name: one for one, names in _NAMES.items() for name in names.split()}
CLOSED = (
    "Votre fonction n’ouvre pas cette page. Si vous en avez besoin, demandez-le à la personne qui représente la mairie."
)


def takes(view: str) -> Capability | None:
    """Return what a view of the door (`mairie:agenda`) or of its editor takes, by its name; None when nobody may."""
    name = view.removeprefix("mairie:")
    return OPENED.get(name) if name != view else editor.takes(view)


def reaches(request: HttpRequest, url: str) -> bool:
    """Say whether the function in force opens this address of the mairie or of its editor; any other is open."""
    path = url.partition("?")[0]
    if not path.startswith("/mairie/"):
        return True
    if not path.startswith(editor.PREFIX):
        return is_open(request, path)
    try:
        return opens(request, editor.takes(resolve(path).view_name))
    except Resolver404:
        return False


def is_open(request: HttpRequest, path: str) -> bool:
    """Say whether the function in force opens this address of the door.

    Its name is asked of the address: a request that resumes once its password was typed again is still, by its
    `resolver_match`, the one that gave the password.
    """
    try:
        name = resolve(path).url_name
    except Resolver404:
        return False
    capability = OPENED.get(name or "")
    return capability is not None and opens(request, capability)
