"""Units that CORSIA accepts, and what was cancelled for it."""

from collections.abc import Sequence

from adapters.postgres.reports.sources.moments import Literals, ReportTable


def corsia_tables(terms: Literals) -> Sequence[ReportTable]:
    return ()
