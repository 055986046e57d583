"""The tonnes of a round, worked out of its monitoring data."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from activities import lookups
from activities.audit_and_notify import audit
from activities.ports.database import UnitOfWork
from activities.ports.monitoring import AcceptedValue
from activities.projects.verification_steps import put_on_timeline
from adapters.monitoring.declared import declared_calculations
from adapters.postgres.identity import SYSTEM, done_as
from adapters.postgres.monitoring.reads import quantifications as reads
from api.commands.projects.verification import require_its_verifier, visible_verification
from api.http.resources import Resources
from domain.accounts.roles import Account, Permission
from domain.errors import CannotQuantify, Fault, NotFound
from domain.identifiers import derived_id
from domain.ingestion.units import converted
from domain.monitoring import quantifications as rules
from domain.monitoring.calculations import Calculation
from domain.monitoring.quantifications import ROWS_MAX, Inputs, Quantification
from domain.monitoring.tonnes import InputRow, ParameterValue, parameters_of
from domain.projects.verification import EventType, MonitoringPeriod
from domain.publishing import events

_FILE_REFERENCE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/-?\d+/\d+")
"""As a value of a file is named; a device's name has no slash, but may look like an id."""


@dataclass(frozen=True)
class QuantificationTerms:
    """`sources` name the one device or series that an input is taken of; without one, all of its quantity are."""

    calculation: str
    period: MonitoringPeriod | None
    parameters: Sequence[ParameterValue]
    sources: Mapping[str, str]


def known_calculation(calculation_id: str) -> Calculation:
    """
    Raises:
        NotFound: there is no such calculation.
    """
    found = declared_calculations().get(calculation_id)
    if found is None:
        raise NotFound("There is no such calculation.")
    return found


@done_as(SYSTEM)
async def quantify(
    parts: Resources, account: Account, verification_id: UUID, terms: QuantificationTerms
) -> Quantification:
    """
    Work out the tonnes of a round of what was accepted until now; the newest of a round counts.

    The same inputs again are the same quantification.

    Raises:
        NotFound: there is no such verification, or this account may not see it.
        Forbidden: this account's role has nothing worked out, or a verifier has another part in the round.
        AlreadyDecided: the round is decided.
        CannotQuantify: all faults at once, with pointers into the body.
        TooManyRequests: the account has had as much worked out in a minute as it may.
    """
    view = await visible_verification(parts, account, verification_id)
    require_its_verifier(account, Permission.QUANTIFY, view.verification)
    await parts.announcement_limit.count(str(account.id))
    calculation = declared_calculations().get(terms.calculation)
    if calculation is None:
        sentence = "There is no such calculation; GET /calculations has them."
        raise CannotQuantify(sentence, Fault("/calculation", sentence))
    inputs = await _inputs(parts, view.verification.project_id, verification_id, calculation, terms)
    # Some seconds of arithmetic; the thread lets others in between.
    result = await asyncio.to_thread(rules.result_of, inputs)
    now = parts.clock.now()
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, verification.project_id)
        methodology = await lookups.methodology_of(work, verification)
        rules.require_quantifiable(verification, inputs.period, calculation, project, methodology)
        await _require_still_there(work, inputs)
        before = await work.monitoring.quantifications.newest(verification_id)
        if before is not None and before.result == result:
            return before
        number = 1 if before is None else before.number + 1
        made = Quantification(
            id=derived_id(verification_id, f"quantification/{number}"),
            verification_id=verification_id,
            number=number,
            calculation=calculation.id,
            calculation_version=calculation.version,
            period=inputs.period,
            inputs_sha256=inputs.sha256,
            result=result,
            computed_by=account.id,
            computed_at=now,
        )
        await work.monitoring.quantifications.add(made, inputs)
        await _leave_traces(work, made, before, account)
        await put_on_timeline(
            work,
            verification,
            EventType.QUANTIFIED,
            account.id,
            f"The tonnes were worked out {'anew ' if before else ''}from the monitoring data.",
            at=now,
            event_id=derived_id(made.id, "timeline"),
        )
        await work.publishing.outbox.add(events.quantified(made, verification.project_id))
    return made


