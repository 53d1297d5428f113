"""The founding deliberation counted again, the golden case; texts that are cut, shuffled, or contradict themselves."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.deliberations import open_data
from socle.lib.refusals import Refused
from socle.replays import act_files, counting, published
from tests.consistency.typography import faults

# A slow machine is no fault of the property.
steady = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
TEXT = (counting.FOUNDING / "act.txt").read_text("utf-8")
PRESENCE = (counting.FOUNDING / "presence.csv").read_text("utf-8")
FACTS = counting.facts_of((counting.FOUNDING / "facts.toml").read_text("utf-8"))
MATTERS = re.compile(r"\d\.\d{1,2}")
PROXY_TO_THE_ABSENT = ("\\boxtimes\tM. Christophe COULON", "\\boxtimes\tM. Alban HEUSELE")
VANPEENE = "\tMme Anne VANPEENE\t\t\t\t\n"


def counted(text=TEXT, presence=PRESENCE, facts=FACTS):
    return counting.count(published.parse(text), published.read_presence(presence), facts)


def summary_of(text=TEXT, **given):
    again = counted(text, **given)
    return act_files.summary(again, act_files.extract(again))


def changed(*changes):
    text = TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay") / "new"
    for _ in range(2):  # What is written again replaces what was.
        act_files.write(counting.founding(), folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- The golden case --------------------------------------------------------------------------------------------------
def test_the_founding_deliberation_is_counted_again(files):
    said = json.loads(files["summary.json"])
    assert "exécutoire" in files["summary.json"].decode()
    assert said["members"] == 20
    assert list(said["colleges"].values()) == [10, 5, 5]
    assert (said["present"], said["excused"], said["proxies"]) == (10, 10, 2)
    assert said["deduced_present"] == ["Mme Anne VANPEENE"]
    assert said["votes"] == {"for": 12, "against": 0, "abstentions": 0, "cast": 12}
    assert said["quorum_thresholds"] == [11, 14, 7]
    assert said["clear_days"] == 5
    assert said["identifier"] == "059-200039386-20211123-2021_16-DE"
    assert said["executory_on"] is None
    assert "il manque sa date de publication" in said["why_not_executory"]
    assert "«\u00a0Affiché le\u00a0» est resté blanc sur les 4 tampons" in said["why_not_executory"]
    assert said["extract_pages"] == 4


def test_what_it_contradicts_is_told_with_its_figures(files):
    said = json.loads(files["summary.json"])
    deduction, fraction = said["contradictions"]
    for words in (
        "10\u00a0présents",
        "il en marque 9",
        "10\u00a0excusés font 10",
        "12\u00a0voix",
        "2\u00a0pouvoirs font 10",
    ):
        assert words in deduction
    assert "Mme Anne VANPEENE compte donc comme présente\u00a0: c’est une déduction" in deduction
    for words in (
        "«\u00a0deux tiers\u00a0»",
        "font 14",
        "12 n’y suffiraient pas",
        "au moins le tiers, soit 7",
        "loi n°\u00a02021-1465, article\u00a010)\u00a0: quorum atteint",
        "c’est une déduction",
    ):
        assert words in fraction
    assert any("à confirmer d’après les statuts" in sentence for sentence in said["explained"])
    assert not any("L.\u00a02121" in sentence for sentence in said["explained"])  # Nothing of communes is lent to it.
    sentences = [*said["contradictions"], *said["explained"], *said["not_in_the_text"], said["why_not_executory"]]
    assert [fault for sentence in sentences for fault in faults(sentence)] == []


def letters(text):
    return re.sub(r"[\W_]", "", text).casefold()


def test_the_extract_says_every_word_of_the_act_and_is_read_aloud(files):
    again = counting.founding()
    words = letters("".join(span.text for node in act_files.words_of(again).nodes for span in node.all_spans()))
    furniture = re.compile(r"\t|^(Envoyé|Reçu|Affiché|ID:|Comité du |Délibération n°|Page )")
    lines = [line for line in TEXT.splitlines() if not furniture.search(line)]
    assert [line for line in lines if letters(line) not in words] == []
    assert letters("et le Centre de Gestion du Pas-de-Calais, mettent en commun") in words  # Cut by a page.
    assert "page2sur4" not in words
    assert "comitédusyndicat" not in words
    assert len(again.act.articles) == 7
    told = [again.convocation.sentence, again.quorum.sentence, again.why_not_executory]
    told += [flag.sentence for flag in again.contradictions]
    assert [sentence for sentence in told if letters(sentence) not in words] == []
    with pikepdf.open(io.BytesIO(files["extract.pdf"])) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.Lang == "fr-FR"
        assert "pdfuaid" in pdf.Root.Metadata.read_bytes().decode()
    assert act_files.extract(again) == files["extract.pdf"]  # The same act gives the same bytes.


@pytest.mark.parametrize(
    ("name", "mark", "word"),
    [
        ("Mme Anne A", "P", "présente"), ("M. Luc B", "P", "présent"), ("Mme Anne A", "A", "absente"),
        ("M. Luc B", "A", "absent"), ("Mme Anne A", "E", "excusée"), ("M. Luc B", "E", "excusé"),
        ("Mme Anne A", "", "sans marque"), ("M. Luc B", "", "sans marque"),
    ],
)  # fmt: skip
def test_a_mark_is_a_word_in_the_extract(name, mark, word):
    assert act_files.marked(published.Seat("Nord", name, mark)) == word


def test_its_line_of_open_data_has_all_that_the_national_schema_wants(files):
    ((header, row),) = [list(csv.reader(io.StringIO(files["deliberations.csv"].decode())))]
    line = dict(zip(header, row, strict=True))
    assert tuple(header) == open_data.HEADERS
    assert line["COLL_SIRET"] == "20003938600038"
    assert (line["DELIB_ID"], line["DELIB_DATE"]) == ("2021_16", "2021-11-23")
    assert MATTERS.fullmatch(line["DELIB_MATIERE_CODE"])
    assert line["DELIB_MATIERE_NOM"] == "institutions et vie politique/intercommunalité"
    assert (line["PREF_ID"], line["PREF_DATE"]) == ("PREF059", "2021-11-24")
    votes = [int(line[f"VOTE_{name}"]) for name in ("EFFECTIF", "REEL", "POUR", "CONTRE", "ABSTENTION")]
    assert votes == [20, 12, 12, 0, 0]
    assert line["DELIB_OBJET"].startswith("Approbation du projet Pack Mairies Connectées")


def tree_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.slow  # It starts processes.
@pytest.mark.parametrize("has_data", [False, True], ids=["nothing yet", "an installation"])
def test_the_command_leaves_the_installation_as_it_was(tmp_path: Path, has_data: bool) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    if has_data:
        (data / "logs").mkdir(parents=True)
        (data / "logs" / "verbs.log").write_text("kept\n")
        (data / "socle.sqlite3").write_bytes(b"")
    before = tree_of(tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "socle", "replay", *arguments],
            env={**os.environ, "SOCLE_DATA_DIR": str(data), "SOCLE_DATABASE_URL": f"sqlite:///{data}/socle.sqlite3"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    done = run("founding-deliberation", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "Mme Anne VANPEENE compte donc comme présente" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "summary.json",
        "extract.pdf",
        "deliberations.csv",
        "abc-EACT--200039386--20211124-1.tar.gz",
    }
    assert {name: one for name, one in tree_of(tmp_path).items() if not name.startswith("out")} == before
    if has_data:
        refused = run("founding-deliberation", "--out", str(data / "socle.sqlite3"))
        assert refused.returncode != 0
        assert "donnez un dossier où vous pouvez écrire" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert {name: one for name, one in tree_of(tmp_path).items() if not name.startswith("out")} == before


# --- What the text contradicts ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "present", "rules", "says"),
    [
        # The mark is there: nothing to deduce, but the table written apart had none.
        ([(VANPEENE, VANPEENE.replace("\t\t\t\t", "\t\\boxtimes\t\t\t"))], 10, [4, 13], "VANPEENE, sans marque"),
        # The voices no longer agree: nothing is deduced, and there are more voices than there are.
        ([("Voix pour : 12", "Voix pour : 13"), ("exprimés: 12", "exprimés: 13")], 9, [4, 13, 11], "Rien ne s’en"),
        ([("\t10\t0\t10\t2", "\t9\t0\t11\t2")], 9, [4, 13, 11], "Rien ne s’en déduit"),
        ([("\t10\t0\t10\t2", "\t10\t0\t10\t3")], 9, [7, 4, 13, 11], "totalise 3 pouvoirs, et en nomme 2"),
        ([("exprimés: 12", "exprimés: 11")], 10, [4, 13, 8], "11 suffrages exprimés sont écrits"),
        ([("20211123-2021_16-DE", "20211124-2021_16-DE")], 10, [4, 13, 15], "20211124-2021_16-DE, et la date"),
        ([("présidence de M. Christophe COULON", "présidence de M. Luc FAUX")], 10, [4, 13, 11], "M. Luc FAUX préside"),
        ([("aux deux tiers", "au tiers")], 10, [4], "VANPEENE"),
        # A proxy to somebody who is not there: it does not count, nor does its voice.
        ([PROXY_TO_THE_ABSENT], 10, [4, 4, 7, 13, 11], "n’est pas présente"),
        ([("aux deux tiers de ces membres, étant", "étant")], 10, [4], "VANPEENE"),
    ],
)  # fmt: skip
def test_totals_that_disagree_are_told_and_never_mended(changes, present, rules, says):
    again = counted(changed(*changes))
    assert len(again.present) == present
    assert [flag.rule for flag in again.contradictions] == rules
    assert any(says in flag.sentence for flag in again.contradictions)
    assert [fault for flag in again.contradictions for fault in faults(flag.sentence)] == []


def test_the_table_apart_and_the_text_are_compared_and_the_text_counts():
    presence = PRESENCE.replace("Nord,MONNET,P,", "Nord,MONNET,E,").replace(",E,COULON", ",E,")
    flags = [flag.sentence for flag in counted(presence=presence).contradictions]
    assert "Le texte dit «\u00a0MONNET, P\u00a0», et le tableau de présence «\u00a0MONNET, E\u00a0»." in flags
    assert any("LETURQUE, E, pouvoir à COULON" in sentence for sentence in flags)
    shorter = "\n".join(PRESENCE.splitlines()[:-1])
    assert any(
        "20 membres, et le tableau de présence 19" in flag.sentence for flag in counted(presence=shorter).contradictions
    )
    assert len(counted(presence=presence).present) == 10


@pytest.mark.parametrize(
    ("held", "thresholds", "is_met", "rules"),
    [
        ("vingt-trois novembre", (11, 14, 7), True, [4, 13]),
        ("neuf novembre", (11, 14), None, [4, 4, 15]),
        ("dix novembre", (11, 14, 7), True, [4, 13, 15]),
    ],
)
def test_act_rule_13_the_law_of_that_day_is_the_one_that_counts(held, thresholds, is_met, rules):
    days = ("Le vingt-trois novembre", f"Le {held}"), ("date du dix-sept novembre", "date du premier novembre")
    again = counted(changed(*days))
    assert again.thresholds == thresholds
    assert again.quorum.is_met is is_met
    assert [flag.rule for flag in again.contradictions] == rules
    # A fraction that is met contradicts nothing while the statutes are to be confirmed.
    third = counted(changed(*days, ("aux deux tiers", "au tiers")))
    assert [flag.rule for flag in third.contradictions] == [4, *([15] if 15 in rules else [])]


def test_act_rule_16_an_act_that_is_posted_and_received_is_executory_on_the_later_day():
    said = summary_of(changed(("Affiché le", "Affiché le 26/11/2021")))
    assert (said["executory_on"], said["why_not_executory"]) == ("2021-11-26", None)
    text = changed(
        ("Affiché le", "Affiché le 26/11/2021"), ("Reçu en préfecture le 24/11/2021", "Reçu en préfecture le")
    )
    assert "sa réception en préfecture" in summary_of(text)["why_not_executory"]
    assert "blanc" not in summary_of(text)["why_not_executory"]
    unsent = counted(changed(("Envoyé en préfecture le 24/11/2021", "Envoyé en préfecture le")))
    assert "--20211123-1.tar.gz" in act_files.archive_of(unsent, b"%PDF-")[0]


# --- What is no act ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Il manque à ce texte son numéro"),
        (TEXT + TEXT, "deux fois son numéro"),
        (TEXT[: TEXT.index("Collectivité")], "Il manque à ce texte le tableau des membres"),
        (TEXT[: TEXT.index("Article 5")], "Il manque à ce texte le compte des voix"),
        (TEXT[: TEXT.index("Pour extrait")], "Pour extrait conforme"),
        (changed(("Article 4 :", "Article 5 :")), "articles de ce texte ne se suivent pas (1, 2, 3, 5, 5, 6, 7)"),
        (changed(("n° 2021 — 16", "n° 2021 — 17")), "plusieurs numéros (2021_16, 2021_17)"),
        (TEXT.replace("2021_16-DE", "2021_17-DE", 1), "plusieurs identifiants"),
        (changed(("ID: 059", "059")), "Il manque à ce texte son identifiant"),
        (TEXT.replace("Reçu en préfecture le 24", "Reçu en préfecture le 25", 1), "plusieurs dates «\u00a0Reçu"),
        (changed(("le 24/11/2021", "le 44/11/2021")), "n’est pas une date"),
        (changed(("dix-sept novembre", "dix-sept brumaire")), "La date de la convocation ne se lit pas"),
        (changed(("\tM. Luc MONNET\t", "\tM. Luc FOUTRY\t")), "M. Luc FOUTRY est deux fois"),
        (changed(("MONNET\t\\boxtimes\t", "MONNET\t\\boxtimes\t\\boxtimes")), "Ligne 29\u00a0: M. Luc MONNET"),
        (changed(("MONNET\t\\boxtimes", "MONNET\toui")), "ne se lit pas"),
        (changed(("\t\t10\t0\t10\t2", "\t\tdix\t0\t10\tbeaucoup")), "totaux du tableau sont des nombres"),
        (changed(("\t\t10\t0\t10\t2\n", "")), "sa ligne de totaux"),
        (changed((VANPEENE, "\tMme Anne VANPEENE" + "\t" * 5 + "\n")), "n’est pas de celles du tableau"),
        (changed(("\t10\t0\t10\t2\n", "\t10\t0\t10\t2\n" + VANPEENE)), "n’est pas de celles du tableau"),
        (changed(("\tM. Luc MONNET\t", "Département\t\t")), "il manque à ce membre son nom"),
        (TEXT.replace("Objet", "\x00bjet", 1), "Ligne 13\u00a0: ce fichier n’est pas un texte"),
        ("a" * (published.MOST_BYTES + 1), "trop long"),
        (TEXT + "\n" * published.MOST_LINES, "trop long"),
        (TEXT.replace(VANPEENE, "".join(f"\tM. A{n} B\t\\boxtimes\n" for n in range(501))), "trop pour une assemblée"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_act_is_refused_with_the_remedy(text, says):
    with pytest.raises(Refused) as refused:
        published.parse(text)
    assert says in refused.value.sentence
    assert refused.value.sentence.endswith(".")
    assert faults(refused.value.sentence) == []


PARTS = (
    "DÉLIBÉRATION 2021", "Objet :", "Le vingt-trois", "Collectivité\t", "Le quorum", "Le comité syndical,", "Voix pour",
    "- Suffrages", "Pour extrait",
)  # fmt: skip


@pytest.mark.parametrize(("first", "second"), [*pairwise(PARTS)])
def test_a_text_whose_parts_are_out_of_order_is_refused(first, second):
    lines = TEXT.splitlines()
    one, other = (next(place for place, line in enumerate(lines) if line.startswith(part)) for part in (first, second))
    lines[one], lines[other] = lines[other], lines[one]
    with pytest.raises(Refused, match=rf"\(ligne {one + 1}\) précède .* \(ligne {other + 1}\)"):
        published.parse("\n".join(lines))


@steady
@given(st.integers(0, len(TEXT)), st.integers(0, 10_000))
@pytest.mark.slow
def test_a_text_cut_or_shuffled_anywhere_is_refused_or_read_and_nothing_else(cut, seed):
    lines = TEXT.splitlines()
    random.Random(seed).shuffle(lines)
    for text in (TEXT[:cut], TEXT[cut:], "\n".join(lines)):
        with contextlib.suppress(Refused):
            assert len(published.parse(text).articles) == 7


def test_an_absence_is_a_mark_of_its_own():
    presence = PRESENCE.replace("WAROT-LEMAIRE,E,", "WAROT-LEMAIRE,A,")
    text = changed(("WAROT-LEMAIRE\t\t\t\\boxtimes", "WAROT-LEMAIRE\t\t\\boxtimes\t"), ("\t10\t0\t10", "\t10\t1\t9"))
    again = counted(text, presence=presence)
    assert (len(again.excused), len(again.present), len(again.deduced)) == (9, 10, 1)
    assert [flag.rule for flag in again.contradictions] == [4, 13]


@pytest.mark.parametrize(
    ("presence", "says"),
    [
        ("", "commence par la ligne"),
        ("nom,marque\n", "commence par la ligne"),
        (PRESENCE.replace("MONNET,P,", "MONNET,P"), "ligne 13"),
        (PRESENCE.replace("MONNET,P,", "MONNET,Z,"), "ligne 13"),
        (PRESENCE.replace("MONNET,P,", ",P,"), "ligne 13"),
        ("a" * (published.MOST_BYTES + 1), "trop long"),
    ],
)
def test_a_table_of_presence_that_is_none_is_refused(presence, says):
    with pytest.raises(Refused, match=says):
        published.read_presence(presence)
