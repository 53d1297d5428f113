"""A programme is a file; a wrong one is refused with its line and its reason, and nothing is written."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, PromiseKept
from socle.deliberations.models import Approval, Article
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Operator, User
from socle.programme import actions
from socle.programme.file import WrongFile, read
from socle.programme.models import (
    AgreementType,
    FundingScheme,
    Partner,
    Power,
    Programme,
    Service,
    TypeParty,
)
from socle.provisioning.models import Right
from tests import factories as f

PACK = Path(settings.ROOT) / "programmes" / "pack-mairies-connectees.toml"


SECOND_AMENDMENT = """[[amendment]]
code = "avenant-2"
name = "Avenant"
of = "tripartite"
approved = "each"
text = "avenant"
version = "2026-12-02"
demonstration = true

"""
WHOLE_APPROVAL = '[[approval]]\narticle = 5\ntext = "convention-tripartite"\nversion = "2026-12-02"\n'


def strata(*bounds: int | None) -> str:
    """Strata of price as the file writes them, up to these bounds."""
    said = [
        f'up_to = {bound}, annual = "36.00"' if bound else 'annual = "72.00", first_year = "90.00"' for bound in bounds
    ]
    return f"stratum = [{', '.join(f'{{ {one} }}' for one in said)}]"


@pytest.fixture
def altered(tmp_path):
    """Write a copy of the real file with one passage replaced; return its path and the line of the change."""

    def write(before: str, after: str) -> tuple[Path, int]:
        text = PACK.read_text(encoding="utf-8")
        assert before in text
        path = tmp_path / "essai.toml"
        path.write_text(text.replace(before, after, 1), encoding="utf-8")
        return path, text[: text.index(before)].count("\n") + 1

    return write


def test_the_shipped_programme_is_right():
    programme, sha256 = read(PACK)
    assert programme.name == "Pack Mairies Connectées"
    assert [operator.code for operator in programme.operator] == ["npdcn", "cdg59", "cdg62", "somme-numerique"]
    assert len(programme.founding_act.article) == 7
    assert len(sha256) == 64


@pytest.mark.parametrize(
    ("before", "after", "shift", "reason"),
    [
        (
            'sub_processors = ["somme-numerique"]',
            'sub_processors = ["oise-numerique"]',
            0,
            "« oise-numerique » est inconnu",
        ),
        ('operator = "npdcn"', 'operator = "inconnu"', 0, "« inconnu » est inconnu"),
        ('siret = "99999990700010"', 'siret = "99999990700011"', 0, "clé de ce SIRET est fausse"),
        ("below = 1000", 'below = "mille"', 0, "un nombre entier est attendu"),
        ('annual_price = "240.00"', "annual_price = 240.00", 0, "entre guillemets"),
        ('annual_price = "240.00"', 'annual_price = "0.00"\nper_inhabitant = "-0.01"', 1, "trop petit"),
        ('annual_price = "240.00"', 'annual_price = "0.00"\nstratum = [{ annual = 36.0 }]', 1, "entre guillemets"),
        ('annual_price = "240.00"', f'annual_price = "0.00"\n{strata(1500)}', 1, "la dernière strate"),
        ('annual_price = "240.00"', f'annual_price = "0.00"\n{strata(None, 1500, None)}', 1, "la dernière strate"),
        ('annual_price = "240.00"', f'annual_price = "0.00"\n{strata(1500, 1500, None)}', 1, "les strates se suivent"),
        ('annual_price = "240.00"', f'annual_price = "240.00"\n{strata(1500, None)}', 1, "reste"),
        ('parties = ["beneficiary", "cdg", "lead"]', 'parties = ["beneficiary", "cdg"]', 0, "chef de file est partie"),
        ('parties = ["beneficiary", "cdg", "lead"]', 'parties = ["cdg59", "lead"]', None, "un seul type de convention"),
        ('parties = ["beneficiary", "cdg", "lead"]', 'parties = ["beneficiary", "lead", "npdcn"]', 0, "deux fois"),
        ('approved = "model"\narticle = 5', 'approved = "model"\narticle = 9', 1, "n’a pas d’article 9"),
        ('code = "avenant-tripartite"', 'code = "tripartite"', 0, "déjà pris"),
        ('of = "tripartite"', 'of = "inconnu"', 0, "aucun type de convention"),
        ('code = "restauration"', 'code = "compte-rendu"', 0, "déjà pris"),
        (
            'clause = "article 8"\nby = "le centre de gestion et le syndicat"\nevery_months = 12',
            'clause = "article 8"\nby = "le centre de gestion et le syndicat"\nevery_months = 0',
            2,
            "trop petit",
        ),
        ('approved = "each"\ntext', 'approved = "each"\narticle = 9\ntext', 1, "n’a pas d’article 9"),
        ("[[scheme]]", SECOND_AMENDMENT + "[[scheme]]", None, "sont déjà décrits"),
        ('provided_by = "lead"', 'provided_by = "chef"', 0, "cette valeur n’est pas de celles qui existent"),
        ('part = "technical_support"', 'part = "lead"', None, "un seul chef de file"),
        ("adopted_on = 2021-11-23", 'adopted_on = "hier"', 0, "une date est attendue"),
        ('code = "messagerie"', 'code = "site-internet"', 0, "déjà pris"),
        ("spend_until = 2023-12-31", "spend_until = 2020-12-31", None, "précède"),
        ("article = 5\ntext", "article = 8\ntext", 0, "n’a pas d’article 8"),
        ("article = 5\ntext", "article = 1\ntext", 0, "l’article 1 de l’acte fondateur n’approuve aucun modèle"),
        ("article = 5\ntext", "article = 7\ntext", 0, "L’article 7 de l’acte n°\u00a02021-16 n’approuve rien"),
        ('approved = "model"\narticle = 5', 'approved = "model"\narticle = 2', 1, "n’approuve aucun modèle"),
        ('approved = "each"\narticle = 3', 'approved = "each"\narticle = 7', 1, "n’approuve aucune convention"),
        ('number = 2\npower = "agreement"', 'number = 2\npower = "delegation"', 1, "ne délègue rien"),
        ('number = 7\npower = "delegation"', 'number = 7\npower = "model"', 1, "n’approuve rien"),
        ("fictitious = true\n\n# Les", 'sha256 = "abc"\n\n# Les', 0, "64 chiffres hexadécimaux"),
        ('name = "Centre de gestion du Nord"', 'nom = "Centre de gestion du Nord"', 0, "champ est inconnu"),
        ('part = "lead"', 'email = "contact"\npart = "lead"', 0, "adresse électronique n’est pas complète"),
    ],
)
def test_a_wrong_field_is_refused_with_its_line(altered, before, after, shift, reason):
    path, line = altered(before, after)
    with pytest.raises(WrongFile) as refusal:
        read(path)
    assert reason in refusal.value.sentence
    if shift is not None:
        assert f"ligne {line + shift} " in refusal.value.sentence


def test_text_that_is_not_toml_is_refused_with_its_line(altered):
    path, line = altered('name = "Centre de gestion du Nord"', 'name = "Centre de gestion du Nord')
    with pytest.raises(WrongFile, match=f"ligne {line} "):
        read(path)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"code = 1", b"[" * 5000, b"\x00" * 100])
def test_hostile_bytes_are_refused_in_french(tmp_path, content):
    path = tmp_path / "hostile.toml"
    path.write_bytes(content)
    with pytest.raises(WrongFile, match=r"hostile\.toml"):
        read(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(WrongFile, match="ne peut pas être lu"):
        read(tmp_path / "absent.toml")


@pytest.fixture
def ready_base(db):
    for code in ("59", "62"):
        f.department(code)
    f.vintage(2026)
    f.shipped_texts()


# What the file does not say of each, or what tells it from the others.
NOT_IN_FILE = {
    Operator: {"code"},
    Programme: {"code", "priority_vintage_id", "founding_act_id"},
    Partner: {"programme_id", "operator_id"},
    Service: {"programme_id", "code"},
    FundingScheme: {"programme_id", "code"},
    Power: {"programme_id", "article_id"},
    AgreementType: {"programme_id", "code", "amends_id"},
    TypeParty: {"type_id", "rank"},
}
# Of an amendment, nothing reads them.
OF_THE_AMENDED = {
    "notice_months", "operators_notice_months", "breach_months", "reversibility_months", "renewals", "basis",
    "equipment",
}  # fmt: skip


def altered_value(name: str, value: object) -> object:
    match value:
        case None:
            return None
        case bool():
            return not value and name != "has_beneficiary"
        case str():
            return "x"
        case date():
            return value + timedelta(days=1)
    return None if name.endswith("_id") else value + 1


def load(path: Path, *, demonstration: bool = False):
    return actions.load(path, by=User.objects.system(), at=f.NOW, demonstration=demonstration)


def agreement_of(programme: Programme) -> Agreement:
    return Agreement.objects.create(
        number="PMC-2026-0001", programme=programme, type=programme.tripartite(), beneficiary=f.beneficiary(),
        text=f.text(), term_months=36, annual_price=0, vat_regime="", drafted_at=f.NOW,
    )  # fmt: skip


@pytest.mark.usefixtures("ready_base")
class TestLoading:
    def test_the_rows_say_what_the_file_says_and_a_second_load_writes_nothing(self):
        programme, written = load(PACK)
        assert written
        assert programme.services.count() == 13
        assert programme.lead().siret == "20003938600038"
        assert programme.centre_de_gestion_of(f.department("62")).code == "cdg62"
        assert not programme.partners.get(operator__code="somme-numerique").sees_money
        assert not programme.schemes.get().is_open_on(f.TODAY)
        assert dict(Operator.objects.values_list("code", "is_siret_confirmed")) == {
            "npdcn": True, "cdg59": False, "cdg62": False, "somme-numerique": False,
        }  # fmt: skip
        declared = read(PACK)[0].founding_act.article
        kept = programme.powers.values_list("article__number", "article__text", "power")
        assert list(kept) == [(one.number, one.text, one.power) for one in declared]
        assert load(PACK)[1] is False

    @pytest.mark.slow
    def test_whatever_became_of_the_rows_they_are_again_what_the_file_says(self):
        load(PACK)
        kept = {model: list(model.objects.order_by("pk").values()) for model in NOT_IN_FILE}
        for model, others in NOT_IN_FILE.items():
            for row in kept[model]:
                left = {"id", *others, *(OF_THE_AMENDED if row.get("amends_id") else ())}
                altered = {name: altered_value(name, value) for name, value in row.items() if name not in left}
                model.objects.filter(pk=row["id"]).update(**altered)
        processors = Service.sub_processors.through.objects
        told = sorted(processors.values_list("service__code", "operator__code"))
        processors.filter(service__code="messagerie").delete()
        load(PACK)
        assert sorted(processors.values_list("service__code", "operator__code")) == told
        assert ("messagerie", "somme-numerique") in told
        for model, rows in kept.items():
            assert list(model.objects.order_by("pk").values()) == rows

    @pytest.mark.slow
    def test_strata_of_price_are_those_of_the_file(self, altered):
        whole, _ = altered('annual_price = "240.00"', f'annual_price = "0.00"\n{strata(1500, 5000, None)}')
        programme, _ = load(whole)
        told = list(programme.tripartite().strata.values_list("up_to", "annual_price", "first_year_price"))
        assert told == [(1500, Decimal(36), None), (5000, Decimal(36), None), (None, Decimal(72), Decimal(90))]
        fewer, _ = altered('annual_price = "240.00"', f'annual_price = "0.00"\n{strata(None)}')
        load(fewer)
        assert [one.up_to for one in programme.tripartite().strata.all()] == [None]

    @pytest.mark.slow
    def test_the_tripartite_agreement_is_one_type_among_those_of_the_file(self):
        programme, _ = load(PACK)
        tripartite = programme.tripartite()
        assert (tripartite.code, tripartite.article.number, tripartite.annual_price) == ("tripartite", 5, Decimal(240))
        parties = [(one.rank, one.part, one.operator and one.operator.code) for one in tripartite.parties.all()]
        assert parties == [(1, "beneficiary", None), (2, "cdg", None), (3, "lead", "npdcn")]

    @pytest.mark.slow
    def test_a_service_that_somebody_has_stays_in_the_file(self, altered):
        programme, _ = load(PACK)
        path, _ = altered('code = "telephonie"', 'code = "voix"')
        with scopes_disabled():
            agreement = agreement_of(programme)
            taken = programme.services.get(code="telephonie")
            given = {"beneficiary": agreement.beneficiary, "agreement": agreement, "opened_at": f.NOW}
            right = Right.objects.create(service=taken, **given)
            with pytest.raises(Refused, match="ouvert à des bénéficiaires"):
                load(path)
            assert programme.services.get(code="telephonie") == taken
            right.delete()
            load(path)
        assert not programme.services.filter(code="telephonie").exists()

    @pytest.mark.slow
    def test_a_type_of_which_there_is_an_agreement_stays_in_the_file(self, altered):
        programme, _ = load(PACK)
        kept = programme.agreement_types.get(code="appui-technique")
        with scopes_disabled():
            agreement = agreement_of(programme)
            Agreement.every.filter(pk=agreement.pk).update(type=kept)
        path, _ = altered('code = "appui-technique"', 'code = "appui"')
        with pytest.raises(Refused, match="remettez-le"):
            load(path)
        assert programme.agreement_types.get(code="appui-technique") == kept

    @pytest.mark.slow
    def test_promises_are_those_of_the_file_and_one_that_was_kept_stays_in_it(self, altered):
        tripartite = load(PACK)[0].tripartite()
        said = list(tripartite.promises.values_list("code", "clause", "every_months", "kept_by"))
        assert said == [("compte-rendu", "article 8", 12, ""), ("restauration", "article 10", 12, "restauration")]
        path, _ = altered('code = "compte-rendu"', 'code = "rapport"')
        load(path)
        assert sorted(tripartite.promises.values_list("code", flat=True)) == ["rapport", "restauration"]
        with scopes_disabled():
            agreement = agreement_of(tripartite.programme)
        PromiseKept.objects.create(
            agreement=agreement, promise=tripartite.promises.get(code="rapport"), kept_on=f.TODAY, due_on=f.TODAY,
            recorded_at=f.NOW,
        )  # fmt: skip
        with pytest.raises(Refused, match="déjà été tenue"):
            load(PACK)
        assert tripartite.promises.filter(code="rapport").exists()

    def test_without_the_demonstration_the_founding_act_is_not_executory(self):
        programme, _ = load(PACK)
        assert programme.founding_act.executory_on is None

    @pytest.mark.slow
    def test_the_demonstration_adds_a_fictitious_certificate_and_says_so(self):
        load(PACK)
        programme, written = load(PACK, demonstration=True)
        assert written
        assert programme.founding_act.executory_on is not None
        assert "FICTIF" in programme.founding_act.publication_certificate
        assert f.acts().filter(is_fictitious=True).count() == 2

    @pytest.mark.parametrize(
        ("before", "after", "reason"),
        [
            ('departments = ["59", "62"]', 'departments = ["59", "6Z"]', "« 6Z » n’existe pas"),
            ("vintage = 2026", "vintage = 2019", "millésime 2019 n’est pas chargé"),
            ('version = "2026-12-02"', 'version = "2020-01-01"', "n’a pas de version"),
            ('kept_by = "restauration"', 'kept_by = "divination"', "rien ne tient de promesse"),
        ],
    )
    def test_what_only_the_database_knows_is_checked_and_nothing_is_written(self, altered, before, after, reason):
        path, line = altered(before, after)
        with pytest.raises(Refused, match=reason) as refusal:
            load(path)
        assert f"ligne {line}" in str(refusal.value)
        assert not Programme.objects.exists()
        assert not Operator.objects.exists()

    @pytest.mark.slow
    def test_the_approval_of_a_demonstration_is_fictitious_and_read_by_a_demonstration_alone(self):
        load(PACK)
        assert not Approval.objects.exists()
        load(PACK, demonstration=True)
        approval = Approval.objects.get()
        assert (approval.article.number, approval.sha256, approval.is_fictitious) == (
            5,
            Text.objects.get(name="convention-tripartite").sha256,
            True,
        )

    @pytest.mark.slow
    @pytest.mark.both
    def test_an_approval_is_what_the_file_says_and_leaves_with_its_line(self, altered):
        path, _ = altered('version = "2026-12-02"\nfictitious = true', 'version = "2026-12-02"')
        with pytest.raises(Refused, match="se dit modèle de démonstration"):
            load(path)
        # Of a text that does not say so of itself, it is declared.
        Text.objects.update(is_demonstration=False)
        programme, _ = load(path)
        assert [one.is_fictitious for one in Approval.objects.all()] == [False]
        # The same in a demonstration: what is real stays, and the file is the source.
        load(PACK, demonstration=True)
        assert [one.is_fictitious for one in Approval.objects.all()] == [True]
        load(path)
        assert [one.is_fictitious for one in Approval.objects.all()] == [False]
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(WHOLE_APPROVAL, ""), encoding="utf-8")
        load(path)
        assert not Approval.objects.exists()
        assert programme.powers.count() == 7

    @pytest.mark.parametrize(
        ("kind", "words", "reason"),
        [
            ("deliberation", "Prend acte du rapport.", "n’approuve rien"),
            ("minutes", "Approuve.", "n’autorise pas à signer"),
            ("deliberation", "Approuve le modèle joint.", None),
        ],
    )
    def test_an_approval_by_another_act_is_of_an_article_that_approves(self, altered, kind, words, reason):
        programme, _ = load(PACK)
        act = f.act(programme.lead(), "2026-40", kind=kind)
        Article.objects.create(act=act, number=5, text=words)
        path, _ = altered("fictitious = true\n\n# Les", 'fictitious = true\nact = "2026-40"\n\n# Les')
        if reason is None:
            load(path, demonstration=True)
            assert Approval.objects.get().article.act == act
            return
        with pytest.raises(Refused, match=reason):
            load(path, demonstration=True)

    def test_an_act_that_is_not_adopted_yet_loads_nothing(self, altered):
        path, _ = altered("adopted_on = 2021-11-23", "adopted_on = 2027-01-12")
        with pytest.raises(Refused, match="n’est pas encore venu"):
            load(path)
        assert not Programme.objects.exists()

    @pytest.mark.slow
    def test_an_approval_noted_elsewhere_stays_whatever_the_file_says(self):
        programme, _ = load(PACK)
        article = programme.founding_act.articles.get(number=5)
        mine = f.approval(article, "e" * 64)
        real = f.approval(article, Text.objects.get(name="convention-tripartite").sha256)
        # The file declares the same bytes fictitiously: what is real is neither replaced nor withdrawn.
        load(PACK, demonstration=True)
        assert set(Approval.objects.values_list("pk", "is_fictitious")) == {(mine.pk, False), (real.pk, False)}

    @pytest.mark.slow
    def test_a_version_chosen_on_a_screen_stays_until_another_is_chosen_or_the_text_changes(self, altered):
        programme, _ = load(PACK)
        programme.agreement_types.filter(code="tripartite").update(
            text_version="2027-01-01", text_is_demonstration=False, text_chosen_at=f.NOW
        )
        path, _ = altered("below = 1000", "below = 999")
        programme, written = load(path)
        kind = programme.tripartite()
        assert (written, programme.priority_below) == (True, 999)
        assert (kind.text_version, kind.text_is_demonstration, kind.text_chosen_at) == ("2027-01-01", False, f.NOW)
        assert Entry.objects.filter(verb="programme.loaded").first().facts["texts_kept"] == ["tripartite"]
        # The other types follow the file, and so does this one when the file names another text.
        assert programme.agreement_types.get(code="avenant-tripartite").text_version == "2026-12-02"
        named = 'text = "{}"\nversion = "2026-12-02"\ndemonstration'
        text = path.read_text(encoding="utf-8")
        text = text.replace(named.format("convention-tripartite"), named.format("avenant"))
        path.write_text(text, encoding="utf-8")
        kind = load(path)[0].tripartite()
        assert (kind.text_name, kind.text_version, kind.text_chosen_at) == ("avenant", "2026-12-02", None)

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('sha256 = "' + "f" * 64 + '"', "n’est pas l’empreinte du texte publié"),
            ('act = "1999-01"', "1999-01, ou son article 5, n’est pas enregistré"),
        ],
    )
    def test_an_approval_that_the_database_contradicts_is_refused_with_its_line(self, altered, line, reason):
        path, where = altered("fictitious = true\n\n# Les", f"{line}\n\n# Les")
        with pytest.raises(Refused, match=reason) as refusal:
            load(path)
        assert f"ligne {where}" in str(refusal.value)
        assert not Programme.objects.exists()

    @pytest.mark.slow
    def test_a_later_act_approves_another_model(self, altered):
        load(PACK)
        founding = f.acts().get(number="2021-16")
        later = f.act(founding.operator, "2026-40")
        later.articles.create(number=1, text="Approuve le nouveau modèle.")
        path, _ = altered("article = 5\ntext", 'act = "2026-40"\narticle = 1\ntext')
        load(path, demonstration=True)
        assert Approval.objects.get().article.act == later

    @pytest.mark.slow
    def test_another_operator_starts_another_programme_with_a_file_of_its_own(self, tmp_path, settings):
        settings.DATA_DIR = tmp_path
        folder = tmp_path / "programmes"
        folder.mkdir()
        text = PACK.read_text(encoding="utf-8").replace('"pack-mairies-connectees"', '"socle-voisin"')
        (folder / "voisin.toml").write_text(text.replace('"PMC"', '"VOI"'), encoding="utf-8")
        for path in actions.files():
            load(path)
        assert set(Programme.objects.values_list("code", flat=True)) == {"socle-voisin"}


@pytest.mark.usefixtures("ready_base")
def test_a_day_that_the_file_says_later_completes_the_act_and_changes_no_day_that_is_known(altered):
    programme, _ = load(PACK)
    act = programme.founding_act
    assert (act.received_on, act.published_on, act.executory_on) == (date(2021, 11, 24), None, None)
    path, _ = altered("received_on = 2021-11-24", "received_on = 2021-12-30\npublished_on = 2021-11-26")
    load(path)
    act.refresh_from_db()
    assert (act.received_on, act.published_on) == (date(2021, 11, 24), date(2021, 11, 26))
    assert Entry.objects.filter(verb="act.published", object_id=str(act.pk)).count() == 1
    path, _ = altered("received_on = 2021-11-24", "received_on = 2021-11-24\npublished_on = 2021-11-27")
    load(path)
    act.refresh_from_db()
    assert act.published_on == date(2021, 11, 26)


@pytest.mark.usefixtures("ready_base")
def test_a_day_that_cannot_be_is_refused_and_nothing_of_the_file_is_kept(altered):
    programme, _ = load(PACK)
    path, _ = altered("received_on = 2021-11-24", "received_on = 2021-11-24\npublished_on = 2021-11-22")
    with pytest.raises(Refused, match="avant d’être adopté"):
        load(path)
    programme.refresh_from_db()
    assert programme.file_sha256 == read(PACK)[1]
    assert programme.founding_act.published_on is None
