"""What the platform knows of a site by construction, and looks at on its pages before saying so.

Each line says which criteria, what is looked at on every page, and the test that holds it. What a program cannot decide
is not here: about half of the criteria stay for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from socle.websites.accessibility.reading import MEDIA, OFFICE, PageRead
from socle.websites.models.accessibility import Judgement

State = Judgement.State
C, NA = State.CONFORMING, State.NOT_APPLICABLE


@dataclass(frozen=True)
class Known:
    """Criteria that have this state as long as every page passes the look."""

    criteria: tuple[str, ...]
    state: State
    why: str
    look: Callable[[PageRead], bool]
    held_by: str
    # Whether a page that does not pass proves the criterion wrong; otherwise it is left to a person.
    proves_failure: bool = False
    # What the criterion is about, when a site may have none: it is then not applicable, rather than respected.
    about: Callable[[PageRead], bool] = lambda page: True
    without: str = ""


def _numbered(theme: int, *ranks: int) -> tuple[str, ...]:
    return tuple(f"{theme}.{rank}" for rank in ranks)


def _has_table(page: PageRead) -> bool:
    return bool(page.tables)


def _has_form(page: PageRead) -> bool:
    return page.has_search or page.fields > 0


def _runs(page: PageRead) -> bool:
    """The page of the search runs its script."""
    return page.has_search or page.has_script


NO_TABLE = "Aucune page n’a de tableau."
TESTS = "tests/websites/"
HELD = f"{TESTS}test_accessibility.py::test_the_pages_of_a_new_site_pass_every_look"
SEARCHED = f"{TESTS}test_finding.py::test_the_browser_finds_what_the_platform_finds_and_needs_it_no_more"
SOBER = f"{TESTS}test_hosts.py::test_every_page_of_a_site_is_live_sober_and_says_its_accessibility"

KNOWN: tuple[Known, ...] = (
    Known(
        _numbered(1, 4, 5) + _numbered(11, 3, 5, 6, 7, 8, 10, 11, 12, 13),
        NA,
        "Aucune page n’a de formulaire, si ce n’est la recherche\u00a0: un seul champ, sans contrôle de saisie.",
        lambda page: not page.fields,
        HELD,
    ),
    Known(
        _numbered(11, 1, 2, 4, 9),
        C,
        "Le seul formulaire est la recherche\u00a0: son champ a son étiquette, son bouton son intitulé.",
        lambda page: not page.fields,
        SEARCHED,
        about=_has_form,
        without="Aucune page n’a de formulaire.",
    ),
    Known(
        _numbered(2, 1, 2),
        NA,
        "Aucune page n’a de cadre.",
        lambda page: not page.count("iframe", "frame"),
        HELD,
    ),
    Known(
        _numbered(4, *range(1, 14)),
        NA,
        "Aucune page n’a de média temporel ni non temporel.",
        lambda page: not page.count(*MEDIA, "iframe"),
        HELD,
    ),
    Known(
        _numbered(5, 1, 2),
        NA,
        "Aucune page n’a de tableau de données complexe.",
        lambda page: not any(table.is_complex for table in page.tables),
        HELD,
    ),
    Known(
        _numbered(5, 3, 8),
        NA,
        "Aucune page n’a de tableau de mise en forme.",
        lambda page: all(table.headings for table in page.tables),
        HELD,
    ),
    Known(
        _numbered(5, 4),
        C,
        "Chaque tableau de données porte son titre.",
        lambda page: all(table.has_caption for table in page.tables),
        HELD,
        about=_has_table,
        without=NO_TABLE,
    ),
    Known(
        _numbered(5, 6, 7),
        C,
        "Chaque en-tête de tableau est un élément « th » qui dit sa portée.",
        lambda page: all(table.headings and table.headings == table.scoped for table in page.tables),
        HELD,
        about=_has_table,
        without=NO_TABLE,
    ),
    Known(
        _numbered(6, 2),
        C,
        "Chaque lien a un intitulé.",
        lambda page: not page.nameless_links,
        HELD,
        proves_failure=True,
    ),
    Known(
        _numbered(7, 1, 2, 3),
        C,
        "Le seul script est celui de la recherche\u00a0: il remplit une liste de liens, au clavier comme à la souris, "
        "et la plateforme répond la même chose sans lui.",
        lambda page: not page.has_script,
        SEARCHED,
        about=_runs,
        without="Aucune page n’exécute de script.",
    ),
    Known(
        _numbered(7, 4),
        NA,
        "Aucun script ne change de contexte.",
        lambda page: not page.has_script,
        SEARCHED,
    ),
    Known(
        _numbered(7, 5),
        C,
        "Le seul message de statut est le nombre de résultats de la recherche, dans une zone qui le dit.",
        lambda page: not page.has_script and not page.fields,
        SEARCHED,
        about=lambda page: _runs(page) or _has_form(page),
        without="Sans script ni formulaire, aucune page n’a de message de statut.",
    ),
    Known(
        _numbered(8, 1),
        C,
        "Chaque page déclare son type de document.",
        lambda page: page.has_doctype,
        HELD,
        proves_failure=True,
    ),
    Known(
        _numbered(8, 3),
        C,
        "Chaque page dit sa langue.",
        lambda page: bool(page.language),
        HELD,
        proves_failure=True,
    ),
    Known(_numbered(8, 5), C, "Chaque page a un titre.", lambda page: bool(page.title), HELD, proves_failure=True),
    Known(
        _numbered(9, 2),
        C,
        "Chaque page a un en-tête, une navigation, un contenu principal et un pied.",
        lambda page: page.landmarks.get("main") == 1 and {"header", "footer", "nav"} <= set(page.landmarks),
        HELD,
    ),
    Known(
        _numbered(12, 1, 2),
        C,
        "Le menu, toujours dans l’en-tête, et le plan du site, toujours au pied, mènent aux pages.",
        lambda page: page.has_menu_in_header and any("plan-du-site" in link for link in page.foot_links),
        HELD,
    ),
    Known(
        _numbered(12, 4),
        C,
        "Le plan du site s’atteint par le même lien, au pied de chaque page.",
        lambda page: any("plan-du-site" in link for link in page.foot_links),
        HELD,
    ),
    Known(
        _numbered(12, 5),
        C,
        "La recherche s’atteint par le même lien, en tête de chaque page.",
        lambda page: page.leads_to_search and not page.fields,
        HELD,
        about=_has_form,
        without="Le site n’a pas de moteur de recherche.",
    ),
    Known(
        _numbered(12, 6),
        C,
        "Les zones de chaque page sont des repères que l’on atteint ou évite.",
        lambda page: {"header", "nav", "main", "footer"} <= set(page.landmarks),
        HELD,
    ),
    Known(
        _numbered(12, 7),
        C,
        "Le premier lien de chaque page mène au contenu.",
        lambda page: bool(page.skips_to) and page.skips_to in page.identifiers,
        f"{TESTS}test_reading.py::test_the_keyboard_reaches_the_content_first",
    ),
    Known(
        _numbered(12, 9),
        C,
        "Sans cadre, sans média, sans autre script que la recherche, rien ne retient le clavier.",
        lambda page: not page.has_script and not page.count(*MEDIA, "iframe"),
        SOBER,
    ),
    Known(
        _numbered(12, 10) + _numbered(13, 10, 12),
        NA,
        "Il n’y a ni raccourci d’une touche, ni geste complexe, ni mouvement d’appareil.",
        lambda page: not page.has_script,
        SOBER,
    ),
    Known(
        _numbered(13, 1),
        NA,
        "Aucune page ne se recharge ni ne change d’elle-même.",
        lambda page: not page.refreshes and not page.has_script,
        SOBER,
    ),
    Known(
        _numbered(13, 2, 11),
        C,
        "Aucune fenêtre ne s’ouvre seule et chaque pointage s’annule.",
        lambda page: not page.has_script,
        SOBER,
    ),
    Known(
        _numbered(13, 3, 4),
        NA,
        "Aucune page n’offre de document bureautique.",
        lambda page: not any(link.partition("#")[0].lower().endswith(OFFICE) for link in page.links),
        HELD,
    ),
)


@dataclass(frozen=True)
class Proposal:
    """What the platform says of one criterion, and why."""

    criterion: str
    state: State
    note: str


def propose(pages: Sequence[PageRead], *, unread: int = 0) -> list[Proposal]:
    """Say what is known of these pages. Nothing is said of a site none of whose pages could be read."""
    if not pages:
        return []
    seen = f"Lu par la plateforme sur {len(pages)} page{'s' if len(pages) > 1 else ''}"
    seen += f", {unread} autres n’ont pas été lues." if unread else ", toutes celles du site."
    found = []
    for known in KNOWN:
        wrong = [page.path for page in pages if not known.look(page)]
        if not any(known.about(page) for page in pages):
            found += [Proposal(number, NA, f"{known.without} {seen}") for number in known.criteria]
        elif not wrong:
            found += [Proposal(number, known.state, f"{known.why} {seen}") for number in known.criteria]
        elif known.proves_failure:
            where = ", ".join(wrong[:10])
            found += [Proposal(number, State.FAILING, f"En défaut : {where}.") for number in known.criteria]
    return found
