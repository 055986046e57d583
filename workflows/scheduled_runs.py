"""
What a run of a schedule leaves behind in Temporal's lists.

Of a thousand runs a day nearly all find nothing. Each begins with RegFound false (workflows/long_running.py),
and one that found something says so, so that lists can leave the others out (docs/operations.md).
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import policies


def tell_found(found: bool, *details: str) -> None:
    """
    `found`: whether there was anything to do or to tell; `details` are counts, for Temporal's own pages.

    A quiet run's history stays as it always was.
    """
    workflow.set_current_details("  \n".join(details))
    if found and workflow.patched("found"):
        workflow.upsert_search_attributes([policies.FOUND.value_set(True)])
