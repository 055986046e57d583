"""The garbage collector of a process that lives long; looked at in a process of its own."""

import subprocess
import sys

PROGRAM = """
import gc
from adapters.process_memory import begin_start, end_start
begin_start()
during = gc.isenabled()
stays = [[] for _ in range(1000)]
end_start()
circle = []
circle.append(circle)
del circle
print(during, gc.isenabled(), gc.get_freeze_count() > 1000, gc.collect() >= 1)
"""


def test_what_the_start_has_made_is_looked_through_never_again_and_later_circles_are_found() -> (
    None
):
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout

    assert said.split() == ["False", "True", "True", "True"]
