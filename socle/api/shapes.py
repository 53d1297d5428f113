"""What goes out and what comes in, field by field: the source of the OpenAPI document."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

# PostgreSQL keeps no null character; two lines have no place in a name.
Words = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")
]
Identifier = Annotated[int, Field(ge=1, le=2**63 - 1)]
InseeCode = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]{3}$")]
DepartmentCode = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9AB][0-9]?$")]
StageCode = Literal["eligible", "draft", "ready", "signed", "live"]
StatusCode = Literal["draft", "ready", "signed", "cancelled"]
StateCode = Literal["pending", "live", "failed", "suspended"]
KindCode = Literal["commune", "other"]
PartyCode = Literal["beneficiary", "cdg", "lead"]


def _written_as_a_day(value: Any) -> Any:
    """Leave out what would be read as a number of seconds."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise PydanticCustomError("date_parsing", "a day is written 2026-11-25")
    return value


Day = Annotated[date, BeforeValidator(_written_as_a_day)]


class Out(BaseModel):
    """What is answered."""


class In(BaseModel):
    """What is asked: a name that is not known is a mistake, not something to leave out in silence."""

    model_config = ConfigDict(extra="forbid")


# --- What is read -----------------------------------------------------------------------------------------------------
class Organisation(Out):
    """For whom a token acts."""

    kind: Literal["operator", "beneficiary"]
    id: int
    name: str


class Me(Out):
    """The token itself, and what it opens."""

    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime
    organisation: Organisation
    programme: str = Field(description="Code du programme.")
    departments: list[str] = Field(description="Codes des départements vus.")
    sees_money: bool = Field(description="Si les montants sont donnés.")


class Service(Out):
    """Un service de l’offre."""

    code: str
    name: str
    summary: str
    is_essential: bool = Field(description="Proposé d’office.")
    is_provisioned: bool = Field(description="Mis en service par la plateforme.")


class Services(Out):
    """Les services de l’offre, dans son ordre."""

    data: list[Service]


class Epci(Out):
    """Une intercommunalité."""

    siren: str
    name: str


class Commune(Out):
    """Une commune et son étape dans le programme."""

    url: str
    insee_code: str
    name: str
    department: str
    siren: str
    population: int | None = Field(description="Celle du dernier millésime ; null quand elle n’est pas publiée.")
    epci: Epci | None
    is_priority: bool
    stage: StageCode
    stage_label: str
    agreement: str | None = Field(description="Numéro de sa convention en cours.")
    beneficiary: int | None = Field(description="Son identifiant de bénéficiaire, une fois inscrite.")


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


class Party(Out):
    """Une des trois parties d’une convention."""

    kind: PartyCode
    name: str
    siret: str
    signed_at: datetime | None
    representative: str | None = Field(description="Seulement avec la portée people:read.")
    quality: str | None = Field(description="Seulement avec la portée people:read.")


class Agreement(Out):
    """Une convention."""

    url: str
    number: str
    status: StatusCode
    status_label: str
    beneficiary: BeneficiaryRef
    department: str
    services: list[str] = Field(description="Codes des services choisis.")
    parties: list[Party]
    term_months: int
    starts_on: date | None
    ends_on: date | None
    annual_price: str | None = Field(description="En euros ; null pour qui ne voit pas les montants.")
    drafted_at: datetime
    signed_at: datetime | None


class Installation(Out):
    """Ce qu’un bénéficiaire doit avoir d’un service, et ce qui a été constaté."""

    url: str
    id: int
    service: str
    beneficiary: BeneficiaryRef
    agreement: str
    state: StateCode
    state_label: str
    wanted: bool
    is_simulated: bool = Field(description="Tenu par un simulateur en attendant le vrai système.")
    found: str
    proof: str
    looked_at: datetime | None
    next_look_at: datetime | None
    attempts: int
    last_error: str


class Entry(Out):
    """Une ligne du journal."""

    url: str
    id: int
    verb: str
    label: str
    at: datetime
    object: str = Field(description="Nature et identifiant de la chose, comme agreements.agreement:12.")
    beneficiary: int | None
    by: str | None = Field(description="Le nom de qui a agi ; seulement avec la portée people:read.")
    facts: dict[str, Any]
    position: int | None = Field(description="Rang dans la chaîne ; null tant que la ligne n’est pas scellée.")
    seal: str


class Page(Out):
    """Une page d’une liste ; `next` est aussi dans l’en-tête Link."""

    next: str | None = Field(description="Adresse de la page suivante ; null à la fin.")


class Communes(Page):
    """Une page de communes."""

    data: list[Commune]


class Beneficiaries(Page):
    """Une page de bénéficiaires."""

    data: list[Beneficiary]


class Agreements(Page):
    """Une page de conventions."""

    data: list[Agreement]


class Installations(Page):
    """Une page d’installations."""

    data: list[Installation]


class Journal(Page):
    """Une page du journal."""

    data: list[Entry]


# --- What is asked ----------------------------------------------------------------------------------------------------
class Paged(In):
    """Ce que toute liste accepte."""

    limit: int = Field(50, ge=1, le=200, description="Nombre de lignes par page.")
    cursor: str | None = Field(
        None, max_length=1000, pattern=r"^[A-Za-z0-9_-]+$", description="Suite d’une page : à reprendre de `next`."
    )


class CommuneFilters(Paged):
    """Filtres des communes."""

    department: DepartmentCode | None = None
    stage: StageCode | None = None
    priority: bool | None = None
    epci: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")] | None = Field(None, description="SIREN de l’EPCI.")
    q: Words | None = Field(None, description="Partie du nom, sans égard aux accents.")
    sort: Literal["name", "-name", "population", "-population", "insee_code", "-insee_code"] = "name"


class BeneficiaryFilters(Paged):
    """Filtres des bénéficiaires."""

    department: DepartmentCode | None = None
    kind: KindCode | None = None
    insee_code: InseeCode | None = None
    siret: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")] | None = None
    sort: Literal["id", "-id", "name", "-name"] = "id"


class AgreementFilters(Paged):
    """Filtres des conventions."""

    department: DepartmentCode | None = None
    status: StatusCode | None = None
    beneficiary: Identifier | None = None
    insee_code: InseeCode | None = None
    sort: Literal["number", "-number", "drafted_at", "-drafted_at"] = "number"


class InstallationFilters(Paged):
    """Filtres des installations."""

    department: DepartmentCode | None = None
    state: StateCode | None = None
    service: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")] | None = None
    beneficiary: Identifier | None = None
    insee_code: InseeCode | None = None
    sort: Literal["id", "-id"] = "id"


class EntryFilters(Paged):
    """Filtres du journal."""

    verb: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,39}$")] | None = None
    beneficiary: Identifier | None = None
    since: Day | None = Field(None, description="À partir de ce jour (Europe/Paris).")
    until: Day | None = Field(None, description="Jusqu’à ce jour compris.")
    sort: Literal["id", "-id"] = Field("id", description="Du plus ancien au plus récent, ou l’inverse.")


class Asked(In):
    """A content in JSON: a number is a number there, and not words that look like one."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewBody(Asked):
    """Un établissement public qui n’est pas une commune."""

    name: Words
    legal_form: Annotated[Words, StringConstraints(max_length=120)]
    siret: Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
    seat: Words
    department: DepartmentCode


class NewAgreement(Asked):
    """Pour qui rédiger une convention."""

    beneficiary: Identifier


class ChosenServices(Asked):
    """Les services choisis, en entier : ce qui n’y est pas est retiré."""

    services: list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,50}$")]] = Field(max_length=100)
