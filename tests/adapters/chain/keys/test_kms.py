"""
The key in a KMS: another process holds it and signs, and the ledger takes what it has signed.

Real AWS is not asked; the process (ministack) implements its protocol, and botocore's own model
checks what is sent. Answers that no honest KMS would give come from a stand-in.
"""

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from nacl.signing import SigningKey, VerifyKey

from adapters.chain.keys.kms import KEY_SPEC, SPKI_PREFIX, KmsKey, UnfitKey, connect_kms
from adapters.chain.keys.opening import open_platform_keys
from adapters.chain.wallet.signer import KeyUnavailable
from adapters.chain.wallet.wallets import open_wallets
from adapters.clock import SystemClock
from adapters.settings.chain import ChainSettings
from adapters.settings.keys import KeyKind, KeySettings
from domain.chain.wallets import DEFAULT_WALLET
from tests.adapters.chain.keys.kms_processes import REGION, connect, running_kms
from tests.adapters.chain.wallet.test_signer import RECORD, RECORD_ID, Stored
from tests.adapters.chain.worlds import World, pay
from tests.fakes.chain import PREVIEW_PARAMETERS

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

SECRET = "not-a-real-secret-access-key"
BODY_HASH = bytes(range(32))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        with running_kms(tmp_path_factory.mktemp("kms")) as address:
            yield address


@pytest.fixture(scope="module")
def client(url: str) -> "KMSClient":
    return connect(url)


@pytest.fixture(scope="module")
def key_id(client: "KMSClient") -> str:
    created = client.create_key(KeySpec=KEY_SPEC, KeyUsage="SIGN_VERIFY")
    return created["KeyMetadata"]["KeyId"]


def test_it_signs_a_body_hash_and_nothing_else(client: "KMSClient", key_id: str) -> None:
    key = KmsKey(client, key_id)

    signature = key.sign(BODY_HASH)

    assert VerifyKey(key.public_key()).verify(BODY_HASH, signature) == BODY_HASH
    for message in (b"", bytes(31), bytes(33), b"I owe you 10,000 ADA"):
        with pytest.raises(ValueError, match="only a hash of 32 bytes"):
            key.sign(message)


@pytest.mark.parametrize(
    ("spec", "usage"), [("ECC_SECG_P256K1", "SIGN_VERIFY"), ("RSA_2048", "SIGN_VERIFY")]
)
def test_a_key_of_another_kind_is_refused(client: "KMSClient", spec: Any, usage: Any) -> None:
    other = client.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]

    with pytest.raises(UnfitKey, match=f"is {spec} for {usage}; ECC_NIST_EDWARDS25519 for"):
        KmsKey(client, other)


def test_a_key_that_is_not_there_or_switched_off_is_unavailable(
    client: "KMSClient", key_id: str
) -> None:
    with pytest.raises(KeyUnavailable, match="does not show the key: NotFoundException"):
        KmsKey(client, "00000000-0000-0000-0000-000000000000")

    key = KmsKey(client, key_id)
    client.disable_key(KeyId=key_id)
    try:
        with pytest.raises(KeyUnavailable, match="does not sign: DisabledException"):
            key.sign(BODY_HASH)
    finally:
        client.enable_key(KeyId=key_id)


@pytest.mark.usefixtures("url")
def test_when_nobody_answers_that_is_said_in_time() -> None:
    absent = connect_kms(endpoint_url="http://127.0.0.1:9", region=REGION)

    with pytest.raises(KeyUnavailable, match="does not show the key: EndpointConnectionError"):
        KmsKey(absent, "any")


