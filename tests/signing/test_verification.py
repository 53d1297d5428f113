"""Who signed what, and whether a byte moved: told of any file, and never fooled by a hostile one."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from pyhanko.sign.diff_analysis import ModificationLevel as Level
from pyhanko.sign.validation.status import SignatureCoverageLevel as Covers

from socle.documents import actions as documents
from socle.documents.rules import MAX_SIZE
from socle.engines.simulated import authority
from socle.signing import validation, verification
from socle.signing.contexts import Known
from socle.signing.management.commands.verify import _lines
from socle.signing.models import Slot
from socle.signing.pades import Statement
from socle.signing.report import SignatureReport, StampReport, Verdict
from socle.signing.verification import Expected, _verdict, _why_not_expected, verify
from tests import unfolding
from tests.conftest import tool
from tests.signing.conftest import AT, FIELDS, Sealed, sealed

pytestmark = [pytest.mark.django_db, pytest.mark.seals]


@pytest.fixture
def versions(sign_all):
    return [documents.read(version) for version in sign_all()]


@pytest.fixture
def signed(versions):
    return versions[-1]


@pytest.mark.slow
def test_the_signed_file_is_sound_and_says_who_signed(signed, people):
    report = verify(signed)
    assert report.is_sound, report
    assert [signature.signer for signature in report.signatures] == [user.name for user in people]
    assert [signature.field for signature in report.signatures] == ["beneficiary", "cdg", "lead"]
    assert {signature.declared_at for signature in report.signatures} == {AT}
    assert [signature.covers_whole_file for signature in report.signatures] == [False, False, False]
    assert report.signatures[0].changes_after == "seulement d’autres signatures"
    assert report.signatures[0].organisation == "Commune de Prisches"
    assert report.is_kept
    assert "Octet pour octet" in report.kept


@pytest.mark.slow
def test_a_version_that_waits_for_signatures_is_not_sound(versions):
    for version, waiting in zip(versions[:2], (("cdg", "lead"), ("lead",)), strict=True):
        report = verify(version)
        assert report.verdict is Verdict.INCOMPLETE
        assert report.empty_fields == waiting


def test_a_file_nobody_signed_says_so(unsigned):
    assert verify(unsigned).verdict is Verdict.UNSIGNED


def test_a_file_we_do_not_keep_says_so(unsigned):
    assert verify(unsigned).kept == "Cette plateforme ne conserve pas ce fichier."


@pytest.mark.slow
def test_an_unknown_authority_is_not_trusted(signed, settings, tmp_path):
    settings.PKI_DIR = tmp_path / "another"
    assert verify(signed).verdict is Verdict.UNTRUSTED


@pytest.mark.slow
def test_the_certificate_of_another_demonstration_is_not_trusted(signed, settings, tmp_path, people):
    settings.PKI_DIR = tmp_path / "another"
    authority.credentials_of(authority.SEAL_NAME, organisation=authority.OPERATOR)
    assert verify(signed).verdict is Verdict.UNTRUSTED


@pytest.mark.parametrize("rank", [0, 1, 2], ids=["the first", "the second", "the last"])
@pytest.mark.slow
@pytest.mark.both
def test_one_signature_of_an_unknown_authority_is_enough(versions, unsigned, settings, tmp_path, rank):
    ours, content = settings.PKI_DIR, unsigned if rank == 0 else versions[rank - 1]
    for place in range(rank, 3):
        settings.PKI_DIR = tmp_path / "another" if place == rank else ours
        content = sealed(content, list(FIELDS)[place], is_first=place == 0)
    settings.PKI_DIR = ours
    report = verify(content)
    assert [signature.is_trusted for signature in report.signatures] == [place != rank for place in range(3)]
    assert report.verdict is Verdict.UNTRUSTED


WORTH_IT = SignatureReport(
    field="cdg", signer="Camille Exemple", organisation="", issuer="", declared_at=AT, proven_at=None, reason="",
    place="", certificate_sha256="", is_intact=True, is_valid=True, is_trusted=True, covers_whole_file=False, covers="",
    changes_after="", problems=(),
)  # fmt: skip
ASKED = {"cdg": ""}


@pytest.mark.parametrize(
    ("signatures", "empty", "asked", "verdict"),
    [
        ([], (), ASKED, Verdict.UNSIGNED),
        ([], ("cdg",), None, Verdict.UNSIGNED),
        ([{}, {}, {}], (), ASKED, Verdict.SOUND),
        ([{}, {}], ("lead",), ASKED, Verdict.INCOMPLETE),
        ([{}, {}, {}], (), None, Verdict.UNASKED),
        ([{}, {}], ("lead",), None, Verdict.UNASKED),
        *(
            ([fault if place == rank else {} for place in range(3)], (), ASKED, verdict)
            for fault, verdict in (
                ({"is_intact": False}, Verdict.ALTERED),
                ({"is_valid": False}, Verdict.ALTERED),
                ({"is_trusted": False}, Verdict.UNTRUSTED),
                ({"is_of_its_place": False}, Verdict.SOMEBODY_ELSE),
            )
            for rank in range(3)
        ),
        # The gravest is said.
        ([{"is_trusted": False}, {"is_valid": False}], (), None, Verdict.ALTERED),
        ([{"is_of_its_place": False}, {"is_trusted": False}], ("lead",), None, Verdict.UNTRUSTED),
        ([{"is_of_its_place": False}, {}], ("lead",), None, Verdict.SOMEBODY_ELSE),
    ],
)
def test_a_verdict_is_that_of_the_worst_signature(signatures, empty, asked, verdict):
    assert _verdict(tuple(replace(WORTH_IT, **fault) for fault in signatures), (), empty, asked) is verdict


STAMPED = StampReport("Horodatage", AT, "Autorité", is_valid=True, is_trusted=True, problems=())


@pytest.mark.parametrize(
    ("stamps", "verdict"),
    [
        ([{}], Verdict.SOUND),
        ([{"is_valid": False}, {}], Verdict.ALTERED),
        ([{}, {"is_trusted": False}], Verdict.UNTRUSTED),
    ],
)
def test_a_stamp_counts_as_a_signature_does(stamps, verdict):
    assert _verdict((WORTH_IT,), tuple(replace(STAMPED, **fault) for fault in stamps), (), ASKED) is verdict


WELL = {
    "intact": True, "valid": True, "coverage": Covers.ENTIRE_FILE, "modification_level": Level.NONE,
    "trust_problem_indic": None, "validation_path": None, "timestamp": AT,
    "signing_cert": SimpleNamespace(subject=SimpleNamespace(native={"common_name": "Autorité"})),
}  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "is_last", "problem"),
    [
        ({}, True, None),
        ({"intact": False}, True, "un octet au moins"),
        ({"coverage": Covers.ENTIRE_REVISION}, True, "ajoutés après"),
        ({"coverage": Covers.ENTIRE_REVISION}, False, None),
        ({"coverage": Covers.CONTIGUOUS_BLOCK_FROM_START}, False, "ne couvre pas toute la version"),
        ({"modification_level": Level.FORM_FILLING}, False, None),
        ({"modification_level": Level.ANNOTATIONS}, False, "autre chose que les places"),
        ({"modification_level": None}, False, "autre chose que les places"),
        ({"docmdp_ok": False}, False, "autre chose que les places"),
        ({"valid": False}, False, "L’horodatage ne correspond pas à son certificat."),
        ({"valid": False, "trust_problem_indic": "x"}, False, "L’horodatage ne correspond pas à son certificat."),
        ({"trust_problem_indic": "x"}, False, "Le certificat de l’horodatage n’est pas reconnu."),
    ],
)
def test_each_fault_of_a_stamp_is_said_and_makes_it_worth_nothing(monkeypatch, fault, is_last, problem):
    monkeypatch.setattr(validation, "_context", lambda reader, known, moment: (None, False))
    monkeypatch.setattr(validation, "why_not_canonical", lambda *_, **__: None)
    monkeypatch.setattr(validation, "validate_pdf_timestamp", lambda *_, **__: SimpleNamespace(**WELL | fault))
    stamp = SimpleNamespace(reader=None, field_name="Horodatage")
    found = validation._stamp(stamp, b"", Known([]), moment=AT, is_last=is_last, skip_diff=False)
    assert len(found.problems) == (problem is not None)
    assert all(problem in one for one in found.problems)
    is_trusted = "trust_problem_indic" not in fault
    assert (found.is_trusted, found.is_valid) == (is_trusted, problem is None or problem.endswith("reconnu."))
    assert (found.field, found.stamped_at, found.authority) == ("Horodatage", AT, "Autorité")


@pytest.mark.parametrize(
    ("level", "is_last", "words"),
    [
        (None, True, "autre chose que les places à signer"),
        (Level.ANNOTATIONS, True, "autre chose que les places à signer"),
        (Level.FORM_FILLING, True, "rien"),
        (Level.FORM_FILLING, False, "seulement d’autres signatures"),
        (Level.NONE, False, "rien"),
    ],
)
def test_what_changed_after_a_signature_is_said(level, is_last, words):
    assert validation._changes(level, is_last=is_last) == words


@pytest.mark.parametrize(
    ("rank", "stated", "trust", "problem"),
    [
        *((rank, {}, Sealed("Un autre cachet"), "certificat n’y est pas attendu") for rank in range(3)),
        *((rank, {"evidence": "cd" * 32}, None, "ne correspond pas à la preuve") for rank in range(3)),
        (1, {"party": "Commune d’Arras"}, None, "ne correspond pas à la preuve"),
    ],
)
@pytest.mark.slow
@pytest.mark.both
def test_a_seal_that_its_place_does_not_expect_answers_for_nobody(
    versions, unsigned, round_, people, rank, stated, trust, problem, tmp_path, capsys
):
    """Another seal of the same authority; our own seal, with another evidence or for another party."""
    content = unsigned if rank == 0 else versions[rank - 1]
    for place in range(rank, 3):
        slot = round_.slots.all()[place]
        right = {"evidence": slot.evidence.recomputed, "person": people[place].name}
        is_wrong = place == rank
        content = sealed(
            content, slot.field_name, is_first=place == 0, trust=trust if is_wrong else None,
            **right | (stated if is_wrong else {}),
        )  # fmt: skip
    report = verify(content)
    assert report.verdict is Verdict.SOMEBODY_ELSE
    assert [signature.is_of_its_place for signature in report.signatures] == [one != rank for one in range(3)]
    assert all(signature.is_valid and signature.is_trusted for signature in report.signatures)
    assert problem in report.signatures[rank].problems[0]
    path = tmp_path / "convention.pdf"
    path.write_bytes(content)
    with pytest.raises(SystemExit) as exit_:
        call_command("verify", str(path), force_color=True)
    assert exit_.value.code == 1
    (red,) = [line for line in capsys.readouterr().out.splitlines() if "NON VALIDE" in line]
    assert red.startswith(f"\x1b[31;1m{rank + 1}. ")


SEALED = {"certificate_sha256": "ab", "evidence": "cd", "organisation": "Centre", "signer": "Camille"}


@pytest.mark.parametrize(
    ("way", "found", "problem"),
    [
        ("certificate", {"certificate_sha256": "ab"}, None),
        ("certificate", {"certificate_sha256": "other"}, "celui d’une autre personne"),
        # Not by a seal of ours, even with the right certificate.
        ("certificate", {"certificate_sha256": "ab", "evidence": "cd"}, "celui d’une autre personne"),
        ("seal", SEALED, None),
        ("seal", SEALED | {"certificate_sha256": "other"}, "porte le cachet"),
        ("seal", SEALED | {"evidence": ""}, "porte le cachet"),
        ("seal", SEALED | {"evidence": "other"}, "ne correspond pas à la preuve"),
        ("seal", SEALED | {"organisation": "Commune"}, "ne correspond pas à la preuve"),
        ("seal", SEALED | {"signer": "Dominique"}, "ne correspond pas à la preuve"),
    ],
)
def test_a_place_expects_one_way_one_certificate_and_of_a_seal_its_evidence(way, found, problem):
    expected = Expected(way, "ab", Statement("cdg", "Centre", "Camille", "cd"))
    said = _why_not_expected(replace(WORTH_IT, **found), expected)
    assert said is None if problem is None else problem in said
    for unsigned in (None, replace(expected, certificate_sha256="")):
        assert "pas encore été signée" in _why_not_expected(replace(WORTH_IT, **found), unsigned)


def test_a_seal_moved_to_the_place_of_another_party_is_refused(round_, unsigned):
    report = verify(sealed(unsigned, "beneficiary", is_first=True, field="cdg"))
    assert report.verdict is Verdict.ALTERED
    assert report.signatures[0].problems[0] == "Ce cachet a été apposé pour une autre place."


@pytest.mark.slow
def test_a_seal_whose_evidence_was_changed_here_is_refused(signed, round_):
    evidence = round_.slots.all()[1].evidence
    type(evidence).objects.filter(pk=evidence.pk).update(body=evidence.body.replace("maire", "adjoint"))
    report = verify(signed)
    assert report.verdict is Verdict.SOMEBODY_ELSE
    assert [one.is_of_its_place for one in report.signatures] == [True, False, True]


def test_a_place_that_waits_is_not_signed_by_whoever_comes(round_, unsigned):
    report = verify(sealed(unsigned, "beneficiary", is_first=True))
    assert report.verdict is Verdict.SOMEBODY_ELSE
    assert "pas encore été signée" in report.signatures[0].problems[0]


@pytest.mark.slow
@pytest.mark.both
def test_signatures_that_nobody_asked_for_here_answer_for_nobody_and_still_say_who(unsigned):
    content = unsigned
    for field in FIELDS:
        content = sealed(content, field, is_first=field == "beneficiary", is_last=field == "lead")
    report = verify(content)
    assert report.verdict is Verdict.UNASKED
    assert not report.is_sound
    assert {(one.signer, one.organisation, one.sealed_by) for one in report.signatures} == {
        ("Camille Exemple", "Commune de Prisches", authority.SEAL_NAME)
    }


@pytest.mark.slow
def test_each_signature_is_of_level_lt_and_the_last_is_stamped_over(versions):
    for version, stamps in zip(versions, (0, 0, 1), strict=True):
        report = verify(version)
        assert {one.level for one in report.signatures} == {"B-LT"}
        assert {one.stamped_at for one in report.signatures} == {AT}
        assert [(one.stamped_at, one.is_valid, one.is_trusted) for one in report.stamps] == [(AT, True, True)] * stamps


def _is_reported(content: bytes) -> bool:
    report = verify(content)
    return not report.is_sound and bool(
        report.problems or any(s.problems for s in (*report.signatures, *report.stamps))
    )


def _flipped(content: bytes, position: int, mask: int) -> bytes:
    altered = bytearray(content)
    altered[position] ^= mask
    return bytes(altered)


def _hole(content: bytes) -> tuple[int, int]:
    """Where the last stamp or signature lies: the only bytes of the file that nothing covers."""
    start = content.rindex(b"/Contents <") + len(b"/Contents ")
    return start, content.index(b">", start)


@pytest.mark.parametrize("rank", [0, 2], ids=["a signature with its token last", "a stamp last"])
@pytest.mark.slow
def test_any_byte_that_moves_is_reported(versions, rank):
    """In the pages, the signatures, the tokens, the validation data."""
    signed, chance = versions[rank], random.Random(20261125)
    start, end = _hole(signed)
    positions = [
        0, len(signed) - 1, start, end, start + 1, end - 1,
        *(chance.randrange(len(signed)) for _ in range(40)),
        *(chance.randrange(start, end) for _ in range(40)),
    ]  # fmt: skip
    missed = [position for position in positions if not _is_reported(_flipped(signed, position, 1 << (position % 7)))]
    assert missed == []


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 2], ids=["a signature with its token last", "a stamp last"])
def test_any_byte_of_the_last_signature_that_moves_is_reported(versions, rank):
    signed = versions[rank]
    start, end = _hole(signed)
    missed = [
        position
        for position in range(start, min(start + 5400, end), 59)
        # Another digit, or the same one in the other case.
        if not _is_reported(_flipped(signed, position, (0x01, 0x20)[position % 2]))
    ]
    assert missed == []


@pytest.mark.slow
def test_the_case_of_a_hexadecimal_digit_counts(signed):
    start, end = _hole(signed)
    letter = next(at for at in range(start, end) if chr(signed[at]).isalpha())
    assert _is_reported(_flipped(signed, letter, 0x20))


@pytest.mark.slow
def test_the_padding_of_a_signature_counts(signed):
    _, end = _hole(signed)
    assert signed[end - 1 : end] == b"0"
    assert _is_reported(signed[: end - 1] + b"1" + signed[end:])


@pytest.mark.parametrize("tail", [b"\n", b" ", b"%%EOF\n", b"\x00" * 100, b"1 0 obj\n<<>>\nendobj\n"])
@pytest.mark.slow
def test_bytes_appended_are_reported(signed, tail):
    assert _is_reported(signed + tail)


@pytest.mark.slow
def test_a_file_cut_anywhere_is_reported(signed):
    for share in range(1, 20):
        assert not verify(signed[: len(signed) * share // 20]).is_sound
    assert not verify(signed[:-1]).is_sound


@pytest.mark.slow
def test_a_page_changed_by_a_proper_revision_is_reported(signed):
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/MediaBox"] = generic.ArrayObject(generic.NumberObject(edge) for edge in (0, 0, 100, 100))
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    report = verify(output.getvalue())
    assert report.verdict is Verdict.ALTERED
    problems = " ".join(report.signatures[0].problems + report.stamps[-1].problems)
    assert "octets ont été ajoutés" in problems
    assert "autre chose que les places à signer" in problems


def _first_page(root):
    return root["/Pages"]["/Kids"][0]


def _first_drawing(root):
    return root["/AcroForm"]["/Fields"][0]["/AP"]["/N"]


@pytest.mark.slow
@pytest.mark.parametrize(("what", "edges"), [(_first_page, "/MediaBox"), (_first_drawing, "/BBox")])
def test_what_is_changed_between_two_signatures_is_reported_even_when_it_is_undone_before_the_next(
    unsigned, what, edges
):
    """The drawing came with the first signature: it is in no version before it, and covered by it."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    def with_edges(content, values):
        writer = IncrementalPdfFileWriter(io.BytesIO(content))
        thing = what(writer.root)
        before, thing[edges] = thing[edges], generic.ArrayObject(values)
        writer.update_container(thing)
        output = io.BytesIO()
        writer.write(output)
        return output.getvalue(), list(before)

    first = sealed(unsigned, "beneficiary", is_first=True)
    changed, before = with_edges(first, [generic.NumberObject(edge) for edge in (0, 0, 100, 100)])
    undone, _ = with_edges(changed, before)
    for content, is_altered in ((first, False), (changed, True), (undone, True)):
        report = verify(sealed(sealed(content, "cdg", is_first=False), "lead", is_first=False, is_last=True))
        assert (report.verdict is Verdict.ALTERED) == is_altered
        told = ["autre chose que les places" in " ".join(one.problems) for one in report.signatures]
        assert told == [is_altered, False, False]


