"""What staff send of standards, authorisations and foreign ranges, by calls and by forms alike."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from activities.standards.authorisations import (
    AuthorisationRequestPayload,
    AuthorisationStepPayload,
    TermsPayload,
)
from activities.standards.foreign_ranges import ForeignRangePayload
from activities.standards.labels import LabelPayload
from activities.standards.records import SourcePayload
from api.http.fields import Day, Text, TonnesInput
from api.http.schema import RequestSchema
from domain.projects.verification import VINTAGE_MIN
from domain.standards.article6 import AuthorisedUse, FirstTransfer, StepKind
from domain.standards.foreign_serials import SERIAL_LENGTH_MAX, ForeignRegistry
from domain.standards.labels import IDENTIFIER_LENGTH_MAX, CorsiaPhase, Scheme
from domain.standards.records import URL_LENGTH_MAX

Vintage = Annotated[StrictInt, Field(ge=VINTAGE_MIN, le=9999)]
Name = Annotated[str, Text(IDENTIFIER_LENGTH_MAX)]
REASON_LENGTH_MAX = 2000


class SourceRequest(RequestSchema):
    """In which completed document of the project or where on the web it is written, and the day that bears."""

    document_id: UUID | None = None
    url: Annotated[str, Text(URL_LENGTH_MAX)] | None = None
    dated: Day

    def payload(self) -> SourcePayload:
        return SourcePayload(document_id=self.document_id, url=self.url, dated=self.dated)


class LabelFields(RequestSchema):
    """A standard or label; `programme`, `phase` and vintages are CORSIA's, `goals` the goals' alone."""

    scheme: Scheme
    identifier: Name | None = None
    programme: Name | None = None
    phase: CorsiaPhase | None = None
    goals: Annotated[list[StrictInt], Field(max_length=17)] = Field(default=[])
    vintage_from: Vintage | None = None
    vintage_to: Vintage | None = None
    valid_from: Day
    valid_until: Day | None = None
    source: SourceRequest

    def payload(self) -> LabelPayload:
        facts = self.model_dump(exclude={"source"})
        return LabelPayload(**facts, source=self.source.payload())


class AuthorisationFields(RequestSchema):
    """For which vintages the host Party was asked (none: for all), and where that is written."""

    vintage_from: Vintage | None = None
    vintage_to: Vintage | None = None
    source: SourceRequest

    def payload(self) -> AuthorisationRequestPayload:
        return AuthorisationRequestPayload(
            vintage_from=self.vintage_from,
            vintage_to=self.vintage_to,
            source=self.source.payload(),
        )


class TermsRequest(RequestSchema):
    """What the Party authorises; `quantity` null: all that is issued."""

    uses: Annotated[list[AuthorisedUse], Field(min_length=1, max_length=3)]
    first_transfer: FirstTransfer
    quantity: TonnesInput | None = None
    changeable_after_transfer: StrictBool = False


class AuthorisationStepFields(RequestSchema):
    """One document of the Party's; an authorisation and its change have terms, nothing else has."""

    kind: StepKind
    terms: TermsRequest | None = None
    source: SourceRequest

    def payload(self) -> AuthorisationStepPayload:
        terms = self.terms and TermsPayload(
            uses=tuple(self.terms.uses),
            first_transfer=self.terms.first_transfer,
            quantity_units=self.terms.quantity,
            changeable_after_transfer=self.terms.changeable_after_transfer,
        )
        return AuthorisationStepPayload(kind=self.kind, terms=terms, source=self.source.payload())


class ForeignRangeFields(RequestSchema):
    """Which units of another registry a vintage's issuance stands on, and that they were cancelled there."""

    vintage: Vintage
    registry: ForeignRegistry
    serial: Annotated[str, Text(SERIAL_LENGTH_MAX)]
    quantity: TonnesInput
    source: SourceRequest

    def payload(self) -> ForeignRangePayload:
        return ForeignRangePayload(
            registry=self.registry, serial=self.serial, source=self.source.payload()
        )


class WithdrawalReasonFields(RequestSchema):
    """Why it is withdrawn; public."""

    reason: Annotated[str, Text(REASON_LENGTH_MAX, lines=True)]
