"""Logs without personal data and secrets, whoever wrote the line."""

import io
import json
import logging
from typing import Any

import pytest
import structlog

from adapters.log_masking import MASKED, mask_personal_data, masked_text
from adapters.logging import configure_logging

PERSON = "asha.rao+1@supplier.example"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"no mail to {PERSON}.", f"no mail to {MASKED}."),
        (
            f'<{PERSON}>, "Müller, Inc." <info@müller.example>',
            f'<{MASKED}>, "Müller, Inc." <{MASKED}>',
        ),
        ("Authorization: Bearer abcDEF123._~+/=", f"Authorization: Bearer {MASKED}"),
        ("key krb_abcdefgh12345678 refused", f"key {MASKED} refused"),
        ("signs with whsec_MTIzNDU2Nzg5MA==", f"signs with {MASKED}"),
        ("GET /verify-email?token=s3cr3t-value&x=1", f"GET /verify-email?token={MASKED}&x=1"),
        ("https://s3/x?X-Amz-Signature=0a1b2c&y", f"https://s3/x?X-Amz-Signature={MASKED}&y"),
        ("postgresql://app:hunter2@db:5432/k", f"postgresql://{MASKED}@db:5432/k"),
        (
            "cannot connect: password=hunter2, host=db",
            f"cannot connect: password={MASKED}, host=db",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\nread",
            f"{MASKED}\nread",
        ),
        ("of sealed:1:local.0a.QUJD:REVG too", f"of {MASKED} too"),
        ("of AKIA0123456789ABCDEF", f"of {MASKED}"),
        (f"project_id:preprod{'a' * 32}", f"project_id:{MASKED}"),
        ("Basic YTpiYmJiYmI=", f"Basic {MASKED}"),
        # What only looks alike stays.
        ("sha256 0a1b2c@ and @mention, 3@4", "sha256 0a1b2c@ and @mention, 3@4"),
        ("token bucket is empty", "token bucket is empty"),
        ("temporalio@1.9 at 127.0.0.1:7233", "temporalio@1.9 at 127.0.0.1:7233"),
    ],
)
def test_texts_are_masked_by_their_form(written: str, shown: str) -> None:
    assert masked_text(written) == shown


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("email", PERSON, MASKED),
        ("recipientEmail", PERSON, MASKED),
        ("name", "李 雷", MASKED),
        ("user_agent", "Firefox", MASKED),
        ("phone", "+49 30 123", MASKED),
        ("refresh_token", "abc", MASKED),
        ("s3_secret_access_key", "abc", MASKED),
        ("Set-Cookie", "a=b", MASKED),
        ("api_key", "abc", MASKED),
        ("body", {"email": PERSON, "role": "buyer"}, {"email": MASKED, "role": "buyer"}),
        ("args", [PERSON, 7], [MASKED, 7]),
        ("error", ValueError(f"not for {PERSON}"), f"not for {MASKED}"),
        # What tells nothing of anybody stays.
        ("api_key_id", "5b1c", "5b1c"),
        ("token_count", 3, 3),
        ("retirement_id", "5b1c", "5b1c"),
        ("path", "/api/v1/me", "/api/v1/me"),
    ],
)
def test_fields_are_masked_by_their_names(field: str, value: object, shown: object) -> None:
    event: dict[str, Any] = {"event": "x", "logger": "x@y.example", field: value}
    assert mask_personal_data(None, "info", event) == {
        "event": "x",
        "logger": "x@y.example",
        field: shown,
    }


def test_our_lines_theirs_and_tracebacks_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As API and worker set logging up, through structlog and through the standard library."""
    root, written = logging.getLogger(), io.StringIO()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("sys.stderr", written)
    level = root.level
    configure_logging("INFO")
    try:
        structlog.get_logger("ours").info("signed up", email=PERSON)
        logging.getLogger("theirs").warning("no route to %s", PERSON)
        try:
            raise ValueError(PERSON)  # noqa: TRY301 -- it is the traceback that is looked at
        except ValueError:
            structlog.get_logger("ours").exception("crashed")
    finally:
        root.setLevel(level)
        structlog.reset_defaults()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["signed up", f"no route to {MASKED}", "crashed"]
    assert "ValueError" in lines[2]["exception"]
    assert PERSON not in written.getvalue()