@pytest.mark.slow
def test_a_file_written_again_by_another_tool_is_reported(signed):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        pdf.save(output)
    assert verify(output.getvalue()).verdict is Verdict.ALTERED


def test_an_encrypted_file_is_unreadable(unsigned):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(unsigned)) as pdf:
        pdf.save(output, encryption=pikepdf.Encryption(owner="a", user="b"))
    report = verify(output.getvalue())
    assert report.verdict is Verdict.UNREADABLE
    assert "chiffré" in report.problems[0]


def _bomb() -> bytes:
    """A cross-reference stream that would swell far beyond what a reader should accept."""
    stream = unfolding.folded(315, byte=b"\0")
    head = (
        b"%PDF-1.7\n1 0 obj\n<</Type/XRef/Size 9/W[1 2 1]/Root 2 0 R/Filter/FlateDecode/Length "
        + str(len(stream)).encode()
    )
    return head + b">>\nstream\n" + stream + b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Bonjour",
        b"%PDF-",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\nstartxref\n0\n%%EOF",
        b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n" + b"[" * 100_000,
        b"%PDF-" + bytes(51 * 1024 * 1024),
        pytest.param(_bomb, id="bomb"),
    ],
)
@pytest.mark.slow
def test_what_is_not_a_pdf_is_unreadable_and_never_a_failure(content):
    report = verify(content() if callable(content) else content)
    assert report.verdict is Verdict.UNREADABLE
    assert report.problems


