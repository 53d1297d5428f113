"""Schemas of beneficiaries in the API."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.values import Asked, DepartmentCode, InseeCode, Out, Page, Paged, Words, example

KindCode = Literal["commune", "other"]


class BeneficiaryRef(Out):
    """De qui il s’agit."""

    id: int
    name: str
    insee_code: str | None


class Beneficiary(Out):
    """Une collectivité ou un établissement public inscrit au programme."""

    url: str
    id: int
    kind: KindCode
    name: str
    legal_form: str
    siret: str
    is_siret_confirmed: bool
    is_fictitious: bool = Field(description="Numéros fictifs de démonstration.")
    seat: str
    department: str
    insee_code: str | None


class Beneficiaries(Page):
    """Une page de bénéficiaires."""

    data: list[Beneficiary]


class BeneficiaryFilters(Paged):
    """Filtres des bénéficiaires."""

    department: DepartmentCode | None = None
    kind: KindCode | None = None
    insee_code: InseeCode | None = None
    siret: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")] | None = None
    sort: Literal["id", "-id", "name", "-name"] = "id"


class NewBody(Asked):
    """Un établissement public qui n’est pas une commune."""

    model_config = example(
        name="Syndicat intercommunal des eaux de l’Avesnois",
        legal_form="syndicat intercommunal",
        siret="20012345600017",
        seat="1, place de la Mairie, 59440 Avesnes-sur-Helpe",
        department="59",
    )

    name: Words
    legal_form: Annotated[Words, StringConstraints(max_length=120)]
    siret: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
    seat: Words
    department: DepartmentCode
