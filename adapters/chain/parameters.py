"""
The protocol parameters of the present epoch, asked for once in each.

They change at an epoch's boundary and nowhere else. The epoch is learnt from the tip, which is
asked for all the time anyway; so transactions cost no request for parameters.
"""

import time

from domain.chain.transactions import ProtocolParameters

TIP_SECONDS_MAX = 30.0
"""A tip that was seen longer ago than this may lie in the epoch before."""


class EpochParameters:
    """What is known of the parameters. It asks nobody; its owner tells it what was answered."""

    def __init__(self) -> None:
        self._epoch: int | None = None
        self._seen_at = float("-inf")
        self._known: tuple[int, ProtocolParameters] | None = None

    def tip_seen(self, epoch: int | None) -> None:
        """The tip lies in this epoch; None when the server does not say, and then nothing is kept."""
        self._epoch = epoch
        self._seen_at = time.monotonic()

    @property
    def tip_is_fresh(self) -> bool:
        return time.monotonic() - self._seen_at <= TIP_SECONDS_MAX

    @property
    def epoch(self) -> int | None:
        return self._epoch

    @property
    def present(self) -> ProtocolParameters | None:
        """Those of the tip's epoch, or None when they must be asked for."""
        if self._epoch is None or self._known is None or self._known[0] != self._epoch:
            return None
        return self._known[1]

    def keep(self, parameters: ProtocolParameters, *, epoch: int | None) -> None:
        """
        Remember what was answered for that epoch.

        A server that lags behind its own tip answers with the old epoch; it is asked again then.
        """
        self._known = None if epoch is None else (epoch, parameters)