@pytest.mark.slow
@pytest.mark.both
def test_the_command_prints_the_report_and_returns_nothing_wrong(signed, tmp_path, capsys):
    path = tmp_path / "convention.pdf"
    path.write_bytes(signed)
    call_command("verify", str(path))
    printed = capsys.readouterr().out
    lines = printed.replace("\u00a0", " ").splitlines()
    begin = lines.index("1. Camille Exemple, Commune de Prisches – valide")
    assert lines[begin + 1 : begin + 7] == [
        "   place « beneficiary », à Prisches",
        "   signé au plus tard le : 25 novembre 2026 à 10 h 30, date déclarée : 25 novembre 2026 à 10 h 30",
        f"   {verify(signed).signatures[0].reason}",
        f"   certificat : {verify(signed).signatures[0].certificate}",
        f"   certifié par {verify(signed).signatures[0].issuer} (connue ici)",
        "   couvre une version antérieure ; a changé ensuite : seulement d’autres signatures",
    ]
    assert "pas un octet n’a changé" in printed
    assert lines[-2:] == [verify(signed).kept.replace("\u00a0", " "), f"SHA-256 : {hashlib.sha256(signed).hexdigest()}"]
    report = replace(verify(signed), empty_fields=("cdg", "lead"))
    assert "Places qui restent à signer : cdg, lead." in [one.replace("\u00a0", " ") for one in _lines(report)]


