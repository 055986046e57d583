"""How a process that lives long starts: without the garbage collector, and then with less for it to do."""

import gc

THRESHOLDS = (20_000, 20, 100)
"""The collector's own are (700, 10, 10), for programs that make few objects; a request makes thousands."""


def begin_start() -> None:
    """
    Switch the collector off, before anything large is imported.

    Modules make hundreds of thousands of objects that stay; to look through them again and again is
    a quarter of the CPU time of a start.
    """
    gc.disable()


def end_start() -> None:
    """Switch it on again, for what is made from now on: it does not look at what is there by now."""
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
