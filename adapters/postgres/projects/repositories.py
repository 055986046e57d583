"""The write side of projects inside one transaction."""

from functools import cached_property

from adapters.postgres.projects.appeals import PostgresAppeals
from adapters.postgres.projects.assurance.opinions import (
    PostgresAssignments,
    PostgresTechnicalReviews,
    PostgresValidationOpinions,
)
from adapters.postgres.projects.assurance.risk_assessments import PostgresRiskAssessments
from adapters.postgres.projects.buffer_shares import PostgresBufferShares
from adapters.postgres.projects.changes import PostgresProjectChanges
from adapters.postgres.projects.consultations import PostgresConsultations
from adapters.postgres.projects.documents import PostgresDocuments
from adapters.postgres.projects.duplicates import PostgresLikelyDuplicates
from adapters.postgres.projects.findings import PostgresFindings
from adapters.postgres.projects.methodologies import PostgresMethodologies
from adapters.postgres.projects.projects import PostgresProjects
from adapters.postgres.projects.round_looks import PostgresRoundLooks
from adapters.postgres.projects.sign_offs import PostgresSignOffs
from adapters.postgres.projects.statements import PostgresStatements
from adapters.postgres.projects.verification import PostgresVerifications
from adapters.postgres.write_batching import BatchingConnection


class PostgresProjectRepositories:
    """`activities.ports.projects.ProjectRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def projects(self) -> PostgresProjects:
        return PostgresProjects(self._connection)

    @cached_property
    def changes(self) -> PostgresProjectChanges:
        return PostgresProjectChanges(self._connection)

    @cached_property
    def verifications(self) -> PostgresVerifications:
        return PostgresVerifications(self._connection)

    @cached_property
    def buffer_shares(self) -> PostgresBufferShares:
        return PostgresBufferShares(self._connection)

    @cached_property
    def documents(self) -> PostgresDocuments:
        return PostgresDocuments(self._connection)

    @cached_property
    def sign_offs(self) -> PostgresSignOffs:
        return PostgresSignOffs(self._connection)

    @cached_property
    def duplicates(self) -> PostgresLikelyDuplicates:
        return PostgresLikelyDuplicates(self._connection)

    @cached_property
    def findings(self) -> PostgresFindings:
        return PostgresFindings(self._connection)

    @cached_property
    def consultations(self) -> PostgresConsultations:
        return PostgresConsultations(self._connection)

    @cached_property
    def appeals(self) -> PostgresAppeals:
        return PostgresAppeals(self._connection)

    @cached_property
    def round_looks(self) -> PostgresRoundLooks:
        return PostgresRoundLooks(self._connection)

    @cached_property
    def methodologies(self) -> PostgresMethodologies:
        return PostgresMethodologies(self._connection)

    @cached_property
    def statements(self) -> PostgresStatements:
        return PostgresStatements(self._connection)

    @cached_property
    def assignments(self) -> PostgresAssignments:
        return PostgresAssignments(self._connection)

    @cached_property
    def validation_opinions(self) -> PostgresValidationOpinions:
        return PostgresValidationOpinions(self._connection)

    @cached_property
    def technical_reviews(self) -> PostgresTechnicalReviews:
        return PostgresTechnicalReviews(self._connection)

    @cached_property
    def risk_assessments(self) -> PostgresRiskAssessments:
        return PostgresRiskAssessments(self._connection)
