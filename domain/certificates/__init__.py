"""Rules of retirement certificates: written, sealed, checked."""
