"""The load without HTTP and without Temporal: the use case of a retirement, called directly."""

import asyncio
import sys

from pydantic import BaseModel

from activities.certificates import CertificateWriter
from activities.retirement import RetirementActivities, RetireUnits
from adapters.clock import SystemClock
from adapters.postgres.database import PostgresDatabase, open_engine
from adapters.settings import Settings
from bench.loads.sample import Pace, Sample, take_sample
from domain.certificates import IssuingRegistry


class UseCaseLoad(BaseModel):
    """The drafts of the requests are in the database already, as the API leaves them."""

    requests: list[RetireUnits]
    pace: Pace


async def run(load: UseCaseLoad, settings: Settings) -> Sample:
    """Every call is the one transaction that `retire_units` makes, with all its statements."""
    engine = open_engine(settings)
    writer = CertificateWriter(IssuingRegistry(settings.registry_name, settings.public_url))
    activities = RetirementActivities(PostgresDatabase(engine), SystemClock(), writer)

    async def retire(request: RetireUnits) -> None:
        await activities.retire_units(request)

    try:
        return await take_sample([retire] * load.pace.connections, iter(load.requests), load.pace)
    finally:
        await engine.dispose()


def main() -> None:
    load = UseCaseLoad.model_validate_json(sys.stdin.buffer.read())
    print(asyncio.run(run(load, Settings())).model_dump_json())


if __name__ == "__main__":
    main()
