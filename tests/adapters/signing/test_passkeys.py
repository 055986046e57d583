"""Answers of authenticators: those that are taken, and those that are refused, each by one sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from fido2.cose import CoseKey
from fido2.webauthn import AttestationObject, AuthenticatorData, CollectedClientData
from webauthn.helpers import base64url_to_bytes

from adapters.signing.passkeys import (
    RelyingParty,
    asserted,
    creation_options,
    registered,
    request_options,
)
from domain.accounts.passkeys import Passkey
from domain.errors import Invalid
from tests.api.caller import PUBLIC_URL
from tests.authenticator import (
    EDDSA,
    ES256,
    HAS_KEY,
    PRESENT,
    RS256,
    VERIFIED,
    Authenticator,
    flipped,
)
from tests.factories import NOW, VERIFIER, named

PARTY = RelyingParty(id="registry.example", name="Karbonica Registry", origin=PUBLIC_URL)
CHALLENGE, OTHER = bytes(range(32)), bytes(32)
Json = dict[str, Any]


def creation(challenge: bytes = CHALLENGE) -> Json:
    return creation_options(
        PARTY, challenge, VERIFIER.id, label="v@v.example", shown_name="Vera", known=[]
    )


def kept(authenticator: Authenticator) -> Passkey:
    made = registered(PARTY, CHALLENGE, authenticator.create(creation()))
    return Passkey(named("key"), VERIFIER.id, "Blue", created_at=NOW, **vars(made))


def request(passkey: Passkey, challenge: bytes = CHALLENGE) -> Json:
    return request_options(PARTY, challenge, [passkey])


@pytest.mark.parametrize("algorithm", [ES256, EDDSA, RS256])
def test_a_passkey_of_each_kind_of_key_is_made_and_answers(algorithm: int) -> None:
    authenticator = Authenticator(algorithm=algorithm)
    passkey = kept(authenticator)

    sign_count = asserted(PARTY, CHALLENGE, authenticator.get(request(passkey)), passkey)

    assert (passkey.sign_count, sign_count) == (1, 2)
    assert passkey.credential_id == authenticator.credential_id
    # What no standard knows is left out: browsers are given it back.
    assert passkey.transports == ("usb",)


def test_what_is_asked_names_us_demands_the_owner_and_no_attestation() -> None:
    made = creation()
    asked = request(kept(Authenticator()))

    assert made["rp"] == {"id": "registry.example", "name": "Karbonica Registry"}
    assert base64url_to_bytes(made["user"]["id"]) == VERIFIER.id.bytes
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["attestation"] == "none"
    assert [one["alg"] for one in made["pubKeyCredParams"]] == [EDDSA, ES256, RS256]
    assert (asked["rpId"], asked["userVerification"]) == ("registry.example", "required")
    assert [one["transports"] for one in asked["allowCredentials"]] == [["usb"]]


def test_our_authenticator_is_believed_by_another_library_too() -> None:
    """Else these tests would show that two of our own agree; python-fido2 is Yubico's."""
    authenticator = Authenticator()
    created = authenticator.create(creation())["response"]
    answered = authenticator.get(request(kept(Authenticator())))["response"]

    attested = AttestationObject(base64url_to_bytes(created["attestationObject"]))
    credential = attested.auth_data.credential_data
    assert credential is not None
    key = CoseKey.parse(credential.public_key)
    client_data = CollectedClientData(base64url_to_bytes(answered["clientDataJSON"]))
    data = AuthenticatorData(base64url_to_bytes(answered["authenticatorData"]))
    key.verify(data + client_data.hash, base64url_to_bytes(answered["signature"]))

    assert data.is_user_verified()
    assert client_data.challenge == CHALLENGE
    assert credential.credential_id == authenticator.credential_id


ANSWERS_WRONG: dict[str, tuple[Json, str]] = {
    "registration instead": ({"client_type": "webauthn.create"}, "was made for another ceremony."),
    "another site": ({"origin": "https://registry.example.evil"}, "was made on another site."),
    "without https": ({"origin": "http://registry.example"}, "was made on another site."),
    "another port": ({"origin": f"{PUBLIC_URL}:8443"}, "was made on another site."),
    "another site's passkey": ({"rp_id": "evil.example"}, "was made for another site's passkeys."),
    "nobody there": ({"flags": VERIFIED}, "was made with nobody present."),
    "nobody verified": ({"flags": PRESENT}, "was made without asking who holds the passkey."),
}