async def test_the_ledger_takes_what_the_other_process_has_signed(
    url: str, key_id: str, ledger: World
) -> None:
    keys = KeySettings(
        platform_signer=KeyKind.KMS,
        platform_kms_key_id=key_id,
        kms_endpoint_url=url,
        kms_region=REGION,
        # Other tests have made blocks on command, each of which takes the devnet ahead of our clock.
        signing_clock_tolerance_slots=10_000_000,
    )
    wallet = open_wallets(keys, ChainSettings(), Stored(), SystemClock()).present[DEFAULT_WALLET]
    funds = await pay(ledger, wallet.address, 5_000_000)
    tip = await ledger.chain.tip()

    signed = await wallet.sign(
        RECORD,
        record_ids=[RECORD_ID],
        inputs=funds,
        ttl_slot=tip.slot + 7_200,
        parameters=PREVIEW_PARAMETERS,
    )
    await ledger.chain.submit(signed.cbor)
    await ledger.hand.mine()

    assert await ledger.chain.metadata(signed.tx_hash) == {"674": RECORD}
    assert (await ledger.chain.unspent_outputs(wallet.address)) == (signed.change,)


def test_settings_without_a_key_id_are_one_sentence() -> None:
    with pytest.raises(UnfitKey, match="PLATFORM_SIGNER=kms needs PLATFORM_KMS_KEY_ID"):
        open_platform_keys(KeySettings(platform_signer=KeyKind.KMS))


@dataclass
class StandIn:
    """A KMS that answers what it is told to, and remembers what it was asked."""

    signer: SigningKey = field(default_factory=lambda: SigningKey(bytes(32)))
    shown: dict[str, Any] = field(default_factory=dict)
    failure: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def get_public_key(self, **_: Any) -> dict[str, Any]:
        public_key = bytes(SigningKey(bytes(32)).verify_key)
        answer = {
            "KeySpec": KEY_SPEC,
            "KeyUsage": "SIGN_VERIFY",
            "PublicKey": SPKI_PREFIX + public_key,
        }
        return answer | self.shown

    def sign(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure
        return {"Signature": self.signer.sign(asked["Message"]).signature}


def key_of(stand_in: StandIn) -> KmsKey:
    return KmsKey(cast("KMSClient", stand_in), "alias/platform")


def test_what_is_requested_for_is_plain_ed25519_over_the_hash_itself() -> None:
    stand_in = StandIn()

    key_of(stand_in).sign(BODY_HASH)

    assert stand_in.asked == [
        {
            "KeyId": "alias/platform",
            "Message": BODY_HASH,
            "MessageType": "RAW",
            "SigningAlgorithm": "ED25519_SHA_512",
        }
    ]


def test_a_signature_by_another_key_is_not_passed_on() -> None:
    with pytest.raises(KeyUnavailable, match="answered with a signature of another key"):
        key_of(StandIn(signer=SigningKey(bytes([1]) * 32))).sign(BODY_HASH)


@pytest.mark.parametrize(
    "shown",
    [
        {"KeyUsage": "KEY_AGREEMENT"},
        {"KeySpec": None},
        {"PublicKey": bytes(44)},
        {"PublicKey": SPKI_PREFIX + bytes(31)},
    ],
)
def test_a_public_key_that_is_none_for_signing_is_refused(shown: dict[str, Any]) -> None:
    with pytest.raises(UnfitKey):
        key_of(StandIn(shown=shown))


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (
            ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": f"not for {SECRET}"}},
                "Sign",
            ),
            "The KMS does not sign: AccessDeniedException",
        ),
        (
            EndpointConnectionError(endpoint_url=f"https://{SECRET}@kms"),
            "The KMS does not sign: EndpointConnectionError",
        ),
    ],
)
def test_trouble_is_named_and_repeats_nothing(
    failure: Exception, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = key_of(StandIn(failure=failure))

    with pytest.raises(KeyUnavailable) as caught:
        key.sign(BODY_HASH)

    assert str(caught.value) == sentence
    assert caught.value.__suppress_context__
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + caplog.text


def test_no_log_line_holds_the_secret_even_when_everything_is_logged(
    client: "KMSClient", key_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    # The registry itself keeps botocore quiet, wherever its logging was configured before.
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="botocore")

    key = KmsKey(client, key_id)
    key.sign(BODY_HASH)

    assert "botocore" in {record.name.partition(".")[0] for record in caplog.records}
    assert SECRET not in caplog.text
    assert SECRET not in repr(key) + repr(vars(key))
