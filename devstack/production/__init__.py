"""Several of each on one machine, as production has them on several (ADR 0105)."""
