"""Rows of retirement certificates: written, sealed, checked."""
