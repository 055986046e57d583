"""
The calls that routes make on workflows: a method for each use case, with names, ids and limits.

One file for each noun; what they share, the asking, is in `asking.py`.
"""

from api.commands.chain.workflow_calls import ChainCalls
from api.commands.credits.workflow_calls import LedgerCalls
from api.commands.projects.workflow_calls import VerificationCalls
from api.commands.publishing.workflow_calls import ExportCalls
from api.commands.workflow_client import Operation
from api.commands.workflow_states import StateQueries, WorkflowView

__all__ = ["Operation", "WorkflowCalls", "WorkflowView"]


class WorkflowCalls(LedgerCalls, VerificationCalls, ChainCalls, ExportCalls, StateQueries):
    """All calls, over one connection."""
