"""Publishing the open data now, for staff."""

from uuid import UUID

from adapters.postgres.publishing.reads.open_data import ManifestView, stored_manifest
from api.commands.addresses import manifest_address
from api.commands.workflow_client import Operation, WorkflowClient, WorkflowStart
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import NotFound
from domain.identifiers import operation_id
from workflows.publishing.open_data import ExportStart, ExportWorkflow, workflow_id


async def publish_export(parts: Resources, account: Account, key: str) -> ManifestView:
    """
    Publish all files with their manifest; a large registry takes minutes.

    Raises:
        Forbidden: only staff publish.
        OutcomeUnknown: it takes longer than an answer may.
        Unavailable: as for every workflow.
    """
    account.require(Permission.PUBLISH_OPEN_DATA)
    export_id = operation_id(account.id, "export", key)
    await WorkflowClient(parts).start_with(
        Operation(export_id, manifest_address(export_id)),
        WorkflowStart(
            ExportWorkflow.run,
            ExportStart(export_id=export_id, actor_id=account.id),
            id=workflow_id(export_id),
            summary="Publishes the open data",
            kind="export",
        ),
        ExportWorkflow.published,
        needs_storage=True,
    )
    return await manifest(parts, export_id)


async def manifest(parts: Resources, export_id: UUID) -> ManifestView:
    """
    Raises:
        NotFound: there is no such export.
    """
    async with parts.reading() as connection:
        stored = await stored_manifest(connection, export_id)
    if stored is None:
        raise NotFound("There is no such export.")
    return stored
