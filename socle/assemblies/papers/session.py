"""The papers of one meeting: the convocation, the extract of each deliberation, their list, the minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from socle.assemblies.models import Item, Meeting, Posting
from socle.assemblies.papers import words
from socle.assemblies.papers.layout import one_meeting
from socle.assemblies.papers.words import block, heading, listed, paragraph, paragraphs
from socle.assemblies.tally import Roll, Tally, tally
from socle.documents import actions as documents
from socle.documents.merging import appended
from socle.lib import dates
from socle.signing import fields

# The fields of an extract that a certificate may sign.
PLACES = ("presidence", "secretariat")


def convocation(meeting: Meeting, items: Sequence[Item], *, at: datetime) -> bytes:
    """Return the convocation, by the head of the assembly: when, where, the agenda, the note when there is one."""
    assembly = meeting.assembly
    head = assembly.members.in_office(meeting.held_on).filter(function="mayor").first()
    nodes = [
        heading(f"Convocation {words.of_assembly(assembly)}"),
        paragraph(f"Le {dates.in_words(dates.day_of(at))}"),
        paragraph("Madame, Monsieur,"),
        paragraph(words.summons(meeting)),
    ]
    if second := words.repeats(meeting):
        nodes.append(paragraph(second))
    if meeting.urgency:
        nodes.append(paragraph(meeting.urgency, strong="Convocation en urgence\u00a0: "))
    nodes += [heading("Ordre du jour", 2), listed((item.subject for item in items), is_ordered=True)]
    nodes.append(paragraph(words.proxy_offered(assembly)))
    signatures = []
    if head is not None:
        nodes += [
            paragraph("Je vous prie d’agréer, Madame, Monsieur, mes salutations distinguées."),
            block("signatures"),
        ]
        signatures = [f"{words.quality(assembly, head, with_article=True)},\n{head.name}"]
    if meeting.note:
        nodes += [heading("Note explicative de synthèse", 2), *paragraphs(meeting.note)]
    title = f"Convocation du {dates.in_words(meeting.held_on)}"
    return one_meeting(title, nodes, meeting, signatures=signatures).set(at=at)


def extract(item: Item, number: str, roll: Roll, counts: Tally, *, at: datetime) -> bytes:
    """Return the extract of the register for an item adopted: presence, quorum, grounds, articles, votes, annexes.

    The pages of its annexes follow its own: the act is one file, whole.
    """
    meeting = roll.meeting
    found = list(item.annexes.select_related("document"))
    nodes = [
        paragraph(f"Extrait du registre des délibérations {words.of_assembly(meeting.assembly)}"),
        heading(f"Délibération n° {number}"),
        paragraph(item.subject, strong="Objet\u00a0: "),
        words.gathered(meeting),
        *words.secretary(meeting),
        block("attendance"),
        *(paragraph(line) for line in words.counted_lines(item)[:1]),
        *words.rapporteur(item),
        *paragraphs(item.grounds),
        *words.decided(item, counts),
        *words.voted(item, counts),
        *words.annexes(found, with_digests=True),
        *paragraphs(meeting.assembly.appeal),
        paragraph("Pour extrait conforme,"),
        block("signatures"),
    ]
    signing = words.signing(meeting)
    paper = one_meeting(
        f"Délibération {number}",
        nodes,
        meeting,
        tables={"attendance": words.attendance_table(roll, item)},
        signatures=signing,
        places=PLACES[: len(signing)],
        has_stamp=True,
    )
    told = {place: line.replace(",\n", "\u00a0: ") for place, line in zip(PLACES, signing, strict=False)}
    set_alone = fields.place(paper.set(at=at), fields=told)
    return appended(set_alone, (documents.read(one.document) for one in found)) if found else set_alone


def list_of(meeting: Meeting, items: Sequence[Item], *, at: datetime) -> bytes:
    """Return the list of the deliberations examined, adopted or not (CGCT, L. 2121-25)."""
    examined = [item for item in items if item.kind != Item.Kind.INFORMATION]
    rows = [
        [str(item.rank), item.act.number if item.act else "", item.subject, item.get_outcome_display()]
        for item in examined
    ]
    nodes = [heading("Liste des délibérations examinées"), words.gathered(meeting), block("items")]
    if not rows:
        nodes[-1] = paragraph("Aucune délibération n’a été examinée.")
    tables = {"items": words.table(["Point", "Numéro", "Objet", "Issue"], rows, [0.6, 1, 4, 1.1])}
    signing = words.signing(meeting)[:1]
    nodes.append(block("signatures"))
    title = f"Délibérations du {dates.in_words(meeting.held_on)}"
    return one_meeting(title, nodes, meeting, tables=tables, signatures=signing).set(at=at)


def minutes(
    meeting: Meeting, items: Sequence[Item], roll: Roll, *, arrested_on: date | None = None, at: datetime
) -> bytes:
    """Return the minutes: who, quorum, agenda, each deliberation and its vote, the discussions (CGCT, L. 2121-15)."""
    nodes = [
        heading(f"Procès-verbal de la séance du {dates.in_words(meeting.held_on)}"),
        paragraph(
            f"Arrêté au commencement de la séance du {dates.in_words(arrested_on)}."
            if arrested_on
            else "Projet, à arrêter au commencement de la séance suivante."
        ),
        words.gathered(meeting),
        *words.secretary(meeting),
        block("attendance"),
        heading("Ordre du jour", 2),
        listed((item.subject for item in items), is_ordered=True),
    ]
    if meeting.urgency and meeting.is_urgency_approved is not None:
        said = "approuve" if meeting.is_urgency_approved else "n’approuve pas"
        nodes.append(
            paragraph(
                f"Motif de l’urgence, rapporté à l’ouverture\u00a0: {meeting.urgency} L’assemblée {said} l’urgence."
            )
        )
    nodes += [
        paragraph(
            f"Le procès-verbal de la séance du {dates.in_words(one.held_on)} est arrêté (CGCT, article L. 2121-15)."
        )
        for one in meeting.minutes_arrested.order_by("starts_at")
    ]
    quorums = words.quorums(items)
    second = meeting.repeated_by.first()
    left = set(second.items.values_list("subject", flat=True)) if second else set()
    for item in items:
        counts = tally(item, roll)
        nodes += [heading(f"{item.rank}. {item.subject}", 2), *words.rapporteur(item), *paragraphs(item.grounds)]
        if item.is_voted:
            nodes += quorums[item.pk]
            nodes += [
                *words.decided(item, counts, with_voices=False),
                *words.voted(item, counts),
                *words.annexes(item.annexes.all()),
            ]
        nodes.append(words.outcome(item, counts, second=second if item.subject in left else None))
    if meeting.discussion:
        nodes += [heading("Teneur des discussions", 2), *paragraphs(meeting.discussion)]
    if meeting.closed_at:
        day = dates.in_words(dates.day_of(meeting.closed_at))
        nodes.append(paragraph(f"La séance est levée le {day}, à {words.hour(meeting.closed_at)}."))
    nodes.append(block("signatures"))
    return one_meeting(
        f"Procès-verbal du {dates.in_words(meeting.held_on)}",
        nodes,
        meeting,
        tables={"attendance": words.attendance_table(roll)},
        signatures=words.signing(meeting),
    ).set(at=at)


def posting_certificate(posting: Posting, *, at: datetime) -> bytes:
    """Return the certificate that a paper of a meeting was posted, from when to when, which the head signs."""
    meeting = posting.meeting
    assembly = meeting.assembly
    head = assembly.members.in_office(dates.day_of(at)).filter(function="mayor").first()
    who = f"{words.quality(assembly, head, with_article=True)}, {head.titled}," if head else "La présidence"
    posted = "affiché" if posting.what == posting.What.MINUTES else "affichée"
    when = f"du {dates.in_words(posting.first_on)} au {dates.in_words(posting.last_on)} inclus"
    if posting.first_on == posting.last_on:
        when = f"le {dates.in_words(posting.first_on)}"
    what = f"{posting.What(posting.what).label} de la séance du {dates.in_words(meeting.held_on)}"
    where = "à la mairie" if assembly.is_commune else "au siège"
    nodes = [
        heading("Certificat d’affichage"),
        paragraph(f"{who} certifie que {what} {words.of_assembly(assembly)} a été {posted} {where} {when}."),
    ]
    acts = {posting.What.LIST: meeting.list_act, posting.What.MINUTES: meeting.minutes_act}
    act = acts.get(posting.What(posting.what))
    if act is not None and act.put_online_at:
        online = dates.at_in_words(act.put_online_at)
        nodes.append(paragraph(f"Mise en ligne\u00a0: le {online}, empreinte SHA-256 {act.online_sha256}."))
    if posting.has_copy:
        nodes.append(paragraph("Un exemplaire sur papier est mis à la disposition du public."))
    nodes += [paragraph(f"Fait le {dates.in_words(dates.day_of(at))}."), block("signatures")]
    signing = [f"{words.quality(assembly, head, with_article=True)},\n{head.name}"] if head else ["La présidence,"]
    return one_meeting("Certificat d’affichage", nodes, meeting, signatures=signing).set(at=at)
