"""The API's process: where it listens, how long log-ins live, and what callers may ask of it."""

from ipaddress import ip_address

from adapters.settings.variables import API, AreaSettings, variable


class WebSettings(AreaSettings):
    api_host: str = variable("127.0.0.1", "where the API listens", read_by=API)
    api_port: int = variable(8000, "and on which port", read_by=API)
    public_cache_seconds: float = variable(
        0.25,
        "how old a public answer of the API may be; 0: never; certificates are always fresh",
        read_by=API,
    )
    access_token_minutes: int = variable(15, "life of an access token", read_by=API)
    refresh_token_days: int = variable(7, "life of a refresh token", read_by=API)
    bcrypt_cost: int = variable(12, "work factor of password hashes", read_by=API, ge=4)
    rate_limit_per_user_per_minute: int = variable(
        100, "requests of one account, counted in each API process", read_by=API
    )
    rate_limit_per_address_per_minute: int = variable(
        1000, "requests of one address, likewise", read_by=API
    )
    rate_limit_checks_per_minute: int = variable(
        30, "certificates one address may check, likewise", read_by=API
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

    @property
    def listens_on_loopback(self) -> bool:
        return is_loopback(self.api_host)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
