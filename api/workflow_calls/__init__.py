"""
The calls that routes make on workflows: a method for each use case, with names, ids and limits.

One file for each noun; what they share, the asking, is in `asking.py`.
"""

from api.workflow_calls.asking import Operation
from api.workflow_calls.chain import ChainCalls
from api.workflow_calls.export import ExportCalls
from api.workflow_calls.ledger import LedgerCalls
from api.workflow_calls.states import StateQueries, WorkflowSeen
from api.workflow_calls.verification import VerificationCalls

__all__ = ["Operation", "WorkflowCalls", "WorkflowSeen"]


class WorkflowCalls(LedgerCalls, VerificationCalls, ChainCalls, ExportCalls, StateQueries):
    """All calls, over one connection."""
