"""An old address: what each sweep finds there, and what each attempt at closing it says."""

from collections import deque
from collections.abc import Callable
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.chain.rotation import AddressClosed, AddressSwept, CloseAddress, SweepAddress


class AddressStandIn:
    def __init__(self) -> None:
        self.sweeps: deque[AddressSwept | ApplicationError] = deque()
        self.closings: deque[AddressClosed | ApplicationError] = deque()
        self.dust: list[int] = []

    def activities(self) -> list[Callable[..., Any]]:
        return [self.sweep_address, self.close_address]

    @activity.defn
    async def sweep_address(self, request: SweepAddress) -> AddressSwept:
        answer = self.sweeps.popleft()
        if isinstance(answer, ApplicationError):
            raise answer
        return answer

    @activity.defn
    async def close_address(self, request: CloseAddress) -> AddressClosed:
        self.dust.append(request.dust_lovelace)
        answer = self.closings.popleft()
        if isinstance(answer, ApplicationError):
            raise answer
        return answer
