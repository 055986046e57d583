"""
`make rotate-personal-key`: a new key of personal data, and everything sealed under it (ADR 0072).

The worker does the same by itself every 90 days. Reading and writing go on meanwhile; a run that was
killed is gone on with by Temporal, or by the next one.
"""

import asyncio
import sys
from uuid import uuid4

from activities.accounts.own_data import PersonalDataSealed
from adapters.settings.temporal import TemporalSettings
from adapters.temporal.client import connect_temporal
from tools.running_stack import use_running_stack
from workflows import policies
from workflows.accounts.own_data import WORKFLOW_ID, PersonalDataStart, PersonalDataWorkflow

DONE = 0


async def rotate() -> PersonalDataSealed:
    client = await connect_temporal(TemporalSettings())
    sealed: PersonalDataSealed = await client.execute_workflow(
        PersonalDataWorkflow.run,
        PersonalDataStart(new_key=True),
        id=f"{WORKFLOW_ID}/{uuid4()}",
        task_queue=policies.REGISTRY_QUEUE,
        static_summary="Makes a new key of personal data and seals everything under it",
    )
    return sealed


def main() -> int:
    sealed = asyncio.run(rotate())
    print(
        f"Key {sealed.version} seals personal data now; {sealed.rows:,} rows were sealed under it."
    )
    return DONE


if __name__ == "__main__":
    use_running_stack()
    sys.exit(main())
