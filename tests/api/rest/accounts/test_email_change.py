"""Another e-mail address for an account, and the terms that whoever registers accepts."""

import asyncio

import pytest

from tests.api.caller import Api, told
from tests.api.mailbox import Mailbox, token_in
from tests.api.rest.accounts.test_registration import (
    EMAIL,
    KNOWN,
    PASSWORD,
    confirmed,
    post,
    register,
    sign_in,
)

NEW = "asha@biochar.example"


async def ask(
    api: Api, bearer: dict[str, str], email: str = NEW, password: str = PASSWORD
) -> list[tuple[str, str | None, str]] | int:
    body = {"email": email, "currentPassword": password}
    answer = await api.client.post("/api/v1/me/email", json=body, headers=bearer)
    return told(answer) if answer.status_code >= 400 else answer.status_code


async def signed_in(api: Api) -> dict[str, str]:
    answer = await sign_in(api)
    return {"Authorization": f"Bearer {answer.json()['data']['accessToken']}"}


async def test_an_address_counts_once_its_mailbox_has_been_read(api: Api) -> None:
    mailbox = await confirmed(api)
    bearer = await signed_in(api)
    assert await ask(api, bearer) == 202
    mails = {mail.contact.email: mail for mail in await mailbox.new()}
    before = (await api.client.get("/api/v1/me", headers=bearer)).json()["data"]
    link = token_in(mails[NEW])
    taken = await post(api, "verify-email", token=link)
    again = await post(api, "verify-email", token=link)

    # The present address is told, and the new one hears no name: whose mailbox it is, is not known yet.
    assert set(mails) == {EMAIL, NEW}
    assert mails[NEW].contact.name == ""
    assert "another e-mail address" in mails[EMAIL].subject
    assert (before["email"], before["pendingEmail"]) == (EMAIL, NEW)
    assert (taken.json()["data"]["email"], taken.json()["data"]["pendingEmail"]) == (NEW, None)
    assert again.status_code == 400
    assert (await sign_in(api, email=NEW)).status_code == 200
    assert (await sign_in(api, email=EMAIL)).status_code == 401
    assert [mail.contact.email for mail in await mailbox.new()] == [NEW]


async def test_what_is_refused_and_what_a_stranger_learns(api: Api) -> None:
    mailbox = await confirmed(api)
    bearer = await signed_in(api)
    same, wrong = "Email must be another one than before.", "Current password is wrong."

    assert await ask(api, bearer, EMAIL) == [("VALIDATION_ERROR", "/email", same)]
    assert await ask(api, bearer, password="Guess-1!") == [
        ("VALIDATION_ERROR", "/currentPassword", wrong)
    ]
    # An address that is somebody's gets the same answer, and a mail without a link to confirm.
    assert await ask(api, bearer, KNOWN) == 202
    (to_owner,) = [mail for mail in await mailbox.new() if mail.contact.email == KNOWN]
    assert "token=" not in to_owner.text


@pytest.mark.parametrize("meanwhile", ["asked for another", "taken back"])
async def test_a_link_is_void_once_its_address_is_not_wanted(api: Api, meanwhile: str) -> None:
    mailbox = await confirmed(api)
    bearer = await signed_in(api)
    await ask(api, bearer)
    (first,) = [mail for mail in await mailbox.new() if mail.contact.email == NEW]
    if meanwhile == "taken back":
        kept = [await api.client.delete("/api/v1/me/email", headers=bearer) for _ in range(2)]
        told_twice: list[object] = [answer.status_code for answer in kept]
    else:
        told_twice = [await ask(api, bearer, f"{name}@biochar.example") for name in ("b", "c")]

    assert told_twice == ([204, 404] if meanwhile == "taken back" else [202, 202])
    assert (await post(api, "verify-email", token=token_in(first))).status_code == 400
    assert (await sign_in(api)).status_code == 200


async def test_of_two_accounts_that_want_one_address_one_gets_it(api: Api) -> None:
    mailbox = await confirmed(api)
    await ask(api, await signed_in(api))
    (link,) = [mail for mail in await mailbox.new() if mail.contact.email == NEW]
    registered = await register(api, email=NEW)
    theirs = await mailbox.token()
    answers = await asyncio.gather(
        post(api, "verify-email", token=token_in(link)), post(api, "verify-email", token=theirs)
    )

    assert registered.status_code == 201
    assert [answer.status_code for answer in answers] == [409, 200]
    assert (await sign_in(api)).status_code == 200


async def test_the_terms_that_are_accepted_are_kept_as_a_consent(api: Api) -> None:
    version = api.app.state.settings.rules.terms_version
    old = await register(api, acceptsTerms="1999-01-01")
    mailbox = Mailbox(api)
    await register(api, acceptsTerms=version)
    await register(api, acceptsTerms=version, email=KNOWN)
    (mail, _) = await mailbox.new()
    await post(api, "verify-email", token=token_in(mail))
    said = await api.client.get("/api/v1/me/consents", headers=await signed_in(api))

    assert [fault[1] for fault in told(old)] == ["/acceptsTerms"]
    assert [(one["kind"], one["version"], one["given"]) for one in said.json()["data"]] == [
        ("terms", version, True)
    ]
