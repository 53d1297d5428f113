"""« Envoyer et publier »: the acts of a meeting, put online and sent to the prefecture; list, minutes and register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from socle.assemblies import actions, papers
from socle.assemblies.desk import Desk, assembly_or_404, item_or_404, meeting_or_404
from socle.assemblies.desk.preparing import pdf
from socle.assemblies.forms import ElsewhereForm, PostingForm, SignedForm, StampedForm
from socle.assemblies.models import Meeting
from socle.assemblies.presenters import road_of
from socle.assemblies.tally import roll_of, tally
from socle.deliberations import actions as acts
from socle.deliberations import deadlines, sending
from socle.deliberations import signed as signing
from socle.deliberations.contract import is_simulated
from socle.deliberations.models import Act, Road, Transmission, TransmissionAccount
from socle.deliberations.models import Status as Sending
from socle.deliberations.rules import why_not_put_online
from socle.deliberations.transmission_presenters import sent_under, sentence
from socle.deliberations.transmission_queries import last_sendings
from socle.deliberations.transmission_rules import why_not_electronic, why_not_go
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.text import counted, whole
from socle.people.models import Beneficiary
from socle.ui.shapes import Link
from socle.ui.submit import refusal_shown_in


def acts_of(desk: Desk, meeting: Meeting) -> list[tuple[Act, str]]:
    """The acts that came out of a meeting, then its list and its minutes, each with the address of its text."""
    items = meeting.items.filter(act__isnull=False).select_related("act__document", "act__beneficiary", "act__operator")
    out = [(item.act, desk.address("meeting_item_text", meeting.pk, item.pk)) for item in items if item.act is not None]
    if meeting.list_act is not None:
        out.append((meeting.list_act, desk.address("meeting_list", meeting.pk)))
    if meeting.minutes_act is not None:
        out.append((meeting.minutes_act, desk.address("meeting_minutes", meeting.pk)))
    return out


def show(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Show the acts of a meeting and their road, what is late in front."""
    return _page(request, desk, meeting_or_404(desk, meeting_id))


def _page(
    request: HttpRequest,
    desk: Desk,
    meeting: Meeting,
    *,
    stamped: StampedForm | None = None,
    elsewhere: ElsewhereForm | None = None,
    signed: SignedForm | None = None,
    posting: PostingForm | None = None,
) -> HttpResponse:
    at = timezone.now()
    out = acts_of(desk, meeting)
    going = last_sendings(act for act, _ in out)
    decided = [act for act, _ in out if not act.is_telling]
    to_go = [act for act in decided if why_not_go(act, by=desk.by, on=dates.day_of(at)) is None]
    on_paper = [one for one in going.values() if one.road == Road.PAPER and one.status == Sending.SENT]
    account = TransmissionAccount.of(desk.owner)
    wrong = any(form is not None and form.errors for form in (stamped, elsewhere, signed, posting))
    context = {
        "crumbs": [Link("Séances", desk.address("meetings")), Link(meeting.name)],
        "meeting": meeting,
        "steps": road_of(desk, meeting),
        "acts": [_line(act, url, going.get(act.pk)) for act, url in out],
        "late": _late(meeting, dates.day_of(at)),
        "to_go": len(to_go),
        # Once all of them are online, or asked to be, nothing is left to press.
        "to_site": any(why_not_put_online(act, by=desk.by, on=dates.day_of(at)) is None for act, _ in out),
        "is_electronic": _is_electronic(desk),
        "is_simulated": account is not None and is_simulated(account.transmitter),
        "slip": next((one.slip_id for one in on_paper if one.slip_id), None),
        "on_paper": len(on_paper),
        "stamped": stamped or StampedForm(),
        "elsewhere": elsewhere or ElsewhereForm(acts=to_go),
        "signed": signed or SignedForm(),
        "posting": posting or PostingForm(),
        "postings": list(meeting.postings.all()),
        "to_sign": any(signing.why_not_hand_back(act, by=desk.by, on=dates.day_of(at)) is None for act, _ in out),
        "can_write": meeting.minutes_act_id is None,
    }
    return desk.show(request, "leaving", context, status=422 if wrong else 200)


