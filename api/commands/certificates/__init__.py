"""What a person may ask of retirement certificates: written, sealed, checked."""
