"""Task queues, timeouts and retry policies, named once, each with its reason."""

from datetime import timedelta
from typing import TypedDict

from temporalio.common import RetryPolicy, SearchAttributeKey

from domain.publishing.webhooks import (
    FIRST_RETRY_AFTER,
    GIVE_UP_AFTER,
    RETRY_AFTER_MAX,
    RETRY_COEFFICIENT,
)

REGISTRY_QUEUE = "registry"
"""Workflows and everything that touches only our own database, object storage and mail."""

CARDANO_QUEUE = "cardano"
"""Activities that talk to the chain, so that a slow provider never takes a slot from the ledger."""

SEALS_QUEUE = "seals"
"""Certificates: thousands may be due at once, and neither the follower nor a wallet waits for them."""

NOTIFY_QUEUE = "notify"
"""Activities that call receivers of webhooks: a slow stranger must not take a slot from the ledger."""

KIND = SearchAttributeKey.for_keyword("RegKind")
STATUS = SearchAttributeKey.for_keyword("RegStatus")
PROJECT_ID = SearchAttributeKey.for_keyword("RegProjectId")
ORGANISATION_ID = SearchAttributeKey.for_keyword("RegOrganisationId")
"""The account under which the organisation holds that asked for it; of people there is nothing here."""
GIVEN_UP = "given_up"
"""What STATUS says of a run that ended because what it was started for was refused or never came."""
FOUND = SearchAttributeKey.for_bool("RegFound")
"""Of a schedule's run: whether it found anything."""
WAITING_SINCE = SearchAttributeKey.for_datetime("RegWaitingSince")


class Options(TypedDict, total=False):
    """What `workflow.execute_activity_method` takes beside the activity and its argument."""

    task_queue: str
    start_to_close_timeout: timedelta
    schedule_to_close_timeout: timedelta
    heartbeat_timeout: timedelta
    retry_policy: RetryPolicy


DATABASE: Options = {
    # One transaction takes milliseconds; ten seconds means the attempt is lost. Retries have no
    # end, because a database that comes back must find the work still wanted. Refusals are
    # non-retryable where they are made (activities/refusals.py).
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(milliseconds=200),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=30),
    ),
}

REVERSAL: Options = {
    # Still one transaction, but a loss may touch every retirement of a project: each has a covering
    # and a notice of its own. A hundred thousand of them take less than half of this.
    **DATABASE,
    "start_to_close_timeout": timedelta(minutes=2),
}

MISSING_RECORDS: Options = {
    # Nothing but one look, save once after a release that gave records to movements which had none;
    # the heartbeat is one for each five hundred of them. What is queued stays queued.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=2),
    "heartbeat_timeout": timedelta(minutes=1),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2), maximum_interval=timedelta(minutes=5)
    ),
}

LEDGER_CHECK: Options = {
    # It reads every entry: seconds for a million of them. Another comes in a quarter of an hour.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(minutes=5),
    "schedule_to_close_timeout": timedelta(minutes=14),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}

OBJECT_STORE: Options = {
    # Reading a document of 5 GB three times and copying it takes minutes through a quick store, an
    # hour through a slow one; the heartbeat notices a worker that died.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=2),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}

SWEEP: Options = {
    # One transaction, and as many removals as there are leftovers. Another comes in an hour.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(minutes=10),
    "schedule_to_close_timeout": timedelta(minutes=45),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5)
    ),
}

AUDIT_CHAINING: Options = {
    # It looks for a minute on purpose, in transactions of milliseconds; the heartbeat notices a worker
    # that died. The next run takes over what did not end.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(minutes=5),
    "schedule_to_close_timeout": timedelta(minutes=10),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}

TRANSPARENCY: Options = {
    # Some transactions and files, a thousand of each when a registry's past becomes leaves for the first
    # time. The next run takes over what did not end.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=2),
    "schedule_to_close_timeout": timedelta(hours=12),
    "heartbeat_timeout": timedelta(minutes=1),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
    ),
}

REFUNDABLE = timedelta(days=180)
"""How long after an invoice was settled the registry takes what its provider tells of it."""

CHECKOUT: Options = {
    # Whoever pays waits for it, so it ends soon; they may press the button again.
    "task_queue": NOTIFY_QUEUE,
    "start_to_close_timeout": timedelta(seconds=15),
    "schedule_to_close_timeout": timedelta(seconds=40),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)
    ),
}

BUILD_AND_SIGN: Options = {
    # A signer may be a network service.
    "task_queue": CARDANO_QUEUE,
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=20),
    ),
}

SUBMIT: Options = {
    # The bytes are stored and the follower sends them again, so there is no hurry to insist here.
    "task_queue": CARDANO_QUEUE,
    "start_to_close_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2),
        backoff_coefficient=1.5,
        maximum_interval=timedelta(seconds=20),
        maximum_attempts=3,
    ),
}

FOLLOW: Options = {
    # One long activity instead of a timer loop: its history is eleven events at any length. The
    # heartbeat, not the hour, notices a worker that died.
    "task_queue": CARDANO_QUEUE,
    "start_to_close_timeout": timedelta(hours=1),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}

SEAL: Options = {
    # Reads the chain; after a rollback it waits, block by block, for as long as that takes. Its turn
    # at the provider may be some seconds away: it yields to whatever else is asked (ADR 0027).
    "task_queue": SEALS_QUEUE,
    "start_to_close_timeout": timedelta(minutes=2),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2),
        backoff_coefficient=1.5,
        maximum_interval=timedelta(minutes=5),
    ),
}

