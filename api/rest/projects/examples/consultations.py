"""Consultations of the public, comments and answers."""

from api.http.documentation.examples_facts import PROJECT_ID, Example

CONSULTATION_SENT: Example = {"from": "2026-02-02", "to": "2026-03-03"}

COMMENT_SENT: Example = {
    "name": "Village council of Satyapura",
    "text": "The kilns stand next to our well. Who measures the smoke?",
}

ANSWER_SENT: Example = {
    "text": "An independent laboratory does, each month; the results hang at the council."
}

HIDING_SENT: Example = {"reason": "It names a person's illness."}

COMMENT: Example = {
    "number": 1,
    "name": COMMENT_SENT["name"],
    "text": COMMENT_SENT["text"],
    "writtenAt": "2026-02-10T08:00:00Z",
    "hiddenAt": None,
    "hiddenReason": None,
    "answer": {
        "text": ANSWER_SENT["text"],
        "by": "supplier",
        "answeredAt": "2026-02-12T09:30:00Z",
    },
}

CONSULTATION: Example = {
    "projectId": PROJECT_ID,
    "from": "2026-02-02",
    "to": "2026-03-03",
    "open": True,
    "openedAt": "2026-02-01T10:00:00Z",
    "unanswered": 0,
    "comments": [COMMENT],
}

CONSULTATION_LINE: Example = {
    "projectId": PROJECT_ID,
    "projectTitle": "A Biochar Project at Satyapura",
    "country": "IND",
    "from": "2026-02-02",
    "to": "2026-03-03",
    "open": True,
    "openedAt": "2026-02-01T10:00:00Z",
    "comments": 1,
    "unanswered": 0,
}
