"""`python -m api`, as far as it comes without a database."""

import os
import subprocess
import sys


def test_the_faults_of_all_settings_are_told_at_once() -> None:
    started = subprocess.run(
        [sys.executable, "-m", "api"],
        env=os.environ | {"API_PORT": "none", "DATABASE_POOL_SIZE": "many"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode != 0
    assert "api_port" in started.stderr.lower()
    assert "database_pool_size" in started.stderr.lower()
