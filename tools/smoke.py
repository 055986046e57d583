"""
After a deployment: ask a registry from outside what everybody may ask, and say what is not well.

    python -m tools.smoke https://registry.example
    python -m tools.smoke https://registry.example --patience-seconds 300

Reads only. Waits until it answers at all and names every part as ready, then asks for each page once: 200
within the objective of half a second is well, slower is said and no fault. The ledger's own sums must hold.

Exit codes: 0 well, 1 not well.
"""

import argparse
import sys
import time
from collections.abc import Sequence

import httpx

WELL, NOT_WELL = 0, 1
OBJECTIVE_SECONDS = 0.5
PAGES = (
    *("/", "/projects", "/retirements", "/conservation", "/audit", "/keys"),
    *("/api/v1/registry/conservation", "/api/v1/registry/audit"),
)


def wait_until_ready(client: httpx.Client, patience_seconds: float) -> str:
    """Empty once it is ready; else what it said last, after that time."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            answer = client.get("/readyz")
            if answer.is_success:
                return ""
            said = f"/readyz is answered {answer.status_code}: {answer.text[:500]}"
        except httpx.HTTPError as error:
            said = f"/readyz is not answered: {type(error).__name__}"
        if time.monotonic() >= deadline:
            return said
        time.sleep(min(2.0, patience_seconds))


def faults(client: httpx.Client) -> list[str]:
    """One sentence for each page that is not answered as it should be."""
    found = []
    for page in PAGES:
        began = time.monotonic()
        try:
            answer = client.get(page)
        except httpx.HTTPError as error:
            found.append(f"{page} is not answered: {type(error).__name__}")
            continue
        seconds = time.monotonic() - began
        if answer.status_code != httpx.codes.OK:
            found.append(f"{page} is answered {answer.status_code}.")
        elif page.endswith("/conservation") and page.startswith("/api"):
            check = answer.json()["data"]["lastCheck"]
            if check is not None and not check["holds"]:
                found.append("The ledger does not add up: /conservation names the differences.")
        print(f"{answer.status_code}  {seconds:6.3f} s  {page}", flush=True)
        if seconds > OBJECTIVE_SECONDS:
            print(f"    slower than {OBJECTIVE_SECONDS} s", flush=True)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.smoke", description=__doc__.split("\n\n")[0])
    parser.add_argument("url", help="as people type it, without a path")
    parser.add_argument("--patience-seconds", type=float, default=60)
    options = parser.parse_args(arguments)
    with httpx.Client(base_url=options.url, timeout=10, follow_redirects=True) as client:
        said = wait_until_ready(client, options.patience_seconds)
        found = [said] if said else faults(client)
    for sentence in found:
        print(sentence, file=sys.stderr)
    print("The registry is well." if not found else "The registry is NOT well.")
    return NOT_WELL if found else WELL


if __name__ == "__main__":
    sys.exit(main())
