"""Use cases of retirement certificates: written, sealed, checked."""