CLOSE_ADDRESS: Options = {
    # It fails until the address' last transaction is final, which takes hours on a real chain.
    "task_queue": CARDANO_QUEUE,
    "start_to_close_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=5),
        backoff_coefficient=1.5,
        maximum_interval=timedelta(minutes=5),
    ),
}

EXPORT: Options = {
    # A million rows take minutes; the heartbeat notices a worker that died. After half a day the
    # next day's run takes over.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=2),
    "schedule_to_close_timeout": timedelta(hours=12),
    "heartbeat_timeout": timedelta(minutes=1),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=2),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=5),
    ),
}

READ_FILE: Options = {
    # A file of gigabytes takes hours; the heartbeat notices a worker that died, and the next one
    # passes over the parts that are stored.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=12),
    "heartbeat_timeout": timedelta(seconds=30),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
    ),
}

SETTLE_FILE: Options = {
    # One transaction, but over all records of a file: a million of them take less than a minute.
    **DATABASE,
    "start_to_close_timeout": timedelta(minutes=30),
}

RECONCILE: Options = {
    # The first comparison reads every transaction, two a second so that the follower keeps its
    # share of the provider's limit. The next day's run takes over what did not end.
    "task_queue": CARDANO_QUEUE,
    "start_to_close_timeout": timedelta(hours=20),
    "schedule_to_close_timeout": timedelta(hours=22),
    # Listing a hundred thousand transactions of an address is one call of a few minutes.
    "heartbeat_timeout": timedelta(minutes=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=10),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=10),
    ),
}

SIGN_OFF_CHECK: Options = {
    # It reads some gigabytes of documents, or every certificate of a project; the heartbeat notices
    # a worker that died. The next day's run takes over what did not end.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=6),
    "schedule_to_close_timeout": timedelta(hours=12),
    "heartbeat_timeout": timedelta(minutes=5),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=10),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=10),
    ),
}

MAIL: Options = {
    # A mail server may be away for hours; after a day the notification in the app must do.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(seconds=20),
    "schedule_to_close_timeout": timedelta(hours=24),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=5),
        backoff_coefficient=2,
        maximum_interval=timedelta(minutes=10),
    ),
}

WATCH_OUTBOX: Options = {
    # As FOLLOW: one long activity is eleven events at any length, and a look at the outbox every
    # second would be nearly a million a day.
    "task_queue": REGISTRY_QUEUE,
    "start_to_close_timeout": timedelta(hours=1),
    "heartbeat_timeout": timedelta(seconds=20),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=30)
    ),
}

DELIVER: Options = {
    # One attempt is at most ten seconds of HTTP and two transactions. The schedule is a promise to
    # receivers (docs/events.md), so it stands in the domain.
    "task_queue": NOTIFY_QUEUE,
    "start_to_close_timeout": timedelta(seconds=30),
    "schedule_to_close_timeout": GIVE_UP_AFTER,
    "retry_policy": RetryPolicy(
        initial_interval=FIRST_RETRY_AFTER,
        backoff_coefficient=RETRY_COEFFICIENT,
        maximum_interval=RETRY_AFTER_MAX,
    ),
}

SHORT_MAIL: Options = {
    # A check that waits a day for a mail server would keep the next checks from starting.
    **MAIL,
    "schedule_to_close_timeout": timedelta(minutes=10),
}

CHAIN_WATCH: Options = {
    # One question with a time limit of its own and one transaction. The next watch comes in a minute.
    "task_queue": CARDANO_QUEUE,
    "start_to_close_timeout": timedelta(seconds=30),
    "schedule_to_close_timeout": timedelta(minutes=2),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10)
    ),
}

ALERT_MAIL: Options = {
    # The next watch finds what is not mailed yet, so this one must not hold it up.
    **MAIL,
    "schedule_to_close_timeout": timedelta(seconds=45),
}

READS_BEFORE_A_DIFFERENCE_IS_BELIEVED = 3
"""A server that is only half in step shows odd things for a while; a wrong record stays wrong."""

DIFFERENCE_PAUSE = timedelta(minutes=1)
"""Between two looks at a record that the chain shows otherwise than we wrote it."""

NOTICES_PER_BATCH = 100
"""Temporal takes 2,000 activities that wait, and each mail is several events of a history."""

NEXT_BATCH = timedelta(minutes=5)
"""A batch of mails that is not through by then goes on beside the next one."""

NO_ONE_CAME = timedelta(minutes=1)
"""A workflow started together with an update that was refused ends by itself after this long."""

QUEUE_CHECK = timedelta(seconds=20)
"""
An idle wallet looks at its queue this often, about once a block, in case a wake-up never came: the
notifier that should have woken it may have died with its process. With an empty queue the provider is not asked.
"""

WALLET_CHECK = timedelta(minutes=5)
"""A frozen wallet and an idle follower look this often; what wakes those is never lost."""

CHAIN_PAUSE = timedelta(minutes=1)
"""
How long wallet and follower rest after the provider turned somebody away (402, 403, 418).

They may look so soon because nobody asks it meanwhile: the circuit breaker refuses (ADR 0027).
"""

TOP_UP_CHECK = timedelta(minutes=1)
"""A wallet that cannot pay looks this often whether somebody has topped it up."""

HELD_CHECK = timedelta(minutes=1)
"""A wallet whose transactions wait for blocks is woken when one takes some, or looks after this."""
