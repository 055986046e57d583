"""Rows of the audit log, its hash chain and its anchors."""