async def _inputs(
    parts: Resources,
    project_id: UUID,
    verification_id: UUID,
    calculation: Calculation,
    terms: QuantificationTerms,
) -> Inputs:
    async with parts.database.transaction() as work:
        verification = await lookups.locked_verification(work, verification_id)
        project = await lookups.project(work, project_id)
        period = terms.period or verification.monitoring_period
        if period is None:
            sentence = "Say the monitoring period: a first verification has none of its own."
            raise CannotQuantify(sentence, Fault("/monitoringPeriod", sentence))
        methodology = await lookups.methodology_of(work, verification)
        rules.require_quantifiable(verification, period, calculation, project, methodology)
        parameters = parameters_of(calculation, terms.parameters)
        accepted = await work.monitoring.readings.accepted(
            project_id,
            [one.quantity for one in calculation.series],
            period,
            limit=ROWS_MAX + 1,
        )
    if len(accepted) > ROWS_MAX:
        # Before one source is chosen: what was cut off might be of it.
        sentence = f"More than {ROWS_MAX} values of these quantities came in for this period."
        raise CannotQuantify(sentence, Fault("/series", sentence))
    rows = _rows(calculation, accepted, terms.sources)
    return rules.inputs_of(calculation, verification_id, period, parameters, rows)


def _rows(
    calculation: Calculation, accepted: Sequence[AcceptedValue], sources: Mapping[str, str]
) -> Mapping[str, Sequence[InputRow]]:
    faults = [
        Fault(f"/sources/{name}", f"The calculation has no series {name}.")
        for name in sources
        if name not in {one.name for one in calculation.series}
    ]
    found: dict[str, list[InputRow]] = defaultdict(list)
    for series in calculation.series:
        wanted = sources.get(series.name)
        for one in accepted:
            if one.quantity != series.quantity or (wanted is not None and one.origin != wanted):
                continue
            value = converted(one.value, one.unit, series.unit)
            if value is None:
                faults.append(
                    Fault(
                        "/series",
                        f"{one.origin} measures {one.quantity} in {one.unit}, which is not converted to {series.unit}.",
                    )
                )
                break
            uncertainty = (
                None
                if one.uncertainty is None
                else converted(one.uncertainty, one.unit, series.unit)
            )
            found[series.name].append(InputRow(one.at, value, uncertainty, one.reference))
    if faults:
        raise CannotQuantify(" ".join(dict.fromkeys(one.detail for one in faults)), *faults)
    return found


async def _require_still_there(work: UnitOfWork, inputs: Inputs) -> None:
    """
    Files may be withdrawn while tonnes are worked out of them; whoever withdraws one waits for the round.

    Raises:
        CannotQuantify: one was.
    """
    files = {
        UUID(row.reference.partition("/")[0])
        for rows in inputs.rows.values()
        for row in rows
        if _FILE_REFERENCE.fullmatch(row.reference)
    }
    if await work.ingestion.submissions.withdrawn_among(sorted(files)):
        sentence = (
            "A file that these values are of was withdrawn meanwhile: have it worked out again."
        )
        raise CannotQuantify(sentence, Fault("/series", sentence))


async def _leave_traces(
    work: UnitOfWork, made: Quantification, before: Quantification | None, account: Account
) -> None:
    audit(
        work,
        "verification.quantified",
        ("verification", made.verification_id),
        actor_id=account.id,
        before=None if before is None else {"sha256": before.sha256},
        after={
            "number": made.number,
            "calculation": made.calculation,
            "calculationVersion": made.calculation_version,
            "inputsSha256": made.inputs_sha256,
            "sha256": made.sha256,
        },
        at=made.computed_at,
    )


async def visible_quantification(
    parts: Resources, account: Account, verification_id: UUID
) -> Quantification:
    """
    The newest of a round.

    Raises:
        NotFound: there is no such verification, this account may not see it, or nothing was worked out.
    """
    await visible_verification(parts, account, verification_id)
    async with parts.reading() as connection:
        found = await reads.newest_quantification(connection, verification_id)
    if found is None:
        raise NotFound("Nothing was worked out for that verification.")
    return found


async def visible_inputs(parts: Resources, account: Account, verification_id: UUID) -> bytes:
    """
    The document that the newest was worked out of.

    Raises:
        NotFound: as `visible_quantification`.
    """
    found = await visible_quantification(parts, account, verification_id)
    async with parts.reading() as connection:
        return await reads.inputs(connection, found.inputs_sha256)


async def public_quantification(
    parts: Resources, verification_id: UUID
) -> reads.PublicQuantificationView:
    """
    Raises:
        NotFound: there is no such verification, it is not approved, or rests on no quantification.
    """
    async with parts.reading() as connection:
        found = await reads.public_quantification(connection, verification_id)
    if found is None:
        raise NotFound("There is no public quantification of that verification.")
    return found