@dataclass(frozen=True)
class Line:
    """An act of the meeting: where its text is read, and where it is on its road."""

    act: Act
    url: str
    road: str
    sent: Transmission | None


def hand_back(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Take an act that was signed with a certificate: its bytes say which one it is."""
    meeting = meeting_or_404(desk, meeting_id)
    form = SignedForm(request.POST, request.FILES)
    if form.is_valid():
        head = actions.author_of(meeting).name
        secretary = meeting.secretary.name if meeting.secretary else ""
        with refusal_shown_in(form, "signed"):
            content = form.cleaned_data["signed"]
            act = signing.act_of(content, [act for act, _ in acts_of(desk, meeting)])
            names = [name for name in (head, secretary) if name]
            act = signing.hand_back(act, content, names=names, by=desk.by, at=timezone.now())
            messages.success(request, f"{act.name}\u00a0: signé par {act.signatories}.")
            return desk.to("meeting_leave", meeting.pk)
    return _page(request, desk, meeting, signed=form)


def _line(act: Act, url: str, sent: Transmission | None) -> Line:
    road = ""
    if sent is not None:
        road = sentence(sent)
    elif act.received_on is not None:
        road = f"Reçu en préfecture le {dates.in_words(act.received_on)}."
    return Line(act, url, road, sent)


def _late(meeting: Meeting, on: date) -> list[str]:
    """Sentences of what is late: the list, the minutes."""
    told = []
    if meeting.list_act is not None:
        told.append(deadlines.of_list(meeting.held_on).why_late(meeting.list_act.published_on, on=on))
    arrested = meeting.minutes_arrested_in
    if arrested is not None and meeting.minutes_act is not None:
        told.append(deadlines.of_minutes(arrested.held_on).why_late(meeting.minutes_act.published_on, on=on))
    return [one for one in told if one]


def _chosen(request: HttpRequest, desk: Desk, meeting: Meeting) -> list[Act]:
    ticked = set(request.POST.getlist("acte"))
    return [act for act, _ in acts_of(desk, meeting) if str(act.pk) in ticked]


def send(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Send the acts ticked to the prefecture: by the device where it is set, on paper otherwise."""
    meeting = meeting_or_404(desk, meeting_id)
    wanted = [act for act in _chosen(request, desk, meeting) if not act.is_telling and act.received_on is None]
    _send(request, desk, wanted)
    return desk.to("meeting_leave", meeting.pk)


def _send(request: HttpRequest, desk: Desk, wanted: Sequence[Act]) -> None:
    left = sending.send(wanted, by=desk.by, at=timezone.now())
    if left[0].road == Road.ELECTRONIC:
        told = [f"{counted(len(wanted), 'acte')} en route, par le dispositif de transmission.", *map(sent_under, left)]
        messages.success(request, " ".join(filter(None, told)))
    else:
        messages.success(
            request,
            "Le bordereau est prêt\u00a0: imprimez-le avec les actes, signez-les, et portez-les à la préfecture.",
        )


def _is_electronic(desk: Desk) -> bool:
    account = TransmissionAccount.of(desk.owner)
    return account is not None and why_not_electronic(account, at=timezone.now()) is None


def send_and_publish(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Show what leaves of the acts ticked, to whom, signed or not; confirmed there, all of it leaves at once."""
    meeting = meeting_or_404(desk, meeting_id)
    at = timezone.now()
    on = dates.day_of(at)
    chosen = _chosen(request, desk, meeting)
    going = [act for act in chosen if why_not_go(act, by=desk.by, on=on) is None]
    shown = [act for act in chosen if why_not_put_online(act, by=desk.by, on=on) is None]
    if not going and not shown:
        raise Refused("Rien de ce qui est coché ne reste à envoyer ni à publier.")
    if "oui" in request.POST:
        with transaction.atomic():
            if going:
                _send(request, desk, going)
            for act in shown:
                acts.ask_online(act, by=desk.by, at=at)
        if shown:
            messages.success(request, f"{counted(len(shown), 'acte')} en cours de mise en ligne.")
        return desk.to("meeting_leave", meeting.pk)
    context = {
        "crumbs": [
            Link("Séances", desk.address("meetings")),
            Link(meeting.name, desk.address("meeting_leave", meeting.pk)),
            Link("Envoyer et publier"),
        ],
        "meeting": meeting,
        "rows": [(act, act in going, act in shown) for act in chosen if act in going or act in shown],
        "is_electronic": _is_electronic(desk),
        "department": desk.owner.department if isinstance(desk.owner, Beneficiary) else None,
        "unsigned": [act for act in going if not act.signatories],
    }
    return desk.show(request, "leaving_all", context)


def stamp(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note the copies that the prefecture stamped, for every act of this meeting that is on paper."""
    meeting = meeting_or_404(desk, meeting_id)
    form = StampedForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, desk, meeting, stamped=form)
    at = timezone.now()
    going = last_sendings(act for act, _ in acts_of(desk, meeting)).values()
    waiting = [one for one in going if one.road == Road.PAPER and one.status == Sending.SENT]
    try:
        with documents.unless_refused():
            document = _keep(desk, form.cleaned_data["document"], f"Exemplaires tamponnés, {meeting.name}", at)
            for one in waiting:
                sending.note_stamped_copy(
                    one, document=document, received_on=form.cleaned_data["received_on"], by=desk.by, at=at
                )
    except Refused as refusal:
        form.add_error("received_on", refusal.sentence)
        return _page(request, desk, meeting, stamped=form)
    messages.success(request, f"{counted(len(waiting), 'acte')} reçus en préfecture.")
    return desk.to("meeting_leave", meeting.pk)


def note_elsewhere(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Note an act that was sent on another platform, with its receipt."""
    meeting = meeting_or_404(desk, meeting_id)
    acts_out = {str(act.pk): act for act, _ in acts_of(desk, meeting) if not act.is_telling}
    form = ElsewhereForm(request.POST, request.FILES, acts=list(acts_out.values()))
    if not form.is_valid():
        return _page(request, desk, meeting, elsewhere=form)
    at, facts = timezone.now(), form.cleaned_data
    act = acts_out[facts["act"]]
    try:
        with documents.unless_refused():
            proof = _keep(desk, facts["document"], f"Accusé de réception, {act.name}", at)
            sending.note_elsewhere(
                act, received_on=facts["received_on"], proof=proof, identifier=facts["identifier"], by=desk.by, at=at
            )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, desk, meeting, elsewhere=form)
    messages.success(request, f"{act.name}\u00a0: reçu en préfecture.")
    return desk.to("meeting_leave", meeting.pk)


def _keep(desk: Desk, content: bytes, title: str, at: datetime) -> Document:
    owner = desk.owner if isinstance(desk.owner, Beneficiary) else None
    return documents.keep(content, title=title, filename="prefecture.pdf", beneficiary=owner, by=desk.by, at=at)


def slip(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Give the slip of the acts of this meeting that left on paper."""
    going = last_sendings(act for act, _ in acts_of(desk, meeting_or_404(desk, meeting_id))).values()
    found = next((one.slip for one in going if one.slip is not None), None)
    if found is None:
        raise Refused("Aucun bordereau n’a été fait pour cette séance.")
    return pdf(documents.read(found), "bordereau")


def post(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Certify that a paper of this meeting was posted."""
    meeting = meeting_or_404(desk, meeting_id)
    form = PostingForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.certify_posting(meeting, **form.cleaned_data, by=desk.by, at=timezone.now())
            messages.success(request, "Le certificat d’affichage est fait\u00a0: imprimez-le, il se signe à la main.")
            return desk.to("meeting_leave", meeting.pk)
    return _page(request, desk, meeting, posting=form)


def posting(request: HttpRequest, desk: Desk, meeting_id: int, posting_id: int) -> HttpResponse:
    """Give the certificate of a posting."""
    found = meeting_or_404(desk, meeting_id).postings.filter(pk=posting_id).select_related("document").first()
    if found is None:
        raise Http404("Cet affichage n’est pas de cette séance.")
    return pdf(documents.read(found.document), f"certificat-affichage-{found.what}")


def publish(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Ask the site to show the acts ticked."""
    meeting = meeting_or_404(desk, meeting_id)
    at = timezone.now()
    asked = 0
    for act in _chosen(request, desk, meeting):
        if why_not_put_online(act, by=desk.by, on=dates.day_of(at)) is None:
            acts.ask_online(act, by=desk.by, at=at)
            asked += 1
    if asked:
        messages.success(request, f"{asked} acte{'s' if asked > 1 else ''} en cours de mise en ligne.")
    else:
        messages.info(request, "Aucun acte coché ne peut être mis en ligne.")
    return desk.to("meeting_leave", meeting.pk)


def discuss(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Write the substance of the discussions."""
    meeting = meeting_or_404(desk, meeting_id)
    said = request.POST.get("teneur", "")[:60000]
    actions.write_discussion(meeting, discussion=said, by=desk.by, at=timezone.now())
    messages.success(request, "La teneur des discussions est écrite.")
    return desk.to("meeting_leave", meeting.pk)


def minutes(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Give the minutes as they were arrested, or as they stand."""
    meeting = meeting_or_404(desk, meeting_id)
    if meeting.minutes_act is not None and meeting.minutes_act.document is not None:
        content = documents.read(meeting.minutes_act.document)
    else:
        items = list(meeting.items.select_related("act", "reporter").prefetch_related("annexes"))
        content = papers.minutes(meeting, items, roll_of(meeting), at=timezone.now())
    return pdf(content, f"proces-verbal-{meeting.held_on.isoformat()}")


def list_of(request: HttpRequest, desk: Desk, meeting_id: int) -> HttpResponse:
    """Give the list of the deliberations examined, as it was made, or as it stands."""
    meeting = meeting_or_404(desk, meeting_id)
    if meeting.list_act is not None and meeting.list_act.document is not None:
        content = documents.read(meeting.list_act.document)
    else:
        content = papers.list_of(meeting, list(meeting.items.select_related("act")), at=timezone.now())
    return pdf(content, f"liste-{meeting.held_on.isoformat()}")


def deliberation(request: HttpRequest, desk: Desk, meeting_id: int, item_id: int) -> HttpResponse:
    """Give the text of a deliberation as its act keeps it, or its draft while it is to be voted."""
    meeting = meeting_or_404(desk, meeting_id)
    item = item_or_404(meeting, item_id)
    if item.act is not None and item.act.document is not None:
        return pdf(documents.read(item.act.document), f"deliberation-{item.act.number}")
    roll = roll_of(meeting)
    number = item.act.number if item.act else "projet"
    content = papers.extract(item, number, roll, tally(item, roll), at=timezone.now())
    return pdf(content, f"projet-{item.pk}")


def register(request: HttpRequest, desk: Desk, year: int) -> HttpResponse:
    """Give the register of a year as it was made; its last version, or the one that is asked."""
    assembly = assembly_or_404(desk)
    made = assembly.registers.filter(year=year).select_related("document")
    if version := whole(request.GET.get("version", "")):
        made = made.filter(version=version)
    found = made.first()
    if found is None:
        raise Http404(f"Le registre de {year} n’est pas encore fait.")
    return pdf(documents.read(found.document), f"registre-{year}-v{found.version}")


def make_register(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Make the register of a year, or say that nothing changed since the last version."""
    year = whole(request.POST.get("annee", ""), longest=4)
    if year is None or not 1900 < year < 2200:
        raise Refused("Choisissez l’année du registre.")
    made, is_new = actions.make_register(assembly_or_404(desk), year, by=desk.by, at=timezone.now())
    if is_new:
        messages.success(request, f"Le registre {year}, version {made.version}, est fait\u00a0: imprimez-le.")
    else:
        messages.info(request, f"Rien n’a changé depuis la version {made.version} du registre {year}.")
    return desk.to("meetings")
