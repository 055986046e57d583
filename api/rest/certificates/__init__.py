"""JSON routes of retirement certificates: written, sealed, checked."""
