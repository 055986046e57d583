"""Workflows of retirement certificates: written, sealed, checked."""
