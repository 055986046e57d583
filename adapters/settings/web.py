"""The API's process: where it listens, how long log-ins live, and what callers may ask of it."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Annotated

from pydantic import BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from adapters.settings.variables import API, BOTH, AreaSettings, listed, variable
from domain.accounts.roles import Role

Network = IPv4Network | IPv6Network


class ForwardedHeader(StrEnum):
    """The header in which proxies say for whom they ask; a client may have sent the other one."""

    X_FORWARDED_FOR = "x-forwarded-for"
    FORWARDED = "forwarded"


class WebSettings(AreaSettings):
    api_host: str = variable("127.0.0.1", "where the API listens", read_by=API)
    api_port: int = variable(8000, "and on which port", read_by=API)
    api_drain_seconds: float = variable(
        0,
        "after SIGTERM `/healthz` says 503 for so long while requests are still answered, so that a load balancer "
        "sends the next ones to another process before this one ends; two of its looks and some",
        read_by=API,
        ge=0,
    )
    trusted_proxies: Annotated[list[Network], NoDecode, BeforeValidator(listed)] = variable(
        [],
        "networks of proxies of ours, as `10.0.0.0/8, fd00::/8`: only through them is read for whom "
        "a request was forwarded; empty: never ([ADR 0050](adr/0050-who-is-held-up.md))",
        read_by=API,
    )
    forwarded_header: ForwardedHeader = variable(
        ForwardedHeader.X_FORWARDED_FOR,
        "the header that those proxies write, and the only one that is read: `x-forwarded-for`, or "
        "`forwarded` (RFC 7239)",
        read_by=API,
    )
    allowed_hosts: Annotated[list[str], NoDecode, BeforeValidator(listed)] = variable(
        [],
        "hosts that requests may name beside that of `PUBLIC_URL`, as `registry.example, "
        "*.internal.example`; others get 400. Names of loopback are among them when `API_HOST` or "
        "`PUBLIC_URL` is loopback",
        read_by=API,
    )
    public_cache_seconds: float = variable(
        0.25,
        "how old a public answer may be, of the API as of the pages for who is not signed in; 0: never; "
        "certificates are always fresh",
        read_by=API,
    )
    access_token_minutes: int = variable(15, "life of an access token", read_by=API)
    refresh_token_days: int = variable(7, "life of a refresh token", read_by=API)
    bcrypt_cost: int = variable(12, "work factor of password hashes", read_by=API, ge=4)
    redis_url: SecretStr | None = variable(
        None,
        "Redis or Valkey in which API processes count requests together and keep public answers, as "
        "`redis://:password@host:6379/0`; unset, and while it is away: each does so by itself "
        "([ADR 0071](adr/0071-counters-are-shared.md), [ADR 0105](adr/0105-more-than-one-machine.md)); the "
        "worker only looks whether it answers",
        read_by=BOTH,
    )
    rate_limit_per_user_per_minute: int = variable(
        100,
        "requests of one account, counted together by processes that share `REDIS_URL`",
        read_by=API,
    )
    rate_limit_per_address_per_minute: int = variable(
        1000, "requests of one address, likewise", read_by=API
    )
    rate_limit_checks_per_minute: int = variable(
        30, "certificates one address may check, likewise", read_by=API
    )
    rate_limit_comments_per_minute: int = variable(
        5, "comments on projects one address may send, likewise", read_by=API, ge=1
    )
    rate_limit_account_requests_per_minute: int = variable(
        10,
        "registrations, confirmations and new passwords one address may ask for, likewise",
        read_by=API,
        ge=1,
    )
    new_passwords_waiting_max: int = variable(
        50,
        "new passwords that may wait to be hashed; beyond them 429 at once",
        read_by=API,
        ge=0,
    )

    sign_in_threads: int = variable(
        1,
        "passwords compared at the same time, each by a thread that lets requests go first",
        read_by=API,
        ge=1,
    )
    sign_ins_waiting_max: int = variable(
        10,
        "log-ins that may wait for that; beyond them 429 at once",
        read_by=API,
        ge=0,
    )
    rate_limit_sign_ins_per_address_per_minute: int = variable(
        60, "log-ins of one address (of IPv6 a /64), likewise", read_by=API, ge=1
    )
    rate_limit_sign_ins_per_source_per_minute: int = variable(
        20,
        "log-ins to one account from one known device or address, likewise",
        read_by=API,
        ge=1,
    )

    passkey_domain: str | None = variable(
        None,
        "the domain that passkeys are made for: the host of `PUBLIC_URL`, or one that it is below; once "
        "there are passkeys, another one makes all of them useless; unset: that host "
        "([ADR 0069](adr/0069-passkeys.md))",
        read_by=API,
    )
    second_factor_demanded_of: Annotated[list[Role], NoDecode, BeforeValidator(listed)] = variable(
        [],
        "roles that sign in with a passkey or a wallet beside the password, in production "
        "`administrator, verifier`; who has neither adds a passkey while they sign in; empty: no role",
        read_by=API,
    )

    @property
    def listens_on_loopback(self) -> bool:
        return is_loopback(self.api_host)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
