"""Compliance reports: what is stated of a period, for whom, and who else may read it."""
