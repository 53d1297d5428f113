"""Rules: who keeps an assembly, and when each gesture of a meeting may be made: a French refusal, or None."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db.models import EmailField

from socle.assemblies.ballots import ASK_SAME, Outcome, Votes, accounts, appoint, flags_of_totals, names_of, result
from socle.assemblies.convocation import Urgency, judge_convocation, judge_second_convocation, send_before
from socle.assemblies.law import TO_CONFIRM, Answer, Regime, confirmed
from socle.assemblies.models import MOVES, Assembly, Attendance, Item, Meeting, Member, Posting
from socle.assemblies.tally import Roll, Tally, tally, voters_of
from socle.deliberations.matters import why_not_matter
from socle.lib import dates
from socle.lib.text import bytes_in_french, folded
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, Operator, Role, User
from socle.people.rules import holds, may

MOST_MEMBERS, MOST_ITEMS = 200, 150
MOST_ANNEXES, MOST_ANNEXED = 10, 30 * 1024 * 1024
# A line of decision longer than this is a text pasted whole, to be cut into articles.
LONGEST_ARTICLE = 4000
NOTHING_DECIDED = "Écrivez ce que l’assemblée décide, un article par ligne."
Status = Meeting.Status


def why_not_keep(user: User, body: Beneficiary | Operator, *, on: date) -> str | None:
    """Say why this person does not keep the assembly of this body: its members, its meetings, and their acts."""
    if user.is_system:
        return None
    if isinstance(body, Operator):
        if holds(user, Role.ASSEMBLY_SECRETARY, on=on, operator=body):
            return None
        return (
            f"L’assemblée de «\u00a0{body.name}\u00a0» est tenue par ses secrétaires d’assemblée\u00a0: demandez ce "
            "rôle à la personne qui le représente."
        )
    if may(user, Capability.ADMINISTER, on=on, beneficiary=body):
        return None
    return "Les séances sont tenues par le secrétariat et par la personne qui représente la mairie."


def why_not_seat(assembly: Assembly, name: str, *, function: str, who: Member | None = None) -> str | None:
    """Say why this person cannot be written so among the members."""
    if not name.strip():
        return "Écrivez le prénom et le nom."
    others = [one for one in assembly.members.filter(left_on=None) if who is None or one.pk != who.pk]
    if who is None and len(others) >= MOST_MEMBERS:
        return f"Cette assemblée a déjà {MOST_MEMBERS} membres."
    if function == Member.Function.MAYOR and any(one.is_head for one in others):
        return (
            "Une seule personne préside l’assemblée à la fois\u00a0: changez d’abord la fonction de celle qui y est, "
            "ou notez son départ."
        )
    # Proxies and votes are told by names: two alike could not be told apart.
    if any(folded(one.name) == folded(name) for one in others):
        return "Une personne de ce nom est déjà dans la liste."
    return None


def why_not_move(meeting: Meeting, to: Status) -> str | None:
    """Say why a meeting does not pass to this state."""
    if to in MOVES[Status(meeting.status)]:
        return None
    return f"La séance est {meeting.get_status_display()}\u00a0: elle ne peut pas être {to.label}."


def why_not_prepare(meeting: Meeting) -> str | None:
    """Say why the agenda of a meeting does not change any more."""
    if meeting.status == Status.PREPARED:
        return None
    if meeting.status == Status.CONVENED:
        return (
            "La convocation est partie avec cet ordre du jour\u00a0: il ne change plus. Annulez la séance et "
            "convoquez-en une autre, ou inscrivez le point à la suivante."
        )
    return f"La séance est {meeting.get_status_display()}\u00a0: son ordre du jour ne change plus."


def why_not_item(meeting: Meeting, *, subject: str, matter: str, college: str, decision: str, adds: bool) -> str | None:
    """Say why an item cannot be written so on the agenda."""
    if reason := why_not_prepare(meeting):
        return reason
    if not subject.strip():
        return "Écrivez l’objet du point."
    if matter and (reason := why_not_matter(matter)):
        return reason
    if adds and meeting.items.count() >= MOST_ITEMS:
        return f"L’ordre du jour a déjà {MOST_ITEMS} points."
    if college and not meeting.assembly.members.filter(college=college).exists():
        return f"Aucun membre n’est du collège «\u00a0{college}\u00a0»\u00a0: corrigez-le, ou laissez-le vide."
    return _why_not_articles(decision)


def why_not_write_decision(item: Item, decision: str) -> str | None:
    """Say why this cannot be written now as what an item decides: its vote would not be the one of these words."""
    meeting = item.meeting
    if meeting.status not in (Status.CONVENED, Status.OPEN):
        return f"La séance est {meeting.get_status_display()}\u00a0: ce qui est décidé s’écrit avant qu’elle finisse."
    if item.kind == Item.Kind.INFORMATION:
        return "Ce point est une information\u00a0: rien n’y est décidé."
    if item.is_voted and item.articles:
        return "Ce point est voté\u00a0: revenez sur ce point, corrigez ce qui est décidé, et votez de nouveau."
    if not decision.strip():
        return NOTHING_DECIDED
    return _why_not_articles(decision)


def _why_not_articles(decision: str) -> str | None:
    if any(len(line) > LONGEST_ARTICLE for line in decision.splitlines()):
        return f"Un article dépasse {LONGEST_ARTICLE} caractères\u00a0: coupez-le en plusieurs lignes, une par article."
    return None


def why_decides_nothing(item: Item) -> str | None:
    """Say that an item adopted has no operative part: its act would decide nothing."""
    if item.outcome != Item.Outcome.ADOPTED or item.articles:
        return None
    return f"Le point {item.rank} est adopté, et rien n’y est décidé\u00a0: écrivez ce que l’assemblée décide."


def why_not_annex(item: Item, *, title: str, size: int) -> str | None:
    """Say why a PDF of so many bytes is not joined to an item, or taken off it (size 0): voted, too many, too heavy."""
    if item.meeting.is_past_its_work or item.is_voted:
        return "Ce point est voté, ou sa séance est finie\u00a0: ses annexes ne changent plus."
    if not size:
        return None
    if not title.strip():
        return "Donnez un titre à l’annexe\u00a0: la délibération le dit."
    sizes = list(item.annexes.values_list("document__size", flat=True))
    if len(sizes) >= MOST_ANNEXES:
        return f"Un point a {MOST_ANNEXES} annexes au plus\u00a0: réunissez-les en un PDF."
    if sum(sizes) + size > MOST_ANNEXED:
        return f"Les annexes d’un point pèsent {bytes_in_french(MOST_ANNEXED)} au plus ensemble\u00a0: allégez-les."
    return None


def judge_delay(meeting: Meeting, *, sent_on: date) -> Answer:
    """Say whether a convocation sent on this day leaves the clear days that the law wants."""
    assembly = meeting.assembly
    first = meeting.repeats
    if first is not None:
        return judge_second_convocation(
            law=assembly.law,
            failed_on=first.held_on,
            failed_items=set(first.items.values_list("subject", flat=True)),
            sent_on=sent_on,
            session_on=meeting.held_on,
            items=list(meeting.items.values_list("subject", flat=True)),
        )
    # Whether the assembly approved the urgency is asked as the session opens.
    urgency = Urgency(is_reported=True, is_approved=meeting.is_urgency_approved is not False)
    return judge_convocation(
        law=assembly.law,
        population=(assembly.population or 0) if assembly.needs_population else None,
        sent_on=sent_on,
        session_on=meeting.held_on,
        urgency=urgency if meeting.urgency else None,
    )


def convene_by(meeting: Meeting) -> tuple[date | None, str]:
    """Return the last day on which its convocation leaves in time, and what says so; None while nothing says it."""
    assembly, on = meeting.assembly, meeting.held_on
    if meeting.repeats_id is not None or meeting.urgency:
        rule = confirmed(assembly.law, "second_clear_days" if meeting.repeats_id else "urgent_clear_days", on=on)
    elif assembly.needs_population and assembly.population is None:
        return None, ""
    else:
        population = assembly.population if assembly.needs_population else None
        rule = confirmed(assembly.law, "clear_days", on=on, population=population)
    return (send_before(on, rule.number), rule.cited) if rule.is_confirmed else (None, "")


def why_not_convene(meeting: Meeting, *, at: datetime) -> str | None:
    """Say why the convocation cannot leave at this instant."""
    if reason := why_not_move(meeting, Status.CONVENED):
        return reason
    if not meeting.assembly.members.in_office(meeting.held_on).exists():
        return "L’assemblée n’a pas encore de membres\u00a0: écrivez-les d’abord, leurs noms suffisent."
    if not meeting.items.exists():
        return "L’ordre du jour est vide\u00a0: inscrivez-y un point au moins."
    if meeting.starts_at <= at:
        return "La séance serait déjà commencée\u00a0: corrigez sa date."
    if meeting.assembly.needs_population and meeting.assembly.population is None:
        return "Dites la population au dernier renouvellement général\u00a0: le délai de convocation en dépend."
    answer = judge_delay(meeting, sent_on=dates.day_of(at))
    return answer.sentence if answer.is_met is False else None


def why_not_open(meeting: Meeting, *, at: datetime) -> str | None:
    """Say why the session cannot be opened at this instant."""
    if reason := why_not_move(meeting, Status.OPEN):
        return reason
    if at < meeting.starts_at and dates.day_of(at) != meeting.held_on:
        return f"La séance est convoquée le {dates.at_in_words(meeting.starts_at)}\u00a0: elle s’ouvre ce jour-là."
    return None


@dataclass(frozen=True)
class Noted:
    """How a member attends: state, from which item, until which, and who holds their proxy."""

    state: str
    arrived_for: int | None = None
    left_before: int | None = None
    proxy_to: int | None = None
    is_proxy_written: bool = True
    paper: str = ""


def why_not_attend(meeting: Meeting, rows: Mapping[int, Noted]) -> str | None:
    """Say why these presences, by member, cannot be noted; those left out are among them, as they were."""
    if meeting.status != Status.OPEN:
        return f"La séance est {meeting.get_status_display()}\u00a0: la feuille de présence n’est pas ouverte."
    for member, noted in rows.items():
        holder = noted.proxy_to
        arrived, left = noted.arrived_for, noted.left_before
        if max(arrived or 0, left or 0) > MOST_ITEMS:
            return "Choisissez l’arrivée et le départ parmi les points de l’ordre du jour."
        if arrived is not None and left is not None and left <= arrived:
            return "Une personne partirait avant d’arriver\u00a0: corrigez les deux points."
        if holder is None:
            continue
        if holder == member:
            return "Un pouvoir va d’un membre à un autre\u00a0: choisissez une autre personne."
        # Who comes late, or leaves early, may have given their voice for the items when they are away.
        if noted.state == Attendance.State.PRESENT and arrived is None and left is None:
            return "Une personne présente ne donne pas pouvoir\u00a0: notez-la excusée, ou effacez son pouvoir."
        if holder not in rows or rows[holder].state != Attendance.State.PRESENT:
            return "Un pouvoir est donné à une personne absente\u00a0: choisissez une personne présente, ou effacez-le."
    return None


def why_no_secretary(roll: Roll) -> str | None:
    """Say that the secretary of a session is still to be named, at its beginning; whoever presides may be alone."""
    meeting = roll.meeting
    if meeting.secretary_id is not None or is_alone(roll):
        return None
    source = " (CGCT, article L. 2121-15)" if meeting.assembly.regime == Regime.COMMUNE else ""
    return f"Dites d’abord qui l’assemblée nomme secrétaire de séance{source}."


def is_alone(roll: Roll) -> bool:
    """Whether whoever presides is the only one there, which a second convocation allows: nobody can be secretary."""
    there = {one.member_id for one in roll.attendances if one.state == Attendance.State.PRESENT}
    return roll.meeting.repeats_id is not None and there <= {roll.meeting.president_id}


def why_not_vote(item: Item, roll: Roll, votes: Votes | None) -> str | None:
    """Say why an item cannot be voted so; `votes` None asks whether it can be voted at all."""
    meeting = roll.meeting
    if meeting.status != Status.OPEN:
        return f"La séance est {meeting.get_status_display()}\u00a0: on ne vote que pendant la séance."
    if item.kind == Item.Kind.INFORMATION:
        return "Ce point est une information\u00a0: il ne se vote pas."
    if meeting.urgency and meeting.is_urgency_approved is None:
        return "Dites d’abord si l’assemblée approuve l’urgence de cette convocation."
    if reason := why_no_secretary(roll):
        return reason
    counted_now = tally(item, roll)
    if counted_now.quorum.is_met is False:
        return counted_now.quorum.sentence
    # Where the statutes are to be confirmed the same is told, and stops nobody.
    if blocking := [flag for flag in counted_now.flags if flag.rule == 12 and TO_CONFIRM not in flag.sentence]:
        return blocking[0].sentence
    # A giver is asked, never refused.
    if asked := [flag for flag in counted_now.flags if ASK_SAME in flag.sentence]:
        return asked[0].sentence
    if votes is None:
        return None
    if votes.total == 0:
        return "Personne n’a voté\u00a0: notez les voix, ou reportez le point."
    flags = flags_of_totals(
        votes,
        present=len(counted_now.present),
        proxies=len(counted_now.proxies),
        withdrawn=0,
    )
    if flags:
        return flags[0].sentence
    answer = judge_vote(item, roll, votes)
    return answer.sentence if answer.is_met is None else None


def why_not_by_figures(item: Item) -> str | None:
    """Say why an item is not voted by its figures for and against: it names people."""
    if not item.names_people:
        return None
    return "Ce point est une nomination\u00a0: notez les voix de chaque candidat ou candidate."


def why_not_count(others: int, voices: int) -> str | None:
    """Say why so many voices against or abstaining cannot be noted, of those there are."""
    if others <= voices:
        return None
    return f"{others} voix contre ou abstentions, pour {voices} possibles\u00a0: corrigez la présence ou les votes."


def why_not_ask(public: int, secret: int, *, present: int) -> str | None:
    """Say why so many members cannot have asked for a public or a secret ballot."""
    if max(public, secret) > present:
        return f"{max(public, secret)} membres le demandent, et {present} sont présents\u00a0: corrigez l’un des deux."
    return None


def why_not_name(item: Item, roll: Roll, *, is_open: bool = False) -> str | None:
    """Say why nobody is named by this item now, or not in the open: it names nobody, or a text commands secrecy."""
    if not item.names_people:
        return "Ce point n’est pas une nomination\u00a0: notez son vote."
    if reason := why_not_vote(item, roll, None):
        return reason
    if is_open and item.kind == Item.Kind.ELECTION:
        return "La loi veut cette élection au scrutin secret\u00a0: l’assemblée ne peut pas en décider autrement."
    return None


def why_not_read_out(item: Item, roll: Roll, candidates: Sequence[str]) -> str | None:
    """Say why these people are not appointed at once, without a vote: one candidate a seat, or one list, is wanted."""
    if reason := why_not_name(item, roll, is_open=True):
        return reason
    names = [name for one in candidates for name in names_of(one)]
    if not names:
        return "Écrivez qui est nommé\u00a0: une personne par ligne, ou la liste, ses noms séparés par des virgules."
    if len({folded(name) for name in names}) < len(names):
        return "Un nom est écrit deux fois\u00a0: une personne n’a qu’un siège."
    if roll.meeting.president_id is None:
        return "Dites d’abord qui préside\u00a0: c’est la présidence qui donne lecture de cette nomination."
    return None


def why_not_appoint(
    item: Item, roll: Roll, rounds: Sequence[Mapping[str, int]], *, is_open: bool = False
) -> str | None:
    """Say why these rounds appoint nobody, or cannot be: more voices than there are, no majority yet, a tie."""
    if reason := why_not_name(item, roll, is_open=is_open):
        return reason
    if not rounds:
        return "Notez les voix de chaque candidat ou candidate\u00a0: un nom, deux-points, un nombre."
    voices = tally(item, roll).voices
    for rank, votes in enumerate(rounds, 1):
        if sum(votes.values()) > voices:
            return f"{sum(votes.values())} voix au tour {rank}, pour {voices} possibles\u00a0: corrigez les voix."
    outcome = judge_appointment(roll, rounds)
    return outcome.sentence if outcome.elected is None else None


def judge_appointment(roll: Roll, rounds: Sequence[Mapping[str, int]]) -> Outcome:
    """Say who is appointed by these rounds, and the sentence."""
    born_on = {one.name: one.born_on for one in roll.members if one.born_on is not None}
    return appoint(rounds, born_on=born_on, law=roll.law, on=roll.on)


def judge_vote(item: Item, roll: Roll, votes: Votes) -> Answer:
    """Say whether an item voted so is adopted, in the terms of its kind."""
    if item.kind == Item.Kind.ACCOUNTS:
        return accounts(votes, law=roll.law, on=roll.on)
    return result(votes, law=roll.law, on=roll.on)


def why_not_set_aside(item: Item, *, outcome: str) -> str | None:
    """Say why an item cannot be left so without a vote: postponed, told, or put back to be voted."""
    if reason := why_not_move(item.meeting, Status.HELD):
        return reason
    if outcome == Item.Outcome.TOLD and item.kind != Item.Kind.INFORMATION:
        return "Ce point se vote\u00a0: votez-le, ou reportez-le."
    if outcome in Item.VOTED:
        return "Un vote se note par ses voix."
    return None


def votes_of(item: Item) -> Votes | None:
    """The votes of an item as they were noted, or None before them, or without any."""
    if item.votes_for is None:
        return None
    return Votes(
        in_favour=item.votes_for,
        against=item.votes_against or 0,
        abstentions=item.abstentions or 0,
        is_secret=item.is_secret,
        head_in_favour=item.is_head_in_favour,
        head_abstained=item.has_head_abstained,
    )


def why_contradicts(item: Item, roll: Roll) -> str | None:
    """Say where a vote that was noted contradicts who was there, or itself, now: its figures are to be noted again."""
    again = f"Point {item.rank}\u00a0: revenez sur ce point, et notez-le de nouveau. "
    counted = tally(item, roll)
    if counted.quorum.is_met is False:
        return again + counted.quorum.sentence
    if [counted.quorum.sentence] != item.explained.splitlines()[:1]:
        return f"{again}Les présences ou les membres ont changé depuis son vote. {counted.quorum.sentence}"
    votes = votes_of(item)
    if votes is not None and votes.total > counted.voices:
        return f"{again}{votes.total} voix y sont notées, pour {counted.voices} possibles."
    if item.named and not _names_all(item.named, voters_of(counted)):
        return f"{again}Les votes nominatifs ne sont pas ceux des membres qui prennent part au vote."
    if votes is None or item.names_people:
        return None
    if judge_vote(item, roll, votes).is_met is not (item.outcome == Item.Outcome.ADOPTED):
        return f"{again}Son issue n’est pas celle de ses voix."
    return None


def _names_all(named: str, voters: Sequence[str]) -> bool:
    """Whether the names of a public ballot are those of these voters, and of nobody else."""
    senses = ", ".join(line.partition("\u00a0: ")[2] for line in named.splitlines())
    return senses.count(", ") == ", ".join(voters).count(", ") and all(
        f", {one}, " in f", {senses}, " for one in voters
    )


def why_not_finish(meeting: Meeting, items: Sequence[Item]) -> str | None:
    """Say why the items of a session leave it open; who presided is chosen as it closes."""
    if reason := why_not_move(meeting, Status.HELD):
        return reason
    waiting = [str(item.rank) for item in items if item.outcome == Item.Outcome.PENDING]
    if len(waiting) == 1:
        return f"Le point {waiting[0]} n’est ni voté ni reporté."
    if waiting:
        return f"Les points {', '.join(waiting)} ne sont ni votés ni reportés."
    return next((reason for item in items if (reason := why_decides_nothing(item))), None)


def why_not_close(meeting: Meeting, items: Sequence[Item], roll: Roll) -> str | None:
    """Say why a session cannot be closed; every vote is judged anew, as its act will tell it."""
    if reason := why_not_finish(meeting, items):
        return reason
    if meeting.president is None:
        return "Dites qui a présidé la séance."
    if reason := why_no_secretary(roll):
        return reason
    away = meeting.attendances.exclude(state=Attendance.State.PRESENT).select_related("member")
    if one := away.filter(member__in=[meeting.president, meeting.secretary]).first():
        return (
            f"{one.member.titled} n’est pas parmi les présents, et ne peut ni présider ni tenir le secrétariat\u00a0: "
            "choisissez une autre personne, ou corrigez les présences."
        )
    return next((reason for item in items if item.is_voted and (reason := why_contradicts(item, roll))), None)


def why_not_fail(meeting: Meeting, items: Sequence[Item], tallies: Sequence[Tally]) -> str | None:
    """Say why a session cannot be ended for lack of a quorum."""
    if reason := why_not_move(meeting, Status.FAILED):
        return reason
    # Postponed already, they have their second session: a second press would prepare an empty one.
    left = [one for item, one in zip(items, tallies, strict=True) if item.outcome == Item.Outcome.PENDING]
    if not left:
        return "Il ne reste aucun point à voter\u00a0: levez la séance."
    lost = [one for one in left if one.quorum.is_met is False]
    if not lost:
        return "Le quorum est atteint pour tous les points qui restent\u00a0: la séance peut continuer."
    return None


def why_not_arrest(meeting: Meeting, *, later: Meeting) -> str | None:
    """Say why the minutes of a meeting are not arrested in this later one."""
    if meeting.status not in (Status.HELD, Status.FAILED):
        return f"La séance du {dates.in_words(meeting.held_on)} est {meeting.get_status_display()}."
    if meeting.minutes_act_id is not None:
        return f"Le procès-verbal de la séance du {dates.in_words(meeting.held_on)} est déjà arrêté."
    if later.status != Status.OPEN or later.starts_at <= meeting.starts_at:
        return "Un procès-verbal s’arrête au commencement d’une séance suivante\u00a0: ouvrez-la d’abord."
    return None


def why_not_post(meeting: Meeting, *, what: str, first_on: date, last_on: date, on: date) -> str | None:
    """Say why the posting of a paper of a meeting is not certified: it was not made, is posted already, or not yet."""
    made = {
        Posting.What.CONVOCATION: (meeting.convened_at, "La convocation n’est pas partie."),
        Posting.What.LIST: (meeting.list_act_id and meeting.closed_at, "La liste se fait quand la séance est levée."),
        Posting.What.MINUTES: (
            meeting.minutes_act_id and meeting.closed_at,
            "Le procès-verbal s’affiche une fois arrêté, à la séance suivante.",
        ),
    }
    if what not in made:
        return "Choisissez ce qui a été affiché."
    made_at, lacking = made[Posting.What(what)]
    if not made_at:
        return lacking
    if last_on < first_on:
        return "L’affichage finirait avant de commencer\u00a0: vérifiez les deux jours."
    if first_on < dates.day_of(made_at):
        first = dates.in_words(dates.day_of(made_at))
        return f"L’affichage commencerait avant le {first}, jour de ce papier\u00a0: vérifiez le premier jour."
    if last_on > on:
        return f"Le {dates.in_words(last_on)} n’est pas encore venu\u00a0: un certificat dit ce qui a eu lieu."
    if meeting.postings.filter(what=what).exists():
        return "Le certificat d’affichage de ce papier est déjà fait."
    return None


# « Mme Claire Exemple, maire », one a line.
NAMES = re.compile(
    r"^(?:(?P<civility>Mme|Madame|M\.|Mr|Monsieur)\s+)?(?P<name>[^,;\t]+)(?:[,;\t]\s*(?P<function>[^,;\t]*))?"
)


# « claire@exemple.fr », alone or « <claire@exemple.fr> », wherever it stands on a line, which is no longer than this.
ADDRESS = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
LONGEST_LINE = 600


def read_names(words: str) -> list[tuple[str, str, str, str]]:
    """Read the members of an assembly, one a line: return (name, civility, words of the function, address) of each."""
    found = []
    for whole in words.splitlines():
        line = whole.strip()[:LONGEST_LINE]
        address = ADDRESS.search(line)
        if address is not None:
            parts = (line[: address.start()].rstrip(" \t<,;"), line[address.end() :].lstrip(" \t>,;"))
            line = ", ".join(part for part in parts if part)
        match = NAMES.match(line)
        if match is None or not match["name"].strip():
            continue
        said = match["civility"] or ""
        civility = "mrs" if said in ("Mme", "Madame") else "mr" if said else ""
        function = (match["function"] or "").strip()
        found.append((match["name"].strip()[:120], civility, function, address[0] if address else ""))
    return found


def why_not_address(address: str) -> str | None:
    """Say why nothing is sent to this address, or None; without one, a convocation is printed."""
    if not address:
        return None
    try:
        EmailField(max_length=254).run_validators(address)
    except ValidationError:
        return f"«\u00a0{address[:80]}\u00a0» n’est pas une adresse électronique\u00a0: corrigez-la, ou effacez-la."
    return None