@pytest.mark.parametrize(("said", "sentence"), ANSWERS_WRONG.values(), ids=ANSWERS_WRONG)
def test_answers_that_were_made_otherwise_are_refused(said: Json, sentence: str) -> None:
    authenticator = Authenticator()
    passkey = kept(authenticator)
    for name, value in said.items():
        setattr(authenticator, name, value)

    with pytest.raises(Invalid, match=sentence):
        asserted(PARTY, CHALLENGE, authenticator.get(request(passkey)), passkey)


MADE_WRONG = ANSWERS_WRONG | {
    "registration instead": ({"client_type": "webauthn.get"}, "was made for another ceremony."),
    "a passkey that it is not": ({"name": "blue"}, "is of another passkey than it says."),
}


@pytest.mark.parametrize(("said", "sentence"), MADE_WRONG.values(), ids=MADE_WRONG)
def test_passkeys_that_were_made_otherwise_are_refused(said: Json, sentence: str) -> None:
    authenticator = Authenticator(**{"name": "red", **said})
    made = authenticator.create(creation())
    if "name" in said:
        made["id"] = made["rawId"] = Authenticator("red").create(creation())["id"]

    with pytest.raises(Invalid, match=sentence):
        registered(PARTY, CHALLENGE, made)


def test_what_was_signed_for_one_challenge_is_no_answer_to_another() -> None:
    authenticator = Authenticator()
    passkey = kept(authenticator)

    with pytest.raises(Invalid, match="was made for another challenge"):
        asserted(PARTY, OTHER, authenticator.get(request(passkey)), passkey)
    with pytest.raises(Invalid, match="was made for another challenge"):
        registered(PARTY, OTHER, authenticator.create(creation()))


CHANGED: dict[str, Callable[[Json], Any]] = {
    "a bit of the signature": lambda answer: answer["response"].update(
        signature=flipped(answer["response"]["signature"])
    ),
    "a bit of the count": lambda answer: answer["response"].update(
        authenticatorData=flipped(answer["response"]["authenticatorData"])
    ),
    "no signature": lambda answer: answer["response"].update(signature=""),
    "another's handle": lambda answer: answer["response"].update(userHandle="AAAA"),
    "a handle that is none": lambda answer: answer["response"].update(userHandle=7),
    "no response": lambda answer: answer.pop("response"),
    "a response that is none": lambda answer: answer.update(response=[1]),
    "another type": lambda answer: answer.update(type="password"),
    "another raw id": lambda answer: answer.update(rawId="AAAA"),
    "no base64": lambda answer: answer["response"].update(authenticatorData="§"),
    "truncated data": lambda answer: answer["response"].update(authenticatorData="AAAA"),
    "client data that is no JSON": lambda answer: answer["response"].update(clientDataJSON="AAAA"),
    "client data that is no object": lambda answer: answer["response"].update(clientDataJSON="MQ"),
    "an id that is a number": lambda answer: answer.update(id=7, rawId=7),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_whatever_is_changed_in_an_answer_makes_it_none(change: Callable[[Json], Any]) -> None:
    authenticator = Authenticator()
    passkey = kept(authenticator)
    answer = authenticator.get(request(passkey))
    change(answer)

    with pytest.raises(Invalid) as refused:
        asserted(PARTY, CHALLENGE, answer, passkey)

    assert refused.value.detail.startswith("The passkey's answer ")
    assert {fault.pointer.split("/")[1] for fault in refused.value.faults} == {"credential"}


@pytest.mark.parametrize(
    "attestation", ["", "AAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA", "§"]
)
def test_attestations_that_are_none_are_refused(attestation: str) -> None:
    made = Authenticator().create(creation())
    made["response"]["attestationObject"] = attestation

    with pytest.raises(Invalid, match="The passkey's answer"):
        registered(PARTY, CHALLENGE, made)


def test_a_passkey_is_known_by_its_own_key_alone() -> None:
    passkey = kept(Authenticator())
    copy = Authenticator(flags=PRESENT | VERIFIED | HAS_KEY)

    with pytest.raises(Invalid):
        asserted(PARTY, CHALLENGE, copy.get(request(passkey)), passkey)
    copy.flags = PRESENT | VERIFIED
    with pytest.raises(Invalid, match="was not signed by this passkey's key"):
        asserted(PARTY, CHALLENGE, copy.get(request(passkey)), passkey)
