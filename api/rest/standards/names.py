"""The schemes' and registries' own names as JSON."""

from pydantic import ConfigDict

from api.http.schema import ResponseSchema
from api.rest.standards.examples import NAMES, REGISTRY, SCHEME
from domain.projects.projects import ProjectStatus, ProjectType
from domain.standards.foreign_serials import GRAMMARS, ForeignRegistry
from domain.standards.labels import Scheme
from domain.standards.scheme_names import SCHEME_NAMES


class SchemeNamesResponse(ResponseSchema):
    """A scheme's own names, and ours; null: it says several of ours with one of its own, or none."""

    model_config = ConfigDict(json_schema_extra={"examples": [SCHEME]})

    scheme: Scheme
    name: str
    about: str
    source: str
    project_types: dict[str, ProjectType | None]
    scopes: dict[str, str]
    statuses: dict[str, ProjectStatus | None]


class ForeignRegistryResponse(ResponseSchema):
    """`block` names the parts of its serial within which it counts; none: through all that it has."""

    model_config = ConfigDict(json_schema_extra={"examples": [REGISTRY]})

    registry: ForeignRegistry
    name: str
    example: str
    block: list[str]
    source: str


class StandardNamesResponse(ResponseSchema):
    model_config = ConfigDict(json_schema_extra={"examples": [NAMES]})

    schemes: list[SchemeNamesResponse]
    registries: list[ForeignRegistryResponse]


def names_response() -> StandardNamesResponse:
    return StandardNamesResponse(
        schemes=[
            SchemeNamesResponse(
                scheme=scheme,
                name=names.name,
                about=names.about,
                source=names.source,
                project_types=dict(names.project_types),
                scopes=dict(names.scopes),
                statuses=dict(names.statuses),
            )
            for scheme, names in SCHEME_NAMES.items()
        ],
        registries=[
            ForeignRegistryResponse(
                registry=registry,
                name=grammar.name,
                example=grammar.example,
                block=list(grammar.block),
                source=grammar.source,
            )
            for registry, grammar in GRAMMARS.items()
        ],
    )
