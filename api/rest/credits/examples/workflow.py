"""A workflow, as seen from outside."""

from api.http.documentation.examples_facts import RETIREMENT_ID, Example

WORKFLOW: Example = {
    "workflowId": f"retirement/{RETIREMENT_ID}",
    "status": "running",
    "stage": "waiting_for_chain",
    "state": {
        "stage": "waiting_for_chain",
        "serial": "KRB-2024-001-000004",
        "recordConfirmed": False,
    },
    "historyUrl": f"http://127.0.0.1:8233/namespaces/default/workflows/retirement%2F{RETIREMENT_ID}",
}
