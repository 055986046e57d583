"""The worker's version, as Temporal's worker deployments know it (ADR 0009)."""

import asyncio
import os

import structlog
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError
from temporalio.worker import WorkerDeploymentConfig

from adapters.settings.temporal import TemporalSettings

DEPLOYMENT_NAME = "karbonica-registry"

log = structlog.get_logger()


def deployment(settings: TemporalSettings) -> WorkerDeploymentConfig:
    """The version of this process; every workflow says itself whether it is pinned to it (ADR 0009)."""
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT_NAME, settings.worker_build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def declare_current(client: Client, settings: TemporalSettings) -> None:
    """Route new work to this version, as an operator does for a fleet (docs/operations.md)."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=DEPLOYMENT_NAME,
        build_id=settings.worker_build_id,
        identity=f"worker/{os.getpid()}",
        ignore_missing_task_queues=True,
        allow_no_pollers=True,
    )
    for attempt in range(50):
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as not_yet:
            # The server hears of a version from its first poll, which may still be under way.
            if attempt == 49:  # noqa: PLR2004 -- ten seconds of tries
                raise
            log.debug("version not known yet", reason=not_yet.message)
            await asyncio.sleep(0.2)
        else:
            return