@pytest.mark.slow
def test_the_command_answers_in_json_and_fails_when_something_is_wrong(signed, tmp_path, capsys):
    path = tmp_path / "convention.pdf"
    path.write_bytes(_flipped(signed, 5000, 1))
    with pytest.raises(SystemExit) as exit_:
        call_command("verify", str(path), "--json")
    assert exit_.value.code == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["verdict"] == "altered"
    assert answer["is_sound"] is False
    assert len(answer["signatures"]) == 3


def test_the_command_says_which_file_it_cannot_read(tmp_path):
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("verify", str(tmp_path / "absent.pdf"))


@pytest.mark.slow
def test_pdfsig_reports_three_valid_signatures(signed, tmp_path):
    path = tmp_path / "convention.pdf"
    path.write_bytes(signed)
    printed = subprocess.run([tool("pdfsig"), "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert printed.count("Signature is Valid.") == 3, printed
    assert printed.count("Total document signed") == 1, printed  # the stamp, which covers all


@pytest.mark.slow
def test_pdfsig_trusts_the_certificates_once_it_knows_our_root(signed, tmp_path, settings):
    path, store = tmp_path / "convention.pdf", tmp_path / "nss"
    path.write_bytes(signed)
    store.mkdir()
    certutil = tool("certutil")
    run = {"capture_output": True, "text": True, "check": True}
    subprocess.run([certutil, "-N", "-d", f"sql:{store}", "--empty-password"], **run)
    subprocess.run(
        [certutil, "-A", "-d", f"sql:{store}", "-n", "root", "-t", "C,C,C", "-i", settings.PKI_DIR / "root.der"], **run
    )
    printed = subprocess.run([tool("pdfsig"), "-nssdir", f"sql:{store}", path], **run).stdout
    assert printed.count("Signature is Valid.") == 3, printed
    assert printed.count("Certificate is Trusted.") == 3, printed


@pytest.mark.slow
def test_qpdf_finds_nothing_to_say(versions, tmp_path):
    path = tmp_path / "convention.pdf"
    for version in versions:
        path.write_bytes(version)
        result = subprocess.run([tool("qpdf"), "--check", path], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.slow
def test_a_report_says_everything_of_each_signature(signed, people, versions, round_):
    whole = verify(signed)
    root = authority.root().subject.rfc4514_string()
    seal = authority.credentials_of(authority.SEAL_NAME, organisation=authority.OPERATOR)
    assert (whole.size, whole.problems, whole.empty_fields) == (len(signed), (), ())
    assert whole.sha256 == hashlib.sha256(signed).hexdigest()
    for rank, one in enumerate(whole.signatures):
        assert (one.is_intact, one.is_valid, one.is_trusted, one.is_of_its_place) == (True, True, True, True)
        assert (one.problems, one.certificate_sha256) == ((), hashlib.sha256(seal.certificate).hexdigest())
        assert (one.sealed_by, one.evidence) == (authority.SEAL_NAME, round_.slots.all()[rank].evidence.recomputed)
        assert one.issuer in root
        assert one.covers == "une version antérieure"
        assert one.changes_after == "seulement d’autres signatures"
        assert one.reason == "Signature simple en qualité de maire"
    said = whole.as_dict()
    assert (said["verdict"], said["is_sound"]) == ("sound", True)
    assert {one["declared_at"] for one in said["signatures"]} == {"2026-11-25T10:30:00+01:00"}
    assert [one["stamped_at"] for one in said["stamps"]] == ["2026-11-25T09:30:00+00:00"]
    assert not verify(versions[0]).signatures[0].problems
    assert verify(signed + b"\n").kept == "Cette plateforme ne conserve pas ce fichier."


@pytest.mark.parametrize("size", [MAX_SIZE, MAX_SIZE + 1])
def test_a_file_is_read_up_to_fifty_megabytes(size):
    content = b"%PDF-" + bytes(size - 5)
    assert ("dépasse" in verify(content).problems[0]) is (size > MAX_SIZE)


@pytest.mark.slow
def test_what_a_seal_states_is_believed_of_this_platform_alone_or_of_the_one_that_is_named(
    unsigned, people, tmp_path, capsys
):
    prefect = {"party": "Préfecture du Nord", "person": "Monsieur le Préfet"}
    content = sealed(unsigned, "beneficiary", is_first=True, trust=Sealed("Une Autre"), **prefect)
    found = verify(content)
    (one,) = found.signatures
    assert (found.verdict, one.signer, one.organisation) == (Verdict.UNASKED, "Une Autre", "Ailleurs")
    assert (one.sealed_by, one.evidence) == ("", "")
    assert "Monsieur le Préfet, Préfecture du Nord" in one.claim
    assert "rien ne le prouve" in one.claim
    path, seal = tmp_path / "sealed.pdf", tmp_path / "seal.der"
    path.write_bytes(content)
    seal.write_bytes(authority.credentials_of("Une Autre", organisation="Ailleurs").certificate)
    for given, first in (([], "1. Une Autre, Ailleurs – "), (["--seal", str(seal)], "1. Monsieur le Préfet, ")):
        with pytest.raises(SystemExit):
            call_command("verify", str(path), *given)
        printed = capsys.readouterr().out
        assert first in printed
        assert "certificat\u00a0: Une Autre, Ailleurs" in printed
    ours = verify(sealed(unsigned, "beneficiary", is_first=True, **prefect)).signatures[0]
    assert (ours.signer, ours.sealed_by, ours.claim) == ("Monsieur le Préfet", authority.SEAL_NAME, "")
    path.write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    with pytest.raises(CommandError, match="n’est pas un certificat"):
        call_command("verify", str(seal), "--seal", str(path))


@pytest.mark.slow
def test_a_former_seal_stays_that_of_the_platform_by_the_places_that_it_filled(versions, unsigned, monkeypatch):
    former = verify(versions[0]).signatures[0].certificate_sha256
    content = sealed(unsigned, "beneficiary", is_first=True, person="Autre Personne")
    later = authority.credentials_of("Cachet suivant", organisation="Socle").asn1
    monkeypatch.setattr(authority.SimulatedTrust, "own", lambda _: later)
    monkeypatch.setattr(verification, "_asked", lambda _: (None, False))
    assert verify(content).signatures[0].signer == "Autre Personne"
    Slot.objects.filter(certificate_sha256=former).update(certificate_sha256="")
    assert verify(content).signatures[0].signer == authority.SEAL_NAME
