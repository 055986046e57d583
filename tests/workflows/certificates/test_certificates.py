"""Sealing: looked at again before a difference is believed, and anew after a confirmation comes twice."""

from uuid import UUID, uuid4

from activities.chain.anchoring import ChainFollowed, ConfirmedRecord
from tests.workflows.chain.test_follower import open_follower
from tests.workflows.conftest import Stage, keep_history
from tests.workflows.forever import until
from workflows import policies
from workflows.certificates import certificates
from workflows.certificates.certificates import CertificateStart, CertificateWorkflow
from workflows.credits.retirement import RetirementStage as Step
from workflows.credits.retirement import RetirementWorkflow, retirement_of
from workflows.signals_and_mail import RecordConfirmed

SEALED = "cd" * 32


async def test_a_difference_that_passes_is_no_difference(stage: Stage) -> None:
    stage.chain.differs = 2
    handle = await stage.retire()

    await stage.confirm_record(handle)
    await until(lambda: len(stage.chain.believed) == 1)
    await stage.env.fast_forward(handle, 3 * policies.DIFFERENCE_PAUSE.total_seconds())
    ended = await handle.result()

    assert stage.chain.believed == [False, False, True]
    assert (ended.stage, len(stage.chain.sealed)) == (Step.DONE, 1)
    await keep_history(handle, "retirement-looked-again")


async def test_a_difference_that_stays_ends_the_retirement_unsealed(stage: Stage) -> None:
    stage.chain.differs = 3
    handle = await stage.retire()

    await stage.confirm_record(handle)
    await until(lambda: len(stage.chain.believed) == 1)
    await stage.env.fast_forward(handle, 3 * policies.DIFFERENCE_PAUSE.total_seconds())
    ended = await handle.result()

    assert stage.chain.believed == [False, False, True]
    assert (ended.stage, stage.chain.sealed) == (Step.NOT_SEALED, [])
    await keep_history(handle, "retirement-unsealed")


async def test_a_record_confirmed_once_more_leads_to_its_certificate(stage: Stage) -> None:
    """The retirement has ended: its certificate is looked at again, in a workflow of its own."""
    retirement = await stage.retire()
    await stage.confirm_record(retirement)
    await retirement.result()
    retirement_id = retirement_of(retirement.id)
    assert retirement_id is not None
    again = ConfirmedRecord(record_id=stage.registry.record_id, workflow_id=retirement.id)

    async with open_follower(stage) as follower:
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=(again,), in_flight=1))
        await until(lambda: stage.chain.announced == [stage.registry.record_id])
        handle = stage.client.get_workflow_handle(certificates.workflow_id(retirement_id))
        await handle.result()

        assert stage.chain.sealed == [retirement_id, retirement_id]
        await keep_history(follower, "follower-confirmed-again")
        await keep_history(handle, "certificate-sealed-again")


async def test_a_record_confirmed_while_its_certificate_is_sealed_is_not_passed_over(
    stage: Stage,
) -> None:
    retirement_id = uuid4()
    stage.chain.differs = 1
    handle = await stage.client.start_workflow(
        CertificateWorkflow.run,
        CertificateStart(retirement_id=retirement_id),
        id=certificates.workflow_id(retirement_id),
        task_queue=policies.REGISTRY_QUEUE,
    )
    stage.opened.append(handle)
    await until(lambda: len(stage.chain.believed) == 1)
    again = ConfirmedRecord(record_id=uuid4(), workflow_id=f"retirement/{retirement_id}")

    async with open_follower(stage):
        stage.chain.findings.put_nowait(ChainFollowed(confirmed=(again,), in_flight=1))
        await until(lambda: stage.chain.announced == [again.record_id])
    await stage.env.fast_forward(handle, 2 * policies.DIFFERENCE_PAUSE.total_seconds())
    ended = await handle.result()

    assert (ended.digest, stage.chain.sealed) == (SEALED, [retirement_id, retirement_id])


async def test_mail_that_cannot_be_sent_holds_up_no_new_seal(stage: Stage) -> None:
    stage.registry.mail_works = False
    stage.chain.tells = (stage.registry.notification_id,)
    handle = await stage.retire()
    await stage.confirm_record(handle)
    await until(lambda: len(stage.chain.sealed) == 1)
    while (await handle.query(RetirementWorkflow.state)).stage is not Step.DONE:
        pass

    await handle.signal("record_confirmed", RecordConfirmed(record_id=stage.registry.record_id))

    await until(lambda: len(stage.chain.sealed) == 2)


def test_only_a_retirements_workflow_leads_to_a_certificate() -> None:
    retirement_id = UUID("b5a3c8f2-6f57-5b0c-9a54-2b5f4f6d7e10")

    assert retirement_of(f"retirement/{retirement_id}") == retirement_id
    assert retirement_of(f"transfer/{retirement_id}") is None
    assert retirement_of("retirement/long-gone") is None
